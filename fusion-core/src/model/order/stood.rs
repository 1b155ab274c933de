//! How a line of an order stood when stock was counted, as far as the order tells.

use super::{Axis, Life, Order, OrderFacts, OrderLine, Restock, Tally, WriteOff};
use crate::{
    clock::Timestamp,
    model::{Basis, Opening},
};
use std::time::Duration;

/// How a line stood when a level was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stood {
    /// How far its pieces were: of all that may have been, what offers the fewest.
    pub(crate) tally: Tally,
    /// Pieces of which nobody can tell whether they were in the count.
    pub(crate) unsure: i64,
}

/// On which side of a count something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl Opening {
    /// How `line` of `order` stood when the level was counted. `last` is the order as it was stored before it was read
    /// as it is now, if it was.
    ///
    /// Exact is what dates tell: an order that hasn't changed since, or that was read between the count and its
    /// first change after it, and refunds, shipments and cancellations with a date of their own. What has no date,
    /// or one in the time of counting, lies on the side that offers fewer pieces, and is unsure. Of an order that
    /// may have been edited it isn't known which of its pieces were there; those that it had when it was stored
    /// were.
    pub(crate) fn stood(&self, order: &Order, line: &OrderLine, last: Option<&Order>) -> Stood {
        let [fewest, most] =
            [Side::Before, Side::After].map(|given_back| self.stood_if(given_back, order, line, last));
        // What the count left out: the more it did, the more is offered now.
        let out = |tally: &Tally| match self.basis {
            Basis::Sellable => tally.sold - tally.cancelled - tally.returned,
            Basis::OnShelf => tally.shipped - tally.returned,
        };
        let unsure = out(&most) - out(&fewest);
        let tally = if unsure < 0 { most } else { fewest };
        Stood { tally, unsure: unsure.abs() }
    }

    /// The same, if what gives pieces back and isn't certain lies on the side `given_back`.
    fn stood_if(&self, given_back: Side, order: &Order, line: &OrderLine, last: Option<&Order>) -> Tally {
        let facts = &order.facts;
        let is_earlier = |facts: &OrderFacts| {
            // A refund changes no date of the order at some platforms.
            let dates = facts.refunds.iter().filter_map(|refund| refund.at).chain(facts.cancelled);
            let dates = dates.chain(facts.fulfilments.iter().filter_map(|sent| sent.shipped));
            facts.updated.is_some_and(|at| dates.chain([at]).all(|at| is_before(at, self.read)))
        };
        let written_off = order.written_off(&line.key, |one| self.was_gone(one, given_back));
        let first = |facts, line| Tally::of(facts, line, &Tally::default(), &written_off);
        if is_earlier(facts) {
            return first(facts, line);
        }
        let is_since = match self.basis {
            Basis::Sellable => facts.placed > self.until,
            // Nothing leaves at the moment at which it is ordered.
            Basis::OnShelf => !is_before(facts.placed, self.read),
        };
        if is_since {
            return Tally::default();
        }
        let unchanged = last.filter(|last| is_earlier(&last.facts));
        if let Some(last) = unchanged.filter(|last| last.seen >= self.until) {
            let known = last.facts.lines.iter().find(|known| known.key == line.key);
            return known.map(|known| first(&last.facts, known)).unwrap_or_default();
        }
        let told = |last| Told { opening: self, facts, line, last };
        let (facts, line) = match self.basis {
            Basis::Sellable => match told(unchanged.map(|last| &last.facts)).for_sale(given_back) {
                Some(then) => then,
                None => return Tally::default(),
            },
            Basis::OnShelf => {
                let known =
                    last.filter(|last| last.seen <= self.read).map(|last| self.without_since(&last.facts));
                told(known.as_ref()).on_shelf(given_back)
            }
        };
        first(&facts, &line)
    }

    /// Whether what was written off wasn't there any more. What a platform can sell leaves it out with its
    /// cancellation.
    fn was_gone(&self, one: &WriteOff, given_back: Side) -> bool {
        match (self.basis, one.over()) {
            (Basis::Sellable, _) => true,
            (Basis::OnShelf, Some(over)) if over < self.read => true,
            (Basis::OnShelf, _) => one.sent < self.read && given_back == Side::After,
        }
    }

    /// How the line `key` of `order`, which was last read before the level was counted, stood then by what was stored:
    /// without what we have done ourselves since.
    pub(crate) fn known(&self, order: &Order, key: &str) -> Tally {
        let facts = self.without_since(&order.facts);
        let line = facts.lines.iter().find(|line| line.key == key);
        let written_off =
            order.written_off(key, |one| one.over().map_or(one.sent < self.read, |over| over < self.read));
        line.map(|line| Tally::of(&facts, line, &Tally::default(), &written_off)).unwrap_or_default()
    }

    /// What `facts` tell without what is dated at the count or later.
    fn without_since(&self, facts: &OrderFacts) -> OrderFacts {
        let mut then = facts.clone();
        let is_since = |at: Option<Timestamp>| at.is_some_and(|at| at >= self.read);
        then.fulfilments.retain(|sent| !is_since(sent.shipped));
        if then.fulfilments.len() < facts.fulfilments.len() {
            then.shipment = Axis::NotTold;
        }
        then.refunds.retain(|refund| !is_since(refund.at));
        if is_since(then.cancelled) {
            then.life = Axis::NotTold;
        }
        let lines = facts.lines.iter().map(|line| then.with_refunds_of(facts, line)).collect();
        OrderFacts { lines, ..then }
    }

    fn side(&self, told: Option<Timestamp>, unsure: Side) -> Side {
        match told {
            Some(told) if is_before(told, self.read) => Side::Before,
            Some(told) if told > self.until => Side::After,
            _ => unsure,
        }
    }
}

/// What is known of a line that has changed since a level was counted.
struct Told<'a> {
    opening: &'a Opening,
    facts: &'a OrderFacts,
    line: &'a OrderLine,
    /// As it was at some time before.
    last: Option<&'a OrderFacts>,
}

impl Told<'_> {
    /// Order and line for a count of what can be sold; what gives pieces back and isn't certain lies on the side
    /// `unsure`, what sells them on the other. `None`: it wasn't sold yet.
    fn for_sale(&self, unsure: Side) -> Option<(OrderFacts, OrderLine)> {
        let Self { opening, facts, line, last } = self;
        let is_before = |told, was_known: bool| was_known || opening.side(told, unsure) == Side::Before;
        if unsure == Side::Before && opening.side(Some(facts.placed), Side::After) == Side::After {
            return None;
        }
        let mut then = self.then(|key, at| {
            is_before(at, last.is_some_and(|last| last.refunds.iter().any(|one| one.key == key)))
        });
        let was_cancelled = last.is_some_and(|last| last.life == Axis::Known(Life::Cancelled));
        let is_cancelled = facts.life == Axis::Known(Life::Cancelled);
        let gave_up = is_cancelled && is_before(facts.cancelled, was_cancelled);
        if is_cancelled && !gave_up {
            then.life = Axis::Known(Life::Open);
        }
        let known = last.and_then(|last| last.lines.iter().find(|known| known.key == line.key));
        let wanted = line.ordered.max(line.current);
        let sold = match (facts.edited, unsure) {
            (Some(false), _) | (_, Side::After) => wanted,
            (_, Side::Before) => known.map_or(0, |known| known.ordered.max(known.current)).min(wanted),
        };
        // Taken away by nothing that is told: by an edit, or by what the platform does when it cancels.
        let removed = (wanted - line.current - facts.named_of(line)).max(0);
        let were_removed = known.zip(*last).map_or(0, |(known, last)| {
            (known.ordered.max(known.current) - known.current - last.named_of(known)).max(0)
        });
        let removed = match unsure {
            _ if gave_up => removed,
            _ if is_cancelled && facts.edited == Some(false) => were_removed.min(removed),
            Side::Before => removed,
            Side::After => were_removed.min(removed),
        };
        let current = (sold - then.named_of(line) - removed).max(0);
        Some((then, OrderLine { ordered: sold, current, ..(*line).clone() }))
    }

    /// Order and line for a count of what lies there; what comes back and isn't certain lies on the side `unsure`, what
    /// leaves on the other.
    fn on_shelf(&self, unsure: Side) -> (OrderFacts, OrderLine) {
        let Self { opening, facts, line, last } = self;
        let leaves = match unsure {
            Side::Before => Side::After,
            Side::After => Side::Before,
        };
        let has_left = |told| opening.side(told, leaves) == Side::Before;
        let mut then = self.then(|_, _| true);
        for refund in &mut then.refunds {
            let was_known = last.is_some_and(|last| last.refunds.iter().any(|one| one.key == refund.key));
            let came_back = was_known || opening.side(refund.at, unsure) == Side::Before;
            let is_gone = was_known || has_left(refund.at);
            refund.lines.retain(|(_, _, restock)| match restock {
                Restock::Yes => came_back,
                Restock::No => is_gone,
                Restock::Unknown => true,
            });
        }
        then.fulfilments.retain(|sent| {
            let was_known = last.is_some_and(|last| last.fulfilments.iter().any(|one| one.key == sent.key));
            was_known || has_left(sent.shipped)
        });
        let was_told = last.is_some_and(|last| last.shipment == facts.shipment);
        // That all has left says nothing of its own beside the pieces that are told.
        let tells_pieces = facts.fulfilments.iter().any(|sent| !sent.lines.is_empty());
        if tells_pieces || (then.fulfilments.is_empty() && !was_told && !has_left(None)) {
            then.shipment = Axis::NotTold;
        }
        if opening.side(facts.cancelled, Side::After) == Side::After {
            then.life = Axis::Known(Life::Open);
        }
        let line = then.with_refunds_of(facts, line);
        (then, line)
    }

    /// What is told, with the refunds of which `keeps` says so by key and date.
    fn then(&self, keeps: impl Fn(&str, Option<Timestamp>) -> bool) -> OrderFacts {
        let mut then = OrderFacts { lines: Vec::new(), ..self.facts.clone() };
        then.refunds.retain(|refund| keeps(&refund.key, refund.at));
        then
    }
}

impl OrderFacts {
    /// `line` of `all`, as it is by these refunds alone: what others took away is wanted.
    fn with_refunds_of(&self, all: &Self, line: &OrderLine) -> OrderLine {
        let ordered = line.ordered.max(line.current);
        let removed = (ordered - line.current - all.named_of(line)).max(0);
        let current = (ordered - self.named_of(line) - removed).max(0);
        OrderLine { ordered, current, ..line.clone() }
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
