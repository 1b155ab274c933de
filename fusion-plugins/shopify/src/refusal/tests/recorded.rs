//! Every recorded answer to a mutation of products and pictures.

use super::*;
use crate::wire::{
    media::{FileCreateData, PicturesData, StageData},
    product::{OperationData, ProductDeleteData},
};

/// Mutations that the plugin sends, or whose refusals look as theirs do.
const ROOTS: [&str; 13] = [
    "fileCreate",
    "productCreate",
    "productCreateMedia",
    "productDelete",
    "productOperation",
    "productSet",
    "productUpdate",
    "productVariantsBulkCreate",
    "productVariantsBulkDelete",
    "productVariantsBulkUpdate",
    "publishablePublish",
    "publishableUnpublish",
    "stagedUploadsCreate",
];

/// What a recorded refusal is, by the platform's words.
fn expected(words: &str) -> ErrorKind {
    let kinds = [
        ("must include exactly one of", ErrorKind::Protocol),
        ("already exists", ErrorKind::AlreadyExists),
        ("already in use", ErrorKind::AlreadyExists),
        ("Variants input is required", ErrorKind::InvalidInput),
        ("Product does not exist", ErrorKind::NotFound),
        ("Title can't be blank", ErrorKind::InvalidInput),
        ("Product tags is invalid", ErrorKind::InvalidInput),
        ("id cannot be specified", ErrorKind::InvalidInput),
        ("The id field is not allowed", ErrorKind::InvalidInput),
    ];
    let known = kinds.iter().find(|(part, _)| words.contains(part));
    known.map(|(_, kind)| *kind).unwrap_or_else(|| panic!("nobody has said what this is: {words}"))
}

/// Root field and whole answer of each recorded answer below `value`.
fn collect(value: &Value, found: &mut Vec<(String, Value)>) {
    let root = value.get("data").and_then(Value::as_object).and_then(|data| data.keys().next());
    if let Some(root) = root.filter(|root| ROOTS.contains(&root.as_str())) {
        found.push((root.clone(), value.clone()));
        return;
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|inner| collect(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, found)),
        _ => {}
    }
}

fn all() -> Option<Vec<(String, Value)>> {
    let folder = specs("shopify")?.join("fixtures");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        collect(&serde_json::from_str(&text).unwrap(), &mut found);
    }
    Some(found)
}

#[test]
fn every_recorded_answer_about_products_is_taken_or_refused_as_what_it_is() {
    let Some(found) = all() else { return };
    let (mut taken, mut refused) = (0, 0);
    for (root, body) in found {
        let words =
            [body.pointer("/errors/0/message"), body.pointer(&format!("/data/{root}/userErrors/0/message"))];
        let words = words.into_iter().flatten().find_map(Value::as_str);
        match judge(&answer(200, &body.to_string())) {
            Ok(()) => {
                assert_eq!(words, None, "{root}");
                taken += 1;
            }
            Err(error) => {
                let words = words.unwrap_or_else(|| panic!("{root}: {error}"));
                assert_eq!(error.kind(), expected(words), "{root}: {words}");
                assert_eq!((error.fate(), error.retry()), (Fate::Rejected, Retry::Never), "{root}: {words}");
                refused += 1;
            }
        }
    }
    assert!(taken > 60 && refused > 10, "{taken} were taken, {refused} refused");
}

#[test]
fn every_recorded_answer_that_the_plugin_reads_is_readable() {
    let Some(found) = all() else { return };
    let mut read = std::collections::BTreeMap::<String, usize>::new();
    for (root, body) in found {
        let data = body["data"].clone();
        let is_null = data[&root].is_null();
        match root.as_str() {
            _ if is_null => continue,
            "stagedUploadsCreate" => {
                let stage: StageData = serde_json::from_value(data).unwrap();
                let places = stage.staged_uploads_create.staged_targets.unwrap();
                assert!(places.iter().all(|place| place.url.starts_with("https://")), "{places:?}");
            }
            "fileCreate" => {
                let made: FileCreateData = serde_json::from_value(data).unwrap();
                let files = made.file_create.files.unwrap();
                assert!(files.iter().all(|file| file.file_status == "UPLOADED"), "{files:?}");
            }
            // One was recorded without asking for its status.
            "productOperation" if data[&root].get("status").is_some() => {
                let operation: OperationData = serde_json::from_value(data).unwrap();
                assert_eq!(operation.product_operation.unwrap().status, "COMPLETE");
            }
            "productDelete" => drop(serde_json::from_value::<ProductDeleteData>(data).unwrap()),
            _ => continue,
        }
        *read.entry(root).or_default() += 1;
    }
    assert_eq!(read.len(), 4, "{read:?}");
}

/// Pictures as the shop's list of files was recorded: being worked on, then ready.
#[test]
fn a_recorded_picture_tells_how_far_it_is() {
    let Some(folder) = specs("shopify") else { return };
    let file = folder.join("fixtures/2026-04.media.media-file-create-then-image-read.json");
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut nodes = recorded["readAfterCreate"]["response"]["data"]["files"]["nodes"].clone();
    for node in nodes.as_array_mut().unwrap() {
        node["status"] = node["fileStatus"].clone();
    }
    nodes.as_array_mut().unwrap().push(Value::Null);
    let read: PicturesData = serde_json::from_value(json!({ "nodes": nodes })).unwrap();
    let words: Vec<_> = read.nodes.iter().flatten().map(|picture| picture.status.as_str()).collect();
    assert_eq!(words, ["PROCESSING", "READY", "READY", "READY", "READY"]);
}
