//! Stock that comes with a product.

use super::super::{Work, refusal};
use crate::simulator::{
    gid,
    product::{Level, Variant},
    read::text,
};
use serde_json::Value;

/// Where the stock of a variant may be set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    Any,
    WhereStocked,
}

/// The stock of a variant: a new one may be stocked anywhere, an old one only changes where it is stocked.
pub(super) fn stock(
    work: &Work<'_>,
    variant: &mut Variant,
    given: &[Value],
    places: Places,
    at: &[&str],
    found: &mut Vec<Value>,
) {
    for (nth, row) in given.iter().filter_map(Value::as_object).enumerate() {
        let nth = nth.to_string();
        let place = |name: &'static str| [at, &["inventoryQuantities", nth.as_str(), name]].concat();
        let location = text(row, "locationId").and_then(|id| gid::number("Location", id));
        let Some(location) = location.filter(|id| work.shop.locations.contains_key(id)) else {
            found.push(refusal(&place("locationId"), "Location does not exist", Some("INVALID_INPUT")));
            continue;
        };
        if !matches!(text(row, "name"), Some("available" | "on_hand")) {
            found.push(refusal(&place("name"), "Quantity name is invalid", Some("INVALID_INPUT")));
            continue;
        }
        let quantity = row.get("quantity").and_then(Value::as_i64).unwrap_or(0);
        match variant.item.levels.get_mut(&location) {
            Some(level) => {
                let committed = if text(row, "name") == Some("on_hand") { level.committed } else { 0 };
                level.available = quantity - committed;
                level.updated_at = work.now;
            }
            None if places == Places::Any => {
                variant.item.levels.insert(location, Level::new(quantity, work.now));
            }
            None => {
                let message = "The variant is not stocked at the location";
                found.push(refusal(&place("locationId"), message, Some("INVALID_INPUT")));
            }
        }
    }
}
