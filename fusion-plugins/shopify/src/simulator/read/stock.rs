//! Inventory items and their levels.

use super::{Arguments, View, text};
use crate::simulator::{
    gid::{self, Thing},
    money,
    product::{Level, Variant},
    slot::{Slot, by_id, count, time},
};
use serde_json::{Value, json};

pub(super) fn item(view: &View<'_>, variant: &Variant, name: &str, arguments: &Arguments) -> Option<Slot> {
    let it = &variant.item;
    Some(match name {
        "sku" => it.sku.clone().into(),
        "tracked" => it.tracked.into(),
        "trackedEditable" => Slot::Data(json!({ "locked": false, "reason": null })),
        "requiresShipping" => it.requires_shipping.into(),
        "legacyResourceId" => it.id.to_string().into(),
        "countryCodeOfOrigin" => it.country.clone().into(),
        "provinceCodeOfOrigin" => it.province.clone().into(),
        "harmonizedSystemCode" => it.harmonized_code.clone().into(),
        "createdAt" => time(variant.created_at).into(),
        "updatedAt" => time(variant.updated_at).into(),
        "variant" => Slot::Thing(Thing::Variant(variant.id)),
        "unitCost" => it.cost.as_ref().map_or(Slot::NULL, |amount| {
            Slot::Data(json!({ "amount": money::decimal(amount), "currencyCode": view.shop.currency }))
        }),
        "measurement" => Slot::Data(json!({
            "__typename": "InventoryItemMeasurement",
            "id": gid::of("InventoryItemMeasurement", it.id),
            "weight": it.weight.as_ref().map(|(value, unit)| json!({ "value": value, "unit": unit })),
        })),
        "duplicateSkuCount" => {
            let mut others = 0_usize;
            if let Some(sku) = it.sku.as_deref().filter(|sku| !sku.is_empty()) {
                let variants = view.shop.products().flat_map(|product| &product.variants);
                others = variants
                    .filter(|other| other.id != variant.id && other.item.sku.as_deref() == Some(sku))
                    .count();
            }
            others.into()
        }
        "locationsCount" => count(it.levels.len()),
        "inventoryLevel" => {
            let location = text(arguments, "locationId").and_then(|id| gid::number("Location", id));
            let known = location.filter(|id| it.levels.contains_key(id));
            known.map_or(Slot::NULL, |location| Slot::Thing(Thing::Level { item: it.id, location }))
        }
        "inventoryLevels" => Slot::Page(
            it.levels
                .keys()
                .map(|location| {
                    (by_id(*location), Slot::Thing(Thing::Level { item: it.id, location: *location }))
                })
                .collect(),
        ),
        _ => return None,
    })
}

pub(super) fn level(it: &Level, item: u64, location: u64, name: &str, arguments: &Arguments) -> Option<Slot> {
    Some(match name {
        "createdAt" => time(it.created_at).into(),
        "updatedAt" => time(it.updated_at).into(),
        "isActive" | "canDeactivate" => true.into(),
        "item" => Slot::Thing(Thing::Item(item)),
        "location" => Slot::Thing(Thing::Location(location)),
        "quantities" => {
            let names = arguments.get("names").and_then(Value::as_array);
            let names = names.into_iter().flatten().filter_map(Value::as_str);
            let row = |name: &str| {
                let quantity = it.quantity(name)?;
                Some(Slot::Data(json!({
                    "__typename": "InventoryQuantity",
                    "id": format!("{}&name={name}", gid::level(item, location)),
                    "name": name,
                    "quantity": quantity,
                    "updatedAt": time(it.updated_at),
                })))
            };
            Slot::List(names.filter_map(row).collect())
        }
        _ => return None,
    })
}
