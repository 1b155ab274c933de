//! Sealed things as storage keeps them.

use super::ConnectionId;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Ciphertext with all that is needed to open it, except the key. Made and opened by the vault.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// Takes over the envelope's text.
    pub fn from_text(envelope: String) -> Self {
        Self(envelope)
    }

    /// The envelope's text.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// The credentials of a connection: a record of their own, so that no other write can cost a rotated token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    /// Whose.
    pub connection: ConnectionId,
    /// Counts the rotations.
    pub version: u64,
    /// The credentials.
    pub sealed: Sealed,
    /// Until when somebody's renewal is waited for: the same refresh token is never exchanged twice at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewing_until: Option<Timestamp>,
}
