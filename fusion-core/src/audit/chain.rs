use super::NewAudit;
use crate::{
    canonical::{self, Hash, Hasher},
    error::Result,
    model::AuditId,
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number: 1 for the tenant's first, and no number is left out.
    pub sequence: u64,
    /// The id under which it was inserted.
    pub id: AuditId,
    /// What was recorded.
    pub entry: NewAudit,
    /// The hash of the entry before it.
    pub previous: Hash,
    /// The hash over all of the above and the tenant.
    pub hash: Hash,
}

impl AuditEntry {
    /// Its own head: what the next entry is chained to.
    pub fn head(&self, tenant: &Tenant) -> Head {
        Head { tenant: tenant.clone(), sequence: self.sequence, hash: self.hash }
    }
}

/// The end of a tenant's chain; one row, locked while it is extended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub tenant: Tenant,
    /// Number of the last entry; 0 before the first.
    pub sequence: u64,
    /// Hash of the last entry; before the first, a hash of the tenant.
    pub hash: Hash,
}

impl Head {
    /// The head of a chain without entries, made together with the tenant.
    pub fn genesis(tenant: &Tenant) -> Self {
        let hash = Hasher::new("fusion.audit.genesis.v1").part(tenant.as_str()).finish();
        Self { tenant: tenant.clone(), sequence: 0, hash }
    }

    /// The hash that `entry` gets if it comes next.
    pub(super) fn hash_next(&self, id: AuditId, entry: &NewAudit) -> Result<Hash> {
        Ok(Hasher::new("fusion.audit.v1")
            .part(self.tenant.as_str())
            .part(self.sequence.saturating_add(1).to_be_bytes())
            .part(self.hash)
            .part(id.as_uuid().as_bytes())
            .part(canonical::bytes(entry)?)
            .finish())
    }
}

/// Numbers `entries` on from `head`, in the order given, each hashed over the one before; the head comes back
/// moved to the last.
///
/// A storage calls it inside a transaction that holds the head's row, and stores both.
///
/// # Errors
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): an entry has no canonical form, because its
/// time lies centuries away; nothing is chained.
pub fn chain(
    head: &Head,
    entries: impl IntoIterator<Item = (AuditId, NewAudit)>,
) -> Result<(Vec<AuditEntry>, Head)> {
    let mut head = head.clone();
    let mut chained = Vec::new();
    for (id, entry) in entries {
        let hash = head.hash_next(id, &entry)?;
        let sequence = head.sequence.saturating_add(1);
        chained.push(AuditEntry { sequence, id, entry, previous: head.hash, hash });
        head.sequence = sequence;
        head.hash = hash;
    }
    Ok((chained, head))
}
