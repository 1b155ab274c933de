//! What a field holds before the selection is applied to it.

use super::gid::Thing;
use fusion_core::clock::Timestamp;
use serde_json::{Value, json};

/// The value of a field.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    /// A scalar, an enum value, a list of them, or null.
    Leaf(Value),
    /// Something with an id, whose fields are looked up when they are selected.
    Thing(Thing),
    /// A plain object; an object `{"$ref": gid}` inside stands for the thing of that id.
    Data(Value),
    /// A list.
    List(Vec<Slot>),
    /// All nodes of a connection, each with its place in the order.
    Page(Vec<(String, Slot)>),
}

impl Slot {
    /// No value.
    pub(super) const NULL: Self = Self::Leaf(Value::Null);

    /// A JSON value as it stands in a payload.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
                Some(gid) => Thing::parse(gid).map_or(Self::NULL, Self::Thing),
                None => match object.get(PAGE).and_then(Value::as_array) {
                    Some(nodes) => {
                        let place = |(nth, node)| (by_id(nth as u64), Self::of(node));
                        Self::Page(nodes.iter().enumerate().map(place).collect())
                    }
                    None => Self::Data(value.clone()),
                },
            },
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_null()) => {
                Self::List(items.iter().map(Self::of).collect())
            }
            _ => Self::Leaf(value.clone()),
        }
    }
}

impl<T: Into<Value>> From<T> for Slot {
    fn from(value: T) -> Self {
        Self::Leaf(value.into())
    }
}

/// Marks the nodes of a connection inside plain data.
const PAGE: &str = "$page";

/// All nodes of a connection inside plain data, in their order.
pub(super) fn page(nodes: impl IntoIterator<Item = Value>) -> Value {
    let nodes: Vec<Value> = nodes.into_iter().collect();
    json!({ PAGE: nodes })
}

/// A reference to the thing of this id inside plain data.
pub(super) fn reference(gid: &str) -> Value {
    json!({ "$ref": gid })
}

/// A time as the platform writes it: whole seconds, UTC.
pub(super) fn time(at: Timestamp) -> String {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(1_000_000)).to_string()
}

/// A number as a text whose order is the numbers' order.
pub(super) fn rank(number: i64) -> String {
    format!("{:020}", i128::from(number) + (1_i128 << 63))
}

/// The place of the `id`-th thing in an order by id.
pub(super) fn by_id(id: u64) -> String {
    format!("{id:020}")
}

/// An exact count.
pub(super) fn count(number: usize) -> Slot {
    Slot::Data(json!({ "count": number, "precision": "EXACT" }))
}
