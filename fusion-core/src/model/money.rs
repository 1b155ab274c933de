//! Money without floats.

mod meant;

use crate::error::{Error, ErrorKind};
pub use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The currency of this code: `EUR`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when ISO 4217 has no such code.
    pub fn new(code: &str) -> Result<Self, Error> {
        iso_currency::Currency::from_code(code).map(Self).ok_or_else(|| {
            let message = match meant::currency(code.trim()) {
                Some(meant) => format!("a currency is its three capital letters; write `{meant}`"),
                None => "ISO 4217 has no such currency; write a code such as EUR".to_owned(),
            };
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits its smallest unit stands behind the point: 2 for EUR, 0 for JPY.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&code).map_err(de::Error::custom)
    }
}

/// An amount in a currency, with one scale per value.
///
/// The scale is at least the currency's exponent and has no further trailing zeros, so equal amounts have
/// equal text and equal digests. The serde form is that text: `"12.50 EUR"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// `amount` of `currency`, its scale made canonical.
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        let mut amount = amount.normalize();
        if amount.scale() < currency.exponent() {
            amount.rescale(currency.exponent());
        }
        Self { amount, currency }
    }

    /// The amount.
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum, if both are of one currency and it can be held.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        self.amount.checked_add(other.amount).map(|sum| Self::new(sum, self.currency))
    }

    /// Parses a plain decimal number of `currency`: digits with at most one dot and an optional minus.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an exponent, a separator, a sign of a currency or more digits than can be held.
    pub fn parse_amount(text: &str, currency: Currency) -> Result<Self, Error> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        // `Decimal` would also read `1e3` and `1_000`: whoever writes these means something else by half.
        let plain = digits.bytes().any(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1;
        let amount = if plain { Decimal::from_str(text).ok() } else { None };
        amount.map(|amount| Self::new(amount, currency)).ok_or_else(|| {
            let message = match meant::amount(text.trim()) {
                Some(meant) => format!("an amount is digits with at most one dot; write `{meant}`"),
                None => "an amount is digits with at most one dot, such as 12.50".to_owned(),
            };
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

impl FromStr for Money {
    type Err = Error;

    /// Parses `12.50 EUR`. What can only mean one thing and is written otherwise is refused too, and the error says
    /// how to write it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = match text.split_once(' ') {
            Some((amount, code)) => {
                Currency::new(code).and_then(|currency| Self::parse_amount(amount, currency))
            }
            None => Err(Error::new(
                ErrorKind::InvalidInput,
                match meant::amount(text) {
                    Some(amount) => format!("money has a currency; write it behind, such as `{amount} EUR`"),
                    None => "money is an amount, a space and a currency, such as 12.50 EUR".to_owned(),
                },
            )),
        };
        parsed.map_err(|error| match meant::money(text) {
            Some(meant) => Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "money is an amount, a space and a currency's three capital letters; write `{meant}`"
                ),
            ),
            None => error,
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// An amount in the shop's books and, where it differs, as the buyer saw it.
///
/// The two are converted at different moments, so they are never added across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// In the shop's currency.
    pub shop: Money,
    /// As the buyer saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentment: Option<Money>,
}

impl From<Money> for Paired {
    fn from(shop: Money) -> Self {
        Self { shop, presentment: None }
    }
}
