//! What writes of a listing take.

use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Attributes by name, each a list of entries.
pub(crate) type Attributes = BTreeMap<String, Box<RawValue>>;

/// `putListingsItem`: makes or replaces the whole.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Put {
    pub(crate) product_type: String,
    pub(crate) requirements: &'static str,
    pub(crate) attributes: Attributes,
}

/// `patchListingsItem`: whole attributes only, none of their members.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patches {
    pub(crate) product_type: String,
    pub(crate) patches: Vec<Patch>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Patch {
    pub(crate) op: &'static str,
    pub(crate) path: String,
    /// A list, for a deletion too.
    pub(crate) value: Box<RawValue>,
}
