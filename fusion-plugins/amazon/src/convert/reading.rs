//! Parts of answers, and what of them the model has no place for.

use crate::wire::envelope::Amount;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{Currency, LossKind, Losses, Money, Seen},
};
use fusion_plugin_sdk::unreadable;
use serde_json::Value;

pub(super) fn time(text: &str, path: &str) -> Result<Timestamp> {
    Timestamp::parse(text).map_err(|_| unreadable(path, "it is no time"))
}

pub(super) fn time_of(text: Option<&str>, path: &str) -> Result<Option<Timestamp>> {
    text.map(|text| time(text, path)).transpose()
}

pub(super) fn money(amount: &Amount, path: &str) -> Result<Money> {
    let currency =
        Currency::new(&amount.currency_code).map_err(|_| unreadable(path, "the currency is unknown"))?;
    Money::parse_amount(&amount.amount, currency).map_err(|_| unreadable(path, "it is no amount"))
}

/// A text; an empty one is none.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A part that was asked for or not.
pub(super) fn part<T>(asked: bool, value: Option<T>) -> Seen<T> {
    match value {
        Some(value) => Seen::Value(value),
        None if asked => Seen::Empty,
        None => Seen::NotRead,
    }
}

/// How deep an answer is followed; the deepest recorded one has nine levels.
const MAX_DEPTH: usize = 32;

/// Reports everything in `record` that no pattern of `carried` names, at the highest level that is wholly
/// strange. A pattern is a path with `[]` for any place of a list; a name that ends it covers all below.
pub(super) fn leftovers(record: &Value, carried: &[&str], losses: &mut Losses) {
    walk(record, "", "", carried, losses, 0);
}

fn walk(value: &Value, shown: &str, pattern: &str, carried: &[&str], losses: &mut Losses, depth: usize) {
    if is_nothing(value) || carried.contains(&pattern) || depth > MAX_DEPTH {
        return;
    }
    let is_root = pattern.is_empty();
    let leads_on =
        |known: &&str| known.strip_prefix(pattern).is_some_and(|rest| rest.starts_with(['.', '[']));
    if !is_root && !carried.iter().any(leads_on) {
        losses.add(shown, LossKind::Dropped, "the model has no place for it");
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let join = |path: &str| {
                    if path.is_empty() { name.clone() } else { format!("{path}.{name}") }
                };
                walk(value, &join(shown), &join(pattern), carried, losses, depth + 1);
            }
        }
        Value::Array(entries) => {
            for (nth, value) in entries.iter().enumerate() {
                let (shown, pattern) = (format!("{shown}[{nth}]"), format!("{pattern}[]"));
                walk(value, &shown, &pattern, carried, losses, depth + 1);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Null, empty and "no" say nothing that could be lost.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "false",
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
