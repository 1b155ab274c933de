//! An inventory as it stands, made ready to be written back, and pictures of values.

use super::{
    choice,
    grid::{Columns, Row},
    money::money,
    variants::living,
};
use crate::{
    kinds::IMAGE,
    wire::{self, Number, PropertyUpdate},
};
use fusion_core::{
    error::Result,
    model::{Converted, LossKind, Losses, MediaId, NewListing, Refs},
    plugin::Target,
};
use fusion_plugin_sdk::decode_entities;

/// A row of the inventory as it stands.
pub(super) struct Standing {
    pub(super) product: String,
    pub(super) choice: String,
    pub(super) row: Row,
}

/// The rows with what their columns depend on.
pub(super) fn standing(inventory: &wire::Inventory) -> Result<(Vec<Standing>, Columns)> {
    let mut rows = Vec::new();
    for one in living(inventory)? {
        let path = format!("products[{}]", one.nth);
        rows.push(Standing {
            product: one.product.product_id.to_string(),
            choice: choice::of(&one.product.property_values),
            row: Row {
                properties: one.product.property_values.iter().map(property).collect(),
                sku: one.product.sku.as_deref().map(decode_entities).unwrap_or_default(),
                price: Number(money(&one.offering.price, &format!("{path}.price"))?.amount()),
                quantity: one.offering.quantity,
                is_enabled: one.offering.is_enabled,
                readiness: one.offering.readiness_state_id,
                pool: None,
                is_filler: one.is_filler,
                path,
            },
        });
    }
    // Answers name properties in these lists that no combination has.
    let has = |id: &&i64| rows.iter().any(|one| one.row.ids().contains(id));
    let of = |on: &[i64]| Some(on.iter().filter(has).copied().collect());
    let columns = Columns {
        price: of(&inventory.price_on_property),
        quantity: of(&inventory.quantity_on_property),
        readiness: of(&inventory.readiness_state_on_property),
    };
    Ok((rows, columns))
}

fn property(value: &wire::PropertyValue) -> PropertyUpdate {
    PropertyUpdate {
        property_id: value.property_id,
        property_name: choice::name(value),
        scale_id: value.scale_id,
        value_ids: value.value_ids.clone(),
        values: value.values.iter().map(|text| decode_entities(text)).collect(),
    }
}

/// Whether one of our rows is this one: by what is chosen, then by its id. A SKU is no name.
pub(super) fn is_at(refs: &Refs, one: &Standing, all: &[Standing]) -> bool {
    let by_choice = |one: &Standing| choice::in_refs(refs) == Some(one.choice.as_str());
    by_choice(one)
        || (!all.iter().any(by_choice) && refs.get(&crate::kinds::PRODUCT) == Some(one.product.as_str()))
}

/// The pictures of the values, once the inventory was written and has ids for them.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the inventory can't be read.
pub fn variation_images(
    listing: &NewListing,
    inventory: &wire::Inventory,
    target: &Target,
) -> Result<Converted<Option<wire::VariationImagesUpdate>>> {
    let mut losses = Losses::default();
    let (rows, _) = standing(inventory)?;
    let of = |choice: &str| {
        let row = target.variants.iter().find(|one| choice::in_refs(&one.refs) == Some(choice))?.id;
        listing.variants.iter().find(|variant| variant.id == row)?.media
    };
    let pictured: Vec<(&Standing, MediaId)> =
        rows.iter().filter_map(|one| Some((one, of(&one.choice)?))).collect();
    if pictured.is_empty() {
        return Ok(losses.with(None));
    }
    let ids = rows.first().map(|one| one.row.ids()).unwrap_or_default();
    let explains = |id: &&i64| {
        pictured.iter().all(|(one, media)| {
            pictured
                .iter()
                .all(|(other, second)| one.row.key(&[**id]) != other.row.key(&[**id]) || media == second)
        })
    };
    let Some(id) = ids.iter().find(explains) else {
        losses.add(
            "variants[].media",
            LossKind::Dropped,
            "the platform shows pictures by the values of one option",
        );
        return Ok(losses.with(None));
    };
    let mut images: Vec<wire::VariationImageUpdate> = Vec::new();
    for (one, media) in &pictured {
        let known = target.media.iter().find(|(known, _)| known == media);
        let image = known.and_then(|(_, refs)| refs.get(&IMAGE)).and_then(|id| id.parse().ok());
        let value = one
            .row
            .properties
            .iter()
            .find(|value| value.property_id == *id)
            .and_then(|value| value.value_ids.first());
        let (Some(image_id), Some(value_id)) = (image, value) else {
            losses.add(
                "variants[].media",
                LossKind::Dropped,
                "the platform hasn't the picture or the value yet",
            );
            continue;
        };
        let row = wire::VariationImageUpdate { property_id: *id, value_id: *value_id, image_id };
        if !images.contains(&row) {
            images.push(row);
        }
    }
    Ok(losses.with(
        Some(wire::VariationImagesUpdate { variation_images: images })
            .filter(|all| !all.variation_images.is_empty()),
    ))
}
