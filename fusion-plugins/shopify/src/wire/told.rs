//! Absent, null and given are three things, in both directions.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field that may be missing, null or given. Needs `#[serde(default)]` to read a missing one and
/// `skip_serializing_if = "Told::is_absent"` to leave one out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Told<T> {
    /// Not selected, or not sent.
    #[default]
    Absent,
    /// There is none; sent, it empties the field.
    Null,
    /// This.
    Is(T),
}

impl<T> Told<T> {
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) const fn as_ref(&self) -> Told<&T> {
        match self {
            Self::Absent => Told::Absent,
            Self::Null => Told::Null,
            Self::Is(value) => Told::Is(value),
        }
    }

    pub(crate) fn given(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What is sent for a field that the listing decides: nothing there empties it.
    pub(crate) fn or_null(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Is)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::or_null(Option::deserialize(deserializer)?))
    }
}

impl<T: Serialize> Serialize for Told<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(value) => serializer.serialize_some(value),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}
