//! The platform's own contract, held against what is sent.

use crate::wire::Form;
use fusion_plugin_sdk::testkit::spec;
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// The document; it is big, so all tests share it.
fn document() -> Option<&'static Value> {
    static DOCUMENT: OnceLock<Option<Value>> = OnceLock::new();
    DOCUMENT.get_or_init(|| spec("etsy", "etsy-openapi-2026-10-05.json")).as_ref()
}

/// The schema of an operation's body.
fn schema(operation: &str) -> Option<&'static Value> {
    let paths = document()?["paths"].as_object().unwrap();
    let mut all = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let found = all.find(|one| one["operationId"] == operation).expect("an operation of the contract");
    let content = found["requestBody"]["content"].as_object().unwrap();
    Some(&content.values().next().unwrap()["schema"])
}

/// Fails unless the contract takes `body`; checks nothing, and says so, where there is no contract.
pub(super) fn takes(operation: &str, body: &Value) {
    let Some(schema) = schema(operation) else { return };
    let mut wrong = Vec::new();
    check(schema, body, operation, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}\n{body:#}");
}

/// The same for a form: its texts are read as the contract's types.
pub(super) fn takes_fields(operation: &str, fields: &[(&'static str, String)]) {
    let Some(schema) = schema(operation) else { return };
    let mut body = Map::new();
    for (name, text) in fields {
        let twice = body.insert((*name).to_owned(), typed(&schema["properties"][name], text));
        assert!(twice.is_none(), "{operation}: {name} is there twice");
    }
    takes(operation, &Value::Object(body));
}

pub(super) fn takes_form(operation: &str, form: &Form) {
    takes_fields(operation, form.fields());
}

fn typed(schema: &Value, text: &str) -> Value {
    let parsed = || serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    match schema["type"].as_str() {
        Some("array") if text.is_empty() => Value::Array(Vec::new()),
        Some("array") => text.split(',').map(|one| typed(&schema["items"], one)).collect(),
        // An empty field takes the value away.
        Some("number") if text.is_empty() && schema["nullable"] == true => Value::Null,
        Some("integer" | "number" | "boolean") => parsed(),
        _ => Value::from(text),
    }
}

fn check(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    let fits = match schema["type"].as_str() {
        Some("object") | None => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("the contract has a type {other} that this check doesn't know"),
    };
    if !fits {
        wrong.push(format!("{at}: {value} isn't of type {}", schema["type"]));
        return;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{at}: {value} is none of {words:?}"));
    }
    if let (Some(least), Some(value)) = (schema["minimum"].as_i64(), value.as_i64())
        && value < least
    {
        wrong.push(format!("{at}: {value} is below {least}"));
    }
    for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], item, &format!("{at}[{nth}]"), wrong);
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                wrong.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            match schema["properties"].get(name) {
                Some(schema) => check(schema, value, &format!("{at}.{name}"), wrong),
                // The platform ignores fields that it doesn't know: a typing mistake would look like success.
                None => wrong.push(format!("{at}: {name} is unknown")),
            }
        }
    }
}

#[test]
fn the_check_finds_what_the_contract_refuses() {
    let Some(schema) = schema("updateListingInventory") else { return };
    let offering = serde_json::json!({ "price": "6", "quantity": 1, "is_enabled": true });
    let body = serde_json::json!({ "products": [{ "offerings": [offering], "skus": "A" }] });
    let mut wrong = Vec::new();
    check(schema, &body, "body", &mut wrong);
    assert_eq!(wrong.len(), 3, "{wrong:#?}");
}
