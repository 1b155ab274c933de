//! Lines that can't be shipped from what is there.

use super::{Order, Take};
use crate::{
    clock::Timestamp,
    model::{LocationId, OrderId, StockItemId, StockLevel},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A line for which too little is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oversold {
    /// Of which order.
    pub order: OrderId,
    /// The line's key.
    pub line: String,
    /// Of which item.
    pub item: StockItemId,
    /// Where it was to come from.
    pub location: LocationId,
    /// Units that are missing.
    pub missing: i64,
}

/// Which lines of `orders` can't be shipped from `levels`: who bought first is served first.
///
/// It depends on how things stand alone: a line that was oversold no longer is once enough has come in.
pub fn oversold<'a>(
    orders: impl IntoIterator<Item = &'a Order>,
    levels: impl IntoIterator<Item = &'a StockLevel>,
) -> Vec<Oversold> {
    let mut left: BTreeMap<(StockItemId, LocationId), i64> =
        levels.into_iter().map(|level| ((level.item, level.location), level.on_hand)).collect();
    let mut queue: Vec<(Timestamp, OrderId, &str, Take, i64)> = Vec::new();
    for order in orders {
        for ledger in order.ledger.iter().filter(|ledger| ledger.tally.kept() > 0) {
            queue.extend(ledger.takes.iter().map(|take| {
                let units = ledger.tally.kept().saturating_mul(i64::from(take.units));
                (order.facts.placed, order.id, ledger.line.as_str(), *take, units)
            }));
        }
    }
    queue.sort_by_key(|(placed, order, line, take, _)| (*placed, *order, *line, take.item, take.location));
    let short = queue.into_iter().filter_map(|(_, order, line, Take { item, location, .. }, units)| {
        let there = left.entry((item, location)).or_default();
        let served = units.min((*there).max(0));
        *there -= served;
        let missing = units - served;
        (missing > 0).then(|| Oversold { order, line: line.to_owned(), item, location, missing })
    });
    short.collect()
}
