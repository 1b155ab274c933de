use super::{Memory, State};
use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    canonical,
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
    job::{SettleVerdict, Settled, check_ends},
    model::AuditId,
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned, may_drop},
    tenant::Tenant,
};
use std::sync::Arc;

#[async_trait]
impl Storage for Memory {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Ok(self.with(|state, _| {
            let table = state.tables.get(tenant);
            keys.iter().map(|key| table.and_then(|table| table.get(key))).collect()
        }))
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Ok(self.with(|state, _| {
            state.tables.get(tenant).map(|table| table.list(query, after, limit)).unwrap_or_default()
        }))
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.with(|state, _| match state.tables.get_mut(tenant) {
            Some(table) => table.feed.read(tenant, after, limit),
            None => Ok(Vec::new()),
        })
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.with(|state, _| match state.tables.get_mut(tenant) {
            Some(table) => table.feed.head(tenant),
            None => Ok(Head::genesis(tenant)),
        })
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        if !may_drop(self, tenant, through).await? {
            return Ok(0);
        }
        Ok(self.with(|state, _| {
            let dropped = state.tables.get_mut(tenant).map(|table| table.feed.drop_until(through.head()));
            dropped.map_or(0, |count| u64::try_from(count).unwrap_or(u64::MAX))
        }))
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        self.with(|state, _| {
            let mut chained = 0;
            for (tenant, table) in &mut state.tables {
                chained += table.feed.chain(tenant, limit - chained)?;
                if chained == limit {
                    break;
                }
            }
            Ok(chained)
        })
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        self.with(|state, now| {
            state.check(tenant, &changes, now)?;
            Ok(state.apply(tenant, changes, now, &*self.0.clock))
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn is_lasting(&self) -> bool {
        false
    }
}

impl State {
    fn check(&mut self, tenant: &Tenant, changes: &ChangeSet, now: Timestamp) -> Result<()> {
        if changes.writes.iter().any(|write| write.record.as_ref().is_some_and(|new| new.key() != write.key))
        {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a record is written under a key that isn't its own",
            ));
        }
        // What can't be hashed would stop its tenant's chain for good.
        for entry in &changes.audit {
            canonical::bytes(entry)?;
        }
        if changes.not_after.is_some_and(|end| now >= end) {
            return Err(Error::new(ErrorKind::Timeout, "the deadline of the change has passed"));
        }
        if changes.fence.as_ref().is_some_and(|lease| !self.jobs.holds(tenant, lease, now)) {
            return Err(Error::new(ErrorKind::Fenced, "the lease of the job is lost"));
        }
        let table = self.tables.entry(tenant.clone()).or_default();
        table.check_versions(changes)?;
        table.check_rules(changes)?;
        check_ends(changes.settle.as_slice())?;
        self.jobs.check_new(Some(tenant), &changes.jobs)
    }

    /// Does what was checked; can't fail.
    fn apply(&mut self, tenant: &Tenant, changes: ChangeSet, now: Timestamp, clock: &dyn Clock) -> Committed {
        let table = self.tables.entry(tenant.clone()).or_default();
        table.apply(changes.writes, changes.steps);
        for entry in changes.audit {
            table.feed.push(AuditId::new(clock), entry);
        }
        for id in changes.cancels {
            self.jobs.cancel(tenant, id, now);
        }
        // Jobs before the settlement: one that takes the key of the settled job has to stand behind it by then.
        let jobs = changes.jobs.into_iter().map(|job| self.jobs.enqueue(job, now)).collect();
        let settled = changes.settle.map(|settlement| {
            let is_own = self.jobs.get(tenant, settlement.lease.job).is_some();
            Settled::by_commit(match is_own {
                true => self.jobs.settle(settlement, now),
                false => SettleVerdict::Fenced,
            })
        });
        Committed { jobs, settled }
    }
}
