//! Entries of the top-level `errors` list, in the platform's form.

use apollo_compiler::parser::{LineColumn, SourceMap};
use serde_json::{Map, Value, json};

/// One entry of the top-level `errors`.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    message: String,
    location: Option<LineColumn>,
    path: Vec<Value>,
    extensions: Map<String, Value>,
}

impl Problem {
    /// An error with the platform's `code`.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), json!(code));
        Self { message: message.into(), location: None, path: Vec::new(), extensions }
    }

    /// Points at the place in the document.
    pub(super) fn at<T: ?Sized>(mut self, node: &apollo_compiler::Node<T>, sources: &SourceMap) -> Self {
        self.location = node.line_column_range(sources).map(|range| range.start);
        self
    }

    /// Points at the field of this response key.
    pub(super) fn at_name(mut self, name: &apollo_compiler::Name, sources: &SourceMap) -> Self {
        self.location = name.line_column_range(sources).map(|range| range.start);
        self
    }

    /// Points at a line and column of the document.
    pub(super) fn at_place(mut self, place: Option<LineColumn>) -> Self {
        self.location = place;
        self
    }

    /// Names the field, argument or attribute.
    pub(super) fn path<P: Into<Value>>(mut self, path: impl IntoIterator<Item = P>) -> Self {
        self.path = path.into_iter().map(Into::into).collect();
        self
    }

    /// Adds one more fact to `extensions`.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extensions.insert(name.to_owned(), value.into());
        self
    }

    /// The entry as it stands in the answer.
    pub(super) fn to_json(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("message".to_owned(), json!(self.message));
        if let Some(place) = self.location {
            entry.insert("locations".to_owned(), json!([{ "line": place.line, "column": place.column }]));
        }
        if !self.path.is_empty() {
            entry.insert("path".to_owned(), Value::Array(self.path.clone()));
        }
        entry.insert("extensions".to_owned(), Value::Object(self.extensions.clone()));
        Value::Object(entry)
    }
}

/// The `errors` list of an answer.
pub(super) fn list(problems: &[Problem]) -> Value {
    Value::Array(problems.iter().map(Problem::to_json).collect())
}
