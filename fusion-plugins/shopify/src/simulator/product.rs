//! Products, variants and their stock as the shop keeps them.

use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// A product with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) handle: String,
    pub(super) description_html: String,
    pub(super) vendor: String,
    pub(super) product_type: String,
    pub(super) status: String,
    pub(super) tags: Vec<String>,
    pub(super) template_suffix: Option<String>,
    pub(super) seo_title: Option<String>,
    pub(super) seo_description: Option<String>,
    pub(super) category: Option<String>,
    pub(super) gift_card: bool,
    pub(super) requires_selling_plan: bool,
    pub(super) options: Vec<OptionRow>,
    pub(super) variants: Vec<Variant>,
    pub(super) media: Vec<Medium>,
    pub(super) metafields: Vec<Metafield>,
    pub(super) published: BTreeMap<u64, Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// An option and its values, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OptionRow {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) values: Vec<OptionValue>,
}

/// One value of an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OptionValue {
    pub(super) id: u64,
    pub(super) name: String,
}

/// A variant; `values` names one value for each option, in the options' order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Variant {
    pub(super) id: u64,
    pub(super) values: Vec<String>,
    pub(super) barcode: Option<String>,
    pub(super) price: String,
    pub(super) compare_at_price: Option<String>,
    pub(super) policy: String,
    pub(super) taxable: bool,
    pub(super) tax_code: Option<String>,
    pub(super) requires_components: bool,
    pub(super) media: Option<u64>,
    pub(super) metafields: Vec<Metafield>,
    pub(super) item: Item,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// The stock side of a variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) sku: Option<String>,
    pub(super) tracked: bool,
    pub(super) requires_shipping: bool,
    pub(super) cost: Option<String>,
    pub(super) weight: Option<(f64, String)>,
    pub(super) country: Option<String>,
    pub(super) province: Option<String>,
    pub(super) harmonized_code: Option<String>,
    /// Whether its stock can't be set through the API, as with bundles.
    pub(super) immutable: bool,
    pub(super) levels: BTreeMap<u64, Level>,
}

/// The stock of an item at one location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    pub(super) available: i64,
    pub(super) committed: i64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// A picture, fetched by the platform some time after it was named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Medium {
    pub(super) id: u64,
    pub(super) source: String,
    pub(super) alt: Option<String>,
    /// Its name among the shop's files, if it was given one.
    #[serde(default)]
    pub(super) filename: Option<String>,
    /// Whether nothing lies at its source.
    #[serde(default)]
    pub(super) empty: bool,
    pub(super) created_at: Timestamp,
}

/// A metafield of a product or variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Metafield {
    pub(super) id: u64,
    pub(super) namespace: String,
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

/// How long the platform takes to fetch a picture.
const FETCH: Duration = Duration::from_secs(2);

impl Medium {
    /// `PROCESSING`, then `READY`, or `FAILED` for a source that is empty or has `/missing/` in its path.
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        if now.since(self.created_at) < FETCH {
            "PROCESSING"
        } else if self.empty || self.source.contains("/missing/") {
            "FAILED"
        } else {
            "READY"
        }
    }
}

impl Level {
    /// An empty level.
    pub(super) fn new(available: i64, now: Timestamp) -> Self {
        Self { available, committed: 0, created_at: now, updated_at: now }
    }

    /// The quantity with the platform's name; `None` for a name it doesn't have.
    pub(super) fn quantity(&self, name: &str) -> Option<i64> {
        match name {
            "available" => Some(self.available),
            "committed" => Some(self.committed),
            "on_hand" => Some(self.available + self.committed),
            "incoming" | "reserved" | "damaged" | "safety_stock" | "quality_control" => Some(0),
            _ => None,
        }
    }
}

impl Item {
    /// What can be sold over all locations.
    pub(super) fn available(&self) -> i64 {
        self.levels.values().map(|level| level.available).sum()
    }
}

impl Variant {
    /// `S / Red`.
    pub(super) fn title(&self) -> String {
        self.values.join(" / ")
    }
}

impl Product {
    /// Whether the only variant is the one that a product without options has.
    pub(super) fn only_default_variant(&self) -> bool {
        match (self.options.as_slice(), self.variants.as_slice()) {
            ([option], [variant]) => option.name == "Title" && variant.values == ["Default Title"],
            _ => false,
        }
    }

    /// The stock of every variant.
    pub(super) fn total_inventory(&self) -> i64 {
        self.variants
            .iter()
            .filter(|variant| variant.item.tracked)
            .map(|variant| variant.item.available())
            .sum()
    }

    /// The values of the option at `position` that variants have.
    pub(super) fn used_values(&self, position: usize) -> Vec<&str> {
        self.variants.iter().filter_map(|variant| variant.values.get(position)).map(String::as_str).collect()
    }
}
