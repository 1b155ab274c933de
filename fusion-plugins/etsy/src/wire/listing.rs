//! A listing as the platform tells it.

use super::{Inventory, Money, Number, list, told};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};

/// `ShopListingWithAssociations`. Associations are absent or null where nobody asked for them.
#[derive(Clone, Debug, Deserialize)]
pub struct Listing {
    pub(crate) listing_id: i64,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) is_private: Option<bool>,
    pub(crate) url: Option<String>,
    pub(crate) updated_timestamp: Option<i64>,
    pub(crate) quantity: Option<i64>,
    pub(crate) price: Option<Money>,
    pub(crate) has_variations: Option<bool>,
    pub(crate) listing_type: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) skus: Vec<String>,
    #[serde(default, deserialize_with = "told")]
    pub(crate) taxonomy_id: Option<Option<i64>>,
    #[serde(default, deserialize_with = "told")]
    pub(crate) item_weight: Option<Option<Number>>,
    pub(crate) item_weight_unit: Option<String>,
    pub(crate) item_length: Option<Number>,
    pub(crate) item_width: Option<Number>,
    pub(crate) item_height: Option<Number>,
    pub(crate) item_dimensions_unit: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) materials: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) style: Vec<String>,
    pub(crate) who_made: Option<String>,
    pub(crate) when_made: Option<String>,
    pub(crate) is_supply: Option<bool>,
    pub(crate) shipping_profile_id: Option<i64>,
    pub(crate) return_policy_id: Option<i64>,
    pub(crate) readiness_state_id: Option<i64>,
    pub(crate) shop_section_id: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) production_partners: Vec<Partner>,
    pub(crate) should_auto_renew: Option<bool>,
    pub(crate) is_customizable: Option<bool>,
    pub(crate) is_taxable: Option<bool>,
    pub(crate) language: Option<String>,
    pub(crate) images: Option<Vec<Image>>,
    #[serde(default, deserialize_with = "list")]
    pub(crate) videos: Vec<IgnoredAny>,
    pub(crate) inventory: Option<Inventory>,
    /// Languages that nobody wrote are null in it.
    pub(crate) translations: Option<Map<String, Value>>,
    pub(crate) personalization: Option<IgnoredAny>,
    pub(crate) file_data: Option<String>,
    pub(crate) ecgt_commercial_guarantee_enabled: Option<bool>,
}

/// A picture of a listing.
#[derive(Clone, Debug, Deserialize)]
pub struct Image {
    pub(crate) listing_image_id: i64,
    pub(crate) rank: Option<i64>,
    pub(crate) url_fullxfull: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(crate) alt_text: Option<Option<String>>,
}

/// Somebody who makes the things; made in the web interface alone.
#[derive(Clone, Debug, Deserialize)]
pub struct Partner {
    pub(crate) production_partner_id: i64,
    pub(crate) partner_name: Option<String>,
}

/// Which picture stands for one value of a property.
#[derive(Clone, Debug, Deserialize)]
pub struct VariationImage {
    pub(crate) property_id: i64,
    pub(crate) value_id: i64,
    pub(crate) image_id: i64,
}
