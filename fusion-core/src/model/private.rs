//! Personal data: never in commands, digests, jobs, audit or logs.

use super::PersonalId;
use crate::canonical::Hash;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A personal value in memory. It has no serde form and its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Takes a personal value in.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Shows the value to code that is about to hand it to the platform or a person.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}

/// Stands for a personal value in commands and records: the values lie sealed beside, and erasing them breaks
/// nothing that was hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalRef {
    /// The sealed record.
    pub id: PersonalId,
    /// Salted hash of the value: proves later what was meant without telling it.
    pub commitment: Hash,
}
