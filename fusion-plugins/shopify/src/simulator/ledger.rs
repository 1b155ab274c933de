//! The ledger: every effect that a call had on the shop, in order.

use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change of the shop's state through the API; refused calls leave none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Place in the ledger, from 1 without gaps.
    pub sequence: u64,
    /// The request that caused it; effects of one request share the number.
    pub request: u64,
    /// When it took effect.
    pub at: Timestamp,
    /// The mutation field, such as `productSet`.
    pub field: String,
    /// The global id of what was changed.
    pub target: String,
    /// The handle of a product, the SKU of a variant or item.
    pub name: Option<String>,
    /// What changed, in a few words of JSON.
    pub summary: Value,
}

/// Effects of a call that is still running.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) field: String,
    pub(super) target: String,
    pub(super) name: Option<String>,
    pub(super) summary: Value,
}
