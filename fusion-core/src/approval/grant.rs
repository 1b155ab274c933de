//! The single-use permit.

use super::{Phase, Request};
use crate::{
    canonical::{Hash, Hasher, KeyId, KeyProvider, Mac, Purpose},
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{GrantId, RequestId},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// Whether a grant may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Yes, once.
    Unspent,
    /// A worker has it, under this token.
    Claimed(u64),
    /// It was used.
    Spent,
    /// It was taken back.
    Void,
}

/// What the machine wants granted; the hub signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantDraft {
    /// What is permitted.
    pub request: RequestId,
    /// Which revision of it.
    pub revision: u32,
    /// Its digest.
    pub digest: Hash,
    /// The policy that was satisfied.
    pub policy: Hash,
    /// Until when it may begin.
    pub execute_by: Timestamp,
}

impl GrantDraft {
    /// Signs the draft: its permanent row.
    ///
    /// # Errors
    /// Those of the key provider.
    pub async fn sign(self, id: GrantId, tenant: &Tenant, keys: &dyn KeyProvider) -> Result<GrantRecord> {
        let key = keys.current(Purpose::Grant).await?;
        let message = message(tenant, id, &self, &key);
        let mac = keys.mac(Purpose::Grant, &key, message.as_ref()).await?;
        Ok(GrantRecord { id, draft: self.into(), state: GrantState::Unspent, key, mac })
    }
}

fn message(tenant: &Tenant, id: GrantId, draft: &GrantDraft, key: &KeyId) -> Hash {
    Hasher::new("fusion.grant.v1")
        .part(tenant.as_str())
        .part(id.as_uuid().as_bytes())
        .part(draft.request.as_uuid().as_bytes())
        .part(draft.revision.to_be_bytes())
        .part(draft.digest)
        .part(draft.policy)
        .part(draft.execute_by.as_micros().to_be_bytes())
        .part(key.as_str())
        .finish()
}

/// The stored form of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Permitted {
    request: RequestId,
    revision: u32,
    digest: Hash,
    policy: Hash,
    execute_by: Timestamp,
}

impl From<GrantDraft> for Permitted {
    fn from(draft: GrantDraft) -> Self {
        let GrantDraft { request, revision, digest, policy, execute_by } = draft;
        Self { request, revision, digest, policy, execute_by }
    }
}

/// What storage keeps of a grant. Anyone can build one; it opens nothing without its MAC and its request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// Which one.
    pub id: GrantId,
    #[serde(flatten)]
    draft: Permitted,
    /// Whether it may be used.
    pub state: GrantState,
    key: KeyId,
    mac: Mac,
}

impl GrantRecord {
    /// What it permits.
    pub const fn request(&self) -> RequestId {
        self.draft.request
    }

    /// Which revision of it.
    pub const fn revision(&self) -> u32 {
        self.draft.revision
    }

    /// The key that vouches for it.
    pub const fn key(&self) -> &KeyId {
        &self.key
    }

    /// The policy that was satisfied.
    pub const fn policy(&self) -> Hash {
        self.draft.policy
    }

    /// The same permit in another state.
    #[must_use]
    pub fn in_state(mut self, state: GrantState) -> Self {
        self.state = state;
        self
    }
}

/// A grant that was checked against its request: what a worker needs before it sends anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant(GrantRecord);

impl Grant {
    /// Opens what storage keeps.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the MAC doesn't hold, or it belongs to another request, revision or digest, or the
    /// request isn't in a phase that has a grant. Else those of the key provider.
    pub async fn reopen(
        record: GrantRecord,
        request: &Request,
        tenant: &Tenant,
        keys: &dyn KeyProvider,
    ) -> Result<Self> {
        let draft = &record.draft;
        let open = matches!(request.phase, Phase::Approved | Phase::Executing { .. } | Phase::Unknown { .. });
        let belongs = request.grant == Some(record.id)
            && draft.request == request.id
            && draft.revision == request.revision
            && Some(draft.digest) == request.digest
            && draft.execute_by == request.execute_by;
        if !open || !belongs || matches!(record.state, GrantState::Spent | GrantState::Void) {
            return Err(Error::new(ErrorKind::Refused, "the grant doesn't permit this request as it stands"));
        }
        let draft = GrantDraft {
            request: draft.request,
            revision: draft.revision,
            digest: draft.digest,
            policy: draft.policy,
            execute_by: draft.execute_by,
        };
        let message = message(tenant, record.id, &draft, &record.key);
        keys.verify_mac(Purpose::Grant, &record.key, message.as_ref(), &record.mac).await?;
        Ok(Self(record))
    }

    /// What storage keeps of it.
    pub const fn record(&self) -> &GrantRecord {
        &self.0
    }
}
