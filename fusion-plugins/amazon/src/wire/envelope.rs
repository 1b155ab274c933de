//! What stands around every answer.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An answer of an older API: what was asked for is wrapped.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Payload<T> {
    pub(crate) payload: T,
}

/// Records that are read one by one, so that a bad one spoils no other.
pub(crate) type Records = Vec<Box<RawValue>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pagination {
    #[serde(default)]
    pub(crate) next_token: Option<String>,
}

/// One reason of a refusal. Message and details may quote what was sent: they are looked at and never kept.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Refusal {
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) details: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Amount {
    /// A text in digits.
    pub(crate) amount: String,
    pub(crate) currency_code: String,
}
