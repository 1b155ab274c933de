//! Sorts stock rows into calls.

use super::{Error, ErrorKind, Failure, INVENTORY_ITEM, LOCATION, Line, QuantityRow, StockRow};
use crate::manifest::MANIFEST;
use fusion_core::error::Problem;
use std::collections::{BTreeMap, HashMap};

/// The most that an item may have at a place; the platform refuses more with `INVALID_QUANTITY_TOO_HIGH`.
const MAX_QUANTITY: u32 = 1_000_000_000;

/// What is sent, call by call, and what can't be.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) calls: Vec<Vec<Line>>,
    pub(super) refused: BTreeMap<usize, Failure>,
}

/// `only` is the shop's location if it has just one.
pub(super) fn plan(rows: &[StockRow], only: Option<&str>) -> Plan {
    let mut lines: Vec<(u64, Line)> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut refused = BTreeMap::new();
    for (row, wanted) in rows.iter().enumerate() {
        let sent = match quantity(wanted, only) {
            Ok(sent) => sent,
            Err((field, help)) => {
                let error = Error::new(ErrorKind::InvalidInput, "the row can't be sent").with_problems([
                    Problem::error(format!("rows[{row}].{field}"), "invalid", format!("needed: {help}")),
                ]);
                refused.insert(row, error.to_failure());
                continue;
            }
        };
        let key = (sent.inventory_item_id.clone(), sent.location_id.clone());
        match places.get(&key).and_then(|place| lines.get_mut(*place)) {
            // The platform refuses the same item and place twice in one call.
            Some((sequence, line)) => {
                line.rows.push(row);
                if wanted.sequence >= *sequence {
                    *sequence = wanted.sequence;
                    line.sent = sent;
                }
            }
            None => {
                places.insert(key, lines.len());
                lines.push((wanted.sequence, Line { rows: vec![row], sent }));
            }
        }
    }
    let lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    Plan { calls: MANIFEST.write_unit.stock_calls(&lines).map(<[Line]>::to_vec).collect(), refused }
}

fn quantity(row: &StockRow, only: Option<&str>) -> Result<QuantityRow, (&'static str, &'static str)> {
    let item = row
        .refs
        .get(&INVENTORY_ITEM)
        .ok_or(("refs", "the platform's id of the stock item; publish first"))?;
    let location = match &row.location {
        Some(location) if location.kind == LOCATION => location.id.as_str(),
        Some(_) => return Err(("location", "a location of this platform")),
        None => only.ok_or(("location", "which of the shop's locations; map ours to one of them"))?,
    };
    if row.available > MAX_QUANTITY {
        return Err(("available", "at most 1,000,000,000"));
    }
    // A number beyond the type fails the whole call, and it can't be what the platform shows.
    if row.expected.is_some_and(|expected| i32::try_from(expected).is_err()) {
        return Err(("expected", "a number that the platform can show"));
    }
    Ok(QuantityRow {
        inventory_item_id: item.to_owned(),
        location_id: location.to_owned(),
        quantity: row.available,
        change_from_quantity: row.expected,
    })
}
