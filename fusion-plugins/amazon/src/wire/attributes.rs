//! Attributes of a listing: each a list of entries, told apart by selectors such as the marketplace.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Whose an entry is.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Selectors {
    #[serde(default)]
    pub(crate) marketplace_id: Option<String>,
}

/// Names the entries that a deletion takes away.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Chosen {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<String>,
}

/// An entry that is one text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) language_tag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// An entry that is yes or no.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Flag {
    pub(crate) value: bool,
    pub(crate) marketplace_id: String,
}

/// `purchasable_offer`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Offer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
    pub(crate) currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) our_price: Vec<Priced>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) discounted_price: Vec<Priced>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Priced {
    pub(crate) schedule: Vec<Schedule>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// A JSON number, kept as it is written.
    pub(crate) value_with_tax: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end_at: Option<String>,
}

/// `list_price`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ListPrice {
    pub(crate) currency: String,
    pub(crate) value: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// `fulfillment_availability`: its selector is the channel; writes name no marketplace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Availability {
    pub(crate) fulfillment_channel_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<i64>,
}

/// `externally_assigned_product_identifier`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Identifier {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// A `*_image_locator`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Locator {
    pub(crate) media_location: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// `item_package_weight`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Weight {
    pub(crate) unit: String,
    pub(crate) value: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// `variation_theme`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Theme {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}

/// `child_parent_sku_relationship`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parent {
    #[serde(default)]
    pub(crate) child_relationship_type: String,
    pub(crate) parent_sku: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) marketplace_id: Option<String>,
}
