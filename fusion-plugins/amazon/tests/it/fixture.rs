//! Stores, and the contracts with their recorded answers.

use fusion_core::model::{Loss, NewListing, StoreFacts};
use fusion_plugin_amazon::{
    ListingExtras,
    convert::{Call, Write},
};
use fusion_plugin_sdk::testkit::{spec, specs};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::{fs, sync::LazyLock};

pub(crate) fn read(path: &str) -> Option<Value> {
    spec("amazon", path)
}

/// A recorded answer with what it answers.
pub(crate) struct Case {
    /// `listingsItems_2021-08-01/getListingsItem`.
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) answer: Value,
    /// Where it was found, for the message of a failing test.
    pub(crate) name: String,
}

/// Every static sandbox case and every example of an answer in the models.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let folder = specs("amazon")?;
    let mut cases = Vec::new();
    for case in read("sandbox-cases.json")?["cases"].as_array().unwrap() {
        let operation = format!("{}/{}", text(&case["model"]), text(&case["operationId"]));
        cases.push(Case {
            name: format!("sandbox {operation} {} #{}", case["status"], case["case"]),
            operation,
            status: u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
            answer: case["response"].clone(),
        });
    }
    for entry in fs::read_dir(folder.join("models")).unwrap() {
        let path = entry.unwrap().path();
        let model = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let contract: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for (place, methods) in contract["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                    let examples = answer["examples"].as_object();
                    for (media, example) in examples.into_iter().flatten() {
                        // One contract names the wrapping member where the media type belongs.
                        let answer =
                            if media == "payload" { json!({"payload": example}) } else { example.clone() };
                        cases.push(Case {
                            operation: format!("{model}/{}", text(&operation["operationId"])),
                            status: status.parse().unwrap(),
                            answer,
                            name: format!("example {model} {method} {place} {status}"),
                        });
                    }
                }
            }
        }
    }
    Some(cases)
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn store(marketplace: &str, currency: &str, basis: &str, locale: &str) -> StoreFacts {
    serde_json::from_value(json!({
        "account": "SELLER", "remote_id": marketplace, "name": "A", "currency": currency, "tax_basis": basis,
        "locale": locale,
    }))
    .unwrap()
}

pub(crate) fn us() -> StoreFacts {
    store("ATVPDKIKX0DER", "USD", "net", "en-US")
}

pub(crate) fn canada() -> StoreFacts {
    store("A2EUQ1WTGCTBG2", "CAD", "net", "fr-CA")
}

pub(crate) fn uk() -> StoreFacts {
    store("A1F83G8C2ARO7P", "GBP", "gross", "en-GB")
}

pub(crate) fn japan() -> StoreFacts {
    store("A1VC38T7YXB528", "JPY", "gross", "ja-JP")
}

pub(crate) fn brazil() -> StoreFacts {
    store("A2Q3Y263D00KWC", "BRL", "unknown", "pt-BR")
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

pub(crate) fn uuid(n: usize) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

/// Paths of losses without the places of lists, each once.
pub(crate) fn lost(losses: &[Loss]) -> Vec<&str> {
    let mut paths: Vec<&str> = losses.iter().map(|loss| loss.path.as_str()).collect();
    paths.sort_unstable();
    paths
}

/// A product as it is published: one row for each colour.
pub(crate) fn listing(colours: &[&str]) -> NewListing {
    let variants: Vec<Value> = colours
        .iter()
        .enumerate()
        .map(|(nth, colour)| {
            json!({
                "id": uuid(100 + nth), "options": [["Colour", colour]], "sku": format!("MUG-{nth}"),
                "offered": true, "counted": true, "offer": {"price": "12.50 USD", "tax": "net"},
                "codes": [{"kind": "gtin", "value": "4006381333931"}],
                "shipping": {"weight": {"value": "0.350", "unit": "kilogram"}, "origin": "DE"},
            })
        })
        .collect();
    serde_json::from_value(json!({
        "listing": uuid(1), "product": uuid(2), "locale": "en", "title": "Mug",
        "description": {"format": "plain", "text": "A mug"}, "bullets": ["Holds tea", "Stands"], "brand": "Acme",
        "nature": "physical", "tags": ["kitchen"],
        "categories": [{"scheme": "amazon.keyword", "value": "mugs"}],
        "options": [{"name": "Colour", "values": colours}],
        "variants": variants,
        "media": [
            {"id": uuid(50), "source": "https://pictures.example/1.jpg", "role": "gallery"},
            {"id": uuid(51), "source": "https://pictures.example/2.jpg", "role": "gallery"},
        ],
        "extensions": {"amazon.listing": {"version": 1, "value": {
            "product_type": "EXAMPLE_MUG", "condition": "new_new", "tax_code": "A_GEN_TAX",
            "variation_theme": "COLOR", "options": {"Colour": "color"}, "parent_sku": "MUG",
            "attributes": {"supplier_declared_dg_hz_regulation":
                r#"[{"marketplace_id":"ATVPDKIKX0DER","value":"not_applicable"}]"#},
        }}},
    }))
    .unwrap()
}

/// Changes the listing's extras.
pub(crate) fn with_extras(listing: &mut NewListing, change: impl FnOnce(&mut ListingExtras)) {
    let mut extras: ListingExtras = listing.extensions.get().unwrap().unwrap();
    change(&mut extras);
    listing.extensions.set(&extras).unwrap();
}

/// Checks bodies of puts and patches against the contract.
static CONTRACTS: LazyLock<Option<[Validator; 2]>> = LazyLock::new(|| {
    let contract = read("models/listingsItems_2021-08-01.json")?;
    let validator = |definition: &str| {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "allOf": [{"$ref": format!("#/definitions/{definition}")}],
            "definitions": contract["definitions"],
        });
        jsonschema::validator_for(&schema).unwrap()
    };
    Some([validator("ListingsItemPutRequest"), validator("ListingsItemPatchRequest")])
});

/// The body of a write, held against the contract of its operation where that is there.
pub(crate) fn body(call: &Call) -> Value {
    if call.write == Write::Delete {
        assert!(call.body.is_empty());
        return Value::Null;
    }
    let body: Value = serde_json::from_str(&call.body).unwrap();
    if let Some([put, patch]) = &*CONTRACTS {
        let contract = if call.write == Write::Put { put } else { patch };
        let wrong: Vec<String> = contract.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", call.body);
    }
    body
}

/// What `getListingsItem` shows of a SKU that was written so.
pub(crate) fn shown(call: &Call, facts: &StoreFacts, children: &[&str]) -> Value {
    let body: Value = serde_json::from_str(&call.body).unwrap();
    let attributes = &body["attributes"];
    let parent = attributes["child_parent_sku_relationship"][0]["parent_sku"].as_str();
    let theme = json!({"attributes": ["color"], "theme": attributes["variation_theme"][0]["name"]});
    let relation = match parent {
        Some(parent) => json!({"type": "VARIATION", "parentSkus": [parent], "variationTheme": theme}),
        None => json!({"type": "VARIATION", "childSkus": children, "variationTheme": theme}),
    };
    let relations = if parent.is_some() || !children.is_empty() { vec![relation] } else { Vec::new() };
    json!({
        "sku": call.sku, "attributes": attributes, "issues": [],
        "summaries": [{
            "marketplaceId": facts.remote_id, "asin": "B000000001", "productType": body["productType"],
            "status": ["BUYABLE", "DISCOVERABLE"], "lastUpdatedDate": "2026-10-02T00:00:00Z",
        }],
        "relationships": [{"marketplaceId": facts.remote_id, "relationships": relations}],
    })
}
