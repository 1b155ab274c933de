//! A product type's schema: what a listing of that type must and may say, known before anything is sent.

use super::schema_words::{Found, allowed, is_type, is_understood, length, range};
use fusion_core::error::Result;
use fusion_plugin_sdk::{parse, unreadable};
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
        let root: Value = parse(schema, "")?;
        if root.get("properties").is_some_and(Value::is_object) {
            return Ok(Self { root });
        }
        Err(unreadable("properties", "the schema names no attributes"))
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
        // Which of several forms fits can't be told where one of them isn't understood.
        let forms = |name: &str| parts(name).filter(|parts| parts.iter().all(is_understood));
        for part in parts("allOf").unwrap_or_default() {
            self.judge(part, value, path, found, depth + 1);
        }
        let holding = |parts: &[Value]| parts.iter().filter(|part| self.holds(part, value, depth)).count();
        if forms("anyOf").is_some_and(|parts| holding(parts) == 0) {
            found.push((
                path.to_owned(),
                "no_form_fits",
                "none of the forms that it may have fits".to_owned(),
            ));
        }
        if forms("oneOf").is_some_and(|parts| holding(parts) != 1) {
            found.push((path.to_owned(), "no_form_fits", "exactly one of its forms has to fit".to_owned()));
        }
        if schema
            .get("not")
            .filter(|part| is_understood(part))
            .is_some_and(|part| self.holds(part, value, depth))
        {
            found.push((path.to_owned(), "not_allowed", "it mustn't be so".to_owned()));
        }
        if let Some(condition) = schema.get("if").filter(|condition| is_understood(condition)) {
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
        if let Some(part) = schema.get("contains")
            && !entries.iter().any(|entry| self.holds(part, entry, depth))
        {
            found.push((path.to_owned(), "no_form_fits", "one entry has to be of another form".to_owned()));
        }
        if let Some(part) = schema.get("items") {
            for (nth, entry) in entries.iter().enumerate() {
                self.judge(part, entry, &format!("{path}[{nth}]"), found, depth + 1);
            }
        }
    }
}
