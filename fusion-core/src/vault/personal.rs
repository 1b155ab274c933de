use crate::{
    canonical::{Hash, Hasher, draw},
    clock::Clock,
};
use std::fmt;

/// What makes a commitment to a short value unguessable; sealed and erased together with the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A fresh salt from the clock's entropy.
    pub fn draw(clock: &dyn Clock) -> Self {
        Self(*draw(clock))
    }

    /// From the bytes that were sealed beside the value.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to seal beside the value; whoever has them can test guesses of it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// What stands for a personal value in commands, digests and the audit: the same for the same value and salt,
/// and saying nothing about the value to whoever lacks the salt.
pub fn commit_personal(salt: &Salt, value: &[u8]) -> Hash {
    Hasher::new("fusion.personal.v1").part(salt.0).part(value).finish()
}
