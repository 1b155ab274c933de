//! What an order comes to, as it stands.

use super::{Line, Order};

impl Line {
    /// The pieces that are still wanted, after all reductions.
    pub(in crate::simulator) fn worth(&self) -> i64 {
        (self.unit - self.less) * self.current
    }
}

impl Order {
    fn taxed(&self) -> i64 {
        self.lines.iter().map(Line::worth).sum::<i64>() + self.shipping
    }

    /// The tax of what still stands.
    pub(in crate::simulator) fn tax(&self) -> i64 {
        let Some(tax) = &self.tax else { return 0 };
        let base = if self.taxes_included { 10_000 + tax.rate } else { 10_000 };
        (self.taxed() * tax.rate + base / 2) / base
    }

    /// What a line's price is without tax.
    pub(in crate::simulator) fn before_tax(&self, line: &Line) -> i64 {
        match &self.tax {
            Some(tax) if self.taxes_included => line.worth() * 10_000 / (10_000 + tax.rate),
            _ => line.worth(),
        }
    }

    /// What the buyer owes for all of it.
    pub(in crate::simulator) fn total(&self) -> i64 {
        self.taxed() + self.tip + if self.taxes_included { 0 } else { self.tax() }
    }

    fn sum(&self, kinds: &[&str]) -> i64 {
        let done = self.payments.iter().filter(|one| one.status == "SUCCESS");
        done.filter(|one| kinds.contains(&one.kind.as_str())).map(|one| one.amount).sum()
    }

    /// What came in.
    pub(in crate::simulator) fn received(&self) -> i64 {
        self.sum(&["SALE", "CAPTURE"])
    }

    /// What went back.
    pub(in crate::simulator) fn refunded(&self) -> i64 {
        self.sum(&["REFUND"])
    }

    pub(in crate::simulator) fn financial_status(&self) -> Option<&'static str> {
        let (received, refunded) = (self.received(), self.refunded());
        Some(match received {
            0 if self.cancelled_at.is_some() => return None,
            0 if self.total() > 0 => "PENDING",
            _ if refunded > 0 && refunded >= received => "REFUNDED",
            _ if refunded > 0 => "PARTIALLY_REFUNDED",
            _ if received < self.total() => "PARTIALLY_PAID",
            _ => "PAID",
        })
    }

    pub(in crate::simulator) fn fulfillment_status(&self) -> &'static str {
        let shipped: i64 = self.lines.iter().map(|line| self.shipped(line.id)).sum();
        let open: i64 = self.parts.iter().flat_map(|part| &part.lines).map(|row| row.remaining).sum();
        let is_held = self.parts.iter().any(|part| part.status == "ON_HOLD");
        match shipped {
            0 if is_held => "ON_HOLD",
            0 => "UNFULFILLED",
            _ if open > 0 || self.laid_out_at.is_some() => "PARTIALLY_FULFILLED",
            _ => "FULFILLED",
        }
    }

    /// An amount in the buyer's currency.
    pub(in crate::simulator) fn shown(&self, amount: i64) -> i64 {
        self.shown_in.as_ref().map_or(amount, |(_, rate)| (amount * rate + 5_000).div_euclid(10_000))
    }

    /// An amount of the buyer's currency in the shop's.
    pub(in crate::simulator) fn in_books(&self, shown: i64) -> i64 {
        self.shown_in.as_ref().map_or(shown, |(_, rate)| (shown * 10_000 + rate / 2).div_euclid(*rate))
    }
}
