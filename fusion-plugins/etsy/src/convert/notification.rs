//! What a notification is about.

use super::read;
use crate::{kinds::RECEIPT, wire};
use fusion_core::{
    error::Result,
    model::Ref,
    plugin::{Asks, Hint, Matter},
};

/// The shop that a notification is about, and what it says to look at. Its address is read and never called: whoever
/// sent it chose it.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it can't be read.
pub fn hint(body: &[u8]) -> Result<(String, Hint)> {
    let told: wire::Webhook = read(body)?;
    let mut parts = told.resource_url.trim_end_matches('/').rsplit('/');
    let (id, kind) = (parts.next().unwrap_or_default(), parts.next());
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let about = (kind == Some("receipts") && is_id).then(|| Ref::new(RECEIPT, id));
    let matter = match kind {
        Some("receipts") => Matter::Orders,
        Some("listings") => Matter::Products,
        _ => Matter::Unknown,
    };
    Ok((told.shop_id.to_string(), Hint { topic: told.event_type, about, asks: Asks::Look(matter) }))
}
