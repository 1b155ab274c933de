use super::Head;
use crate::{
    canonical::{Hash, Hasher, KeyId, KeyProvider, Mac, Purpose},
    clock::Timestamp,
    error::Result,
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// What a signature over the end of a chain begins with.
const END: &str = "fusion.checkpoint.v1";

/// What a signature over the end of what is dropped begins with.
const CUT: &str = "fusion.cut.v1";

/// The signed end of a chain at one moment; kept outside the database, it shows what was cut off since.
///
/// It is also the genesis of the next segment: what lies before it may be exported and dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose chain.
    pub tenant: Tenant,
    /// Number of the last entry.
    pub sequence: u64,
    /// Hash of the last entry.
    pub hash: Hash,
    /// When it was signed.
    pub at: Timestamp,
    /// Which life of the database, if it counts them: a restored one begins another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<u64>,
    /// The key that signed it.
    pub key: KeyId,
    /// The signature over all of the above.
    pub mac: Mac,
}

impl Checkpoint {
    /// Signs `head` with the current key, as the end of a chain.
    ///
    /// # Errors
    /// Those of the key provider.
    pub async fn sign(
        head: &Head,
        at: Timestamp,
        incarnation: Option<u64>,
        keys: &dyn KeyProvider,
    ) -> Result<Self> {
        Self::sign_as(END, head, at, incarnation, keys).await
    }

    /// Signs `head` with the current key, as the end of what is dropped: the entry behind it is the first that is kept.
    /// An end isn't taken for one, nor it for an end.
    ///
    /// # Errors
    /// Those of the key provider.
    pub async fn sign_cut(
        head: &Head,
        at: Timestamp,
        incarnation: Option<u64>,
        keys: &dyn KeyProvider,
    ) -> Result<Self> {
        Self::sign_as(CUT, head, at, incarnation, keys).await
    }

    async fn sign_as(
        domain: &'static str,
        head: &Head,
        at: Timestamp,
        incarnation: Option<u64>,
        keys: &dyn KeyProvider,
    ) -> Result<Self> {
        let key = keys.current(Purpose::Checkpoint).await?;
        let unsigned = Self {
            tenant: head.tenant.clone(),
            sequence: head.sequence,
            hash: head.hash,
            at,
            incarnation,
            key,
            mac: Mac::from_bytes([0; 32]),
        };
        let mac = keys.mac(Purpose::Checkpoint, &unsigned.key, unsigned.message(domain).as_ref()).await?;
        Ok(Self { mac, ..unsigned })
    }

    /// Checks the signature of an end; only what comes back can begin or end a verification.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): the signature doesn't hold, or is that of a cut. Otherwise
    /// those of the key provider.
    pub async fn check(self, keys: &dyn KeyProvider) -> Result<TrustedCheckpoint> {
        self.check_as(END, keys).await
    }

    /// The same for a [cut](Self::sign_cut).
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): the signature doesn't hold, or is that of an end. Otherwise
    /// those of the key provider.
    pub async fn check_cut(self, keys: &dyn KeyProvider) -> Result<TrustedCheckpoint> {
        self.check_as(CUT, keys).await
    }

    async fn check_as(self, domain: &'static str, keys: &dyn KeyProvider) -> Result<TrustedCheckpoint> {
        keys.verify_mac(Purpose::Checkpoint, &self.key, self.message(domain).as_ref(), &self.mac).await?;
        Ok(TrustedCheckpoint(self))
    }

    fn message(&self, domain: &'static str) -> Hash {
        let incarnation = self.incarnation.map(u64::to_be_bytes);
        Hasher::new(domain)
            .part(self.tenant.as_str())
            .part(self.sequence.to_be_bytes())
            .part(self.hash)
            .part(self.at.as_micros().to_be_bytes())
            .part(incarnation.as_ref().map_or(&[][..], |bytes| bytes))
            .part(self.key.as_str())
            .finish()
    }
}

/// A checkpoint whose signature holds. Not deserialisable: it comes from [`Checkpoint::check`] and
/// [`Checkpoint::check_cut`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCheckpoint(Checkpoint);

impl TrustedCheckpoint {
    /// The checkpoint.
    pub fn get(&self) -> &Checkpoint {
        &self.0
    }

    /// The head that was signed, from which the next segment goes on.
    pub fn head(&self) -> Head {
        Head { tenant: self.0.tenant.clone(), sequence: self.0.sequence, hash: self.0.hash }
    }
}
