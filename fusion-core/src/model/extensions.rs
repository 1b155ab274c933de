//! Typed platform extras that survive a round trip even when nobody here knows them.

use crate::{
    canonical,
    error::{Error, ErrorKind, Result},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

/// A platform's extra with its place and schema version.
pub trait Extension: Serialize + DeserializeOwned {
    /// Where it is kept: the platform's slug and a name, `shopify.metafields`.
    const KEY: &'static str;
    /// The version that this type writes.
    const VERSION: u32;

    /// Turns the stored form of an older version into this one's.
    ///
    /// # Errors
    /// When `from` is newer than this type or can't be read.
    fn upgrade(from: u32, stored: Value) -> Result<Value>;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
    version: u32,
    value: Value,
}

/// Extras by key; those of unknown keys and versions are kept as they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extensions(BTreeMap<Cow<'static, str>, Stored>);

impl Extensions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The extra `E`, brought to its present version.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when what is kept under its key can't be read as `E`.
    pub fn get<E: Extension>(&self) -> Result<Option<E>> {
        let Some(stored) = self.0.get(E::KEY) else { return Ok(None) };
        let value = if stored.version == E::VERSION {
            stored.value.clone()
        } else {
            E::upgrade(stored.version, stored.value.clone())?
        };
        serde_json::from_value(value).map(Some).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "a stored extension can't be read").with_source(source)
        })
    }

    /// Keeps `extra`, replacing an earlier one of its type.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] with the path of each bare fraction and each integer beyond ±(2^53−1):
    /// they come back changed from half of all JSON readers. Write decimals as strings.
    pub fn set<E: Extension>(&mut self, extra: &E) -> Result<()> {
        let value = serde_json::to_value(extra).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the extension has no JSON form").with_source(source)
        })?;
        canonical::check(&value)?;
        self.0.insert(Cow::Borrowed(E::KEY), Stored { version: E::VERSION, value });
        Ok(())
    }
}
