//! Work that the platform does after it has answered.

use fusion_core::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

/// How long an asynchronous operation waits before it is done.
pub(super) const DELAY: Duration = Duration::from_secs(2);

/// An asynchronous operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// The mutation that asked for it.
    pub(super) field: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) accepted_at: Timestamp,
    /// Its user errors and product, once it has run.
    pub(super) outcome: Option<Outcome>,
}

/// How an asynchronous operation ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) product: Option<String>,
    pub(super) deleted: Option<String>,
    pub(super) user_errors: Value,
}

impl Pending {
    /// Accepted `now`.
    pub(super) fn new(field: &str, arguments: Map<String, Value>, now: Timestamp) -> Self {
        Self { field: field.to_owned(), arguments, accepted_at: now, outcome: None }
    }

    /// Whether it should have run by `now`.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.outcome.is_none() && now.since(self.accepted_at) >= DELAY
    }

    /// The type under which the schema knows it.
    pub(super) fn type_name(&self) -> &'static str {
        if self.field == "productDelete" { "ProductDeleteOperation" } else { "ProductSetOperation" }
    }

    /// `CREATED`, `ACTIVE` or `COMPLETE`.
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        match &self.outcome {
            Some(_) => "COMPLETE",
            None if now.since(self.accepted_at) * 2 >= DELAY => "ACTIVE",
            None => "CREATED",
        }
    }
}
