//! What Amazon keeps beyond the common model.

use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::Extension,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a listing needs here and no other platform asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingExtras {
    /// Amazon's word for the kind of product: `LUGGAGE`. Its schema decides which attributes there are.
    pub product_type: String,
    /// `new_new`, `used_good` and so on; where nobody tells, new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Amazon's code for how the product is taxed: `A_GEN_TAX`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// How the variants of a family differ: `COLOR/SIZE`. Needed for more than one variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation_theme: Option<String>,
    /// The attribute that holds each of our options: `Colour` in `color`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The SKU of the family's parent; where nobody tells, one made from the listing's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_sku: Option<String>,
    /// Who ships: `DEFAULT` (the merchant, where nobody tells) or one of Amazon's warehouses, `AMAZON_NA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whether Amazon has agreed that the product has no trade number.
    #[serde(default)]
    pub code_exempt: bool,
    /// Further attributes by name: the JSON text of the list of their entries in this marketplace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Extension for ListingExtras {
    const KEY: &'static str = "amazon.listing";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _stored: Value) -> Result<Value> {
        Err(newer(from))
    }
}

/// What an order says here and the common model has no place for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderExtras {
    /// The seller's own number of the order, where one was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// `PRIME`, `AMAZON_BUSINESS` and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// How fast the buyer wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_level: Option<String>,
    /// When it has to have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_by: Option<Timestamp>,
    /// When it has to have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_by: Option<Timestamp>,
}

impl Extension for OrderExtras {
    const KEY: &'static str = "amazon.order";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _stored: Value) -> Result<Value> {
        Err(newer(from))
    }
}

fn newer(from: u32) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("extras of version {from} can't be read by version 1; use the program that wrote them"),
    )
}
