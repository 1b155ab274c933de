//! What the platform takes as JSON: inventories as a whole, and pictures of values.

use super::Number;
use serde::Serialize;

/// Body of `updateListingInventory`. It replaces everything: what is left out is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InventoryUpdate {
    pub(crate) products: Vec<ProductUpdate>,
    pub(crate) price_on_property: Vec<i64>,
    pub(crate) quantity_on_property: Vec<i64>,
    pub(crate) sku_on_property: Vec<i64>,
    pub(crate) readiness_state_on_property: Vec<i64>,
}

/// One combination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProductUpdate {
    pub(crate) sku: String,
    pub(crate) property_values: Vec<PropertyUpdate>,
    pub(crate) offerings: [OfferingUpdate; 1],
}

/// What a buyer chooses of one property.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropertyUpdate {
    pub(crate) property_id: i64,
    pub(crate) property_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale_id: Option<i64>,
    pub(crate) value_ids: Vec<i64>,
    pub(crate) values: Vec<String>,
}

/// Price and stock of a combination.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfferingUpdate {
    pub(crate) price: Number,
    pub(crate) quantity: i64,
    pub(crate) is_enabled: bool,
    pub(crate) readiness_state_id: Option<i64>,
}

/// Body of `updateVariationImages`. It replaces everything, and may be about one property.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariationImagesUpdate {
    pub(crate) variation_images: Vec<VariationImageUpdate>,
}

/// Which picture stands for one value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariationImageUpdate {
    pub(crate) property_id: i64,
    pub(crate) value_id: i64,
    pub(crate) image_id: i64,
}
