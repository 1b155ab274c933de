//! Absent, unread, empty and cleared are different things; and what we want a platform to show.

use super::{
    Category, Code, Extensions, ListingId, ListingVariantId, Locale, Media, MediaId, Money, Nature, Offer,
    OptionValues, ProductId, ProductOption, RichText, Sale, Shipping, VariantId, Weight,
};
use serde::{Deserialize, Serialize};

/// A remote field: what was not read is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen<T> {
    /// Nobody asked, or the answer was cut off.
    #[default]
    NotRead,
    /// Asked, and not told: a permission is missing, the platform hides it.
    Withheld(String),
    /// There is none.
    Empty,
    /// This.
    Value(T),
}

impl<T> Seen<T> {
    /// From a field that was asked for: `None` means there is none.
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Self::Value)
    }

    /// The value, where there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::NotRead | Self::Withheld(_) | Self::Empty => None,
        }
    }

    /// The same field with another value in it; what was not read stays so.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::NotRead => Seen::NotRead,
            Self::Withheld(why) => Seen::Withheld(why),
            Self::Empty => Seen::Empty,
            Self::Value(value) => Seen::Value(f(value)),
        }
    }

    /// Whether the field was read: [`Seen::Empty`] or [`Seen::Value`].
    pub const fn is_read(&self) -> bool {
        matches!(self, Self::Empty | Self::Value(_))
    }
}

/// What a change does to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit<T> {
    /// Leaves it.
    #[default]
    Keep,
    /// Sets it.
    Set(T),
    /// Empties it.
    Clear,
}

impl<T> Edit<T> {
    /// Whether the field is left alone.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

/// How a listing leaves a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Out of sight, can come back.
    Hide,
    /// Put away, can come back.
    Archive,
    /// For good.
    Delete,
}

/// What we want a platform to show: product, overrides, prices and currency resolved for one store.
///
/// Stock isn't in it: quantities are carried from the level when a job runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewListing {
    /// Our listing.
    pub listing: ListingId,
    /// Our product.
    pub product: ProductId,
    /// The language of the texts.
    pub locale: Locale,
    /// The name.
    pub title: String,
    /// The long text.
    pub description: RichText,
    /// Short selling points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bullets: Vec<String>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub nature: Nature,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where it belongs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// What a buyer chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ProductOption>,
    /// Everything that can be bought.
    pub variants: Vec<NewListingVariant>,
    /// Pictures, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Typed platform extras.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

/// A variant that we want a platform to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewListingVariant {
    /// Our row.
    pub id: ListingVariantId,
    /// Our variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// What the buyer chose to get it.
    #[serde(default, skip_serializing_if = "OptionValues::is_empty")]
    pub options: OptionValues,
    /// The merchant's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Whether it is on offer.
    pub offered: bool,
    /// Whether its stock is counted.
    pub counted: bool,
    /// What it costs.
    pub offer: Offer,
    /// What it costs the merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// Trade numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// What a carrier needs to know.
    #[serde(default)]
    pub shipping: Shipping,
    /// Its own picture, one of the listing's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaId>,
}

/// A change of a listing: what isn't named stays, variants go only by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListingEdit {
    /// The name.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub title: Edit<String>,
    /// The long text.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub description: Edit<RichText>,
    /// Short selling points, in order.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub bullets: Edit<Vec<String>>,
    /// Who makes it.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub brand: Edit<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub tags: Edit<Vec<String>>,
    /// Where it belongs.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub categories: Edit<Vec<Category>>,
    /// All pictures, in order.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub media: Edit<Vec<Media>>,
    /// Changed variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<(ListingVariantId, VariantEdit)>,
    /// New variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<NewListingVariant>,
    /// Variants that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<ListingVariantId>,
}

/// A change of one variant of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VariantEdit {
    /// The merchant's own number.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub sku: Edit<String>,
    /// What the buyer pays.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub price: Edit<Money>,
    /// The price before a reduction.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub compare_at: Edit<Money>,
    /// A reduced price for a time.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub sale: Edit<Sale>,
    /// Whether it is on offer.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub offered: Edit<bool>,
    /// Trade numbers.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub codes: Edit<Vec<Code>>,
    /// What it costs the merchant.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub cost: Edit<Money>,
    /// What it weighs.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub weight: Edit<Weight>,
    /// Tariff number of the Harmonised System.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub hs_code: Edit<String>,
    /// Country of origin, two letters of ISO 3166.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub origin: Edit<String>,
    /// Its own picture, one of the listing's.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    pub media: Edit<MediaId>,
}
