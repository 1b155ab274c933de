use super::{Action, SubjectKind};
use crate::{canonical, clock::Timestamp, error::Result, tenant::Signature};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use std::fmt;

/// What was acted on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Its id as text.
    pub id: String,
}

impl Subject {
    /// The thing of this kind with this id.
    pub fn new(kind: SubjectKind, id: impl fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// What a commit records: who did what to what, and when; number and hash come later.
///
/// It stays forever and is shown to people: no secrets and no personal data, but record ids and commitments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAudit {
    /// Who did it.
    pub by: Signature,
    /// What was done.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// When, by the storage's clock.
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Value::is_null", deserialize_with = "canonical_value")]
    details: Value,
}

impl NewAudit {
    /// An entry without details.
    pub fn new(by: Signature, action: Action, subject: Subject, at: Timestamp) -> Self {
        Self { by, action, subject, at, details: Value::Null }
    }

    /// Adds what else is worth keeping, such as a digest, a policy hash or a version.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): the value has no canonical form. It is
    /// refused here, where the caller can mend it: in storage it would stop the chain.
    pub fn with_details(mut self, details: Value) -> Result<Self> {
        canonical::check(&details)?;
        self.details = details;
        Ok(self)
    }

    /// What else was kept; null if nothing was.
    pub fn details(&self) -> &Value {
        &self.details
    }
}

fn canonical_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    canonical::check(&value).map_err(de::Error::custom)?;
    Ok(value)
}
