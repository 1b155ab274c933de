//! A product as it is read.

use super::{Id, Told};
use serde::Deserialize;
use serde_json::{Number, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Product {
    pub(crate) id: Told<String>,
    pub(crate) title: Told<String>,
    pub(crate) description: Told<String>,
    pub(crate) safety_information: Told<String>,
    pub(crate) tags: Told<Vec<String>>,
    pub(crate) options: Told<Vec<Told<ProductOption>>>,
    pub(crate) variants: Told<Vec<Told<Variant>>>,
    pub(crate) images: Told<Vec<Told<Image>>>,
    pub(crate) print_areas: Told<Vec<Told<PrintArea>>>,
    pub(crate) updated_at: Told<String>,
    pub(crate) visible: Told<bool>,
    pub(crate) is_locked: Told<bool>,
    pub(crate) is_deleted: Told<bool>,
    /// One object, in older answers a list.
    pub(crate) external: Told<Value>,
    pub(crate) blueprint_id: Told<i64>,
    pub(crate) print_provider_id: Told<i64>,
}

/// Where the channel has the product.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct External {
    pub(crate) id: Told<Id>,
    pub(crate) handle: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductOption {
    pub(crate) name: Told<String>,
    pub(crate) values: Told<Vec<Told<OptionValue>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OptionValue {
    pub(crate) id: Told<i64>,
    pub(crate) title: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Variant {
    pub(crate) id: Told<i64>,
    pub(crate) sku: Told<String>,
    pub(crate) cost: Told<i64>,
    pub(crate) price: Told<i64>,
    pub(crate) grams: Told<i64>,
    pub(crate) is_enabled: Told<bool>,
    pub(crate) is_default: Told<bool>,
    pub(crate) is_available: Told<bool>,
    pub(crate) options: Told<Vec<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Image {
    pub(crate) src: Told<String>,
    pub(crate) variant_ids: Told<Vec<i64>>,
    pub(crate) is_default: Told<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PrintArea {
    pub(crate) variant_ids: Told<Vec<i64>>,
    pub(crate) placeholders: Told<Vec<Told<Placeholder>>>,
    pub(crate) background: Told<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Placeholder {
    pub(crate) position: Told<String>,
    pub(crate) images: Told<Vec<Told<PlacedImage>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PlacedImage {
    pub(crate) id: Told<String>,
    pub(crate) x: Told<Number>,
    pub(crate) y: Told<Number>,
    pub(crate) scale: Told<Number>,
    pub(crate) angle: Told<i64>,
    pub(crate) pattern: Told<Pattern>,
    pub(crate) input_text: Told<String>,
    #[serde(rename = "flipX")]
    pub(crate) flip_x: Told<bool>,
    #[serde(rename = "flipY")]
    pub(crate) flip_y: Told<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pattern {
    pub(crate) spacing_x: Number,
    pub(crate) spacing_y: Number,
    pub(crate) scale: Number,
    pub(crate) offset: Number,
}
