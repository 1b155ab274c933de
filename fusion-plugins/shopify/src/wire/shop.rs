//! Shop, locations and channels as answers hold them.

use super::product::Nodes;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopData {
    pub(crate) shop: Shop,
    pub(crate) current_app_installation: Installation,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shop {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) myshopify_domain: String,
    pub(crate) currency_code: String,
    pub(crate) taxes_included: bool,
    pub(crate) resource_limits: ResourceLimits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceLimits {
    pub(crate) max_product_options: u32,
    pub(crate) max_product_variants: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Installation {
    pub(crate) access_scopes: Vec<AccessScope>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct AccessScope {
    pub(crate) handle: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LocationsData {
    pub(crate) locations: Nodes<Location>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_fulfillment_service: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PublicationsData {
    pub(crate) publications: Nodes<Publication>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Publication {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocalesData {
    pub(crate) shop_locales: Vec<ShopLocale>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ShopLocale {
    pub(crate) locale: String,
    pub(crate) primary: bool,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
}
