//! Lines that were sold before their stock was counted.

use super::take::Taking;
use crate::{
    error::Result,
    model::{LineLedger, MoveKind, Opening, Order, OrderFacts, OrderLine, Take, Tally, is_before},
};

impl Taking<'_> {
    /// Begins the ledger of a line that was sold before its stock was counted; the moves that follow.
    ///
    /// Where the level began with the platform's count, what had happened by then is in it. Where people count,
    /// what was sold before the store was registered is no part of what they counted since.
    pub(super) async fn opened(
        &mut self,
        order: &Order,
        line: &OrderLine,
        ledger: &mut LineLedger,
        before: Option<&Order>,
    ) -> Result<Vec<(Take, MoveKind, i64)>> {
        let facts = &OrderFacts { lines: vec![line.clone()], ..order.facts.clone() };
        let opening = match ledger.takes.as_slice() {
            // A kit's level at the platform is its own, and none of its parts'.
            [take @ Take { units: 1, .. }] => self.counter.opening_of(*take).await?,
            _ => None,
        };
        if let Some(opening) = opening.filter(|opening| opening.connection == self.store.connection) {
            let then = facts.as_of(&opening);
            let is_since = !is_before(facts.placed, opening.read) || is_added(line, facts, &opening, before);
            let known = then.lines.iter().find(|known| known.key == line.key).unwrap_or(line);
            return Ok(match is_since {
                true => Vec::new(),
                false => ledger.open(Tally::of(&then, known, &Tally::default()), opening.basis),
            });
        }
        if self.store.id.made().is_some_and(|made| is_before(facts.placed, made)) {
            ledger.takes.clear();
        }
        Ok(Vec::new())
    }
}

/// Whether `line` came into its order after a level was opened: an exchange sells when it is made.
fn is_added(line: &OrderLine, facts: &OrderFacts, opening: &Opening, before: Option<&Order>) -> bool {
    let was_there = |before: &Order| before.facts.lines.iter().any(|known| known.key == line.key);
    before.is_some_and(|before| !was_there(before))
        && !facts.updated.is_some_and(|updated| is_before(updated, opening.read))
}
