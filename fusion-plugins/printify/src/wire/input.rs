//! Request bodies.

use serde::Serialize;
use serde_json::Number;

#[derive(Debug, Serialize)]
pub(crate) struct ProductCreate {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) blueprint_id: i64,
    pub(crate) print_provider_id: i64,
    pub(crate) variants: Vec<VariantWrite>,
    pub(crate) print_areas: Vec<AreaWrite>,
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_information: Option<String>,
}

/// What isn't named stays, and variants are merged by id.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct ProductUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tags: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) variants: Vec<VariantWrite>,
    /// When sent, it has to cover every variant of the product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) print_areas: Vec<AreaWrite>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct VariantWrite {
    pub(crate) id: i64,
    /// Needed even where the variant is switched off.
    pub(crate) price: i64,
    pub(crate) is_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sku: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct AreaWrite {
    pub(crate) variant_ids: Vec<i64>,
    pub(crate) placeholders: Vec<PlaceholderWrite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) background: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct PlaceholderWrite {
    pub(crate) position: String,
    pub(crate) images: Vec<PlacedWrite>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct PlacedWrite {
    pub(crate) id: String,
    pub(crate) x: Number,
    pub(crate) y: Number,
    pub(crate) scale: Number,
    pub(crate) angle: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<PatternWrite>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct PatternWrite {
    pub(crate) spacing_x: Number,
    pub(crate) spacing_y: Number,
    pub(crate) scale: Number,
    pub(crate) offset: Number,
}

/// What the channel takes over of a product.
#[derive(Debug, Serialize)]
pub(crate) struct Publish {
    pub(crate) title: bool,
    pub(crate) description: bool,
    pub(crate) images: bool,
    pub(crate) variants: bool,
    pub(crate) tags: bool,
    #[serde(rename = "keyFeatures")]
    pub(crate) key_features: bool,
    pub(crate) shipping_template: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Succeeded<'a> {
    pub(crate) external: ExternalWrite<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExternalWrite<'a> {
    pub(crate) id: &'a str,
    pub(crate) handle: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Failed<'a> {
    pub(crate) reason: &'a str,
}

/// Not `Debug`: it holds the buyer's address.
#[derive(Serialize)]
pub(crate) struct OrderSubmit {
    /// Unique in the shop: a repeated submission is told so.
    pub(crate) external_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) line_items: Vec<LineWrite>,
    pub(crate) shipping_method: i64,
    pub(crate) send_shipping_notification: bool,
    pub(crate) address_to: AddressWrite,
}

#[derive(Serialize)]
pub(crate) struct LineWrite {
    pub(crate) product_id: String,
    pub(crate) variant_id: i64,
    pub(crate) quantity: i64,
    pub(crate) external_id: String,
}

/// Not `Debug`: it is the buyer's address.
#[derive(Serialize)]
pub(crate) struct AddressWrite {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) company: Option<String>,
    pub(crate) address1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address2: Option<String>,
    pub(crate) city: String,
    pub(crate) region: String,
    pub(crate) zip: String,
    pub(crate) country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct UploadByUrl<'a> {
    pub(crate) file_name: &'a str,
    pub(crate) url: &'a str,
}
