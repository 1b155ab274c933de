//! The report of a bulk write (JSON_LISTINGS_FEED, version 2).

use super::envelope::Records;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Report {
    #[serde(default)]
    pub(crate) issues: Vec<Issue>,
    /// Listings as they are afterwards, where the feed asked for them.
    #[serde(default)]
    pub(crate) items: Option<Records>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Issue {
    /// Missing where the whole document is meant.
    #[serde(default)]
    pub(crate) sku: Option<String>,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) attribute_name: Option<String>,
    #[serde(default)]
    pub(crate) attribute_names: Vec<String>,
}
