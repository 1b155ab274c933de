//! Amounts and times of orders.

use crate::wire::{order::Bag, product::Amount};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result},
    model::{Currency, Money, Paired},
};

pub(super) fn bad(path: &str, why: &str) -> Error {
    let problem = Problem::error(path, "unreadable", why);
    Error::new(ErrorKind::Protocol, "the platform's order can't be read").with_problems([problem])
}

/// An amount in the shop's books, and as the buyer saw it where that is another currency.
pub(crate) fn paired(bag: &Bag, path: &str) -> Result<Paired> {
    let shop = money(&bag.shop_money, path)?;
    let presentment = money(&bag.presentment_money, path)?;
    Ok(Paired { shop, presentment: (presentment.currency() != shop.currency()).then_some(presentment) })
}

fn money(amount: &Amount, path: &str) -> Result<Money> {
    let currency = Currency::new(&amount.currency_code).map_err(|_| bad(path, "unknown currency"))?;
    Money::parse_amount(&amount.amount, currency).map_err(|_| bad(path, "it is no amount"))
}

/// Whether there is nothing of it in either currency.
pub(super) fn is_nothing(amount: Paired) -> bool {
    amount.shop.amount().is_zero() && amount.presentment.is_none_or(|amount| amount.amount().is_zero())
}

pub(super) fn time(text: &str, path: &str) -> Result<Timestamp> {
    Timestamp::parse(text).map_err(|_| bad(path, "it is no time"))
}
