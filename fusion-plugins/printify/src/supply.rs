//! What only Printify tells of an order.

use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::Extension,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The supplier's side of an order, kept as an extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Where it comes from: `external`, `manual`, `sample`, `api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How it is shipped: 1 standard, 2 priority, 3 Printify Express, 4 economy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<i64>,
    /// The platform's word for the order's state.
    pub status: String,
    /// The platform's word for each line's state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub line_status: BTreeMap<String, String>,
    /// The sale's line that each line is for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub line_for: BTreeMap<String, String>,
    /// Ids of the orders that replace it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reprints: Vec<String>,
    /// When the supplier began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub produced: Option<Timestamp>,
    /// When the supplier had shipped everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled: Option<Timestamp>,
}

impl Extension for Supply {
    const KEY: &'static str = "printify.supply";
    const VERSION: u32 = 1;

    fn upgrade(from: u32, _: Value) -> Result<Value> {
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("version {from} of printify.supply is newer than this plugin; update the program"),
        ))
    }
}
