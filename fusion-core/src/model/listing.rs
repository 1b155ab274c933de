//! A product in one store.

use super::{
    DoubtId, Issue, ListingEdit, ListingId, ListingVariantId, Loss, MediaId, Money, NewListing, ProductId,
    Ref, Refs, StockItemId, StoreId, VariantId,
};
use crate::{canonical::Hash, clock::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a listing stands in a platform's life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Made, not shown.
    Draft,
    /// Handed in, not yet decided by the platform.
    Submitted,
    /// Shown.
    Live,
    /// Taken out of sight by the merchant.
    Hidden,
    /// Run out or ended.
    Ended,
    /// Taken out of sight by the platform.
    Blocked,
    /// The platform no longer has it.
    Gone,
    /// A word that this version doesn't know.
    Unknown(String),
}

/// The state the outside asks for, derived and never stored as the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingStatus {
    /// Shown and buyable.
    Active,
    /// Shown, nothing left.
    OutOfStock,
    /// Not shown.
    Inactive,
}

/// What a platform says about a listing's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingState {
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// Whether it can be bought, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyable: Option<bool>,
    /// Whether search finds it, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discoverable: Option<bool>,
    /// Whether the platform refuses changes for now.
    #[serde(default)]
    pub locked: bool,
}

impl ListingState {
    /// A state of which only the life cycle is known.
    pub const fn of(lifecycle: Lifecycle) -> Self {
        Self { lifecycle, buyable: None, discoverable: None, locked: false }
    }

    /// The state the outside asks for, given how many can be sold.
    pub fn status(&self, sellable: Option<i64>) -> ListingStatus {
        match (&self.lifecycle, self.buyable, sellable) {
            (Lifecycle::Live, Some(false), _) | (Lifecycle::Live, _, Some(i64::MIN..=0)) => {
                ListingStatus::OutOfStock
            }
            (Lifecycle::Live, ..) => ListingStatus::Active,
            _ => ListingStatus::Inactive,
        }
    }
}

/// Whether prices hold tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxBasis {
    /// With tax.
    Gross,
    /// Without tax.
    Net,
    /// Not told.
    #[default]
    Unknown,
}

/// A reduced price for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The reduced price.
    pub price: Money,
    /// From when; `None`: from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when; `None`: until it is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// What a listing's variant costs in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What the buyer pays.
    pub price: Money,
    /// The price before a reduction, shown struck through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at: Option<Money>,
    /// A reduced price for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Sale>,
    /// Whether the price holds tax.
    #[serde(default)]
    pub tax: TaxBasis,
}

/// Who ships what is sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShippedBy {
    /// The merchant.
    #[default]
    Merchant,
    /// The platform, from its own warehouse.
    Platform,
    /// A supplier.
    Supplier,
}

/// One of our options as the platform knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionBinding {
    /// Our option's name.
    pub ours: String,
    /// The platform's property.
    pub remote: Ref,
    /// The platform's id of each of our values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// A variant as one store sells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingVariant {
    /// Which row.
    pub id: ListingVariantId,
    /// Our variant; several rows may name one, a row that the platform demands as filler names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// What the platform calls it.
    #[serde(default)]
    pub refs: Refs,
    /// The SKU as the platform has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_sku: Option<String>,
    /// Whether it is on offer.
    pub offered: bool,
    /// What it costs there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Who ships it.
    #[serde(default)]
    pub shipped_by: ShippedBy,
    /// The item whose level began with the platform's count of this row: what was sold of it before is in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_as: Option<StockItemId>,
}

/// A product in one store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Which one.
    pub id: ListingId,
    /// Where.
    pub store: StoreId,
    /// Of what.
    pub product: ProductId,
    /// What the platform calls it.
    #[serde(default)]
    pub refs: Refs,
    /// What differs from the product in this store.
    #[serde(default)]
    pub overrides: ListingEdit,
    /// Our options as the platform knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<OptionBinding>,
    /// Its variants.
    pub variants: Vec<ListingVariant>,
    /// What the platform calls its pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<(MediaId, Refs)>,
    /// What the platform says about it.
    pub state: ListingState,
    /// What the platform finds wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// What the platform had and the model can't hold, when it was last read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// The open question whether the platform has it already: until a person answers, nothing makes it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<DoubtId>,
    /// The listing that was last applied, as approved: what drift is measured from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Box<NewListing>>,
    /// Hash of what was last applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Hash>,
    /// Hash of what the platform showed afterwards; drift compares with this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Hash>,
    /// When it was last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced: Option<Timestamp>,
}
