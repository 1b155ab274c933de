//! The one byte form of a value: what digests, grants and chains are computed over.
//!
//! RFC 8785 order (UTF-16 units), integers within ±(2^53−1), no fractions, text as it is. The keys that make
//! such bytes tamper-proof stand beside: [`KeyProvider`].

use crate::error::{Error, ErrorKind, Problem, Result};
use serde::Serialize;
use serde_json::Value;

mod hash;
mod keys;

pub(crate) use hash::Hasher;
pub use hash::{Hash, Mac};
#[cfg(feature = "local-keys")]
pub use keys::LocalKeys;
pub use keys::{DataKey, EphemeralKeys, KeyId, KeyProvider, Purpose};
pub(crate) use keys::{RootKey, cipher, derive, draw};

/// Largest integer that every JSON reader returns unchanged.
const MAX_SAFE: u64 = (1 << 53) - 1;

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
            fields.sort_by(|(one, _), (other, _)| match one.is_ascii() && other.is_ascii() {
                true => one.cmp(other),
                false => one.encode_utf16().cmp(other.encode_utf16()),
            });
            out.push(b'{');
            for (nth, (name, field)) in fields.into_iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                write_text(name, out);
                out.push(b':');
                write(field, out);
            }
            out.push(b'}');
        }
        Value::String(text) => write_text(text, out),
        scalar => out.extend(scalar.to_string().into_bytes()),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        return out.extend(Value::from(text).to_string().into_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests;
