//! What can be bought: one choice of a product's options.

use super::{Consumes, Money, StockItemId, VariantId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Chosen values by option name, in the product's order of options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OptionValues(Vec<(String, String)>);

impl OptionValues {
    /// The value chosen for the option `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Chooses `value` for the option `name`, replacing an earlier choice.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some(chosen) => chosen.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// Name and value of each choice.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether nothing is chosen, as for the only variant of a product.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for OptionValues {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut values = Self::default();
        for (name, value) in pairs {
            values.set(name, value);
        }
        values
    }
}

/// The system a trade number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// EAN, UPC, ISBN-13: 8, 12, 13 or 14 digits with a check digit.
    Gtin,
    /// The maker's part number.
    Mpn,
    /// A bar code whose system nobody told.
    Barcode,
}

/// A trade number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Which system.
    pub kind: CodeKind,
    /// The number as text, leading zeros kept.
    pub value: String,
}

/// A unit of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightUnit {
    /// Gram.
    Gram,
    /// Kilogram.
    Kilogram,
    /// Avoirdupois ounce.
    Ounce,
    /// Avoirdupois pound.
    Pound,
}

/// A weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// How much.
    #[serde(with = "rust_decimal::serde::str")]
    pub value: Decimal,
    /// Of which unit.
    pub unit: WeightUnit,
}

/// What a carrier and a customs office need to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipping {
    /// What it weighs, packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Tariff number of the Harmonised System.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs_code: Option<String>,
    /// Country of origin, two letters of ISO 3166.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// What can be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Which one.
    pub id: VariantId,
    /// What the buyer chose to get it.
    #[serde(default, skip_serializing_if = "OptionValues::is_empty")]
    pub options: OptionValues,
    /// The merchant's own number. Real catalogues lack and repeat it, so nothing is found by it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Trade numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// What one sale takes out of stock; empty for what isn't counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumes: Vec<Consumes>,
    /// Whether it is on offer; one that isn't stays known.
    pub offered: bool,
    /// Price before any store's rules.
    pub base_price: Money,
    /// Price before a reduction, as shown struck through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at: Option<Money>,
    /// What it costs the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// What a carrier needs to know.
    #[serde(default)]
    pub shipping: Shipping,
    /// Its own picture, one of the product's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<super::MediaId>,
}

impl Variant {
    /// The item that it is counted by, if one sale takes one unit of it and nothing else.
    pub fn pool(&self) -> Option<StockItemId> {
        match self.consumes.as_slice() {
            [one] if one.units == 1 => Some(one.item),
            _ => None,
        }
    }
}
