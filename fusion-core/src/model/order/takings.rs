//! What orders bring in.

use super::{Axis, OrderFacts, OrderRole, Payment};
use crate::model::{Currency, Money};
use std::cmp::Ordering;

impl OrderFacts {
    /// What was paid: the platform's word where it has one, else by the amounts in the shop's currency.
    ///
    /// What the buyer saw is converted at other moments and decides nothing: 12.77 CAD paid of 13.50 CAD shown is
    /// all, if in the shop's books 9.00 USD of 9.00 USD came in.
    pub fn paid_state(&self) -> Axis<Payment> {
        if let known @ Axis::Known(_) = &self.payment {
            return known.clone();
        }
        let (Some(total), Some(paid)) = (self.total, self.paid) else { return self.payment.clone() };
        let (Some(back), true) = (self.refunded_in(paid.shop.currency()), same(total.shop, paid.shop)) else {
            return self.payment.clone();
        };
        let is_some = |money: Money| money.amount().is_sign_positive() && !money.amount().is_zero();
        Axis::Known(match (is_some(back), paid.shop.amount().cmp(&total.shop.amount())) {
            (true, _) if back.amount() >= paid.shop.amount() => Payment::Refunded,
            (true, _) => Payment::PartlyRefunded,
            (false, Ordering::Equal | Ordering::Greater) => Payment::Paid,
            (false, Ordering::Less) if is_some(paid.shop) => Payment::PartlyPaid,
            (false, Ordering::Less) => Payment::Pending,
        })
    }

    /// What the merchant has from it now, in the shop's currency: what came in less what went back. `None`: it
    /// isn't a sale, the platform tells no amounts, or something went back in another currency.
    ///
    /// An order at a supplier and a second delivery are part of a sale that is counted already.
    pub fn takings(&self) -> Option<Money> {
        if self.role != OrderRole::Sale {
            return None;
        }
        let all_came =
            matches!(self.payment, Axis::Known(Payment::Paid | Payment::PartlyRefunded | Payment::Refunded));
        let came = match self.paid {
            Some(paid) => paid.shop,
            None => self.total.filter(|_| all_came)?.shop,
        };
        let back = self.refunded_in(came.currency())?;
        came.checked_add(Money::new(-back.amount(), back.currency()))
    }

    /// What went back, if all of it did in `currency`.
    fn refunded_in(&self, currency: Currency) -> Option<Money> {
        let none = Money::new(rust_decimal::Decimal::ZERO, currency);
        self.refunds.iter().try_fold(none, |sum, refund| sum.checked_add(refund.total.shop))
    }
}

fn same(one: Money, other: Money) -> bool {
    one.currency() == other.currency()
}

/// Sums, one for each currency: amounts of two are never added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takings(Vec<Money>);

impl Takings {
    /// Adds what an order brought in; `false` when it can't be told, or is more than can be held.
    #[must_use = "an order that can't be added makes the sum too small"]
    pub fn add(&mut self, facts: &OrderFacts) -> bool {
        let Some(more) = facts.takings() else { return facts.role != OrderRole::Sale };
        match self.0.iter_mut().find(|sum| same(**sum, more)) {
            Some(sum) => match sum.checked_add(more) {
                Some(new) => *sum = new,
                None => return false,
            },
            None => self.0.push(more),
        }
        true
    }

    /// The sums, in the order in which their currencies came up.
    pub fn sums(&self) -> &[Money] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
