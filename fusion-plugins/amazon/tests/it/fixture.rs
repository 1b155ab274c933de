//! Stores, and the contracts with their recorded answers.

use fusion_core::{
    error::Error,
    model::{Converted, Loss, StoreFacts},
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

/// Where the published contracts lie; `None` when they are absent and that is allowed.
pub(crate) fn specs() -> Option<PathBuf> {
    let folder = std::env::var_os("FUSION_SPECS").map(|specs| PathBuf::from(specs).join("amazon"));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        assert!(
            std::env::var_os("FUSION_REQUIRE_SPECS").is_none_or(|value| value != "1"),
            "FUSION_SPECS names no folder with the platforms' contracts"
        );
        eprintln!("SKIPPED: no contracts of the platform here; set FUSION_SPECS");
    }
    found
}

pub(crate) fn read(path: &str) -> Option<Value> {
    let text = fs::read_to_string(specs()?.join(path)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// A recorded answer with what it answers.
pub(crate) struct Case {
    /// `listingsItems_2021-08-01/getListingsItem`.
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) answer: Value,
    pub(crate) body: Option<Value>,
    /// Where it was found, for the message of a failing test.
    pub(crate) name: String,
}

/// Every static sandbox case and every example of an answer in the models.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let folder = specs()?;
    let mut cases = Vec::new();
    for case in read("sandbox-cases.json")?["cases"].as_array().unwrap() {
        let operation = format!("{}/{}", text(&case["model"]), text(&case["operationId"]));
        cases.push(Case {
            name: format!("sandbox {operation} {} #{}", case["status"], case["case"]),
            operation,
            status: u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
            answer: case["response"].clone(),
            body: case["request_parameters"]["body"].get("value").cloned(),
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
                            body: None,
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

pub(crate) fn value<T>(converted: Result<Converted<T>, Error>) -> T {
    converted.unwrap().value
}
