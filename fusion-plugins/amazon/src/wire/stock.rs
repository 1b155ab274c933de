//! FBA Inventory v1: what lies in the platform's own warehouses.

use super::envelope::{Pagination, Records};
use serde::Deserialize;

/// `getInventorySummaries`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Summaries {
    pub(crate) payload: Listed,
    #[serde(default)]
    pub(crate) pagination: Option<Pagination>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) inventory_summaries: Records,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) seller_sku: String,
    #[serde(default)]
    pub(crate) asin: Option<String>,
    #[serde(default)]
    pub(crate) fn_sku: Option<String>,
    #[serde(default)]
    pub(crate) inventory_details: Option<Details>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    #[serde(default)]
    pub(crate) fulfillable_quantity: Option<i64>,
}
