//! What Etsy has of listings and orders and no other platform has a place for.

use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::Extension,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What this platform keeps of a listing beyond the common model; reading brings it back, publishing sends it.
///
/// A new listing needs `who_made`, `when_made`, and for what is shipped both profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListingExtras {
    /// `i_did`, `someone_else` or `collective`.
    pub who_made: Option<String>,
    /// `made_to_order` or a span of years; the first span is renamed each January.
    pub when_made: Option<String>,
    /// Whether it is a supply for making things.
    pub is_supply: Option<bool>,
    /// How it is shipped.
    pub shipping_profile_id: Option<i64>,
    /// How long it takes before it is shipped.
    pub readiness_state_id: Option<i64>,
    /// Whether it is taken back.
    pub return_policy_id: Option<i64>,
    /// Where it stands in the shop.
    pub shop_section_id: Option<i64>,
    /// Who makes it for the merchant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub production_partner_ids: Vec<i64>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<String>,
    /// Up to two words such as `Formal`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<String>,
    /// Whether it is renewed, for a fee, when it runs out.
    pub should_auto_renew: Option<bool>,
    /// Whether buyers may ask for changes.
    pub is_customizable: Option<bool>,
    /// Whether the shop's tax rates apply.
    pub is_taxable: Option<bool>,
    /// Length, width and height as decimals, and their unit.
    pub dimensions: Option<[String; 4]>,
    /// Options that are properties of the platform; the others become properties of the merchant's own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, PropertyBinding>,
}

/// The platform's property that an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyBinding {
    /// Its id.
    pub id: i64,
    /// The scale of its values, for sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<i64>,
}

/// What this platform tells of an order beyond the common model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiptExtras {
    /// Whether it is a present.
    pub is_gift: bool,
    /// How it was paid: `cc`.
    pub payment_method: Option<String>,
    /// Until when each line is to be shipped, in seconds since 1970.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ship_by: BTreeMap<String, i64>,
    /// The faster way that was paid for, line by line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shipping_upgrades: BTreeMap<String, String>,
}

macro_rules! first_version {
    ($($extra:ty = $key:literal),*) => {$(
        impl Extension for $extra {
            const KEY: &'static str = $key;
            const VERSION: u32 = 1;

            fn upgrade(from: u32, _stored: Value) -> Result<Value> {
                Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("{} of version {from} can't be read by version 1; use the program that wrote it", $key),
                ))
            }
        }
    )*};
}

first_version!(ListingExtras = "etsy.listing", ReceiptExtras = "etsy.receipt");
