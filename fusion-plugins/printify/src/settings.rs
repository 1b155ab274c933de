//! What no answer of Printify's tells.

use fusion_core::model::{Currency, Locale, TaxBasis};
use serde::{Deserialize, Serialize};

/// What a shop's amounts and texts mean: the platform sends bare numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Currency of the prices: that of the sales channel.
    pub currency: Currency,
    /// Digits behind the point of the prices' smallest unit. Needed where the currency hasn't two: whether the
    /// platform then counts whole units or hundredths isn't documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_digits: Option<u32>,
    /// Currency in which the platform bills the merchant; without it no cost can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_currency: Option<Currency>,
    /// Whether prices hold tax.
    #[serde(default)]
    pub tax_basis: TaxBasis,
    /// Language of the texts.
    #[serde(default)]
    pub locale: Locale,
}

impl Settings {
    /// A shop that sells in `currency` and of which nothing else is known.
    pub fn of(currency: Currency) -> Self {
        Self {
            currency,
            price_digits: None,
            cost_currency: None,
            tax_basis: TaxBasis::Unknown,
            locale: Locale::default(),
        }
    }
}
