//! What a line of an order has done to stock, and what it still has to do.

use super::{Axis, Life, Order, OrderFacts, OrderLine, Restock, Shipment, WrittenOff};
use crate::model::{Basis, LocationId, MoveKind, StockItemId};
use serde::{Deserialize, Serialize};

/// Pieces of a line, each counted where it has got to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Ever sold; never falls.
    pub sold: i64,
    /// Of these, no longer wanted and still in the house.
    pub cancelled: i64,
    /// Of these, gone from the shelf: shipped, or written off before.
    pub shipped: i64,
    /// Of those shipped, back on the shelf.
    pub returned: i64,
    /// Of those gone, what [we have written off](super::WriteOff) and no refund tells.
    #[serde(default)]
    pub written_off: i64,
}

impl Tally {
    /// Pieces that are kept for the buyer and haven't left.
    pub const fn kept(&self) -> i64 {
        self.sold - self.cancelled - self.shipped
    }

    /// How far the pieces of `line` are by what `facts` tell, `before` being what was counted last and `written_off`
    /// pieces that a cancellation of ours takes off sale for good as soon as they aren't wanted any more.
    ///
    /// It depends on how things stand and not on the way there, so a state that is told twice, late, or after
    /// some in between were missed comes to the same. A piece comes back at most once: one that is no longer
    /// wanted and hasn't left by itself, one that has left when a refund says that it is on the shelf again.
    /// Where pieces of both sorts are no longer wanted, those in the house go first.
    pub(crate) fn of(facts: &OrderFacts, line: &OrderLine, before: &Self, written_off: &WrittenOff) -> Self {
        let sold = line.ordered.max(line.current).max(before.sold).max(0);
        let shipped = facts.shipped_of(line).clamp(0, sold);
        let refunded = |wanted: Restock| {
            let rows = facts.refunds.iter().flat_map(|refund| &refund.lines);
            let of_line = rows.filter(|(key, _, restock)| *key == line.key && *restock == wanted);
            of_line.fold(0_i64, |sum, (_, count, _)| sum.saturating_add((*count).max(0)))
        };
        let restocked = refunded(Restock::Yes).min(sold);
        let lost = refunded(Restock::No).min(sold - restocked);
        let in_house = sold - shipped;
        let mut unwanted = (sold - line.current.max(0)).max(restocked + lost);
        if facts.life == Axis::Known(Life::Cancelled) {
            unwanted = unwanted.max(in_house);
        }
        let unwanted = unwanted.min(sold);
        // What a refund tells of isn't gone another time.
        let written_off = written_off.among(unwanted - restocked - lost, before.written_off);
        let lost = lost + written_off;
        let unwanted_in_house = unwanted.min(in_house);
        // No refund names these: an edit or a cancellation took them away, which it can only before they leave.
        let unnamed = (unwanted - restocked - lost).min(unwanted_in_house);
        let back = restocked + unnamed;
        let cancelled = back.min(unwanted_in_house);
        Self {
            sold,
            cancelled,
            shipped: shipped + unwanted_in_house - cancelled,
            returned: back - cancelled,
            written_off,
        }
    }

    /// The changes of stock that lead from `self` to `after`, in pieces; the order keeps every level in between
    /// true.
    pub fn changes_to(&self, after: &Self) -> impl Iterator<Item = (MoveKind, i64)> + use<> {
        [
            (MoveKind::Reserve, after.sold - self.sold),
            (MoveKind::Release, after.cancelled - self.cancelled),
            (MoveKind::Ship, after.shipped - self.shipped),
            (MoveKind::Restock, after.returned - self.returned),
        ]
        .into_iter()
        .filter(|(_, pieces)| *pieces != 0)
    }
}

impl OrderFacts {
    /// Pieces of `line` that are still wanted.
    pub(crate) fn wanted_of(&self, line: &OrderLine) -> i64 {
        match self.life {
            Axis::Known(Life::Cancelled) => self.shipped_of(line).min(line.current),
            _ => line.current,
        }
    }

    /// Pieces of `line` that aren't wanted any more and of which no refund tells where they are.
    pub(crate) fn unnamed_of(&self, line: &OrderLine) -> i64 {
        (line.ordered.max(line.current) - self.wanted_of(line) - self.named_of(line)).max(0)
    }

    /// Pieces of `line` that refunds take away by name.
    pub(crate) fn named_of(&self, line: &OrderLine) -> i64 {
        let rows = self.refunds.iter().flat_map(|refund| &refund.lines);
        let named = rows.filter(|(key, _, restock)| *key == line.key && *restock != Restock::Unknown);
        named.fold(0, |sum, (_, count, _)| sum.saturating_add((*count).max(0)))
    }

    /// Pieces of `line` that have left.
    pub(crate) fn shipped_of(&self, line: &OrderLine) -> i64 {
        let rows = || self.fulfilments.iter().flat_map(|fulfilment| &fulfilment.lines);
        if rows().next().is_none()
            && matches!(self.shipment, Axis::Known(Shipment::All | Shipment::NotNeeded))
        {
            // Nobody tells which pieces, and it is all that there are.
            return line.current;
        }
        let of_line = rows().filter(|(key, _)| *key == line.key);
        of_line.fold(0_i64, |sum, (_, count)| sum.saturating_add((*count).max(0)))
    }
}

/// What one piece of a line takes out of stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    /// Of which item.
    pub item: StockItemId,
    /// Where.
    pub location: LocationId,
    /// How many units.
    pub units: u32,
}

/// What was counted of a line. It stays when the platform no longer shows the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineLedger {
    /// The line's key.
    pub line: String,
    /// What one piece takes, as it was when the line was first counted: a kit that is laid out anew, or a row
    /// that moves to another place, gives back what was taken. Empty for what isn't the merchant's to count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<Take>,
    /// What one piece takes of levels that leave it out: it was sold before anybody here counted them. Whoever counts
    /// one brings it in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Take>,
    /// How far the pieces are.
    pub tally: Tally,
    /// Counts the changes; each is a cause of its own.
    pub turn: u32,
}

impl LineLedger {
    /// Of a line that nothing was counted of.
    pub const fn new(line: String, takes: Vec<Take>) -> Self {
        let tally = Tally { sold: 0, cancelled: 0, shipped: 0, returned: 0, written_off: 0 };
        Self { line, takes, left_out: Vec::new(), tally, turn: 0 }
    }

    /// Counts the line as it stands in `order`: what each of its levels, in the order of `takes`, hasn't got yet.
    /// Those that `since` has no place for begin with what was counted last.
    pub(crate) fn count(&mut self, order: &Order, line: &OrderLine, since: &[Since]) -> Vec<LineMove> {
        let written_off = order.written_off(&line.key, |_| true);
        let (before, after) = (self.tally, Tally::of(&order.facts, line, &self.tally, &written_off));
        let since = since.iter().copied().chain(std::iter::repeat(Since::Last));
        let mut moves: Vec<LineMove> = Vec::new();
        for (take, since) in self.takes.iter().zip(since) {
            let of_take = since.moves(&before, &after);
            moves.extend(of_take.into_iter().map(|(reason, kind, pieces)| LineMove {
                take: *take,
                kind,
                units: pieces.saturating_mul(i64::from(take.units)),
                reason,
            }));
        }
        self.tally = after;
        // Without anything to take it has its turns as well.
        let is_changed = match self.takes.is_empty() {
            true => after != before,
            false => moves.iter().any(|step| step.reason == Reason::Change),
        };
        self.turn += u32::from(is_changed);
        moves
    }
}

/// One move that follows from counting a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineMove {
    /// What it moves.
    pub(crate) take: Take,
    /// How.
    pub(crate) kind: MoveKind,
    /// By how many units.
    pub(crate) units: i64,
    /// Why.
    pub(crate) reason: Reason,
}

/// Why counting a line moves a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The level was counted while the line was open: its pieces are brought in.
    Opening,
    /// The line has changed.
    Change,
}

/// From where on a level hasn't got what became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// From what was counted of the line last.
    Last,
    /// The line is counted for the first time, and stood so when the level was counted.
    Opening(Tally, Basis),
    /// From what was counted of the line last; but people have counted the level since.
    Stocktake {
        /// How the line stood then by what was known of it.
        known: Tally,
        /// How it stood.
        then: Tally,
    },
}

impl Since {
    fn moves(self, before: &Tally, after: &Tally) -> Vec<(Reason, MoveKind, i64)> {
        let changes =
            |from: &Tally| from.changes_to(after).map(|(kind, pieces)| (Reason::Change, kind, pieces));
        match self {
            Self::Last => changes(before).collect(),
            Self::Opening(then, basis) => {
                let kinds: &[MoveKind] = match basis {
                    Basis::Sellable => &[MoveKind::Receive, MoveKind::Reserve],
                    Basis::OnShelf => &[MoveKind::Reserve],
                };
                let kept = then.kept();
                let opening = kinds.iter().filter(|_| kept != 0).map(|kind| (Reason::Opening, *kind, kept));
                opening.chain(changes(&then)).collect()
            }
            Self::Stocktake { known, then } => {
                // Whoever counted didn't see what had left, and saw what had come back.
                let left = then.shipped - known.shipped;
                let back = then.returned - known.returned;
                let moves = [
                    (MoveKind::Reserve, after.sold - before.sold),
                    (MoveKind::Release, after.cancelled - before.cancelled + left),
                    (MoveKind::Ship, after.shipped - before.shipped - left),
                    (MoveKind::Restock, after.returned - before.returned - back),
                ];
                let moves = moves.into_iter().filter(|(_, pieces)| *pieces != 0);
                moves.map(|(kind, pieces)| (Reason::Change, kind, pieces)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
