//! The tenant's policy in force.

use super::Hub;
use crate::{
    approval::PolicyRecord,
    error::{ErrorKind, Result},
    storage::{ChangeSet, Versioned, find, load},
    tenant::Tenant,
};

impl Hub {
    /// The tenant's policy; the builder's seeds a tenant that has none.
    pub(super) async fn policy_of(&self, tenant: &Tenant) -> Result<Versioned<PolicyRecord>> {
        let inner = &*self.0;
        if let Some(record) = find::<PolicyRecord>(&*inner.backend, tenant, ()).await? {
            return Ok(record);
        }
        let mut changes = ChangeSet::default();
        changes.create(PolicyRecord { policy: inner.policy.clone(), hash: inner.policy.hash()? });
        match inner.backend.commit(tenant, changes).await {
            Ok(_) => {}
            // Somebody else has seeded it at the same moment.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
        load::<PolicyRecord>(&*inner.backend, tenant, ()).await
    }
}
