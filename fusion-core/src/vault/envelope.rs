use super::Bound;
use crate::{
    canonical::{DataKey, KeyId, KeyProvider, Purpose, cipher, derive, draw},
    clock::Clock,
    error::{Error, ErrorKind, Result},
    model::Sealed,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, ExposeSecretMut as _, SecretSlice};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// A sealed value, as it is stored.
///
/// XChaCha20-Poly1305 under a key made for this one sealing. Only the long-lived key's id can be read from it;
/// changing any byte keeps it from opening.
///
/// ```
/// # use fusion_core::{canonical::EphemeralKeys, clock::Timestamp, tenant::Tenant, vault::*};
/// # async fn example(clock: &dyn fusion_core::clock::Clock) -> fusion_core::Result<()> {
/// let keys = EphemeralKeys::new(clock);
/// let tenant = Tenant::new("acme")?;
/// let place =
///     Bound { tenant: &tenant, subject: "7f0c", platform: None, content: Content::Personal, version: 1 };
/// let sealed = Envelope::seal(&keys, clock, &place, b"Elm Street 4").await?;
/// let _address = sealed.open(&keys, &place).await?;
/// assert!(sealed.open(&keys, &Bound { version: 2, ..place }).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    version: u8,
    key: KeyId,
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    wrapped: Vec<u8>,
    #[serde(serialize_with = "to_base64", deserialize_with = "array_from_base64")]
    nonce: [u8; 24],
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    ciphertext: Vec<u8>,
    #[serde(serialize_with = "to_base64", deserialize_with = "array_from_base64")]
    commitment: [u8; 32],
}

/// The one form there is so far.
const VERSION: u8 = 1;

impl Envelope {
    /// Seals `plaintext` for the place `bound`, under the current key.
    ///
    /// # Errors
    /// Those of the key provider. [`ErrorKind::InvalidInput`]: longer than the cipher allows (256 GiB).
    pub async fn seal(
        keys: &dyn KeyProvider,
        clock: &dyn Clock,
        bound: &Bound<'_>,
        plaintext: &[u8],
    ) -> Result<Self> {
        let bound = bound.to_bytes();
        let key = keys.current(Purpose::Sealing).await?;
        let mut data_key = DataKey::default();
        data_key.expose_secret_mut().copy_from_slice(draw::<32>(clock).as_slice());
        let nonce = *draw::<24>(clock);
        let ciphertext = cipher::seal(&content_key(&data_key), &nonce, &bound, plaintext)?;
        let commitment = commitment(&data_key, &bound);
        let wrapped = keys.wrap(&key, &data_key, &bound).await?;
        Ok(Self { version: VERSION, key, wrapped, nonce, ciphertext, commitment })
    }

    /// The value, if this is the place it was sealed for.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: the key isn't here, or a newer program sealed it. [`ErrorKind::Internal`]:
    /// it was sealed for another place or under another key, or was changed in storage. Otherwise those of the
    /// key provider.
    pub async fn open(&self, keys: &dyn KeyProvider, bound: &Bound<'_>) -> Result<SecretSlice<u8>> {
        let data_key = self.data_key(keys, bound).await?;
        cipher::open(&content_key(&data_key), &self.nonce, &bound.to_bytes(), &self.ciphertext)
            .ok_or_else(|| shut(bound))
    }

    /// The same value under the current key, or nothing if it is sealed under that already.
    ///
    /// Only the wrapping of the data key changes: the value itself isn't decrypted, and both forms open for as
    /// long as both keys are there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn reseal(&self, keys: &dyn KeyProvider, bound: &Bound<'_>) -> Result<Option<Self>> {
        let current = keys.current(Purpose::Sealing).await?;
        if current == self.key {
            return Ok(None);
        }
        let data_key = self.data_key(keys, bound).await?;
        let wrapped = keys.wrap(&current, &data_key, &bound.to_bytes()).await?;
        Ok(Some(Self { key: current, wrapped, ..self.clone() }))
    }

    /// The text that records keep.
    ///
    /// # Errors
    /// None that is known of: it always has a text.
    pub fn to_sealed(&self) -> Result<Sealed> {
        let text = serde_json::to_string(self).map_err(|source| {
            Error::new(ErrorKind::Internal, "a sealed value has no text").with_source(source)
        })?;
        Ok(Sealed::from_text(text))
    }

    /// The value that a record keeps, if this is the place it was sealed for.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`from_sealed`](Self::from_sealed), naming the place.
    pub async fn unseal(
        sealed: &Sealed,
        keys: &dyn KeyProvider,
        bound: &Bound<'_>,
    ) -> Result<SecretSlice<u8>> {
        // Without its source, which may quote the text.
        let envelope: Self = serde_json::from_str(sealed.as_text()).map_err(|_| shut(bound))?;
        envelope.open(keys, bound).await
    }

    /// Reads the text that records keep.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`]: it isn't such a text, or was changed in storage.
    pub fn from_sealed(sealed: &Sealed) -> Result<Self> {
        // Without its source, which may quote the text.
        serde_json::from_str(sealed.as_text()).map_err(|_| {
            Error::new(ErrorKind::Internal, "a sealed value can't be read: it was changed in storage")
        })
    }

    /// The long-lived key it is sealed under; a rotation looks for the old ones.
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    async fn data_key(&self, keys: &dyn KeyProvider, bound: &Bound<'_>) -> Result<DataKey> {
        if self.version != VERSION {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "the sealed value has a form that this version doesn't know; use the version that sealed it",
            ));
        }
        let bytes = bound.to_bytes();
        let data_key = match keys.unwrap(&self.key, &self.wrapped, &bytes).await {
            Err(error) if error.kind() == ErrorKind::Internal => return Err(shut(bound).with_source(error)),
            unwrapped => unwrapped?,
        };
        // Poly1305 alone lets somebody craft one ciphertext that opens under two keys.
        if bool::from(commitment(&data_key, &bytes).ct_eq(&self.commitment)) {
            return Ok(data_key);
        }
        Err(shut(bound))
    }
}

fn content_key(data_key: &DataKey) -> impl std::ops::Deref<Target = [u8; 32]> {
    derive(data_key.expose_secret(), "fusion.vault.content.v1", b"")
}

fn commitment(data_key: &DataKey, bound: &[u8]) -> [u8; 32] {
    *derive(data_key.expose_secret(), "fusion.vault.commitment.v1", bound)
}

fn shut(bound: &Bound<'_>) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!(
            "{} can't be opened: what is stored there belongs to another record or was changed",
            bound.named()
        ),
    )
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("version", &self.version)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn to_base64<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(|_| de::Error::custom("not base64"))
}

fn array_from_base64<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[u8; N], D::Error> {
    from_base64(deserializer)?.try_into().map_err(|_| de::Error::custom("of the wrong length"))
}
