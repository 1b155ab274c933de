//! What a buyer chose: the only name of a combination that lasts.

use crate::{kinds::CHOICE, wire};
use fusion_core::{
    error::Result,
    model::{OptionValues, Ref, Refs},
};
use fusion_plugin_sdk::{decode_entities, unreadable};

/// Values of one property that is chosen together.
const SEVERAL: &str = " + ";

/// The text of a choice: property ids with values, in the order of the ids.
pub(super) fn text<'a>(chosen: impl IntoIterator<Item = (i64, &'a [String])>) -> String {
    let joined = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|value| decode_entities(value)).collect();
        values.join(SEVERAL).replace('\\', "\\\\").replace(';', "\\;")
    };
    let mut chosen: Vec<(i64, String)> =
        chosen.into_iter().map(|(property, values)| (property, joined(values))).collect();
    chosen.sort();
    let named: Vec<String> =
        chosen.into_iter().map(|(property, value)| format!("{property}={value}")).collect();
    named.join(";")
}

/// The text of a combination's choice.
pub(super) fn of(values: &[wire::PropertyValue]) -> String {
    text(values.iter().map(|value| (value.property_id, value.values.as_slice())))
}

/// The choice as an id: two listings may offer the same one.
pub(super) fn named(listing: i64, values: &[wire::PropertyValue]) -> Ref {
    Ref::new(CHOICE, format!("{listing}/{}", of(values)))
}

/// The choice that `refs` name, without its listing.
pub(super) fn in_refs(refs: &Refs) -> Option<&str> {
    refs.get(&CHOICE).and_then(|id| id.split_once('/')).map(|(_, choice)| choice)
}

/// The same by option names.
pub(super) fn options(values: &[wire::PropertyValue], path: &str) -> Result<OptionValues> {
    let mut chosen = OptionValues::default();
    for value in values {
        let name = name(value);
        if chosen.get(&name).is_some() {
            return Err(unreadable(format!("{path}.property_values"), "two properties have one name"));
        }
        let values: Vec<String> = value.values.iter().map(|text| decode_entities(text)).collect();
        chosen.set(name, values.join(SEVERAL));
    }
    Ok(chosen)
}

/// What the option is called; the platform leaves out some names.
pub(super) fn name(value: &wire::PropertyValue) -> String {
    match value.property_name.as_deref() {
        Some(name) if !name.is_empty() => decode_entities(name),
        _ => format!("property {}", value.property_id),
    }
}
