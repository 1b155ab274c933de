//! Whole numbers of a smallest unit that nobody names.

use super::read::{At, invalid, unreadable};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Currency, Decimal, Money, StoreFacts},
};

/// Where [`StoreFacts::other`] keeps what the settings say.
pub(super) const PRICE_DIGITS: &str = "price_digits";
pub(super) const COST_CURRENCY: &str = "cost_currency";

/// Digits behind the point of any currency's smallest unit, at most.
const MAX_DIGITS: u32 = 4;

/// A currency with the digits behind the point that the platform's whole numbers have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    currency: Currency,
    digits: u32,
}

impl Scale {
    /// That of a currency with two digits; of others nobody has said whether hundredths are counted.
    fn of(currency: Currency) -> Option<Self> {
        (currency.exponent() == 2).then_some(Self { currency, digits: 2 })
    }

    /// That of prices.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: the currency hasn't two digits and the settings don't say what is counted.
    pub(super) fn of_prices(facts: &StoreFacts) -> Result<Self> {
        let set = facts.other.get(PRICE_DIGITS).and_then(serde_json::Value::as_u64);
        let set = set.and_then(|digits| u32::try_from(digits).ok()).filter(|digits| *digits <= MAX_DIGITS);
        let of_set = set.map(|digits| Self { currency: facts.currency, digits });
        of_set.or_else(|| Self::of(facts.currency)).ok_or_else(|| {
            let why = format!("say how many digits of {} a price of 1 stands for", facts.currency);
            Error::new(ErrorKind::InvalidConfig, "the platform's smallest unit of the currency isn't known")
                .with_problems([Problem::error("settings.price_digits", "required", why)])
        })
    }

    /// That of what the merchant is billed; `None` where the settings don't name the currency.
    pub(super) fn of_costs(facts: &StoreFacts) -> Option<Self> {
        let code = facts.other.get(COST_CURRENCY)?.as_str()?;
        Currency::new(code).ok().and_then(Self::of)
    }

    /// The amount that a whole number stands for.
    pub(super) fn money(self, units: i64) -> Money {
        Money::new(Decimal::new(units, self.digits), self.currency)
    }

    /// The whole number for an amount; nothing is rounded and nothing converted.
    pub(super) fn units(self, money: Money, path: &str) -> Result<i64> {
        if money.currency() != self.currency {
            let mend = format!("the shop sells in {}", self.currency);
            return Err(invalid("a price isn't in the shop's currency", path, "foreign_currency", &mend));
        }
        let mut amount = money.amount().normalize();
        if amount.scale() > self.digits {
            let mend = format!("round it to {} digits behind the point", self.digits);
            return Err(invalid("a price is finer than the platform can hold", path, "too_fine", &mend));
        }
        amount.rescale(self.digits);
        let units = i64::try_from(amount.mantissa()).ok().filter(|units| *units >= 0);
        units.filter(|_| amount.scale() == self.digits).ok_or_else(|| {
            invalid("a price is out of range", path, "out_of_range", "give an amount from 0 upwards")
        })
    }
}

/// An amount with a currency beside it, as postage has.
pub(super) fn stated(units: i64, code: &str, at: &At) -> Result<Money> {
    let currency = Currency::new(code).map_err(|_| unreadable(at, "it is no currency of ISO 4217"))?;
    let scale = Scale::of(currency).ok_or_else(|| unreadable(at, "its smallest unit isn't known"))?;
    Ok(scale.money(units))
}
