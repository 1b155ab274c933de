//! Refusals and notifications.

use super::read;
use crate::{kinds::RECEIPT, wire};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::Ref,
    plugin::{Asks, Hint, Matter, WireResponse},
};
use fusion_plugin_sdk::judge_status;

/// Characters of the platform's words that are kept.
const WORDS: usize = 300;

/// Judges an answer. The platform has texts and no codes, so the status decides and the text is kept for people.
///
/// # Errors
/// For every answer that refuses; [`ErrorKind::Unauthenticated`] where a token has run out or was taken back.
pub fn judge(answer: &WireResponse) -> Result<()> {
    let Err(error) = judge_status(answer) else { return Ok(()) };
    let Ok(told) = read::<wire::Failure>(&answer.body) else { return Err(error) };
    let words = told.error_description.as_deref().unwrap_or(&told.error);
    let words: String = words.chars().filter(|c| !c.is_control()).take(WORDS).collect();
    let error = match told.error.as_str() {
        // The token call answers a spent token with 400.
        "invalid_grant" => {
            Error::new(ErrorKind::Unauthenticated, "the platform doesn't accept the token any more")
                .with_retry(fusion_core::error::Retry::AfterReauth)
                .with_fate(error.fate())
                .with_platform_code("invalid_grant")
        }
        _ => error,
    };
    Err(error.with_problems([Problem::error(path(&told.error), "refused", words)]))
}

/// The field that a refusal names: `There was a problem with /price : …`.
fn path(words: &str) -> String {
    let named = words.split_whitespace().find_map(|word| word.strip_prefix('/'));
    named.unwrap_or_default().replace('/', ".").chars().take(WORDS).collect()
}

/// The shop that a notification is about, and what it says to look at. Its address is read and never called: whoever sent it chose it.
///
/// # Errors
/// [`ErrorKind::Protocol`]: it can't be read.
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
