//! Reading an answer's body.

use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry},
    plugin::WireResponse,
};
use serde::de::{DeserializeOwned, IgnoredAny};

/// Reads the body of `answer` as `T`.
///
/// # Errors
/// [`ErrorKind::Protocol`], the fate [`Fate::Unknown`]: the body isn't what the contract says.
pub fn json<T: DeserializeOwned>(answer: &WireResponse) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(|source| unreadable(answer, &source))
}

/// Whether the body of `answer` is one whole JSON text. A profile's `judge` asks it first: a write whose answer
/// was cut off must not be recorded as answered.
///
/// # Errors
/// [`ErrorKind::Protocol`], worth a retry, the fate [`Fate::Unknown`]: cut off, damaged or something else.
pub fn whole_json(answer: &WireResponse) -> Result<()> {
    let text = std::str::from_utf8(&answer.body).map_err(|_| {
        Error::new(ErrorKind::Protocol, "the platform's answer isn't UTF-8")
            .with_fate(Fate::Unknown)
            .with_retry(Retry::Backoff)
    })?;
    serde_json::from_str::<IgnoredAny>(text)
        .map(drop)
        .map_err(|source| unreadable(answer, &source).with_retry(Retry::Backoff))
}

/// Only the place is told: serde's own message quotes what it met, and that may be personal data.
fn unreadable(answer: &WireResponse, source: &serde_json::Error) -> Error {
    let message = format!(
        "the platform's answer of {} bytes can't be read at line {} column {}",
        answer.body.len(),
        source.line(),
        source.column()
    );
    Error::new(ErrorKind::Protocol, message).with_fate(Fate::Unknown)
}
