use super::Mac;
use crate::{
    clock::Clock,
    error::{Error, ErrorKind, Result},
};
use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{SecretBox, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{fmt, sync::Arc};

pub(crate) mod cipher;
#[cfg(feature = "local-keys")]
mod local;
mod ring;
#[cfg(test)]
mod tests;

#[cfg(feature = "local-keys")]
pub use local::LocalKeys;
pub use ring::EphemeralKeys;
pub(crate) use ring::RootKey;

/// The key of one sealing; only ever stored wrapped.
pub type DataKey = SecretBox<[u8; 32]>;

/// Names a key of a [`KeyProvider`]; stands beside everything that the key made, and tells nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(Arc<str>);

/// Longest name of a key, in bytes: key services name theirs by paths.
const MAX_KEY_ID: usize = 512;

impl KeyId {
    /// The key with this name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: empty, longer than 512 bytes, or with anything but visible ASCII.
    pub fn new(id: &str) -> Result<Self> {
        if id.is_empty() || id.len() > MAX_KEY_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a key needs a name of 1 to 512 visible ascii characters",
            ));
        }
        Ok(Self(id.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key is used for; what was made for one purpose holds for no other.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Wrapping the data keys of sealed values.
    Sealing,
    /// Vouching that a grant was made by an approval.
    Grant,
    /// Vouching for the head of an audit chain.
    Checkpoint,
}

impl Purpose {
    /// The stable name that separates the purposes' keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Grant => "grant",
            Self::Checkpoint => "checkpoint",
        }
    }
}

/// Keeps the long-lived keys, which never leave it: a file, a key service, a hardware module.
///
/// For implementors:
/// - A key stays usable under its [`KeyId`] for as long as anything made with it is stored; rotating changes
///   [`current`](Self::current) alone.
/// - What was made for one [`Purpose`] must not hold for another, even where one key serves both.
/// - `wrap` authenticates `bound`: unwrapping under other bytes fails.
/// - No error names key bytes or data keys.
///
/// For callers: keep the id that `current` gave beside what it made, and give that id back. Errors of kind
/// [`ErrorKind::Unavailable`] and [`ErrorKind::Timeout`] say nothing about the value asked for.
#[async_trait]
pub trait KeyProvider: Send + Sync {
    /// The key that new work for `purpose` uses.
    async fn current(&self, purpose: Purpose) -> Result<KeyId>;

    /// Encrypts `data_key` under `key`, tied to `bound`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: there is no such key here.
    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>>;

    /// Undoes [`wrap`](Self::wrap).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: there is no such key here. [`ErrorKind::Internal`]: it was wrapped under
    /// another key or bound to something else, or was changed.
    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey>;

    /// Seals `message` under `key`, for one purpose.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: there is no such key here.
    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac>;

    /// Compares `mac` with the one that `key` makes over `message`, in constant time.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it doesn't hold. Otherwise as [`mac`](Self::mac).
    async fn verify_mac(&self, purpose: Purpose, key: &KeyId, message: &[u8], mac: &Mac) -> Result<()> {
        if self.mac(purpose, key, message).await? == *mac {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Refused,
            "the MAC doesn't hold: what it covers was changed or made elsewhere",
        ))
    }
}

#[async_trait]
impl<T: KeyProvider + ?Sized> KeyProvider for Arc<T> {
    async fn current(&self, purpose: Purpose) -> Result<KeyId> {
        (**self).current(purpose).await
    }
    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        (**self).wrap(key, data_key, bound).await
    }
    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        (**self).unwrap(key, wrapped, bound).await
    }
    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac> {
        (**self).mac(purpose, key, message).await
    }
    async fn verify_mac(&self, purpose: Purpose, key: &KeyId, message: &[u8], mac: &Mac) -> Result<()> {
        (**self).verify_mac(purpose, key, message, mac).await
    }
}

/// HMAC-SHA256 (RFC 2104) over the parts one after another.
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // A key shorter than the hash's block is filled up with zeros by definition; done here, nothing can fail.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&(*block).into());
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// The subkey of `key` for one use: HKDF-Expand (RFC 5869) for a single block.
pub(crate) fn derive(key: &[u8; 32], domain: &str, context: &[u8]) -> Zeroizing<[u8; 32]> {
    hmac(key, &[domain.as_bytes(), &[0], context, &[1]])
}

/// Unpredictable bytes from the clock, as many as asked for.
pub(crate) fn draw<const N: usize>(clock: &dyn Clock) -> Zeroizing<[u8; N]> {
    let mut drawn = Zeroizing::new([0; N]);
    for chunk in drawn.chunks_mut(16) {
        for (to, from) in chunk.iter_mut().zip(clock.entropy()) {
            *to = from;
        }
    }
    drawn
}
