//! The platform's published contract: examples of answers, and what request bodies have to look like.

use fusion_plugin_sdk::testkit::spec;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::OnceLock};

const OFFICIAL: &str = "printify-openapi-2026-05-24.official.json";

/// What the reference page and measurements know beyond the contract (platform facts, 6): members by schema.
const BEYOND: [(&str, &[(&str, &str)]); 3] = [
    ("createProductRequest", &[("tags", "array"), ("visible", "boolean")]),
    ("updateProductRequest", &[("tags", "array"), ("visible", "boolean")]),
    ("variants", &[("sku", "string"), ("is_default", "boolean")]),
];

fn contract() -> Option<&'static Value> {
    static CONTRACT: OnceLock<Option<Value>> = OnceLock::new();
    CONTRACT.get_or_init(|| spec("printify", OFFICIAL)).as_ref()
}

/// Every example of an answer by the contract's name of it.
pub(super) fn answers() -> Option<BTreeMap<String, Value>> {
    let responses = contract()?["components"]["responses"].as_object().unwrap();
    let example = |(name, response): (&String, &Value)| {
        let examples = response.pointer("/content/application~1json/examples")?.as_object()?;
        Some((name.clone(), examples.values().next()?["value"].clone()))
    };
    Some(responses.iter().filter_map(example).collect())
}

pub(super) fn events() -> Option<Vec<Value>> {
    Some(spec("printify", "webhook-events.json")?["events"].as_array().unwrap().clone())
}

/// Whether `body` is what the contract's `schema` says, and has no member that it doesn't know.
pub(super) fn check(schema: &str, body: &Value) {
    let Some(contract) = contract() else { return };
    let mut document = json!({ "components": { "schemas": contract["components"]["schemas"] } });
    document["$ref"] = json!(format!("#/components/schemas/{schema}"));
    strict(&mut document, "");
    let validator = jsonschema::options().build(&document).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{schema}: {wrong:#?}\n{body:#}");
}

/// Forbids unknown members, and says null as JSON Schema does.
fn strict(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(fields) => {
            if fields.remove("nullable").is_some() && fields["type"].is_string() {
                fields["type"] = json!([fields["type"], "null"]);
            }
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                for (member, kind) in
                    BEYOND.iter().filter(|(schema, _)| *schema == name).flat_map(|(_, known)| *known)
                {
                    properties.insert((*member).to_owned(), json!({ "type": kind }));
                }
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            for (inner, value) in fields.iter_mut() {
                let name = if matches!(inner.as_str(), "items" | "properties") { name } else { inner };
                strict(value, name);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strict(item, name)),
        _ => {}
    }
}

#[test]
fn a_member_that_the_contract_does_not_know_is_found() {
    if contract().is_none() {
        return;
    }
    let body = json!({ "title": "Mug", "colour": "red" });
    let found = std::panic::catch_unwind(|| check("updateProductRequest", &body));
    assert!(found.is_err());
    check("updateProductRequest", &json!({ "title": "Mug", "tags": ["red"] }));
}
