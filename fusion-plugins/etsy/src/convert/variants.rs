//! An inventory, combination by combination.

use super::{choice, money::money};
use crate::{
    kinds::{IMAGE, OFFERING, PRODUCT},
    wire,
};
use fusion_core::{
    error::Result,
    model::{
        LossKind, Losses, Offer, ProductOption, Quantity, Ref, Refs, RemoteLevel, RemoteVariant, Seen,
        StoreFacts, Weight,
    },
};
use fusion_plugin_sdk::{decode_entities, unreadable};

/// A combination with its one offering.
pub(super) struct Living<'a> {
    pub(super) nth: usize,
    pub(super) product: &'a wire::Product,
    pub(super) offering: &'a wire::Offering,
    /// Whether it is there because the platform wants every combination named.
    pub(super) is_filler: bool,
}

/// The combinations that aren't deleted.
pub(super) fn living(inventory: &wire::Inventory) -> Result<Vec<Living<'_>>> {
    let mut found = Vec::new();
    for (nth, product) in inventory.products.iter().enumerate().filter(|(_, product)| !product.is_deleted) {
        let mut offerings = product.offerings.iter().filter(|offering| !offering.is_deleted);
        let Some(offering) = offerings.next() else { continue };
        if offerings.next().is_some() {
            return Err(unreadable(format!("products[{nth}].offerings"), "there is more than one"));
        }
        found.push(Living { nth, product, offering, is_filler: false });
    }
    for at in 0..found.len() {
        let Some(this) = found.get(at) else { continue };
        let no_sku = this.product.sku.as_deref().is_none_or(str::is_empty);
        let borrowed = || {
            found.iter().any(|other| other.nth != this.nth && pool(inventory, other) == pool(inventory, this))
        };
        let filler = !this.offering.is_enabled && no_sku && (this.offering.quantity == 0 || borrowed());
        if let Some(this) = found.get_mut(at) {
            this.is_filler = filler;
        }
    }
    Ok(found)
}

/// What the quantity depends on: combinations that agree in it are one stock.
pub(super) fn pool(inventory: &wire::Inventory, of: &Living<'_>) -> String {
    let depends = |value: &&wire::PropertyValue| inventory.quantity_on_property.contains(&value.property_id);
    let on = of.product.property_values.iter().filter(depends);
    choice::text(on.map(|value| (value.property_id, value.values.as_slice())))
}

/// What of a listing all its combinations have.
pub(super) struct Shared<'a> {
    pub(super) listing: i64,
    pub(super) weight: Seen<Weight>,
    pub(super) images: Option<&'a [wire::VariationImage]>,
    pub(super) facts: &'a StoreFacts,
}

/// Every variant. Combinations that only fill the table are left out and told.
pub(super) fn variants(
    inventory: &wire::Inventory,
    shared: &Shared<'_>,
    losses: &mut Losses,
) -> Result<Vec<RemoteVariant>> {
    let all = living(inventory)?;
    let mut variants = Vec::new();
    for one in &all {
        let path = format!("products[{}]", one.nth);
        if one.is_filler {
            let note = "switched off, without SKU and stock of its own: taken for a row that fills the table";
            losses.add(path, LossKind::Guessed, note);
            continue;
        }
        let price = money(&one.offering.price, &format!("{path}.price"))?;
        if price.currency() != shared.facts.currency {
            return Err(unreadable(format!("{path}.price"), "it isn't in the shop's currency"));
        }
        let pool_id = pool(inventory, one);
        let is_shared = all
            .iter()
            .any(|other| other.nth != one.nth && !other.is_filler && pool(inventory, other) == pool_id);
        let sku = one.product.sku.as_deref().map(decode_entities).filter(|sku| !sku.is_empty());
        variants.push(RemoteVariant {
            refs: Refs::of([
                Ref::new(PRODUCT, one.product.product_id.to_string()),
                Ref::new(OFFERING, one.offering.offering_id.to_string()),
                choice::named(shared.listing, &one.product.property_values),
            ]),
            options: choice::options(&one.product.property_values, &path)?,
            sku: Seen::from_option(sku),
            offered: one.offering.is_enabled,
            offer: Seen::Value(Offer { price, compare_at: None, sale: None, tax: shared.facts.tax_basis }),
            levels: Seen::Value(vec![RemoteLevel {
                location: None,
                pool: is_shared.then(|| format!("{}/{pool_id}", shared.listing)),
                quantity: Quantity::Counted(one.offering.quantity),
            }]),
            codes: Seen::NotRead,
            weight: shared.weight.clone(),
            cost: Seen::NotRead,
            hs_code: Seen::NotRead,
            origin: Seen::NotRead,
            media: picture(&one.product.property_values, shared.images),
        });
    }
    Ok(variants)
}

fn picture(values: &[wire::PropertyValue], images: Option<&[wire::VariationImage]>) -> Seen<Ref> {
    let Some(images) = images else { return Seen::NotRead };
    let shows = |image: &&wire::VariationImage| {
        values
            .iter()
            .any(|value| value.property_id == image.property_id && value.value_ids.contains(&image.value_id))
    };
    Seen::from_option(images.iter().find(shows).map(|image| Ref::new(IMAGE, image.image_id.to_string())))
}

/// Option names with their values, each in the order in which it comes first.
pub(super) fn options(variants: &[RemoteVariant]) -> Vec<ProductOption> {
    let mut options: Vec<ProductOption> = Vec::new();
    for (name, value) in variants.iter().flat_map(|variant| variant.options.iter()) {
        match options.iter_mut().find(|option| option.name == name) {
            Some(option) if option.values.iter().any(|known| known == value) => {}
            Some(option) => option.values.push(value.to_owned()),
            None => options.push(ProductOption { name: name.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    options
}
