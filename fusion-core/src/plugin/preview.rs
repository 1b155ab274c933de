//! What a reviewer sees, and what it was based on.

use crate::error::Problem;
use crate::model::{Charge, Loss};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a command reads or overwrites, as it was when it was shown; its `fields` alone are compared when it runs.
///
/// Values are canonical: no bare fractions, no personal data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Field path and value at the platform.
    pub fields: BTreeMap<String, Value>,
    /// What the command will have made of each field: a run that goes on after a kill meets its own writes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wanted: BTreeMap<String, Value>,
    /// What the preview speaks of beside that: nothing depends on it, so it may be another when the command runs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, Value>,
    /// The version of the store's facts that was used.
    pub facts_version: u64,
}

impl Snapshot {
    /// The fields of which `fresh` differs from what was shown, and, once steps were `touched`, also from what
    /// the command itself makes of them, in the order of their paths. A field that isn't there is null.
    pub fn stale_fields(&self, fresh: &Self, touched: bool) -> Vec<String> {
        let value = |snapshot: &Self, path: &str| snapshot.fields.get(path).cloned().unwrap_or(Value::Null);
        let is_stale = |path: &&String| {
            let now = value(fresh, path);
            let is_ours = touched && self.wanted.get(*path) == Some(&now);
            now != value(self, path) && !is_ours
        };
        let paths: BTreeSet<&String> = self.fields.keys().chain(fresh.fields.keys()).collect();
        paths.into_iter().filter(is_stale).cloned().collect()
    }
}

/// One field as it is and as it will be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where.
    pub path: String,
    /// What is there; `None` when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "told")]
    pub from: Option<Value>,
    /// What will be there; `None` when it goes.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "told")]
    pub to: Option<Value>,
}

/// A null that is told is a value: a digest is made over it.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What the change will ask of one bucket, at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCalls {
    /// Which bucket.
    pub bucket: String,
    /// Calls.
    pub calls: u32,
    /// Cost in the bucket's unit.
    pub cost: u32,
}

/// What a reviewer sees: made without touching anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// One line for people: what is done, to which product ([`Work::subject`](super::Work::subject)) or order, and in
    /// which store.
    pub summary: String,
    /// Field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What it will ask of the platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<PlannedCalls>,
    /// What it will cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// What the platform won't carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What somebody should look at: odd characters, fields that are resent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Problem>,
}
