//! Sets stock by location.

mod plan;

use crate::{
    call::Shop,
    cost,
    kinds::{INVENTORY_ITEM, LOCATION},
    refusal,
    wire::{
        input::{QuantityRow, SetQuantities},
        variables,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Failure, Fate, Result, Retry},
    model::{Repeat, StepKey, StockRow},
    plugin::{Context, Receipt, RowResult},
    verb::Operation,
};
use plan::{Plan, plan};
use std::collections::BTreeMap;

/// The one reason that fits a number that follows from sales, returns and counts elsewhere.
const REASON: &str = "correction";

/// Codes of items that have to be stocked at a location before they have a number there. The newest version
/// has no code of its own for it; a location that doesn't exist is refused again when stocking begins.
const NOT_STOCKED: [&str; 2] = ["item_not_stocked_at_location", "invalid_location"];

pub(crate) async fn sync(cx: &Context<'_>, rows: &[StockRow]) -> Result<Receipt<()>> {
    let shop = Shop::of(*cx, Operation::SyncInventory)?;
    let only = match cx.facts().locations.as_slice() {
        [(only, _)] => Some(only.id.as_str()),
        _ => None,
    };
    let Plan { calls, refused } = plan(rows, only);
    let mut out = Outcome { failures: refused, tried: false };
    for (nth, call) in calls.iter().enumerate() {
        out.call(&shop, &format!("stock:{nth}"), call).await?;
    }
    let Outcome { failures, .. } = out;
    let results = (0..rows.len()).map(|row| RowResult { row, failure: failures.get(&row).cloned() });
    Ok(Receipt { rows: results.collect(), ..Receipt::done(()) })
}

/// A row to send, and the rows of the request that it stands for: the same item and place named several times
/// is sent once, with the newest number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    rows: Vec<usize>,
    sent: QuantityRow,
}

struct Outcome {
    failures: BTreeMap<usize, Failure>,
    /// Whether the platform has decided about any row.
    tried: bool,
}

impl Outcome {
    /// One bad row fails its whole call, and only the path of the refusal names it: it is taken out, and the
    /// others are sent once more. No halving, no loop: what is refused then is reported.
    async fn call(&mut self, shop: &Shop<'_>, name: &str, lines: &[Line]) -> Result<()> {
        let Err(error) = set(shop, name, lines).await else {
            self.tried = true;
            return Ok(());
        };
        let bad = self.bad_rows(&error, lines);
        if bad.is_empty() {
            return self.whole_call_failed(error, lines);
        }
        self.tried = true;
        self.refuse(shop, name, lines, &bad).await;
        let left = |(nth, line): (usize, &Line)| (!bad.contains_key(&nth)).then(|| line.clone());
        let rest: Vec<Line> = lines.iter().enumerate().filter_map(left).collect();
        if rest.is_empty() {
            return Ok(());
        }
        if let Err(error) = set(shop, &format!("{name}:rest"), &rest).await {
            let bad = self.bad_rows(&error, &rest);
            self.refuse(shop, &format!("{name}:rest"), &rest, &bad).await;
            for (_, line) in rest.iter().enumerate().filter(|(nth, _)| !bad.contains_key(nth)) {
                self.fail(line, &error);
            }
        }
        Ok(())
    }

    /// Refused rows by their place in the call; none unless the platform said for certain that nothing was
    /// done.
    fn bad_rows(&self, error: &Error, lines: &[Line]) -> BTreeMap<usize, Error> {
        if error.fate() != Fate::Rejected {
            return BTreeMap::new();
        }
        let named = error.problems().iter().filter_map(|problem| {
            let row = refusal::row(problem, "quantities").filter(|row| *row < lines.len())?;
            Some((row, refusal::of_row(problem)))
        });
        named.collect()
    }

    async fn refuse(&mut self, shop: &Shop<'_>, name: &str, lines: &[Line], bad: &BTreeMap<usize, Error>) {
        for (nth, error) in bad {
            let Some(line) = lines.get(*nth) else { continue };
            let not_stocked =
                error.problems().iter().any(|problem| NOT_STOCKED.contains(&problem.code.as_str()));
            if !not_stocked {
                self.fail(line, error);
                continue;
            }
            match activate(shop, &format!("{name}:begin:{nth}"), line).await {
                Ok(()) => {}
                // There is no such place, so the first refusal tells more.
                Err(refused) if refused.fate() == Fate::Rejected && refused.retry() == Retry::Never => {
                    self.fail(line, error);
                }
                Err(other) => self.fail(line, &other),
            }
        }
    }

    fn fail(&mut self, line: &Line, error: &Error) {
        for row in &line.rows {
            self.failures.insert(*row, error.to_failure());
        }
    }

    /// Before any row was decided the call fails as a whole; later ones are told row by row.
    fn whole_call_failed(&mut self, error: Error, lines: &[Line]) -> Result<()> {
        if !self.tried {
            return Err(error);
        }
        for line in lines {
            self.fail(line, &error);
        }
        Ok(())
    }
}

/// Idempotent: the platform takes a second call under the same key as the first; a row that says what it expects is
/// compared.
async fn set(shop: &Shop<'_>, name: &str, lines: &[Line]) -> Result<()> {
    let quantities: Vec<QuantityRow> = lines.iter().map(|line| line.sent.clone()).collect();
    let variables = |key: &StepKey| variables::Quantities {
        input: SetQuantities {
            name: "available",
            reason: REASON,
            reference_document_uri: format!("fusion://step/{key}"),
            quantities: quantities.clone(),
        },
        key: key.to_string(),
    };
    shop.change(name, Repeat::Idempotent, cost::MUTATION, variables).await.map(drop)
}

/// Begins to stock an item at a location. Idempotent, by the key.
async fn activate(shop: &Shop<'_>, name: &str, line: &Line) -> Result<()> {
    let QuantityRow { inventory_item_id, location_id, quantity, .. } = &line.sent;
    let variables = |key: &StepKey| variables::Activate {
        inventory_item_id: inventory_item_id.clone(),
        location_id: location_id.clone(),
        available: *quantity,
        key: key.to_string(),
    };
    shop.change(name, Repeat::Idempotent, cost::MUTATION, variables).await.map(drop)
}

#[cfg(test)]
mod tests;
