//! Members on their way into the model, and what is said of those that can't be read.

use crate::wire::Told;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result},
    model::Seen,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// A path into the answer with the place of a list's element: `variants[3].price`.
#[derive(Clone, Debug, Default)]
pub(super) struct At(String);

impl At {
    pub(super) fn member(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    pub(super) fn place(&self, nth: usize) -> Self {
        Self(format!("{}[{nth}]", self.0))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What can't be read, by its path alone: the value may be personal.
pub(super) fn unreadable(at: &At, why: &str) -> Error {
    fusion_plugin_sdk::unreadable(at.as_str(), why)
}

impl<T> Told<T> {
    /// A member without which the record means nothing.
    pub(super) fn need(self, at: &At) -> Result<T> {
        self.maybe(at)?.ok_or_else(|| unreadable(at, "it is missing"))
    }

    /// A member that may be missing or null.
    pub(super) fn maybe(self, at: &At) -> Result<Option<T>> {
        match self {
            Self::Absent | Self::Null => Ok(None),
            Self::Unreadable => Err(unreadable(at, "it isn't what the contract says")),
            Self::Is(value) => Ok(Some(value)),
        }
    }

    /// A member whose absence tells nothing, and whose null says that there is none.
    pub(super) fn seen(self, at: &At) -> Result<Seen<T>> {
        Ok(match self {
            Self::Absent => Seen::NotRead,
            told => Seen::from_option(told.maybe(at)?),
        })
    }
}

impl<T> Told<Vec<Told<T>>> {
    /// The elements of a list with their paths; a missing list has none.
    pub(super) fn each(self, at: &At) -> Result<Vec<(At, T)>> {
        elements(self.maybe(at)?.unwrap_or_default(), at)
    }
}

pub(super) fn elements<T>(list: Vec<Told<T>>, at: &At) -> Result<Vec<(At, T)>> {
    let element = |(nth, told): (usize, Told<T>)| {
        let at = at.place(nth);
        told.need(&at).map(|value| (at, value))
    };
    list.into_iter().enumerate().map(element).collect()
}

/// An answer as the record that it should be.
pub(super) fn record<T: DeserializeOwned>(answer: &Value) -> Result<T> {
    record_at(answer, &At::default())
}

/// A part of an answer as the record that it should be.
pub(super) fn record_at<T: DeserializeOwned>(part: &Value, at: &At) -> Result<T> {
    Told::deserialize(part).unwrap_or(Told::Unreadable).need(at)
}

/// An answer as a list of records.
pub(super) fn list<T: DeserializeOwned>(answer: &Value) -> Result<Vec<(At, T)>> {
    elements(record(answer)?, &At::default())
}

/// Times come with a blank in place of the T, some without an offset (UTC is meant), and 1970 means never.
pub(super) fn time(text: &str, at: &At) -> Result<Option<Timestamp>> {
    let text = text.replacen(' ', "T", 1);
    let zoned = if chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S").is_ok() {
        format!("{text}Z")
    } else {
        text
    };
    let time = Timestamp::parse(&zoned).map_err(|_| unreadable(at, "it is no time"))?;
    Ok((time != Timestamp::EPOCH).then_some(time))
}

/// A text with something in it.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What is wrong with something that was given to be sent.
pub(super) fn invalid(message: &'static str, path: &str, code: &'static str, mend: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_problems([Problem::error(path, code, mend)])
}
