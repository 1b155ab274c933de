//! Options: their definition, and the values that a variant names.

use super::{draft::Codes, limits, refusal, rows};
use crate::simulator::{
    gid,
    product::{OptionRow, OptionValue},
    read::text,
    shop::Shop,
};
use serde_json::{Map, Value};

/// Whether the user errors of a mutation bear codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    Plain,
    Coded,
}

/// The options that `input` defines; ids of `before` are kept where names or ids agree.
pub(super) fn define(
    shop: &mut Shop,
    input: &[Value],
    before: &[OptionRow],
    wording: Wording,
    found: &mut Vec<Value>,
) -> Vec<OptionRow> {
    let code = |code: &'static str| (wording == Wording::Coded).then_some(code);
    if input.len() > limits::OPTIONS {
        let message = format!("Can only specify a maximum of {} options", limits::OPTIONS);
        found.push(refusal(&["input", "productOptions"], message, code("OPTIONS_OVER_LIMIT")));
        return Vec::new();
    }
    let mut rows_: Vec<&Map<String, Value>> = input.iter().filter_map(Value::as_object).collect();
    rows_.sort_by_key(|row| row.get("position").and_then(Value::as_i64).unwrap_or(i64::MAX));
    let mut options: Vec<OptionRow> = Vec::new();
    for (nth, row) in rows_.into_iter().enumerate() {
        let nth = nth.to_string();
        let id = text(row, "id").and_then(|id| gid::number("ProductOption", id));
        let name = text(row, "name");
        let old =
            before.iter().find(|old| id == Some(old.id) || (id.is_none() && name == Some(old.name.as_str())));
        let Some(name) = name.or(old.map(|old| old.name.as_str())).filter(|name| !name.trim().is_empty())
        else {
            found.push(refusal(
                &["input", "productOptions", &nth, "name"],
                "Name can't be blank",
                code("INVALID_INPUT"),
            ));
            continue;
        };
        if name.contains(" / ") {
            let message = "Option name cannot contain ' / '";
            found.push(refusal(&["input", "productOptions", &nth, "name"], message, code("INVALID_INPUT")));
        }
        if options.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
            let message = format!("Option name '{name}' is duplicated");
            found.push(refusal(&["input", "productOptions", &nth], message, code("DUPLICATED_OPTION_NAME")));
        }
        let mut values: Vec<OptionValue> = Vec::new();
        for value in rows(row, "values").iter().filter_map(Value::as_object) {
            let id = text(value, "id").and_then(|id| gid::number("ProductOptionValue", id));
            let named = text(value, "name");
            let known = old.and_then(|old| {
                old.values
                    .iter()
                    .find(|it| id == Some(it.id) || (id.is_none() && named == Some(it.name.as_str())))
            });
            let Some(named) = named.or(known.map(|known| known.name.as_str())) else { continue };
            if values.iter().any(|other| other.name == named) {
                let message = format!("Option value '{named}' is duplicated");
                found.push(refusal(
                    &["input", "productOptions", &nth],
                    message,
                    code("DUPLICATED_OPTION_VALUE"),
                ));
            }
            let id = known.map_or_else(|| shop.new_id(), |known| known.id);
            values.push(OptionValue { id, name: named.to_owned() });
        }
        let id = old.map_or_else(|| shop.new_id(), |old| old.id);
        options.push(OptionRow { id, name: name.to_owned(), values });
    }
    options
}

/// The values that a variant's `optionValues` name, in the options' order.
pub(super) fn values(
    options: &[OptionRow],
    given: &[Value],
    at: &[&str],
    codes: &Codes,
    found: &mut Vec<Value>,
) -> Option<Vec<String>> {
    let before = found.len();
    let mut values: Vec<Option<String>> = vec![None; options.len()];
    for (nth, row) in given.iter().filter_map(Value::as_object).enumerate() {
        let nth = nth.to_string();
        let id = text(row, "optionId").and_then(|id| gid::number("ProductOption", id));
        let named = text(row, "optionName");
        let position =
            options.iter().position(|option| id == Some(option.id) || named == Some(option.name.as_str()));
        let Some((option, slot)) = position.and_then(|at| Some((options.get(at)?, values.get_mut(at)?)))
        else {
            found.push(refusal(
                &[at, &["optionValues", &nth]].concat(),
                "Option does not exist",
                Some(codes.unknown_option),
            ));
            continue;
        };
        let value_id = text(row, "id").and_then(|id| gid::number("ProductOptionValue", id));
        let by_id = value_id.and_then(|id| option.values.iter().find(|value| value.id == id));
        *slot = by_id.map(|value| value.name.clone()).or_else(|| text(row, "name").map(str::to_owned));
    }
    for (option, value) in options.iter().zip(&values) {
        if value.as_ref().is_none_or(|value| value.trim().is_empty()) {
            let message = format!("You need to add option values for {}", option.name);
            found.push(refusal(at, message, Some(codes.missing_value)));
        }
    }
    (found.len() == before).then(|| values.into_iter().flatten().collect())
}

/// Makes sure that every value of `wanted` exists in its option.
pub(super) fn extend(shop: &mut Shop, options: &mut [OptionRow], wanted: &[String]) {
    for (option, value) in options.iter_mut().zip(wanted) {
        if !option.values.iter().any(|known| known.name == *value) {
            option.values.push(OptionValue { id: shop.new_id(), name: value.clone() });
        }
    }
}

/// The place in `optionValues` of a value that isn't among the options' values.
pub(super) fn unknown_value<'a>(options: &[OptionRow], values: &'a [String]) -> Option<&'a str> {
    options
        .iter()
        .zip(values)
        .find(|(option, value)| !option.values.iter().any(|known| known.name == **value))
        .map(|(_, value)| value.as_str())
}
