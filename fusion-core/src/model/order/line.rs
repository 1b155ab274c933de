//! What was bought, and what it costs.

use crate::model::{ListingVariantId, Nature, OptionValues, Paired, Ref, Refs, ShippedBy};
use serde::{Deserialize, Serialize};

/// Who collects a tax or charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collector {
    /// The merchant.
    Merchant,
    /// The platform.
    Platform,
    /// Not told.
    Unknown,
}

/// What a charge is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// The things themselves.
    Items,
    /// Their way.
    Shipping,
    /// Tax.
    Tax,
    /// A reduction; its amount is negative.
    Discount,
    /// Customs.
    Duty,
    /// The platform's fee.
    Fee,
    /// A present to the merchant.
    Tip,
    /// Wrapping.
    GiftWrap,
    /// What goes back to the buyer.
    Refund,
    /// A word that this version doesn't know.
    Other(String),
}

/// An amount with its reason and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What it is for.
    pub kind: ChargeKind,
    /// How much.
    pub amount: Paired,
    /// Who collects it.
    pub collector: Collector,
    /// Whether the price of the line holds it already.
    pub included: bool,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The platform's id, or one derived from the order and the line's place.
    pub key: String,
    /// What the platform calls the things it names.
    pub refs: Refs,
    /// Our row, once it is matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<ListingVariantId>,
    /// The SKU as the platform has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The name as the buyer saw it.
    pub title: String,
    /// What the buyer chose.
    #[serde(default, skip_serializing_if = "OptionValues::is_empty")]
    pub options: OptionValues,
    /// What was ever ordered, with what was refunded or removed since: an edit that asks for a piece more raises it,
    /// whatever was taken away before.
    pub ordered: i64,
    /// What is still wanted.
    pub current: i64,
    /// Whether the buyer has asked for the line's cancellation: it mustn't be shipped before that is decided.
    #[serde(default)]
    pub cancel_wanted: bool,
    /// Price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Paired>,
    /// Charges of this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// What the merchant pays a supplier for this line; never revenue, and often in another currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Charge>,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// Who ships it.
    #[serde(default)]
    pub shipped_by: ShippedBy,
    /// From where, where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Ref>,
}
