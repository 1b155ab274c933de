//! What a line of an order has done to stock, and what it still has to do.

use super::{Axis, Life, OrderFacts, OrderLine, Restock, Shipment};
use crate::{
    clock::Timestamp,
    model::{Basis, LocationId, MoveKind, Opening, StockItemId},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// Pieces that we cancelled and that mustn't be sold again, which no platform tells; they count as gone.
    #[serde(default)]
    pub written_off: i64,
}

impl Tally {
    /// Pieces that are kept for the buyer and haven't left.
    pub const fn open(&self) -> i64 {
        self.sold - self.cancelled - self.shipped
    }

    /// How far the pieces of `line` are by what `facts` tell, `before` being what was counted last.
    ///
    /// It depends on how things stand and not on the way there, so a state that is told twice, late, or after
    /// some in between were missed comes to the same. A piece comes back at most once: one that is no longer
    /// wanted and hasn't left by itself, one that has left when a refund says that it is on the shelf again.
    /// Where pieces of both sorts are no longer wanted, those in the house go first.
    pub fn of(facts: &OrderFacts, line: &OrderLine, before: &Self) -> Self {
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
        // A refund may tell of the same pieces, and what is wanted again isn't lost.
        let lost = lost.max(before.written_off.min(unwanted - restocked));
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
            written_off: before.written_off,
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
    /// How the order stood when a level was opened, as far as it tells. What has no date of its own is taken to have
    /// happened when the platform last changed the order. Where the moment leaves it open, fewer pieces are offered:
    /// sold and shipped after the level was read, given back before.
    pub(crate) fn as_of(&self, opening: &Opening) -> Self {
        let mut then = self.clone();
        if self.updated.is_some_and(|updated| is_before(updated, opening.read)) {
            return then;
        }
        // Dated to the second, it may be any moment of it.
        let may_be_before = |told: Timestamp| told <= opening.until;
        let is_in_doubt = self.updated.is_some_and(may_be_before);
        then.refunds.retain(|refund| refund.at.is_some_and(may_be_before));
        then.fulfilments.retain(|sent| sent.shipped.is_some_and(|left| is_before(left, opening.read)));
        if then.fulfilments.is_empty() {
            then.shipment = Axis::NotTold;
        }
        if then.life == Axis::Known(Life::Cancelled) && !is_in_doubt {
            then.life = Axis::Known(Life::Open);
        }
        for (line, told) in then.lines.iter_mut().zip(&self.lines) {
            let rows = then.refunds.iter().flat_map(|refund| &refund.lines);
            let back = rows.filter(|(key, _, restock)| *key == line.key && *restock != Restock::Unknown);
            let back = back.fold(0_i64, |sum, (_, count, _)| sum.saturating_add((*count).max(0)));
            line.current = line.ordered.saturating_sub(back).max(0);
            if is_in_doubt {
                line.current = line.current.min(told.current);
            }
        }
        then
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
    /// How far the pieces are.
    pub tally: Tally,
    /// Counts the changes; each is a cause of its own.
    pub turn: u32,
}

impl LineLedger {
    /// Of a line that nothing was counted of.
    pub const fn new(line: String, takes: Vec<Take>) -> Self {
        let tally = Tally { sold: 0, cancelled: 0, shipped: 0, returned: 0, written_off: 0 };
        Self { line, takes, tally, turn: 0 }
    }

    /// Takes `then` as counted: so far the line was when a platform's count of what it takes was read, and that
    /// count left out what `basis` says. The moves that bring the pieces which were open then into the level, in
    /// pieces times units; what was settled by then moves nothing.
    pub fn open(&mut self, then: Tally, basis: Basis) -> Vec<(Take, MoveKind, i64)> {
        self.tally = then;
        let open = then.open();
        if open == 0 {
            return Vec::new();
        }
        let moves: &[MoveKind] = match basis {
            Basis::Sellable => &[MoveKind::Receive, MoveKind::Reserve],
            Basis::OnShelf => &[MoveKind::Reserve],
        };
        let of_take = |take: &Take| {
            let take = *take;
            moves.iter().map(move |kind| (take, *kind, open.saturating_mul(i64::from(take.units))))
        };
        self.takes.iter().flat_map(of_take).collect()
    }

    /// Counts the line as it stands in `facts`; the moves of each item that follow, in pieces times units.
    pub fn count(&mut self, facts: &OrderFacts, line: &OrderLine) -> Vec<(Take, MoveKind, i64)> {
        let after = Tally::of(facts, line, &self.tally);
        if after == self.tally {
            return Vec::new();
        }
        let changes: Vec<_> = self.tally.changes_to(&after).collect();
        self.tally = after;
        self.turn += 1;
        let of_take = |take: &Take| {
            let take = *take;
            changes
                .clone()
                .into_iter()
                .map(move |(kind, pieces)| (take, kind, pieces.saturating_mul(i64::from(take.units))))
        };
        self.takes.iter().flat_map(of_take).collect()
    }
}

/// Whether `told` is certainly before `at`. Some platforms date to the second: any moment of it may be meant.
pub(crate) fn is_before(told: Timestamp, at: Timestamp) -> bool {
    const SECOND: Duration = Duration::from_secs(1);
    match told.as_micros().rem_euclid(1_000_000) {
        0 => told + SECOND <= at,
        _ => told < at,
    }
}

#[cfg(test)]
mod tests;
