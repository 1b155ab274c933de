//! Whose data, and who acts.

use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// One merchant; part of every key and every statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tenant(Arc<str>);

/// Longest name of a tenant, person or service, in bytes: it stands in every key.
pub const MAX_NAME: usize = 128;

impl Tenant {
    /// The tenant of this name, as the embedder calls it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: empty, longer than [`MAX_NAME`] bytes, or with control characters.
    pub fn new(name: &str) -> Result<Self> {
        checked(name).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person as the embedder's directory names them: an account id, never an address or a real name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Arc<str>);

impl PersonId {
    /// The person with this id.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: empty, longer than [`MAX_NAME`] bytes, or with control characters.
    pub fn new(id: &str) -> Result<Self> {
        checked(id).map(Self)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn checked(name: &str) -> Result<Arc<str>> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "a tenant, person or service needs a name of 1 to 128 bytes without control characters",
        ));
    }
    Ok(name.into())
}

/// What kind of being acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A signed-in person: may propose and vote.
    Human,
    /// A program of the embedder's: may propose, never vote.
    Service,
    /// The library itself: timers, workers, policies.
    System,
}

/// Who acts, for the record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signature {
    /// What kind of being.
    pub kind: ActorKind,
    /// Which one.
    pub id: PersonId,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ActorKind::Human => write!(f, "{}", self.id),
            ActorKind::Service => write!(f, "service:{}", self.id),
            ActorKind::System => write!(f, "system:{}", self.id),
        }
    }
}

/// Who acts, as this program vouches for.
///
/// Not deserialisable: a stored or received text never becomes somebody who may vote. Humans come from
/// `TenantHandle::person`, which is the embedder's word that this person is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    tenant: Tenant,
    signature: Signature,
}

impl Actor {
    pub(crate) fn new(tenant: Tenant, kind: ActorKind, id: PersonId) -> Self {
        Self { tenant, signature: Signature { kind, id } }
    }

    /// The library itself, at work for `tenant`.
    pub(crate) fn system(tenant: &Tenant, name: &str) -> Self {
        Self {
            tenant: tenant.clone(),
            signature: Signature { kind: ActorKind::System, id: PersonId(name.into()) },
        }
    }

    /// Whose data they act on.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// What kind of being.
    pub fn kind(&self) -> ActorKind {
        self.signature.kind
    }

    /// Which one.
    pub fn id(&self) -> &PersonId {
        &self.signature.id
    }

    /// The form that records keep.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}
