//! The place outside of the shop where bytes of pictures are put before a write names them.

use super::world::World;
use bytes::Bytes;
use fusion_core::canonical::Hash;
use http::{Request, header};
use std::collections::BTreeMap;

/// Where it is.
pub(super) const HOST: &str = "shopify-staged-uploads.storage.googleapis.com";

/// Longest head of a part of a form: a name and a type.
const LONGEST_HEAD: usize = 1_024;

/// What a write names the bytes by.
pub(super) fn address(key: &str) -> String {
    format!("https://{HOST}/{key}")
}

/// The key of an address of this place.
pub(super) fn key(address: &str) -> Option<&str> {
    address.strip_prefix("https://")?.strip_prefix(HOST)?.strip_prefix('/')
}

/// What proves that the place was given by the platform.
pub(super) fn signature(key: &str) -> String {
    Hash::of(format!("simulated {key}")).to_string()
}

/// Takes a form with a file: status and body.
pub(super) fn receive(world: &mut World, request: &Request<Bytes>) -> (u16, String) {
    let refused = |code: &str| (403, format!("<?xml version='1.0'?><Error><Code>{code}</Code></Error>"));
    // A token has no business here.
    if request.headers().contains_key("x-shopify-access-token") {
        return refused("InvalidSecurity");
    }
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") else {
        return (400, String::new());
    };
    let Some(parts) = parts(request.body(), boundary) else { return (400, String::new()) };
    let part = |name: &str| parts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let text = |name: &str| part(name).map(|value| String::from_utf8_lossy(&value).into_owned());
    // What stands behind the file isn't read.
    let is_last = parts.last().is_some_and(|(name, _)| name == "file");
    let (Some(key), Some(file), true) = (text("key"), part("file"), is_last) else {
        return (400, String::new());
    };
    if text("x-goog-signature") != Some(signature(&key)) || text("policy").is_none() {
        return refused("SignatureDoesNotMatch");
    }
    let Some(place) = world.shop.staged.get_mut(&key) else { return refused("AccessDenied") };
    *place = Some(file);
    *world.calls.entry("stagedUpload".to_owned()).or_default() += 1;
    (201, format!("<?xml version='1.0'?><PostResponse><Key>{key}</Key></PostResponse>"))
}

/// Name and content of each part; `None` for what is no form.
fn parts(body: &Bytes, boundary: &str) -> Option<Vec<(String, Bytes)>> {
    let mark = format!("--{boundary}");
    let mut found = Vec::new();
    let mut at = find(body, mark.as_bytes(), 0)? + mark.len();
    while body.get(at..at + 2)? == b"\r\n" {
        let head = at + 2;
        let end = find(body.get(..body.len().min(head + LONGEST_HEAD))?, b"\r\n\r\n", head)?;
        let text = std::str::from_utf8(body.get(head..end)?).ok()?;
        let name = text.split("name=\"").nth(1)?.split('"').next()?.to_owned();
        let next = find(body, format!("\r\n{mark}").as_bytes(), end + 2)?;
        found.push((name, body.slice(end + 4..next.max(end + 4))));
        at = next + 2 + mark.len();
    }
    (body.get(at..at + 2)? == b"--").then_some(found)
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let at = bytes.get(from..)?.windows(wanted.len()).position(|window| window == wanted)?;
    Some(from + at)
}

/// What lies at each place; `None` where nothing has come.
pub(super) type Staged = BTreeMap<String, Option<Bytes>>;
