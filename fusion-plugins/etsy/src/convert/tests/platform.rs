//! The platform's side of a publication: stores what was sent and tells it in its own form.

use super::read;
use crate::{
    convert::Created,
    wire::{self, Form},
};
use serde_json::{Value, json};

/// Texts come back with entities.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn field<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.fields().iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
}

/// What `getListing` would tell of a draft that was made so.
pub(super) fn listing(created: &Created) -> wire::Listing {
    let form = &created.draft;
    let texts = |name: &str| -> Vec<String> {
        field(form, name).map(|all| all.split(',').map(escaped).collect()).unwrap_or_default()
    };
    let number = |name: &str| field(form, name).map(|text| serde_json::from_str::<Value>(text).unwrap());
    let images: Vec<Value> = created
        .images
        .iter()
        .map(|(_, upload)| {
            json!({ "listing_image_id": 3000 + upload.rank, "rank": upload.rank,
                "alt_text": upload.alt_text.as_deref().map(escaped), "url_fullxfull": "https://i.etsystatic.com/1.jpg" })
        })
        .collect();
    read(&json!({
        "listing_id": 11111, "state": "draft", "title": field(form, "title").map(escaped),
        "description": field(form, "description").map(escaped), "tags": texts("tags"),
        "taxonomy_id": number("taxonomy_id"), "listing_type": field(form, "type"),
        "item_weight": number("item_weight"), "item_weight_unit": field(form, "item_weight_unit"),
        "who_made": field(form, "who_made"), "when_made": field(form, "when_made"), "is_supply": number("is_supply"),
        "shipping_profile_id": number("shipping_profile_id"), "readiness_state_id": number("readiness_state_id"),
        "images": images, "language": "en-US",
    }))
}

/// What `getListingInventory` would tell after it; values get ids, prices a divisor.
pub(super) fn inventory(body: &wire::InventoryUpdate) -> wire::Inventory {
    let body = serde_json::to_value(body).unwrap();
    let mut known: Vec<(Value, Value)> = Vec::new();
    let mut products = Vec::new();
    for (nth, product) in body["products"].as_array().unwrap().iter().enumerate() {
        let mut product = product.clone();
        product["product_id"] = json!(70_000 + nth);
        product["is_deleted"] = json!(false);
        product["sku"] = json!(escaped(product["sku"].as_str().unwrap()));
        for value in product["property_values"].as_array_mut().unwrap() {
            let named = (value["property_id"].clone(), value["values"].clone());
            let at = known.iter().position(|one| *one == named).unwrap_or_else(|| {
                known.push(named);
                known.len() - 1
            });
            value["value_ids"] = json!([500 + at]);
            value["property_name"] = json!(escaped(value["property_name"].as_str().unwrap()));
            value["values"] = json!([escaped(value["values"][0].as_str().unwrap())]);
        }
        let offering = &mut product["offerings"][0];
        offering["offering_id"] = json!(80_000 + nth);
        let cents = offering["price"].as_f64().unwrap() * 100.0;
        offering["price"] = json!({ "amount": cents.round() as i64, "divisor": 100, "currency_code": "EUR" });
        products.push(product);
    }
    let mut told = body;
    told["products"] = products.into();
    read(&told)
}
