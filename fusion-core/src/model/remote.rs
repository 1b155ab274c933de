//! What a platform shows.

use super::{
    Category, Code, Extensions, ListingState, Money, Nature, Offer, OptionValues, ProductOption, Ref, Refs,
    RemoteLevel, RichText, Seen, Weight,
};
use crate::{clock::Timestamp, error::Severity};
use serde::{Deserialize, Serialize};

/// Something a platform finds wrong with a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The platform's code.
    pub code: String,
    /// The platform's words.
    pub message: String,
    /// How serious it is.
    pub severity: Severity,
    /// The fields it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// A product as a platform shows it. What was not read is not empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoteProduct {
    /// What the platform calls it.
    pub refs: Refs,
    /// Where it stands.
    pub state: ListingState,
    /// The name.
    pub title: Seen<String>,
    /// The long text.
    pub description: Seen<RichText>,
    /// Short selling points, in order.
    #[serde(default)]
    pub bullets: Seen<Vec<String>>,
    /// Who makes it.
    pub brand: Seen<String>,
    /// What kind of thing it is: whether an import counts it.
    #[serde(default)]
    pub nature: Seen<Nature>,
    /// Words to find it by.
    pub tags: Seen<Vec<String>>,
    /// Where it belongs.
    pub categories: Seen<Vec<Category>>,
    /// What a buyer chooses.
    pub options: Seen<Vec<ProductOption>>,
    /// What can be bought. `NotRead` also when a page cut them off.
    pub variants: Seen<Vec<RemoteVariant>>,
    /// Pictures.
    pub media: Seen<Vec<RemoteMedia>>,
    /// What the platform finds wrong.
    #[serde(default)]
    pub issues: Vec<Issue>,
    /// When the platform last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Timestamp>,
    /// Where a buyer sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Typed platform extras.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

/// A picture as a platform shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteMedia {
    /// What the platform calls it.
    pub refs: Refs,
    /// Where it lies now; a platform copies what it is given.
    pub url: Seen<String>,
    /// What it shows.
    pub alt: Seen<String>,
}

/// A variant as a platform shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoteVariant {
    /// What the platform calls it.
    pub refs: Refs,
    /// What the buyer chose to get it.
    pub options: OptionValues,
    /// The SKU: not unique there, and may be missing.
    pub sku: Seen<String>,
    /// Whether it is on offer.
    pub offered: bool,
    /// What it costs.
    pub offer: Seen<Offer>,
    /// How many there are.
    pub levels: Seen<Vec<RemoteLevel>>,
    /// Trade numbers.
    pub codes: Seen<Vec<Code>>,
    /// What it weighs.
    pub weight: Seen<Weight>,
    /// What it costs the merchant.
    pub cost: Seen<Money>,
    /// Tariff number of the Harmonised System.
    #[serde(default)]
    pub hs_code: Seen<String>,
    /// Country of origin, two letters of ISO 3166.
    #[serde(default)]
    pub origin: Seen<String>,
    /// Its own picture, one of the product's.
    #[serde(default)]
    pub media: Seen<Ref>,
}
