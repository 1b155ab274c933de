//! A webhook's delivery.

use super::{Id, Told};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    pub(crate) id: Told<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Told<String>,
    pub(crate) created_at: Told<String>,
    pub(crate) resource: Told<Resource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resource {
    pub(crate) id: Told<Id>,
    #[serde(rename = "type")]
    pub(crate) kind: Told<String>,
    pub(crate) data: Told<EventData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventData {
    pub(crate) shop_id: Told<Id>,
    pub(crate) action: Told<String>,
    /// What else stands there: enough to see that something does.
    #[serde(flatten)]
    pub(crate) others: BTreeMap<String, Value>,
}
