//! What only this platform has, kept as extensions.

use super::choice::name;
use crate::{
    extras::{ListingExtras, PropertyBinding},
    wire,
};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Extension, Extensions},
};
use fusion_plugin_sdk::decode_entities;
use std::collections::BTreeMap;

pub(super) fn listing(read: &wire::Listing, inventory: Option<&wire::Inventory>) -> Result<Extensions> {
    let size = [read.item_length, read.item_width, read.item_height]
        .map(|side| side.map(|wire::Number(side)| side.to_string()));
    let dimensions = match (size, &read.item_dimensions_unit) {
        ([Some(length), Some(width), Some(height)], Some(unit)) => {
            Some([length, width, height, unit.clone()])
        }
        _ => None,
    };
    keep(&ListingExtras {
        who_made: read.who_made.clone(),
        when_made: read.when_made.clone(),
        is_supply: read.is_supply,
        shipping_profile_id: read.shipping_profile_id,
        readiness_state_id: read.readiness_state_id,
        return_policy_id: read.return_policy_id,
        shop_section_id: read.shop_section_id,
        production_partner_ids: read
            .production_partners
            .iter()
            .map(|partner| partner.production_partner_id)
            .collect(),
        materials: read.materials.iter().map(|text| decode_entities(text)).collect(),
        styles: read.style.iter().map(|text| decode_entities(text)).collect(),
        should_auto_renew: read.should_auto_renew,
        is_customizable: read.is_customizable,
        is_taxable: read.is_taxable,
        dimensions,
        properties: inventory.map(properties).unwrap_or_default(),
    })
}

/// Which property of the platform each option is.
fn properties(inventory: &wire::Inventory) -> BTreeMap<String, PropertyBinding> {
    let values = inventory
        .products
        .iter()
        .filter(|product| !product.is_deleted)
        .flat_map(|product| &product.property_values);
    values
        .map(|value| (name(value), PropertyBinding { id: value.property_id, scale: value.scale_id }))
        .collect()
}

pub(super) fn keep(extra: &impl Extension) -> Result<Extensions> {
    let mut extensions = Extensions::default();
    extensions.set(extra).map_err(|error| {
        Error::new(ErrorKind::Protocol, "the platform's answer holds a number that is too big to be kept")
            .with_problems(error.problems().iter().cloned())
    })?;
    Ok(extensions)
}
