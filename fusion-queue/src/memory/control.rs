use super::{Memory, jobs::Jobs, row::Row};
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{
        CancelVerdict, Explanation, JobFilter, JobKind, JobLine, JobRow, JobStatus, NewJob, QueueControl,
        Slot, Stats,
    },
    model::{JobId, StoreId},
    tenant::Tenant,
};
use std::{collections::BTreeSet, ops::Bound, time::Duration};

fn no_such_job() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such job")
}

#[async_trait]
impl QueueControl for Memory {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.with(|state, now| {
            let row = state.jobs.get(tenant, id).ok_or_else(no_such_job)?;
            if row.job.grant.is_some() {
                return Err(Error::new(
                    ErrorKind::Refused,
                    "the job works under a grant; revoke or withdraw its request instead",
                ));
            }
            let cancelled = state.jobs.cancel(tenant, id, now);
            if cancelled == CancelVerdict::Now {
                state.jobs.untold.insert(id);
            }
            Ok(cancelled)
        })
    }

    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.with(|state, _| state.jobs.lanes.gate(tenant, Some(store)).paused = true);
        Ok(())
    }

    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.with(|state, _| {
            state.jobs.lanes.gate(tenant, Some(store)).paused = false;
            state.jobs.tell();
        });
        Ok(())
    }

    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        let paused = (tenant.clone(), kind.cloned());
        self.with(|state, _| state.jobs.lanes.paused.insert(paused));
        Ok(())
    }

    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.with(|state, _| {
            state.jobs.lanes.paused.remove(&(tenant.clone(), kind.cloned()));
            state.jobs.tell();
        });
        Ok(())
    }

    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        let max_live = max_live.map(|max_live| usize::try_from(max_live).unwrap_or(usize::MAX));
        self.with(|state, _| {
            state.jobs.lanes.gate(tenant, store).max_live = max_live;
            state.jobs.tell();
        });
        Ok(())
    }

    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.with(|state, now| state.jobs.open_gate(tenant, store, now));
        Ok(())
    }

    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.with(|state, now| state.jobs.requeue(tenant, id, now))
    }

    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        self.with(|state, _| state.jobs.go_on(&(tenant.clone(), key.to_owned())));
        Ok(())
    }

    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        let asked_for = |row: &&Row| {
            row.job.tenant == *tenant
                && filter.status.is_none_or(|status| row.status == status)
                && filter.kind.as_ref().is_none_or(|kind| row.job.kind == *kind)
                && filter.partition.is_none_or(|store| row.job.partition == Some(store))
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.with(|state, _| {
            let rows = state.jobs.rows.range((start, Bound::Unbounded)).map(|(_, row)| row);
            rows.filter(asked_for).take(limit).map(Row::listed).collect()
        }))
    }

    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        Ok(self.with(|state, now| {
            let mut stats = Stats::default();
            for row in state.jobs.rows.values().filter(|row| row.job.tenant == *tenant) {
                *stats.by_status.entry(row.status).or_default() += 1;
            }
            let closed = state.jobs.lanes.closed(tenant, now);
            stats.closed_gates =
                closed.map(|(partition, until)| (partition, until.map(|until| until.since(now)))).collect();
            stats
        }))
    }

    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.with(|state, now| {
            let row = state.jobs.get(tenant, id).ok_or_else(no_such_job)?;
            Ok(state.jobs.explain(row, now))
        })
    }

    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        self.with(|state, _| {
            let row = state.jobs.get(tenant, id).ok_or_else(no_such_job)?;
            Ok(row.lines.iter().cloned().collect())
        })
    }

    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        Ok(self.with(|state, now| state.jobs.forget(age, limit, now)))
    }

    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        Ok(self.with(|state, _| state.jobs.slots.get(&(tenant.clone(), schedule.to_owned())).copied()))
    }

    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        self.with(|state, now| {
            let schedule = (slot.tenant.clone(), slot.schedule.clone());
            let last = state.jobs.slots.get(&schedule).copied();
            if last != slot.last || last.is_some_and(|last| slot.at <= last) {
                return Ok(false);
            }
            let jobs: Vec<NewJob> = job.into_iter().collect();
            state.jobs.check_new(Some(&slot.tenant), &jobs)?;
            for job in jobs {
                state.jobs.enqueue(job, now);
            }
            state.jobs.slots.insert(schedule, slot.at);
            Ok(true)
        })
    }

    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        let kinds: BTreeSet<JobKind> = self.with(|state, _| {
            let live = state.jobs.rows.values().filter(|row| row.ended.is_none());
            live.map(|row| row.job.kind.clone()).collect()
        });
        Ok(kinds.into_iter().collect())
    }

    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        Ok(self.with(|state, now| state.jobs.next_due(kinds, now).map(|due| due.since(now))))
    }

    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        Ok(self.with(|state, now| state.jobs.rescue(kinds, now)))
    }

    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.with(|state, _| state.jobs.untold.retain(|id| !jobs.contains(id)));
        Ok(())
    }
}

impl Jobs {
    /// Cancels a job of `tenant` where it can be; says nothing about grants.
    pub(super) fn cancel(&mut self, tenant: &Tenant, id: JobId, now: Timestamp) -> CancelVerdict {
        let Some(row) = self.rows.get_mut(&id).filter(|row| row.job.tenant == *tenant) else {
            return CancelVerdict::TooLate;
        };
        match row.status {
            JobStatus::Pending => {
                self.finish(id, JobStatus::Cancelled, now);
                CancelVerdict::Now
            }
            JobStatus::Claimed | JobStatus::Running => {
                row.cancel_wanted = true;
                CancelVerdict::Asked
            }
            JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => CancelVerdict::TooLate,
        }
    }

    fn open_gate(&mut self, tenant: &Tenant, store: Option<StoreId>, now: Timestamp) {
        self.lanes.gate(tenant, store).open();
        for id in self.lanes.parked(tenant, store) {
            self.change(id, |row| row.due = Some(now));
        }
        self.tell();
    }
}
