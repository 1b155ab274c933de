//! Listings Items 2021-08-01: a SKU with all its marketplaces.

use super::envelope::{Amount, Pagination, Records};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// `searchListingsItems`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) items: Records,
    #[serde(default)]
    pub(crate) pagination: Option<Pagination>,
}

/// Parts that weren't asked for are missing.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) sku: String,
    #[serde(default)]
    pub(crate) summaries: Option<Vec<Summary>>,
    #[serde(default)]
    pub(crate) attributes: Option<BTreeMap<String, Box<RawValue>>>,
    #[serde(default)]
    pub(crate) issues: Option<Vec<Issue>>,
    #[serde(default)]
    pub(crate) offers: Option<Vec<Offer>>,
    #[serde(default)]
    pub(crate) fulfillment_availability: Option<Vec<Available>>,
    #[serde(default)]
    pub(crate) procurement: Option<Vec<Procurement>>,
    #[serde(default)]
    pub(crate) relationships: Option<Vec<RelationsOf>>,
    #[serde(default)]
    pub(crate) product_types: Option<Vec<TypeOf>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) marketplace_id: String,
    #[serde(default)]
    pub(crate) asin: Option<String>,
    #[serde(default)]
    pub(crate) fn_sku: Option<String>,
    #[serde(default)]
    pub(crate) product_type: Option<String>,
    #[serde(default)]
    pub(crate) condition_type: Option<String>,
    #[serde(default)]
    pub(crate) status: Vec<String>,
    #[serde(default)]
    pub(crate) item_name: Option<String>,
    #[serde(default)]
    pub(crate) last_updated_date: Option<String>,
    #[serde(default)]
    pub(crate) main_image: Option<Image>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Image {
    pub(crate) link: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Issue {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) attribute_names: Vec<String>,
    #[serde(default)]
    pub(crate) enforcements: Option<Enforcements>,
    /// Empty: it holds everywhere.
    #[serde(default)]
    pub(crate) marketplace_ids: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Enforcements {
    #[serde(default)]
    pub(crate) actions: Vec<Enforcement>,
    #[serde(default)]
    pub(crate) exemption: Option<Exemption>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Enforcement {
    pub(crate) action: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Exemption {
    pub(crate) status: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Offer {
    pub(crate) marketplace_id: String,
    pub(crate) offer_type: String,
    pub(crate) price: Amount,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Available {
    pub(crate) fulfillment_channel_code: String,
    #[serde(default)]
    pub(crate) quantity: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Procurement {
    pub(crate) cost_price: Amount,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelationsOf {
    pub(crate) marketplace_id: String,
    #[serde(default)]
    pub(crate) relationships: Vec<Relation>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Relation {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) child_skus: Vec<String>,
    #[serde(default)]
    pub(crate) parent_skus: Vec<String>,
    #[serde(default)]
    pub(crate) variation_theme: Option<Theme>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Theme {
    #[serde(default)]
    pub(crate) attributes: Vec<String>,
    #[serde(default)]
    pub(crate) theme: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeOf {
    pub(crate) marketplace_id: String,
    pub(crate) product_type: String,
}

/// What every write of a listing answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Submission {
    pub(crate) sku: String,
    pub(crate) status: String,
    pub(crate) submission_id: String,
    #[serde(default)]
    pub(crate) issues: Vec<Issue>,
    #[serde(default)]
    pub(crate) identifiers: Vec<Identifier>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identifier {
    #[serde(default)]
    pub(crate) marketplace_id: Option<String>,
    #[serde(default)]
    pub(crate) asin: Option<String>,
}

/// `getListingsRestrictions`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Restrictions {
    pub(crate) restrictions: Vec<Restriction>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Restriction {
    pub(crate) marketplace_id: String,
    #[serde(default)]
    pub(crate) condition_type: Option<String>,
    #[serde(default)]
    pub(crate) reasons: Vec<Reason>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reason {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) reason_code: Option<String>,
}
