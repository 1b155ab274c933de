//! The tenant's policy in force.

use super::Hub;
use crate::{
    approval::PolicyRecord,
    audit::{Action, SubjectKind},
    error::{ErrorKind, Result},
    storage::{ChangeSet, Versioned, find, load},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::collections::HashMap;

impl Hub {
    /// The tenant's policy; the builder's seeds a tenant that has none, if the tenant's people can fill its seats.
    pub(super) async fn policy_of(&self, tenant: &Tenant) -> Result<Versioned<PolicyRecord>> {
        let inner = &*self.0;
        if let Some(record) = find::<PolicyRecord>(&*inner.backend, tenant, ()).await? {
            return Ok(record);
        }
        self.check_seats(tenant).await?;
        let hash = inner.policy.hash()?;
        let mut changes = ChangeSet::default();
        changes.create(PolicyRecord { policy: inner.policy.clone(), hash });
        let hub = Actor::system(tenant, "hub");
        let seeded = self.note(&hub, Action::PolicyChanged, SubjectKind::Policy, tenant);
        changes.audit.push(seeded.with_details(json!({ "policy": hash, "seeded": true }))?);
        match inner.backend.commit(tenant, changes).await {
            Ok(_) => {}
            // Somebody else has seeded it at the same moment.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
        load::<PolicyRecord>(&*inner.backend, tenant, ()).await
    }

    /// Refuses a policy that nobody of the tenant could ever satisfy.
    async fn check_seats(&self, tenant: &Tenant) -> Result<()> {
        let mut members = HashMap::new();
        for group in self.0.policy.groups() {
            if !members.contains_key(group) {
                members.insert(group.clone(), self.0.directory.members(tenant, group).await?);
            }
        }
        self.0.policy.check_people(|group| members.get(group).cloned().flatten())
    }
}
