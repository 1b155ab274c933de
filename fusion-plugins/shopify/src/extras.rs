//! What Shopify tells of a product and no other platform has a place for.

use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::Extension,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What this platform keeps of a product beyond the common model.
///
/// A catalogue reader fills it, publishing sends it, and reading a product brings it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueExtras {
    /// The product's name in addresses; where a file has none, its title.
    pub handle: String,
    /// The merchant's own word for the kind of product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_type: Option<String>,
    /// Whether it is a gift card.
    #[serde(default)]
    pub gift_card: bool,
    /// Title for search engines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seo_title: Option<String>,
    /// Description for search engines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seo_description: Option<String>,
    /// Fields of the merchant's own by namespace and key (`custom.material`), as texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metafields: BTreeMap<String, String>,
}

/// What this platform tells of an order beyond the common model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderExtras {
    /// Whether it is a test of the shop's: nobody paid and nobody waits.
    #[serde(default)]
    pub test: bool,
    /// Why it was cancelled, in the platform's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
}

impl Extension for OrderExtras {
    const KEY: &'static str = "shopify.order";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _stored: Value) -> Result<Value> {
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "order extras of version {from} can't be read by version 1; use the program that wrote them"
            ),
        ))
    }
}

impl Extension for CatalogueExtras {
    const KEY: &'static str = "shopify.catalogue";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _stored: Value) -> Result<Value> {
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "catalogue extras of version {from} can't be read by version 1; use the program that wrote them"
            ),
        ))
    }
}
