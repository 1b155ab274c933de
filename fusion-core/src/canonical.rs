//! The one byte form of a value: what digests, grants and chains are computed over.
//!
//! RFC 8785 order (UTF-16 units), integers within ±(2^53−1), no fractions, text as it is. The keys that make
//! such bytes tamper-proof stand beside: [`KeyProvider`].

use crate::error::{Error, ErrorKind, Problem, Result};
use serde::Serialize;
use serde_json::Value;

mod hash;
mod keys;
mod writer;

pub(crate) use hash::Hasher;
pub use hash::{Hash, Mac};
#[cfg(feature = "local-keys")]
pub use keys::LocalKeys;
pub use keys::{DataKey, EphemeralKeys, KeyId, KeyProvider, Purpose};
pub(crate) use keys::{RootKey, cipher, derive, draw};
use writer::{MAX_SAFE, written};

/// The canonical bytes of `value`.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] with the path of each number that isn't a safe integer, or when the value
/// doesn't serialise to JSON.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    if let Some(bytes) = written(value) {
        return Ok(bytes);
    }
    let no_form = || Error::new(ErrorKind::InvalidInput, "the value has no JSON form");
    let value = serde_json::to_value(value).map_err(|source| no_form().with_source(source))?;
    check(&value)?;
    written(&value).ok_or_else(no_form)
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

#[cfg(test)]
mod tests;
