//! Refuses, before the network, what the platform can't do: every problem at once, with its path.

mod edit;

use self::edit::check_edit;
use super::{Change, Command, FieldRule, Manifest, Rule, Support};
use crate::{
    error::{Error, ErrorKind, Problem, Result},
    model::{NewListing, NewListingVariant, Store, figure::wrong_price},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Whether `command` can be tried in `store`: capability, what was learned about the store, the field table,
/// currency, and what is true of every listing.
///
/// # Errors
/// [`ErrorKind::Unsupported`]: the platform or this store can't do the operation.
/// [`ErrorKind::InvalidInput`]: fields are wrong; all of them are named.
pub fn guard(manifest: &Manifest, store: &Store, command: &Command) -> Result<()> {
    let operation = command.operation();
    if let Support::Unsupported { reason, .. } = manifest.support(operation) {
        return Err(Error::new(ErrorKind::Unsupported, reason)
            .with_operation(operation)
            .with_platform(manifest.slug.clone()));
    }
    if let Some(learned) = store.learned.iter().find(|learned| learned.operation == operation) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("this store can't do it: {}; test the connection after mending it", learned.why),
        )
        .with_operation(operation)
        .with_platform(manifest.slug.clone()));
    }
    let mut problems = Vec::new();
    match &command.change {
        Change::CreateProduct { listing } | Change::Publish { listing } => {
            check_fields(&manifest.fields, &**listing, &mut problems)?;
            check_listing(listing, store, &mut problems);
        }
        Change::UpdateProduct { edit, .. } => check_edit(&manifest.fields, edit, store, &mut problems)?,
        Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. }
        | Change::ChangePolicy { .. } => {}
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "the store can't take this")
        .with_operation(operation)
        .with_platform(manifest.slug.clone())
        .with_problems(problems))
}

fn check_listing(listing: &NewListing, store: &Store, problems: &mut Vec<Problem>) {
    if listing.title.trim().is_empty() {
        problems.push(Problem::error("title", "required", "a product needs a title"));
    }
    if listing.variants.is_empty() {
        problems.push(Problem::error("variants", "required", "a product needs at least one variant"));
    }
    let mut chosen: HashMap<Vec<(&str, &str)>, usize> = HashMap::new();
    let mut ids = BTreeSet::new();
    for (nth, variant) in listing.variants.iter().enumerate() {
        check_variant(variant, &format!("variants[{nth}]"), store, problems);
        if !ids.insert(variant.id) {
            problems.push(Problem::error(
                format!("variants[{nth}].id"),
                "repeated",
                "the row is named twice",
            ));
        }
        let mut choice: Vec<_> = variant.options.iter().collect();
        choice.sort_unstable();
        if let Some(first) = chosen.insert(choice, nth) {
            problems.push(Problem::error(
                format!("variants[{nth}].options"),
                "repeated",
                format!("the same choice as variants[{first}]"),
            ));
        }
        for option in &listing.options {
            match variant.options.get(&option.name) {
                Some(value) if option.values.iter().any(|known| known == value) => {}
                Some(value) => problems.push(Problem::error(
                    format!("variants[{nth}].options.{}", option.name),
                    "unknown_value",
                    format!("`{value}` is not among the option's values"),
                )),
                None => problems.push(Problem::error(
                    format!("variants[{nth}].options.{}", option.name),
                    "required",
                    "every variant needs a value for every option",
                )),
            }
        }
    }
}

fn check_variant(variant: &NewListingVariant, path: &str, store: &Store, problems: &mut Vec<Problem>) {
    let prices = [
        ("offer.price", Some(variant.offer.price)),
        ("offer.compare_at", variant.offer.compare_at),
        ("offer.sale.price", variant.offer.sale.map(|sale| sale.price)),
    ];
    for (field, price) in prices {
        if let Some(price) = price {
            check_price(price, &format!("{path}.{field}"), store, problems);
        }
    }
}

fn check_price(price: crate::model::Money, path: &str, store: &Store, problems: &mut Vec<Problem>) {
    if price.currency() != store.facts.currency {
        problems.push(Problem::error(
            path,
            "foreign_currency",
            format!(
                "the store sells in {}, not in {}; convert the price first",
                store.facts.currency,
                price.currency()
            ),
        ));
    }
    problems.extend(wrong_price(price, path));
}

fn to_value(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the listing has no JSON form").with_source(source)
    })
}

/// Holds every rule against the JSON form of `subject`.
fn check_fields(rules: &[FieldRule], subject: &impl Serialize, problems: &mut Vec<Problem>) -> Result<()> {
    let value = to_value(subject)?;
    for rule in rules {
        walk(rule, rule.path, &value, &mut String::new(), problems);
    }
    Ok(())
}

fn walk(rule: &FieldRule, rest: &str, value: &Value, path: &mut String, problems: &mut Vec<Problem>) {
    let here = path.len();
    if let Some(rest) = rest.strip_prefix("[]") {
        for (nth, entry) in value.as_array().into_iter().flatten().enumerate() {
            path.push_str(&format!("[{nth}]"));
            walk(rule, rest.strip_prefix('.').unwrap_or(rest), entry, path, problems);
            path.truncate(here);
        }
        return;
    }
    if rest.is_empty() {
        problems
            .extend(broken(rule, value).map(|(code, message)| Problem::error(path.as_str(), code, message)));
        return;
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
    let field = value.get(name).unwrap_or(&Value::Null);
    walk(rule, rest.strip_prefix('.').unwrap_or(rest), field, path, problems);
    path.truncate(here);
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn broken(rule: &FieldRule, value: &Value) -> Option<(&'static str, String)> {
    let text = value.as_str();
    match rule.rule {
        Rule::Required => is_empty(value).then(|| ("required", "the platform demands it".to_owned())),
        Rule::Refused => {
            (!is_empty(value)).then(|| ("refused", "the platform has no place for it".to_owned()))
        }
        Rule::Transformed(_) => None,
        Rule::MaxChars(limit) => {
            text.map(|text| text.chars().count()).filter(|length| *length > limit).map(|length| {
                ("too_long", format!("{length} characters, and the platform takes {limit}; shorten it"))
            })
        }
        Rule::MaxBytes(limit) => text.map(str::len).filter(|length| *length > limit).map(|length| {
            ("too_long", format!("{length} bytes, and the platform takes {limit}; shorten it"))
        }),
        Rule::MaxCount(limit) => value
            .as_array()
            .map(Vec::len)
            .filter(|count| *count > limit)
            .map(|count| ("too_many", format!("{count} entries, and the platform takes {limit}"))),
        Rule::OneOf(words) => text
            .filter(|text| !words.contains(text))
            .map(|text| ("not_allowed", format!("`{text}` is none of {}", words.join(", ")))),
    }
}

#[cfg(test)]
mod tests;
