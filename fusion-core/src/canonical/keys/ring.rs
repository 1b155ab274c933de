use super::{DataKey, KeyId, KeyProvider, Mac, Purpose, cipher, derive, draw, hmac};
use crate::{
    canonical::Hasher,
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, ExposeSecretMut as _, SecretBox, zeroize::Zeroizing};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Keys made when the program starts and lost when it ends: for tests, and for storage in memory.
///
/// What they sealed can't be opened by another process or after a restart.
#[derive(Debug)]
pub struct EphemeralKeys(RootKey);

impl EphemeralKeys {
    /// A fresh key from the clock's entropy.
    pub fn new(clock: &dyn Clock) -> Self {
        Self(RootKey::draw(clock))
    }
}

#[async_trait]
impl KeyProvider for EphemeralKeys {
    async fn current(&self, _: Purpose) -> Result<KeyId> {
        Ok(self.0.id.clone())
    }
    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        self.0.named(key).ok_or_else(no_such_key)?.wrap(data_key, bound)
    }
    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        self.0.named(key).ok_or_else(no_such_key)?.unwrap(wrapped, bound)
    }
    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac> {
        Ok(self.0.named(key).ok_or_else(no_such_key)?.mac(purpose, message))
    }
}

pub(super) fn no_such_key() -> Error {
    Error::new(
        ErrorKind::InvalidConfig,
        "the key of a sealed value isn't here; give back the key file or key service it was sealed with",
    )
}

/// One long-lived key; everything it makes comes from a subkey of its own.
pub(crate) struct RootKey {
    pub(crate) id: KeyId,
    pub(super) made_at: Timestamp,
    secret: SecretBox<[u8; 32]>,
}

/// Length of the nonce before a wrapped data key.
const NONCE: usize = 24;

impl RootKey {
    pub(super) fn draw(clock: &dyn Clock) -> Self {
        Self::from_secret(&draw(clock), clock.now())
    }

    /// The id is a fingerprint: a damaged secret no longer answers to its name.
    pub(crate) fn from_secret(secret: &Zeroizing<[u8; 32]>, made_at: Timestamp) -> Self {
        let fingerprint = Hasher::new("fusion.key-id.v1").part(**secret).finish().to_string();
        let id = KeyId(fingerprint.chars().take(16).collect::<String>().into());
        Self { id, made_at, secret: SecretBox::init_with_mut(|bytes: &mut [u8; 32]| *bytes = **secret) }
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        self.secret.expose_secret()
    }

    fn named(&self, id: &KeyId) -> Option<&Self> {
        (self.id == *id).then_some(self)
    }

    /// Deterministic: a data key is random and is wrapped under a nonce computed from itself, so two different
    /// ones never share a nonce and no other source of chance is needed.
    pub(crate) fn wrap(&self, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        let nonce = self.nonce(data_key, bound);
        let key = derive(self.secret(), "fusion.wrap.v1", b"");
        let mut wrapped = nonce.to_vec();
        wrapped.extend(cipher::seal(&key, &nonce, bound, data_key.expose_secret())?);
        Ok(wrapped)
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        self.try_unwrap(wrapped, bound).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "a data key doesn't unwrap: it belongs to another record or was changed in storage",
            )
        })
    }

    fn try_unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Option<DataKey> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE>()?;
        let key = derive(self.secret(), "fusion.wrap.v1", b"");
        let plain = cipher::open(&key, nonce, bound, sealed)?;
        let plain =
            plain.expose_secret().first_chunk::<32>().filter(|_| plain.expose_secret().len() == 32)?;
        let mut data_key = DataKey::default();
        data_key.expose_secret_mut().copy_from_slice(plain);
        // Ties the key to its wrapping from both sides: no second key opens the same bytes.
        bool::from(self.nonce(&data_key, bound).ct_eq(nonce)).then_some(data_key)
    }

    fn nonce(&self, data_key: &DataKey, bound: &[u8]) -> [u8; NONCE] {
        let key = derive(self.secret(), "fusion.wrap-nonce.v1", b"");
        let full = hmac(&key, &[data_key.expose_secret(), bound]);
        let mut nonce = [0; NONCE];
        for (to, from) in nonce.iter_mut().zip(full.iter()) {
            *to = *from;
        }
        nonce
    }

    pub(super) fn mac(&self, purpose: Purpose, message: &[u8]) -> Mac {
        let key = derive(self.secret(), "fusion.mac.v1", purpose.as_str().as_bytes());
        Mac::from_bytes(*hmac(&key, &[message]))
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKey")
            .field("id", &self.id)
            .field("made_at", &self.made_at)
            .finish_non_exhaustive()
    }
}
