//! Pages: each record is read alone, so that a bad one spoils no other.

use crate::wire::envelope::Records;
use fusion_core::{
    error::{Error, Problem, Result},
    model::{Converted, Ref, RefKind},
    plugin::{Page, Unreadable},
};
use fusion_plugin_sdk::parse;
use serde_json::Value;

/// Reads each of `records`, which stand in the list `name`. A record that isn't this store's is `None` and left
/// out.
pub(super) fn page<T>(
    records: &Records,
    name: &str,
    id: (&str, RefKind),
    read: impl Fn(&[u8]) -> Result<Option<Converted<T>>>,
) -> Page<Converted<T>> {
    let mut page = Page { items: Vec::new(), unreadable: Vec::new(), next: None, watermark: None };
    for (nth, record) in records.iter().enumerate() {
        let text = record.get().as_bytes();
        match read(text) {
            Ok(read) => page.items.extend(read),
            Err(error) => page.unreadable.push(Unreadable {
                record: named(text, id.0).map(|named| Ref::new(id.1.clone(), named)),
                problem: problem(&error, &format!("{name}[{nth}]")),
            }),
        }
    }
    page
}

/// The record's own id, as far as that can be read.
fn named(text: &[u8], field: &str) -> Option<String> {
    parse::<Value>(text, "").ok()?.pointer(field)?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

fn problem(error: &Error, path: &str) -> Problem {
    match error.problems() {
        [] => Problem::error(path, "unreadable", error.message().to_owned()),
        [first, ..] => Problem { path: format!("{path}.{}", first.path), ..first.clone() },
    }
}
