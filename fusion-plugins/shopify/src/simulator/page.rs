//! Cuts one page out of a connection.

use super::{digest, read::Arguments, slot::Slot};
use serde_json::Value;

/// The most nodes of one page.
pub(super) const MOST: u64 = 250;

/// The most variants of a product that was asked for at the root.
pub(super) const MOST_VARIANTS: u64 = 2048;

/// A page and what lies around it.
pub(super) struct Page {
    pub(super) rows: Vec<(String, Slot)>,
    pub(super) more_before: bool,
    pub(super) more_after: bool,
}

/// The page that `first`, `after`, `last`, `before` and `reverse` ask for.
pub(super) fn cut(mut rows: Vec<(String, Slot)>, arguments: &Arguments) -> Page {
    let reverse = arguments.get("reverse").and_then(Value::as_bool).unwrap_or(false);
    rows.sort_by(|one, other| if reverse { other.0.cmp(&one.0) } else { one.0.cmp(&other.0) });
    let cursor = |name: &str| arguments.get(name).and_then(Value::as_str).and_then(digest::place);
    let all = rows.len();
    // A cursor is a place in the order, so a page goes on behind it even if what stood there is gone.
    if let Some(after) = cursor("after") {
        rows.retain(|(place, _)| if reverse { *place < after } else { *place > after });
    }
    let mut more_before = rows.len() < all;
    let until_end = rows.len();
    if let Some(before) = cursor("before") {
        rows.retain(|(place, _)| if reverse { *place > before } else { *place < before });
    }
    let mut more_after = rows.len() < until_end;
    if let Some(first) = size(arguments, "first")
        && rows.len() > first
    {
        rows.truncate(first);
        more_after = true;
    }
    if let Some(last) = size(arguments, "last")
        && rows.len() > last
    {
        rows.drain(..rows.len() - last);
        more_before = true;
    }
    Page { rows, more_before, more_after }
}

/// The size that an argument asks for.
fn size(arguments: &Arguments, name: &str) -> Option<usize> {
    usize::try_from(arguments.get(name)?.as_u64()?).ok()
}
