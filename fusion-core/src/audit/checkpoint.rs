use super::Head;
use crate::{
    canonical::{Hash, Hasher, KeyId, KeyProvider, Mac, Purpose},
    clock::Timestamp,
    error::Result,
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

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
    /// Signs `head` with the current key.
    ///
    /// # Errors
    /// Those of the key provider.
    pub async fn sign(
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
        let mac = keys.mac(Purpose::Checkpoint, &unsigned.key, unsigned.message().as_ref()).await?;
        Ok(Self { mac, ..unsigned })
    }

    /// Checks the signature; only what comes back can begin or end a verification.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): the signature doesn't hold. Otherwise those of the
    /// key provider.
    pub async fn check(self, keys: &dyn KeyProvider) -> Result<TrustedCheckpoint> {
        keys.verify_mac(Purpose::Checkpoint, &self.key, self.message().as_ref(), &self.mac).await?;
        Ok(TrustedCheckpoint(self))
    }

    fn message(&self) -> Hash {
        let incarnation = self.incarnation.map(u64::to_be_bytes);
        Hasher::new("fusion.checkpoint.v1")
            .part(self.tenant.as_str())
            .part(self.sequence.to_be_bytes())
            .part(self.hash)
            .part(self.at.as_micros().to_be_bytes())
            .part(incarnation.as_ref().map_or(&[][..], |bytes| bytes))
            .part(self.key.as_str())
            .finish()
    }
}

/// A checkpoint whose signature holds. Not deserialisable: it comes from [`Checkpoint::check`] alone.
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
