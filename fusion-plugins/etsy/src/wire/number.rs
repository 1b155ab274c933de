//! Numbers without floats.

use fusion_core::model::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// A JSON number with the digits that were written: `12.1` stays `12.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let text = raw.get();
        // A text in quotes is no number, though its digits would parse.
        let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        number
            .map(|number| Self(number.normalize()))
            .map_err(|_| de::Error::custom("it is no number that can be held"))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self.0.normalize().to_string();
        RawValue::from_string(text).map_err(ser::Error::custom)?.serialize(to)
    }
}

/// An amount as the platform tells it: whole units and what to divide them by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Money {
    pub(crate) amount: i64,
    pub(crate) divisor: i64,
    pub(crate) currency_code: String,
}
