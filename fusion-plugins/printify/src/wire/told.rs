//! Absent, null, unreadable and given are four things; telling them apart keeps a damaged member's place.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
    forward_to_deserialize_any,
};
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
            value => T::deserialize(Named(value)).map_or(Self::Unreadable, Self::Is),
        })
    }
}

/// A value of which a record is read by its members' names alone: serde would take a list for one, by place.
struct Named(Value);

impl<'de> Deserializer<'de> for Named {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.0 {
            record @ Value::Object(_) => record.deserialize_any(visitor),
            _ => Err(Error::custom("it is no record")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
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
