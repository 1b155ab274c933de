//! What can be bought of a listing, as the platform tells it.

use super::{Money, list};
use serde::Deserialize;

/// `getListingInventory`: every combination, and which properties price, quantity and SKU depend on.
#[derive(Clone, Debug, Deserialize)]
pub struct Inventory {
    pub(crate) products: Vec<Product>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) price_on_property: Vec<i64>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) quantity_on_property: Vec<i64>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) readiness_state_on_property: Vec<i64>,
}

/// One combination.
#[derive(Clone, Debug, Deserialize)]
pub struct Product {
    pub(crate) product_id: i64,
    #[serde(default)]
    pub(crate) sku: Option<String>,
    #[serde(default)]
    pub(crate) is_deleted: bool,
    #[serde(default, deserialize_with = "list")]
    pub(crate) offerings: Vec<Offering>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) property_values: Vec<PropertyValue>,
}

/// Price and stock of a combination; there is one for each that isn't deleted.
#[derive(Clone, Debug, Deserialize)]
pub struct Offering {
    pub(crate) offering_id: i64,
    pub(crate) quantity: i64,
    pub(crate) is_enabled: bool,
    #[serde(default)]
    pub(crate) is_deleted: bool,
    pub(crate) price: Money,
    #[serde(default)]
    pub(crate) readiness_state_id: Option<i64>,
}

/// What a buyer chose of one property.
#[derive(Clone, Debug, Deserialize)]
pub struct PropertyValue {
    pub(crate) property_id: i64,
    #[serde(default)]
    pub(crate) property_name: Option<String>,
    #[serde(default)]
    pub(crate) scale_id: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) value_ids: Vec<i64>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) values: Vec<String>,
}
