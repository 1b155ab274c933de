//! The words of a schema that say something about one value.

use fusion_core::model::Decimal;
use serde_json::{Map, Value};

/// Words of a schema that are judged here, or say nothing about what is allowed.
const UNDERSTOOD: &[&str] = &[
    "$ref",
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "contains",
    "minItems",
    "maxItems",
    "minUniqueItems",
    "maxUniqueItems",
    "selectors",
    "minLength",
    "maxLength",
    "minUtf8ByteLength",
    "maxUtf8ByteLength",
    "minimum",
    "maximum",
    "multipleOf",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "title",
    "description",
    "examples",
    "default",
    "editable",
    "hidden",
    "enumNames",
    "$lifecycle",
    "$comment",
];

/// Whether all of a condition can be judged: half of one would be taken for another.
pub(super) fn is_understood(schema: &Value) -> bool {
    let Value::Object(words) = schema else { return true };
    words.iter().all(|(word, part)| {
        let parts: Vec<&Value> = match (word.as_str(), part) {
            ("properties", Value::Object(parts)) => parts.values().collect(),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter().collect(),
            ("items" | "contains" | "not" | "if" | "then" | "else", part) => vec![part],
            _ => Vec::new(),
        };
        UNDERSTOOD.contains(&word.as_str()) && parts.into_iter().all(is_understood)
    })
}

/// Path, code and message.
pub(super) type Found = Vec<(String, &'static str, String)>;

pub(super) fn is_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    }
}

/// Words shown in a message; a list may have thousands.
const SHOWN_WORDS: usize = 8;

pub(super) fn allowed(schema: &Map<String, Value>, value: &Value, path: &str, found: &mut Found) {
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.contains(value)
    {
        let shown: Vec<String> = words.iter().take(SHOWN_WORDS).map(Value::to_string).collect();
        let more = if words.len() > SHOWN_WORDS { " and others" } else { "" };
        found.push((path.to_owned(), "not_allowed", format!("allowed are {}{more}", shown.join(", "))));
    }
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        found.push((path.to_owned(), "not_allowed", "only one value is allowed".to_owned()));
    }
}

pub(super) fn length(schema: &Map<String, Value>, text: &str, path: &str, found: &mut Found) {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let chars = text.chars().count();
    if let Some(max) = limit("maxLength").filter(|max| chars > *max) {
        found.push((path.to_owned(), "too_long", format!("at most {max} characters are allowed")));
    }
    if let Some(max) = limit("maxUtf8ByteLength").filter(|max| text.len() > *max) {
        found.push((path.to_owned(), "too_long", format!("at most {max} bytes are allowed")));
    }
    if limit("minLength").is_some_and(|min| chars < min)
        || limit("minUtf8ByteLength").is_some_and(|min| text.len() < min)
    {
        found.push((path.to_owned(), "too_short", "it needs more text".to_owned()));
    }
}

pub(super) fn range(schema: &Map<String, Value>, digits: &str, path: &str, found: &mut Found) {
    let decimal = |text: &str| text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text)).ok();
    let Some(number) = decimal(digits) else { return };
    let limit = |name: &str| decimal(&schema.get(name)?.to_string());
    if limit("minimum").is_some_and(|min| number < min) || limit("maximum").is_some_and(|max| number > max) {
        found.push((path.to_owned(), "out_of_range", "it is too small or too big".to_owned()));
    }
    let step = limit("multipleOf").filter(|step| !step.is_zero());
    if step.and_then(|step| number.checked_rem(step)).is_some_and(|rest| !rest.is_zero()) {
        found.push((path.to_owned(), "too_precise", "it has more digits than are allowed".to_owned()));
    }
}
