//! Reading what a platform says.

use crate::strict::Strict;
use fusion_core::{
    error::{Error, ErrorKind, Fate, Problem, Result, Retry},
    model::Ref,
    plugin::{Unreadable, WireResponse},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

/// Reads the body of `answer` as `T`, by [`parse`]'s rules.
///
/// # Errors
/// [`ErrorKind::Protocol`], the fate [`Fate::Unknown`]: the body isn't what the contract says.
pub fn json<T: DeserializeOwned>(answer: &WireResponse) -> Result<T> {
    strictly(&answer.body).map_err(|source| unreadable_answer(answer, &source))
}

/// Reads `text`, which stands at `path` of an answer (empty: it is the answer), as `T`. A struct is an object: a list
/// with its members in order isn't one, at any depth.
///
/// ```
/// use fusion_plugin_sdk::parse;
///
/// #[derive(serde::Deserialize)]
/// struct Named {
///     id: u64,
/// }
/// assert_eq!(parse::<Named>(br#"{ "id": 7 }"#, "").unwrap().id, 7);
/// assert_eq!(parse::<Named>(b"[7]", "order").err().unwrap().problems()[0].path, "order@1:0");
/// ```
///
/// # Errors
/// [`ErrorKind::Protocol`] with the place (`order@1:7`: line and column behind the path) and never a word of the text,
/// which may be personal.
pub fn parse<T: DeserializeOwned>(text: &[u8], path: &str) -> Result<T> {
    strictly(text).map_err(|source| {
        let (line, column) = (source.line(), source.column());
        let place = match path {
            "" => format!("line {line} column {column}"),
            _ => format!("{path}@{line}:{column}"),
        };
        unreadable(place, NOT_AS_AGREED)
    })
}

/// Reads `value`, which stands at `path` of an answer, as [`parse`] does.
///
/// # Errors
/// [`ErrorKind::Protocol`] with `path`.
pub fn parse_value<T: DeserializeOwned>(value: Value, path: &str) -> Result<T> {
    T::deserialize(Strict(value)).map_err(|_| unreadable(path, NOT_AS_AGREED))
}

const NOT_AS_AGREED: &str = "it isn't what the contract says";

fn strictly<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut text = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(Strict(&mut text))?;
    text.end().map(|()| read)
}

/// What can't be read at `path` of an answer, and why. Neither may quote the answer, which may be personal.
pub fn unreadable(path: impl Into<String>, why: impl Into<String>) -> Error {
    let message = "the platform's answer can't be read; update the plugin if it has changed";
    Error::new(ErrorKind::Protocol, message).with_problems([Problem::error(path, "unreadable", why)])
}

/// A record that a page leaves out because of `error`; `record` names it as far as that could be read.
pub fn left_out(record: Option<Ref>, error: &Error) -> Unreadable {
    let problem = error.problems().first().cloned();
    let whole = || Problem::error("", "unreadable", error.message().to_owned());
    Unreadable { record, problem: problem.unwrap_or_else(whole) }
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
        .map_err(|source| unreadable_answer(answer, &source).with_retry(Retry::Backoff))
}

/// Only the place is told: serde's own message quotes what it met, and that may be personal data.
fn unreadable_answer(answer: &WireResponse, source: &serde_json::Error) -> Error {
    let message = format!(
        "the platform's answer of {} bytes can't be read at line {} column {}",
        answer.body.len(),
        source.line(),
        source.column()
    );
    Error::new(ErrorKind::Protocol, message).with_fate(Fate::Unknown)
}
