//! Variants.

use super::{Arguments, View, product};
use crate::simulator::{
    gid::{self, Thing},
    product::{Product, Variant},
    slot::{Slot, rank, time},
};
use serde_json::{Value, json};

pub(super) fn field(
    view: &View<'_>,
    owner: &Product,
    it: &Variant,
    name: &str,
    arguments: &Arguments,
) -> Option<Slot> {
    let id = gid::of("ProductVariant", it.id);
    if let Some(slot) = product::published(view, &id, &owner.published, name, arguments) {
        return Some(slot);
    }
    let available = it.item.available();
    Some(match name {
        "title" => it.title().into(),
        "displayName" => format!("{} - {}", owner.title, it.title()).into(),
        "sku" => it.item.sku.clone().into(),
        "barcode" => it.barcode.clone().into(),
        "price" => it.price.as_str().into(),
        "compareAtPrice" => it.compare_at_price.clone().into(),
        "inventoryPolicy" => it.policy.as_str().into(),
        "inventoryQuantity" => available.into(),
        "sellableOnlineQuantity" => available.into(),
        "availableForSale" => (!it.item.tracked || it.policy == "CONTINUE" || available > 0).into(),
        "taxable" => it.taxable.into(),
        "requiresComponents" => it.requires_components.into(),
        "legacyResourceId" => it.id.to_string().into(),
        "createdAt" => time(it.created_at).into(),
        "updatedAt" => time(it.updated_at).into(),
        "position" => (owner.variants.iter().position(|other| other.id == it.id).unwrap_or(0) + 1).into(),
        "product" => Slot::Thing(Thing::Product(owner.id)),
        "inventoryItem" => Slot::Thing(Thing::Item(it.item.id)),
        "selectedOptions" => Slot::List(selected(owner, it).into_iter().map(Slot::Data).collect()),
        "media" => Slot::Page(it.media.iter().map(|id| (rank(0), Slot::Thing(Thing::Media(*id)))).collect()),
        "metafield" => product::metafield(&it.metafields, "PRODUCTVARIANT", arguments),
        "metafields" => product::metafields(&it.metafields, "PRODUCTVARIANT", arguments),
        _ => return None,
    })
}

fn selected(owner: &Product, it: &Variant) -> Vec<Value> {
    owner
        .options
        .iter()
        .zip(&it.values)
        .map(|(option, value)| {
            let id = option.values.iter().find(|known| known.name == *value).map_or(0, |known| known.id);
            json!({
                "name": option.name,
                "value": value,
                "optionValue": {
                    "__typename": "ProductOptionValue",
                    "id": gid::of("ProductOptionValue", id),
                    "name": value,
                    "hasVariants": true,
                },
            })
        })
        .collect()
}
