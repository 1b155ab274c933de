//! A page: what can be read, and what can't with its name.

use super::read::{At, record, unreadable};
use crate::wire::Paginated;
use fusion_core::{
    error::Result,
    model::{Ref, RefKind},
    plugin::Page,
};
use fusion_plugin_sdk::left_out;
use serde_json::Value;

/// Reads each record alone. The next page's number is [`Page::next`]; a short page says nothing, since more
/// records than asked for are cut without a word.
pub(super) fn page<T>(answer: &Value, kind: RefKind, read: impl Fn(&Value) -> Result<T>) -> Result<Page<T>> {
    let paginated: Paginated = record(answer)?;
    let at = At::default();
    let mut page = Page { items: Vec::new(), unreadable: Vec::new(), next: None, watermark: None };
    for one in paginated.data.need(&at.member("data"))? {
        match read(&one) {
            Ok(item) => page.items.push(item),
            Err(error) => {
                let id = one.get("id").and_then(Value::as_str);
                page.unreadable.push(left_out(id.map(|id| Ref::new(kind.clone(), id)), &error));
            }
        }
    }
    let current = paginated.current_page.need(&at.member("current_page"))?;
    let last = paginated.last_page.need(&at.member("last_page"))?;
    let more = paginated.next_page_url.maybe(&at.member("next_page_url"))?.is_some();
    if more && current < last {
        let next = current
            .checked_add(1)
            .ok_or_else(|| unreadable(&at.member("current_page"), "no page follows"))?;
        page.next = Some(next.to_string());
    }
    Ok(page)
}
