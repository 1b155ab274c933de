//! What every test of the conversions needs.

use crate::LOSSES;
use fusion_core::model::{Converted, Loss, LossSubject, NewListing, RemoteProduct, StockRow, StoreFacts};
use fusion_core::plugin::Target;
use serde_json::{Value, json};

mod contract;
mod damaged;
mod editing;
mod platform;
mod reading;
mod receipts;
mod recorded;
mod round_trip;
mod stocking;
mod table;
mod writing;

/// An id of ours.
fn uuid(nth: usize) -> String {
    format!("01920000-0000-7000-8000-{nth:012}")
}

fn facts() -> StoreFacts {
    serde_json::from_value(json!({
        "account": "1", "remote_id": "2", "name": "Mugs", "currency": "EUR", "tax_basis": "gross", "locale": "en",
    }))
    .unwrap()
}

/// The value, once every loss has a row in the table.
fn named<T>(subject: LossSubject, converted: Converted<T>) -> (T, Vec<Loss>) {
    for loss in &converted.losses {
        let known = LOSSES.iter().any(|row| row.subject == subject && row.names(loss));
        assert!(known, "no row of the table stands for {subject:?} {loss:?}");
    }
    (converted.value, converted.losses)
}

/// A variant of the listing that [`listing`] makes.
fn variant(nth: usize, options: &[(&str, &str)], sku: Option<&str>, price: &str) -> Value {
    json!({
        "id": uuid(nth), "options": options, "sku": sku, "offered": true, "counted": true,
        "offer": { "price": price, "tax": "gross" },
    })
}

/// A listing that the platform takes; options are those of the variants.
fn listing(variants: &[Value]) -> Value {
    let mut options: Vec<Value> = Vec::new();
    for pair in variants.iter().flat_map(|variant| variant["options"].as_array().unwrap()) {
        match options.iter_mut().find(|option| option["name"] == pair[0]) {
            Some(option) => {
                let values = option["values"].as_array_mut().unwrap();
                if !values.contains(&pair[1]) {
                    values.push(pair[1].clone());
                }
            }
            None => options.push(json!({ "name": pair[0], "values": [pair[1]] })),
        }
    }
    json!({
        "listing": uuid(900), "product": uuid(901), "locale": "en", "title": "Mug",
        "description": { "format": "plain", "text": "A mug." }, "nature": "physical",
        "categories": [{ "scheme": "etsy", "value": "1633" }], "options": options, "variants": variants,
        "extensions": { "etsy.listing": { "version": 1, "value": {
            "who_made": "i_did", "when_made": "made_to_order", "is_supply": false,
            "shipping_profile_id": 44, "readiness_state_id": 55,
        } } },
    })
}

fn new_listing(value: &Value) -> NewListing {
    serde_json::from_value(value.clone()).unwrap()
}

/// A stock row of our variant `nth`, found by what the platform shows as `refs`.
fn stock_row(nth: usize, refs: &Value, available: u32, pool: Option<usize>) -> StockRow {
    serde_json::from_value(json!({
        "variant": uuid(nth), "listing_refs": {}, "refs": refs, "pool": pool.map(uuid),
        "available": available, "expected": null, "sequence": 1,
    }))
    .unwrap()
}

/// Our rows as the platform shows them, in the order of `ids`.
fn target(product: &RemoteProduct, ids: &[usize]) -> Target {
    let variants = product.variants.value().unwrap();
    let rows: Vec<Value> = ids
        .iter()
        .zip(variants)
        .map(|(nth, variant)| json!({ "id": uuid(*nth), "refs": variant.refs }))
        .collect();
    serde_json::from_value(json!({ "refs": product.refs, "variants": rows })).unwrap()
}

/// One combination of an inventory as the platform tells it.
fn shown(
    id: i64,
    values: &[(i64, &str, &str)],
    sku: &str,
    quantity: i64,
    cents: i64,
    enabled: bool,
) -> Value {
    let values: Vec<Value> = values
        .iter()
        .map(|(property, name, value)| {
            json!({ "property_id": property, "property_name": name, "scale_id": null, "scale_name": null,
                    "value_ids": [property * 10 + i64::try_from(value.len()).unwrap()], "values": [value] })
        })
        .collect();
    json!({
        "product_id": id, "sku": sku, "is_deleted": false, "property_values": values,
        "offerings": [{ "offering_id": id + 1, "quantity": quantity, "is_enabled": enabled, "is_deleted": false,
            "price": { "amount": cents, "divisor": 100, "currency_code": "EUR" }, "readiness_state_id": 55 }],
    })
}

fn inventory(products: &[Value], quantity_on: &[i64]) -> Value {
    json!({
        "products": products, "price_on_property": [], "quantity_on_property": quantity_on, "sku_on_property": [],
        "readiness_state_on_property": [],
    })
}

/// Reads JSON as the client does: from bytes.
fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    super::read(value.to_string().as_bytes()).unwrap()
}
