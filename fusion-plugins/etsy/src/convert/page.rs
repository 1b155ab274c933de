//! Pages: one bad record never stops them.

use super::{Beside, order, product, read};
use crate::{
    kinds::{LISTING, RECEIPT},
    wire,
};
use fusion_core::{
    error::Result,
    model::{Converted, Ref, RefKind, RemoteOrder, RemoteProduct, StoreFacts},
    plugin::Page,
};
use fusion_plugin_sdk::left_out;
use serde::{Deserialize, de::DeserializeOwned};

/// A page of listings that began with record `offset`.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it isn't a page.
pub fn products(body: &[u8], offset: u64, facts: &StoreFacts) -> Result<Page<Converted<RemoteProduct>>> {
    page(body, offset, LISTING, |listing| product(&listing, Beside::default(), facts))
}

/// A page of receipts that began with record `offset`.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it isn't a page.
pub fn orders(body: &[u8], offset: u64) -> Result<Page<Converted<RemoteOrder>>> {
    page(body, offset, RECEIPT, |receipt| order(&receipt))
}

fn page<W: DeserializeOwned, T>(
    body: &[u8],
    offset: u64,
    kind: RefKind,
    convert: impl Fn(W) -> Result<T>,
) -> Result<Page<T>> {
    let records: wire::Records = read(body)?;
    let mut page = Page { items: Vec::new(), unreadable: Vec::new(), next: None, watermark: None };
    for record in &records.results {
        match read::<W>(record.get().as_bytes()).and_then(&convert) {
            Ok(item) => page.items.push(item),
            Err(error) => page.unreadable.push(left_out(named(record.get(), &kind), &error)),
        }
    }
    let after = offset.saturating_add(records.results.len() as u64);
    let more = !records.results.is_empty() && records.count.is_none_or(|count| after < count);
    page.next = more.then(|| after.to_string());
    Ok(page)
}

/// The id is looked for by itself, because the rest can't be read.
fn named(record: &str, kind: &RefKind) -> Option<Ref> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "listing_id", alias = "receipt_id")]
        id: i64,
    }
    let named = read::<Named>(record.as_bytes()).ok()?;
    Some(Ref::new(kind.clone(), named.id.to_string()))
}
