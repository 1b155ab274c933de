//! A product type's schema: what a listing of that type must and may say, known before anything is sent.

use super::reading::{bad, parsed};
use fusion_core::{error::Result, model::Decimal};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How deep a schema is followed; references may go round in a circle.
const MAX_DEPTH: usize = 64;

/// What a schema finds wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The attribute, and what follows its name in the path: `bullet_point` and `[5].value`.
    pub attribute: String,
    /// See `attribute`.
    pub rest: String,
    /// A stable word: `required`, `not_allowed`, `too_long`.
    pub code: &'static str,
    /// What is wrong and what would help.
    pub message: String,
}

/// The schema of one product type, as `getDefinitionsProductType` links to it (JSON Schema with Amazon's own
/// words `selectors`, `maxUniqueItems`, `maxUtf8ByteLength`).
///
/// It knows what can be known without a regular expression; `pattern` and `format` are left to Amazon's own
/// preview.
#[derive(Clone, Debug)]
pub struct ProductType {
    root: Value,
}

impl ProductType {
    /// Reads a schema.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it isn't a schema of attributes.
    pub fn parse(schema: &[u8]) -> Result<Self> {
        let root: Value = parsed(schema, "")?;
        if root.get("properties").is_some_and(Value::is_object) {
            return Ok(Self { root });
        }
        Err(bad("properties", "the schema names no attributes"))
    }

    /// Everything that is wrong with `attributes`, a list of entries by name.
    pub fn check(&self, attributes: &Value) -> Vec<Finding> {
        let mut found = Vec::new();
        self.judge(&self.root, attributes, "", &mut found, 0);
        found
            .into_iter()
            .map(|(path, code, message)| {
                let end = path.find(['[', '.']).unwrap_or(path.len());
                let (attribute, rest) = path.split_at(end);
                Finding { attribute: attribute.to_owned(), rest: rest.to_owned(), code, message }
            })
            .collect()
    }

    /// Whether the type has this attribute at all.
    pub fn has(&self, attribute: &str) -> bool {
        self.root.get("properties").is_some_and(|all| all.get(attribute).is_some())
    }

    fn judge(&self, schema: &Value, value: &Value, path: &str, found: &mut Found, depth: usize) {
        let Value::Object(schema) = schema else { return };
        if depth > MAX_DEPTH {
            return;
        }
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        if let Some(target) = target.and_then(|pointer| self.root.pointer(pointer)) {
            self.judge(target, value, path, found, depth + 1);
        }
        self.combined(schema, value, path, found, depth);
        if let Some(wanted) = schema.get("type").and_then(Value::as_str)
            && !is_type(value, wanted)
        {
            found.push((path.to_owned(), "wrong_type", format!("it has to be of type {wanted}")));
            return;
        }
        allowed(schema, value, path, found);
        match value {
            Value::Object(fields) => self.object(schema, fields, path, found, depth),
            Value::Array(entries) => self.array(schema, entries, path, found, depth),
            Value::String(text) => length(schema, text, path, found),
            Value::Number(number) => range(schema, &number.to_string(), path, found),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn holds(&self, schema: &Value, value: &Value, depth: usize) -> bool {
        let mut found = Vec::new();
        self.judge(schema, value, "", &mut found, depth + 1);
        found.is_empty()
    }

    fn combined(
        &self,
        schema: &Map<String, Value>,
        value: &Value,
        path: &str,
        found: &mut Found,
        depth: usize,
    ) {
        let parts = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice);
        for part in parts("allOf").unwrap_or_default() {
            self.judge(part, value, path, found, depth + 1);
        }
        let holding = |parts: &[Value]| parts.iter().filter(|part| self.holds(part, value, depth)).count();
        if parts("anyOf").is_some_and(|parts| holding(parts) == 0) {
            found.push((
                path.to_owned(),
                "no_form_fits",
                "none of the forms that it may have fits".to_owned(),
            ));
        }
        if parts("oneOf").is_some_and(|parts| holding(parts) != 1) {
            found.push((path.to_owned(), "no_form_fits", "exactly one of its forms has to fit".to_owned()));
        }
        if schema.get("not").is_some_and(|part| self.holds(part, value, depth)) {
            found.push((path.to_owned(), "not_allowed", "it mustn't be so".to_owned()));
        }
        if let Some(condition) = schema.get("if") {
            let branch = if self.holds(condition, value, depth) { "then" } else { "else" };
            if let Some(part) = schema.get(branch) {
                self.judge(part, value, path, found, depth + 1);
            }
        }
    }

    fn object(
        &self,
        schema: &Map<String, Value>,
        fields: &Map<String, Value>,
        path: &str,
        found: &mut Found,
        depth: usize,
    ) {
        let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = name.as_str().filter(|name| !fields.contains_key(*name)) else { continue };
            found.push((join(name), "required", "the product type needs it".to_owned()));
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, value) in fields {
            match known.and_then(|known| known.get(name)) {
                Some(part) => self.judge(part, value, &join(name), found, depth + 1),
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    found.push((join(name), "unknown", "the product type has no such place".to_owned()));
                }
                None => {}
            }
        }
    }

    fn array(
        &self,
        schema: &Map<String, Value>,
        entries: &[Value],
        path: &str,
        found: &mut Found,
        depth: usize,
    ) {
        let limit =
            |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        // Unique are entries of one choice of selectors: five selling points in each language.
        let mut groups: BTreeMap<String, usize> = BTreeMap::new();
        let selectors: Vec<&str> = schema
            .get("selectors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for entry in entries {
            let chosen: Vec<String> = selectors
                .iter()
                .map(|selector| entry.get(selector).map(Value::to_string).unwrap_or_default())
                .collect();
            *groups.entry(chosen.join("|")).or_default() += 1;
        }
        let most = groups.values().copied().max().unwrap_or(0);
        let least = groups.values().copied().min().unwrap_or(0);
        let too_many = |max: Option<usize>, count| max.is_some_and(|max| count > max);
        if too_many(limit("maxUniqueItems"), most) || too_many(limit("maxItems"), entries.len()) {
            found.push((path.to_owned(), "too_many", "fewer entries are allowed".to_owned()));
        }
        let too_few = |min: Option<usize>, count| min.is_some_and(|min| count < min);
        if too_few(limit("minUniqueItems"), least) || too_few(limit("minItems"), entries.len()) {
            found.push((path.to_owned(), "too_few", "more entries are needed".to_owned()));
        }
        if let Some(part) = schema.get("items") {
            for (nth, entry) in entries.iter().enumerate() {
                self.judge(part, entry, &format!("{path}[{nth}]"), found, depth + 1);
            }
        }
    }
}

/// Path, code and message.
type Found = Vec<(String, &'static str, String)>;

fn is_type(value: &Value, wanted: &str) -> bool {
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

fn allowed(schema: &Map<String, Value>, value: &Value, path: &str, found: &mut Found) {
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

fn length(schema: &Map<String, Value>, text: &str, path: &str, found: &mut Found) {
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

fn range(schema: &Map<String, Value>, digits: &str, path: &str, found: &mut Found) {
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
