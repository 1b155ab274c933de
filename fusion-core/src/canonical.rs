//! The one byte form of a value: what digests, grants and chains are computed over.
//!
//! RFC 8785 order (UTF-16 units), integers within ±(2^53−1), no fractions, text as it is.

use crate::error::{Error, ErrorKind, Problem, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Largest integer that every JSON reader returns unchanged.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// A SHA-256, shown and stored as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Takes over a hash that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// SHA-256 of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.as_bytes(), &mut bytes).map_err(de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// The canonical bytes of `value`.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] with the path of each number that isn't a safe integer, or when the value
/// doesn't serialise to JSON.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    let value = serde_json::to_value(value).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the value has no JSON form").with_source(source)
    })?;
    check(&value)?;
    let mut out = Vec::new();
    write(&value, &mut out);
    Ok(out)
}

/// SHA-256 of the canonical bytes of `value`.
///
/// # Errors
/// As [`bytes()`].
pub fn hash(value: &impl Serialize) -> Result<Hash> {
    Ok(Hash::of(bytes(value)?))
}

/// Refuses what has no canonical form, naming every place.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] with the path of each bare fraction or unsafe integer.
pub fn check(value: &Value) -> Result<()> {
    let mut problems = Vec::new();
    find_problems(value, &mut String::new(), &mut problems);
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "the value has no canonical form").with_problems(problems))
}

fn find_problems(value: &Value, path: &mut String, problems: &mut Vec<Problem>) {
    let here = path.len();
    match value {
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match whole {
                Some(n) if n <= MAX_SAFE => {}
                Some(_) => problems.push(Problem::error(
                    path.as_str(),
                    "unsafe_integer",
                    "write an integer beyond 2^53 as a string",
                )),
                None => problems.push(Problem::error(
                    path.as_str(),
                    "fraction",
                    "write a decimal number as a string",
                )),
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                path.push_str(&format!("[{nth}]"));
                find_problems(item, path, problems);
                path.truncate(here);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                find_problems(field, path, problems);
                path.truncate(here);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push(b'{');
            for (nth, (name, field)) in fields.into_iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                out.extend(Value::String(name.clone()).to_string().into_bytes());
                out.push(b':');
                write(field, out);
            }
            out.push(b'}');
        }
        scalar => out.extend(scalar.to_string().into_bytes()),
    }
}

/// SHA-256 over a domain word and length-prefixed parts, so that no two lists of parts share an input.
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn new(domain: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(domain.as_bytes());
        hasher.update([0]);
        Self(hasher)
    }

    #[must_use]
    pub(crate) fn part(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests;
