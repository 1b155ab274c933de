//! A shop, what a listing of it refers to, and the small answers.

use super::{id_or_text, list};
use serde::Deserialize;

/// `Shop`.
#[derive(Clone, Debug, Deserialize)]
pub struct Shop {
    pub(crate) shop_id: i64,
    pub(crate) user_id: i64,
    pub(crate) shop_name: String,
    pub(crate) currency_code: String,
    #[serde(default, deserialize_with = "list")]
    pub(crate) languages: Vec<String>,
    pub(crate) is_vacation: Option<bool>,
    pub(crate) shop_location_country_iso: Option<String>,
}

/// How and at what price a listing is shipped.
#[derive(Clone, Debug, Deserialize)]
pub struct ShippingProfile {
    pub(crate) shipping_profile_id: i64,
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) is_deleted: bool,
}

/// Whether and how long things are taken back.
#[derive(Clone, Debug, Deserialize)]
pub struct ReturnPolicy {
    pub(crate) return_policy_id: i64,
    pub(crate) accepts_returns: bool,
    pub(crate) accepts_exchanges: bool,
    pub(crate) return_deadline: Option<i64>,
}

/// How long a thing takes before it is shipped: what `readiness_state_id` names.
#[derive(Clone, Debug, Deserialize)]
pub struct ProcessingProfile {
    pub(crate) readiness_state_id: i64,
    pub(crate) readiness_state: Option<String>,
    pub(crate) processing_days_display_label: Option<String>,
}

/// A section of a shop.
#[derive(Clone, Debug, Deserialize)]
pub struct Section {
    pub(crate) shop_section_id: i64,
    pub(crate) title: Option<String>,
}

/// Permissions of a token.
#[derive(Clone, Debug, Deserialize)]
pub struct Scopes {
    pub(crate) scopes: Vec<String>,
}

/// A node of the tree that `taxonomy_id` points into.
#[derive(Clone, Debug, Deserialize)]
pub struct TaxonomyNode {
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(default, deserialize_with = "list")]
    pub(crate) children: Vec<TaxonomyNode>,
}

/// The body of every refusal; sign-in adds a description.
#[derive(Clone, Debug, Deserialize)]
pub struct Failure {
    pub(crate) error: String,
    pub(crate) error_description: Option<String>,
}

/// A notification: thin, and to be looked up.
#[derive(Clone, Debug, Deserialize)]
pub struct Webhook {
    pub(crate) event_type: String,
    pub(crate) resource_url: String,
    #[serde(deserialize_with = "id_or_text")]
    pub(crate) shop_id: i64,
}
