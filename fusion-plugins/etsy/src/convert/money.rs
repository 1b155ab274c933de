//! Amounts: read with a divisor, written as a number in the shop's currency.

use crate::wire;
use fusion_core::{
    error::{Problem, Result},
    model::{Currency, Decimal, Money, StoreFacts},
};
use fusion_plugin_sdk::unreadable;

/// The exact amount, in whatever currency the answer names.
pub(super) fn money(told: &wire::Money, path: &str) -> Result<Money> {
    let currency = Currency::new(&told.currency_code)
        .map_err(|_| unreadable(path, "its currency isn't one of ISO 4217"))?;
    let (amount, divisor) = (Decimal::from(told.amount), Decimal::from(told.divisor));
    if told.divisor <= 0 {
        return Err(unreadable(path, "its divisor isn't a positive number"));
    }
    // A quotient that was rounded isn't the amount.
    let exact = amount
        .checked_div(divisor)
        .filter(|quotient| quotient.checked_mul(divisor) == Some(amount))
        .ok_or_else(|| unreadable(path, "its divisor leaves a rest"))?;
    Ok(Money::new(exact, currency))
}

/// The amount of a price that the shop can take: a number travels without a currency, so a foreign one would change
/// its worth.
pub(super) fn number(
    price: Money,
    path: &str,
    facts: &StoreFacts,
    problems: &mut Vec<Problem>,
) -> wire::Number {
    if price.currency() != facts.currency {
        let why = format!("the shop sells in {}", facts.currency);
        problems.push(Problem::error(path, "foreign_currency", why));
    }
    if price.amount().scale() > price.currency().exponent() {
        let why = format!("{} has fewer digits behind the point; round the price yourself", price.currency());
        problems.push(Problem::error(path, "too_precise", why));
    }
    if price.amount() <= Decimal::ZERO {
        problems.push(Problem::error(path, "too_low", "the platform takes no price of 0 or less"));
    }
    wire::Number(price.amount())
}
