//! What a number of a product can't mean, whoever writes it: in a product, or in a change of a listing.

use super::{Decimal, Money, Weight};
use crate::error::Problem;
use rust_decimal::RoundingStrategy;

/// What is wrong with what a buyer pays, at `path`: an amount below zero, or of less than a smallest unit.
pub(crate) fn wrong_price(price: Money, path: &str) -> impl Iterator<Item = Problem> {
    below_zero("a price", price.amount(), path).into_iter().chain(too_precise(price, path))
}

/// What is wrong with what something costs the merchant, at `path`.
pub(crate) fn wrong_cost(cost: Money, path: &str) -> Option<Problem> {
    below_zero("a cost", cost.amount(), path).or_else(|| too_precise(cost, path))
}

/// What is wrong with what something weighs, at `path`.
pub(crate) fn wrong_weight(weight: Weight, path: &str) -> Option<Problem> {
    below_zero("a weight", weight.value, path)
}

/// What is wrong with the number of `what`, at `path`.
pub(crate) fn below_zero(what: &str, number: Decimal, path: &str) -> Option<Problem> {
    (number.is_sign_negative() && !number.is_zero())
        .then(|| Problem::error(path, "negative", format!("{what} can't be below zero")))
}

/// What is wrong with an amount at `path`: a currency's smallest unit is the smallest that anybody can pay.
pub(crate) fn too_precise(money: Money, path: &str) -> Option<Problem> {
    let (currency, digits) = (money.currency(), money.currency().exponent());
    (money.amount().scale() > digits).then(|| {
        let rounded = money.amount().round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        Problem::error(
            path,
            "too_precise",
            format!(
                "{currency} has {digits} digits behind the point; round {money}, such as to {}",
                Money::new(rounded, currency)
            ),
        )
    })
}
