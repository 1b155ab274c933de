//! What people do, and what a queue tells them.

use super::{Broken, faults::Fault};
use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind, Result,
    clock::Timestamp,
    job::*,
    model::{JobId, StoreId},
    tenant::Tenant,
};
use std::time::Duration;

#[async_trait]
impl QueueControl for Broken {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.notes().cancel_asked.insert(id);
        if self.has(Fault::CancelsNothing) {
            let state = JobQueue::get(&self.db, tenant, id).await?;
            if state.is_some_and(|state| state.status == JobStatus::Pending && state.job.grant.is_none()) {
                return Ok(CancelVerdict::Now);
            }
        }
        self.db.cancel(tenant, id).await
    }

    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        if self.has(Fault::PausesEverybody) {
            for tenant in self.tenants() {
                self.db.pause(&tenant, store).await?;
            }
        }
        self.db.pause(tenant, store).await
    }

    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        match self.fault {
            Fault::NeverResumes => Ok(()),
            _ => self.db.resume(tenant, store).await,
        }
    }

    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.notes().has_paused_kind = true;
        let is_wrong = self.has(Fault::PausesTheOtherKindToo) && kind.is_some();
        for kind in super::kinds().iter().filter(|_| is_wrong) {
            self.db.pause_kind(tenant, Some(kind)).await?;
        }
        self.db.pause_kind(tenant, kind).await
    }

    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.db.resume_kind(tenant, kind).await
    }

    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        match self.fault {
            Fault::ForgetsLimits => Ok(()),
            _ => self.db.limit_gate(tenant, store, max_live).await,
        }
    }

    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        match (self.fault, store) {
            (Fault::OpensNoStore, Some(_)) | (Fault::OpensNoTenant, None) => Ok(()),
            _ => self.db.open_gate(tenant, store).await,
        }
    }

    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        if self.has(Fault::RequeuesNoOrphans) {
            let state = JobQueue::get(&self.db, tenant, id).await?;
            for parent in state.into_iter().flat_map(|state| state.job.parents) {
                let parent = JobQueue::get(&self.db, tenant, parent).await?;
                if parent.is_some_and(|parent| parent.status == JobStatus::Failed) {
                    return Err(Error::new(ErrorKind::Refused, "a parent failed"));
                }
            }
        }
        if self.has(Fault::RequeuesHeadLast) {
            let state = JobQueue::get(&self.db, tenant, id).await?;
            if let Some(key) = state.and_then(|state| state.job.serial) {
                self.db.go_on(tenant, &key).await?;
            }
        }
        let requeued = self.db.requeue(tenant, id).await;
        let is_taken = requeued.as_ref().is_err_and(|error| error.kind() == ErrorKind::AlreadyExists);
        if self.has(Fault::RequeuesOverKeys) && is_taken { Ok(()) } else { requeued }
    }

    async fn requeue_all(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Requeued> {
        match self.fault {
            Fault::RequeuesEveryKind => {
                self.db.requeue_all(tenant, &JobFilter::default(), after, limit).await
            }
            _ => self.db.requeue_all(tenant, filter, after, limit).await,
        }
    }

    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        match self.fault {
            Fault::NeverGoesOn => Ok(()),
            _ => self.db.go_on(tenant, key).await,
        }
    }

    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        if self.has(Fault::RepeatsRows) {
            let rows = self.db.list(tenant, filter, None, usize::MAX).await?;
            let from = rows.into_iter().filter(|row| after.is_none_or(|after| row.id >= after));
            return Ok(from.take(limit).collect());
        }
        self.db.list(tenant, filter, after, limit).await
    }

    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        let mut stats = self.db.stats(tenant).await?;
        if self.has(Fault::HidesGates) {
            stats.closed_gates.clear();
        }
        Ok(stats)
    }

    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        match self.db.explain(tenant, id).await? {
            Explanation::Awaits(_) if self.has(Fault::ExplainsNoParents) => Ok(Explanation::Due),
            Explanation::Unhandled if self.has(Fault::ExplainsNoWorkers) => Ok(Explanation::Due),
            Explanation::Turn(_) if self.has(Fault::ExplainsNoTurns) => Ok(Explanation::Due),
            Explanation::Behind(_) if self.has(Fault::ExplainsNoKeys) => Ok(Explanation::Due),
            Explanation::Snoozed { due, .. } if self.has(Fault::ExplainsNoReasons) => {
                Ok(due.map_or(Explanation::Parked, Explanation::NotDue))
            }
            told => Ok(told),
        }
    }

    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        self.db.lines(tenant, id).await
    }

    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        let age = if self.has(Fault::ForgetsTheYoung) { Duration::ZERO } else { age };
        self.db.forget(age, limit).await
    }

    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        self.db.last_slot(tenant, schedule).await
    }

    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        let last = self.db.last_slot(&slot.tenant, &slot.schedule).await?;
        match self.fault {
            Fault::TakesSlotsTwice => self.db.take_slot(&Slot { last, ..slot.clone() }, job).await,
            _ => self.db.take_slot(slot, job).await,
        }
    }

    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        match self.fault {
            Fault::NamesEndedKinds if self.notes().puts > 0 => Ok(super::kinds()),
            _ => self.db.live_kinds().await,
        }
    }

    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        let due = self.db.next_due(kinds).await?;
        let is_wrong = self.has(Fault::WaitsForPausedKinds) && self.notes().has_paused_kind;
        Ok(if is_wrong { due.or(Some(Duration::ZERO)) } else { due })
    }

    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        if self.has(Fault::RescuesTheLiving) {
            let leases = std::mem::take(&mut self.notes().unstarted);
            let end = super::exchange::given_back();
            for lease in leases.into_values() {
                self.db.settle(vec![Settlement { lease, end: end.clone() }]).await?;
            }
        }
        let mut rows = self.db.rescue(kinds).await?;
        if self.has(Fault::NeverGivesUp) {
            for row in &rows {
                let is_own = self.notes().dead.contains(&row.id);
                let is_poison = row.state.crashes > 0 && row.state.job.dead_head == DeadHead::GoOn;
                if row.state.status == JobStatus::Failed && is_poison && !is_own {
                    self.db.requeue(&row.state.job.tenant, row.id).await?;
                }
            }
        }
        if self.has(Fault::TellsOnce) {
            rows.retain(|row| self.notes().told.insert(row.id));
        }
        Ok(rows)
    }

    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.db.told(jobs).await
    }
}
