//! The envelope around every answer: data, errors in all their shapes, cost.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageInfo {
    pub(crate) has_next_page: bool,
    #[serde(default)]
    pub(crate) end_cursor: Option<String>,
}

/// An answer whose data is read elsewhere, or as `T`.
#[derive(Clone, Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Answer<T> {
    #[serde(default)]
    pub(crate) data: Option<T>,
    #[serde(default)]
    pub(crate) errors: TopErrors,
    #[serde(default)]
    pub(crate) extensions: Option<Extensions>,
}

/// Errors of the whole answer: a list of objects, sometimes a text or an object of texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TopErrors(pub(crate) Vec<TopError>);

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TopError {
    pub(crate) message: String,
    pub(crate) code: Option<String>,
    /// Field names and indices; empty when the whole document is meant.
    pub(crate) path: Vec<String>,
    /// What is wrong with a variable: path and explanation.
    pub(crate) problems: Vec<(String, String)>,
    /// The permission that is missing, where it is named.
    pub(crate) required_access: Option<String>,
}

impl<'de> Deserialize<'de> for TopErrors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Null => Vec::new(),
            Value::Array(entries) => entries.iter().map(top_error).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(field, message)| TopError {
                    message: text(message),
                    path: vec![field.clone()],
                    ..TopError::default()
                })
                .collect(),
            other => vec![TopError { message: text(&other), ..TopError::default() }],
        }))
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().map(text).collect()
}

fn top_error(entry: &Value) -> TopError {
    let Some(message) = entry.get("message") else {
        return TopError { message: text(entry), ..TopError::default() };
    };
    let extensions = entry.get("extensions");
    let extension = |name: &str| extensions.and_then(|fields| fields.get(name));
    TopError {
        message: text(message),
        code: extension("code").map(text),
        path: texts(entry.get("path")),
        problems: extension("problems")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|problem| {
                let why = problem.get("explanation").map(text).unwrap_or_default();
                (texts(problem.get("path")).join("."), why)
            })
            .collect(),
        required_access: extension("requiredAccess").map(text),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Extensions {
    #[serde(default)]
    pub(crate) cost: Option<QueryCost>,
    /// Warnings about search terms that were ignored.
    #[serde(default)]
    pub(crate) search: Option<Vec<SearchNote>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SearchNote {
    #[serde(default)]
    pub(crate) warnings: Vec<Value>,
}

/// What the call cost and what is left. Whole numbers or fractions, as the platform likes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueryCost {
    #[serde(default)]
    pub(crate) requested_query_cost: Option<f64>,
    #[serde(default)]
    pub(crate) actual_query_cost: Option<f64>,
    #[serde(default)]
    pub(crate) throttle_status: Option<ThrottleStatus>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThrottleStatus {
    pub(crate) maximum_available: f64,
    pub(crate) currently_available: f64,
    pub(crate) restore_rate: f64,
}

/// A business refusal of one mutation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct UserError {
    #[serde(default)]
    pub(crate) field: Option<Vec<String>>,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) code: Option<String>,
}
