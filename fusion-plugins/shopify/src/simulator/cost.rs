//! What a document costs, and the bucket it is paid from.
//!
//! The rules were found by measuring recorded answers; the platform publishes none that fit exactly.

use super::{
    input,
    page::{MOST, MOST_VARIANTS},
    problem::Problem,
};
use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::OperationType,
    executable::{Field, Operation, Selection, SelectionSet},
    schema::ExtendedType,
};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The most that one document may cost, whatever the bucket holds.
pub(super) const MOST_COST: u64 = 1000;

/// What every mutation costs.
pub(super) const MUTATION: u64 = 10;

/// The price of a page of `size` nodes in nodes: growing with the logarithm, so big pages are cheap.
pub(super) fn page_factor(size: u64) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "a page has at most 2048 nodes")]
    let factor = (2.0 * (size.max(1) as f64).ln()).floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 15")]
    let factor = factor as u64;
    factor.max(1)
}

/// Whether the objects of this field are free.
pub(super) fn is_free(field: &Field) -> bool {
    matches!(field.name.as_str(), "userErrors" | "mediaUserErrors")
        || matches!(field.ty().inner_named_type().as_str(), "PageInfo" | "MoneyV2" | "MoneyBag")
}

/// Whether a type is a connection.
pub(super) fn is_connection(ty: &str) -> bool {
    ty.ends_with("Connection")
}

/// What `productsCount` costs, as recorded: as much as counting through a search.
const COUNTING: u64 = 10;

/// The price of a query field that isn't priced by what it selects.
pub(super) fn fixed(field: &str) -> Option<u64> {
    (field == "productsCount").then_some(COUNTING)
}

/// What a mutation costs beyond others, for what it carries.
pub(super) fn surcharge(field: &str, arguments: &Map<String, Value>) -> u64 {
    let length =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).map_or(0, Vec::len) as u64;
    match field {
        // As recorded in July 2026.
        "refundCreate" => 10,
        "fulfillmentTrackingInfoUpdate" => 40,
        // As recorded for one picture.
        "fileCreate" => 10 * arguments.get("files").and_then(Value::as_array).map_or(0, Vec::len) as u64,
        "productCreateMedia" => {
            10 * arguments.get("media").and_then(Value::as_array).map_or(0, Vec::len) as u64
        }
        "productSet" => {
            let input = arguments.get("input").unwrap_or(&Value::Null);
            let variants =
                input.get("variants").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let of_variants: u64 = variants
                .iter()
                .map(|variant| {
                    2 + 4 * length(variant, "metafields") + 6 * u64::from(variant.get("file").is_some())
                })
                .sum();
            (of_variants + 4 * length(input, "metafields") + 19 * length(input, "files")) / 10
        }
        _ => 0,
    }
}

/// Estimates a document before it runs.
pub(super) struct Estimate<'a> {
    pub(super) schema: &'a Schema,
    pub(super) document: &'a ExecutableDocument,
    pub(super) values: &'a Map<String, Value>,
    /// Connections without a usable page size.
    pub(super) problems: Vec<Problem>,
}

impl Estimate<'_> {
    /// The requested cost of `operation`.
    pub(super) fn of(&mut self, operation: &Operation) -> u64 {
        if operation.operation_type == OperationType::Query {
            return self.set(&operation.selection_set, &[]);
        }
        let mut cost = 0;
        for field in operation.root_fields(self.document) {
            cost += MUTATION;
            cost += surcharge(field.name.as_str(), &input::of_field(self.schema, field, self.values));
            let path = [field.response_key().as_str()];
            for inner in field.selection_set.root_fields(self.document) {
                // Objects right under a payload are free, what they hold isn't.
                let own = u64::from(self.is_object(inner));
                cost += self.field(inner, &path).saturating_sub(own);
            }
        }
        cost
    }

    fn is_object(&self, field: &Field) -> bool {
        let ty = field.ty().inner_named_type();
        !is_free(field) && !is_connection(ty) && self.schema.types.get(ty).is_some_and(|ty| !ty.is_leaf())
    }

    fn set(&mut self, set: &SelectionSet, path: &[&str]) -> u64 {
        let mut cost = 0;
        let mut dearest = 0;
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => cost += self.field(field, path),
                Selection::InlineFragment(inline) => {
                    dearest = dearest.max(self.set(&inline.selection_set, path))
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        let fragment = fragment.clone();
                        cost += self.set(&fragment.selection_set, path);
                    }
                }
            }
        }
        cost + dearest
    }

    fn field(&mut self, field: &Field, path: &[&str]) -> u64 {
        let ty = field.ty().inner_named_type();
        if is_free(field) || self.schema.types.get(ty).is_none_or(ExtendedType::is_leaf) {
            return 0;
        }
        if let Some(cost) = fixed(field.name.as_str()) {
            return cost;
        }
        let mut path = path.to_vec();
        path.push(field.response_key().as_str());
        if !is_connection(ty) {
            return 1 + self.set(&field.selection_set, &path);
        }
        let size = self.page_size(field, &path);
        let mut item = 0;
        for inner in field.selection_set.root_fields(self.document) {
            let cost = match inner.name.as_str() {
                "nodes" => self.field(inner, &path),
                "edges" => self.field(inner, &path).saturating_sub(1),
                _ => continue,
            };
            item = item.max(cost);
        }
        2 + page_factor(size) * item
    }

    fn page_size(&mut self, field: &Field, path: &[&str]) -> u64 {
        let arguments = input::of_field(self.schema, field, self.values);
        let given = arguments.get("first").filter(|it| !it.is_null()).or_else(|| arguments.get("last"));
        let most = if field.name == "variants" && path.len() == 2 { MOST_VARIANTS } else { MOST };
        let refuse = |message: String| {
            Problem::new("BAD_REQUEST", message)
                .at_name(field.response_key(), &self.document.sources)
                .path(path.to_vec())
        };
        match given.and_then(Value::as_i64) {
            None => {
                self.problems.push(refuse("you must provide one of first or last".to_owned()));
                1
            }
            Some(size) => match u64::try_from(size) {
                Ok(size) if size <= most => size,
                Ok(_) => {
                    self.problems.push(refuse(format!("first or last must be at most {most}")));
                    1
                }
                Err(_) => {
                    self.problems.push(refuse("first and last must not be negative".to_owned()));
                    1
                }
            },
        }
    }
}

/// The bucket of an app at a shop: plain arithmetic over monotonic time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// Points that come back each second.
    rate: u32,
    /// Thousandths of a point.
    level: u64,
    at: Duration,
}

impl Bucket {
    /// A full bucket that gives back so many points a second.
    pub(super) fn full(rate: u32, at: Duration) -> Self {
        let empty = Self { rate, level: 0, at };
        Self { level: empty.capacity() * 1000, ..empty }
    }

    /// Points of a full bucket: twenty seconds of restoring, as measured on a development store.
    fn capacity(&self) -> u64 {
        u64::from(self.rate) * 20
    }

    /// Takes `cost` points if they are there.
    pub(super) fn take(&mut self, cost: u64, now: Duration) -> bool {
        self.refill(now);
        match self.level.checked_sub(cost * 1000) {
            Some(rest) => {
                self.level = rest;
                true
            }
            None => false,
        }
    }

    /// Puts back what wasn't used.
    pub(super) fn give_back(&mut self, cost: u64) {
        self.level = (self.level + cost * 1000).min(self.capacity() * 1000);
    }

    /// Empties the bucket, as other apps' users never can but a fault may.
    pub(super) fn drain(&mut self, now: Duration) {
        self.level = 0;
        self.at = now;
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        // Only whole milliseconds are counted, and only they are marked as seen.
        self.at += Duration::from_millis(millis);
        self.give_back_thousandths(millis.saturating_mul(u64::from(self.rate)));
    }

    fn give_back_thousandths(&mut self, amount: u64) {
        self.level = self.level.saturating_add(amount).min(self.capacity() * 1000);
    }

    /// `extensions.cost` of an answer.
    pub(super) fn report(&mut self, requested: u64, actual: Option<u64>, now: Duration) -> Value {
        self.refill(now);
        json!({
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": self.capacity(),
                "currentlyAvailable": self.level / 1000,
                "restoreRate": self.rate,
            },
        })
    }
}
