//! Absent, null, unreadable and given are four things; telling them apart keeps a damaged member's place.

use fusion_plugin_sdk::parse_value;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// A member as it came. Reading one never fails, so that whoever needs it can name its path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Told<T> {
    #[default]
    Absent,
    Null,
    /// Something else than the contract says.
    Unreadable,
    Is(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Null,
            value => parse_value(value, "").map_or(Self::Unreadable, Self::Is),
        })
    }
}

/// An id: a text in most answers, a number in some.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "TextOrNumber")]
pub(crate) struct Id(pub(crate) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(i64),
}

impl From<TextOrNumber> for Id {
    fn from(id: TextOrNumber) -> Self {
        Self(match id {
            TextOrNumber::Text(text) => text,
            TextOrNumber::Number(number) => number.to_string(),
        })
    }
}
