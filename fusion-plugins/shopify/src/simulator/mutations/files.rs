//! fileCreate, stagedUploadsCreate: pictures that belong to no product yet.

use super::{Work, media, refusal, rows};
use crate::simulator::{
    gid,
    product::Medium,
    read::{Arguments, text},
    slot::reference,
    staging,
};
use serde_json::{Map, Value, json};

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Value {
    let mut found = Vec::new();
    let mut made: Vec<Medium> = Vec::new();
    for (nth, row) in rows(arguments, "files").iter().filter_map(Value::as_object).enumerate() {
        let place = nth.to_string();
        match file(work, row) {
            Ok(medium) => made.push(medium),
            Err((field, message, code)) => {
                found.push(refusal(&["files", &place, field], message, Some(code)));
            }
        }
    }
    if !found.is_empty() {
        return work.payload(json!({ "files": null, "userErrors": found }));
    }
    let mut files = Vec::new();
    for medium in made {
        let gid = gid::of("MediaImage", medium.id);
        files.push(reference(&gid));
        work.effect(gid, medium.filename.clone().as_deref(), json!({ "file": true }));
        work.shop.files.insert(medium.id, medium);
    }
    work.payload(json!({ "files": files, "userErrors": [] }))
}

type Refused = (&'static str, &'static str, &'static str);

fn file(work: &mut Work<'_>, row: &Map<String, Value>) -> Result<Medium, Refused> {
    let Some(medium) = media::make(work, row) else {
        return Err(("originalSource", "Image URL is invalid", "INVALID_IMAGE_SOURCE_URL"));
    };
    let filename = text(row, "filename").map(str::to_owned);
    if filename.as_deref().is_some_and(|name| ending(name) != ending(&medium.source)) {
        let message = "Provided filename extension must match original source.";
        return Err(("filename", message, "MISMATCHED_FILENAME_AND_ORIGINAL_SOURCE"));
    }
    let same = work.shop.files.values().find(|known| filename.is_some() && known.filename == filename);
    let id = match (text(row, "duplicateResolutionMode"), same) {
        (Some("REPLACE"), _) if filename.is_none() => {
            let message = "Missing filename argument when attempting to use REPLACE duplicate mode.";
            return Err(("filename", message, "MISSING_FILENAME_FOR_DUPLICATE_MODE_REPLACE"));
        }
        (Some("REPLACE"), Some(known)) => known.id,
        (Some("RAISE_ERROR"), Some(_)) => {
            return Err(("filename", "Filename already exists.", "FILENAME_ALREADY_EXISTS"));
        }
        _ => medium.id,
    };
    Ok(Medium { id, filename, ..medium })
}

pub(super) fn ending(address: &str) -> Option<&str> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// A place for bytes; the ledger doesn't see it, since nothing of the shop changes.
pub(super) fn stage(work: &mut Work<'_>, arguments: &Arguments) -> Value {
    let mut targets = Vec::new();
    for row in rows(arguments, "input").iter().filter_map(Value::as_object) {
        let number = work.shop.new_id();
        let name = text(row, "filename").unwrap_or("file");
        let key = format!("tmp/{}/products/{number:08x}/{name}", work.shop.id);
        work.shop.staged.insert(key.clone(), None);
        let parameter = |name: &str, value: &str| json!({ "name": name, "value": value });
        targets.push(json!({
            "url": format!("https://{}/", staging::HOST),
            "resourceUrl": staging::address(&key),
            "parameters": [
                parameter("Content-Type", text(row, "mimeType").unwrap_or_default()),
                parameter("success_action_status", "201"),
                parameter("acl", "private"),
                parameter("key", &key),
                parameter("x-goog-algorithm", "GOOG4-RSA-SHA256"),
                parameter("x-goog-signature", &staging::signature(&key)),
                parameter("policy", "simulated"),
            ],
        }));
    }
    work.payload(json!({ "stagedTargets": targets, "userErrors": [] }))
}
