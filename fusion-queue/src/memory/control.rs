use super::{
    Memory,
    gate::Standing,
    jobs::Jobs,
    lanes::{Live, opens},
    row::Row,
};
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{CancelVerdict, Explanation, JobFilter, JobKind, JobLine, JobRow, JobStatus, QueueControl, Stats},
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
                *stats.by_status.entry(name(row.status)).or_default() += 1;
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

const fn name(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "pending",
        JobStatus::Claimed => "claimed",
        JobStatus::Running => "running",
        JobStatus::Completed => "completed",
        JobStatus::Failed => "failed",
        JobStatus::Cancelled => "cancelled",
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

    fn explain(&self, row: &Row, now: Timestamp) -> Explanation {
        if row.is_in_hands() {
            return Explanation::InHands;
        }
        if row.status != JobStatus::Pending {
            return Explanation::Ended;
        }
        if let Some(holder) = row.follows {
            return Explanation::Behind(holder);
        }
        if let Some(parent) = row.awaits.first() {
            return Explanation::Awaits(*parent);
        }
        let head = row.serial_key().and_then(|key| self.serials.head(&key));
        if let Some(head) = head.filter(|head| *head != row.job.id) {
            let is_held = self.rows.get(&head).is_some_and(|head| head.ended.is_some());
            return if is_held { Explanation::Held(head) } else { Explanation::Behind(head) };
        }
        let Some(due) = row.due else { return Explanation::Parked };
        if self.lanes.is_paused(row) {
            return Explanation::Paused;
        }
        let standing = match row.job.begins_work {
            true => self.lanes.standing(&row.job.tenant, row.job.partition, now, &self.live()),
            false => Standing::Open,
        };
        match standing {
            Standing::Paused => Explanation::Paused,
            Standing::ClosedUntilOpened => Explanation::GateClosed(None),
            Standing::ClosedUntil(open_at) if open_at >= due => {
                Explanation::GateClosed(Some(open_at.since(now)))
            }
            _ if due > now => Explanation::NotDue(due.since(now)),
            Standing::Full => Explanation::GateFull,
            _ => Explanation::Due,
        }
    }

    /// When the next job of `kinds` in the foreground could run; the past: one is due or in hands.
    fn next_due(&self, kinds: &[JobKind], now: Timestamp) -> Option<Timestamp> {
        let is_waited_for = |row: &&Row| !row.job.background && kinds.contains(&row.job.kind);
        let in_hands = self.leases.iter().filter_map(|(_, id)| self.rows.get(id)).find(is_waited_for);
        if in_hands.is_some() {
            return Some(now);
        }
        // Somebody may wait for what stands behind a head that nobody waits for.
        let heads = self.serials.queues().filter_map(|mut queue| {
            let head = self.rows.get(&queue.next()?).filter(|head| kinds.contains(&head.job.kind))?;
            queue.filter_map(|id| self.rows.get(&id)).find(is_waited_for)?;
            self.could_run(head, now)
        });
        let follow_ups = self.uniques.values().filter_map(|holder| {
            self.rows.get(&holder.follow_up?).filter(is_waited_for)?;
            self.could_run(self.rows.get(&holder.job)?, now)
        });
        let parents = self.awaited(is_waited_for).into_iter().filter_map(|parent| {
            let first = self.goes_first(self.rows.get(&parent)?)?;
            self.could_run(Some(first).filter(|first| kinds.contains(&first.job.kind))?, now)
        });
        heads.chain(follow_ups).chain(parents).chain(self.lanes.first_due(now, kinds)).min()
    }

    /// Parents that jobs like those of `is_waited_for` wait for, and what those wait for in turn.
    fn awaited(&self, is_waited_for: impl Fn(&&Row) -> bool) -> BTreeSet<JobId> {
        let children = self.children.values().flatten().filter_map(|child| self.rows.get(child));
        let mut next: Vec<JobId> =
            children.filter(is_waited_for).flat_map(|child| child.awaits.iter().copied()).collect();
        let mut all = BTreeSet::new();
        while let Some(parent) = next.pop() {
            if all.insert(parent) {
                next.extend(self.rows.get(&parent).into_iter().flat_map(|row| row.awaits.iter().copied()));
            }
        }
        all
    }

    /// Which job has to run so that `row` comes nearer to its end: itself, or who stands before it.
    fn goes_first<'a>(&'a self, row: &'a Row) -> Option<&'a Row> {
        let holder = row.follows.or_else(|| row.serial_key().and_then(|key| self.serials.head(&key)));
        let first = holder.map_or(Some(row), |holder| self.rows.get(&holder));
        first.filter(|_| row.ended.is_none() && row.awaits.is_empty())
    }

    fn could_run(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        match row.status {
            JobStatus::Claimed | JobStatus::Running => Some(now),
            // It holds a key.
            JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => None,
            JobStatus::Pending => {
                let standing = self.lanes.standing(&row.job.tenant, row.job.partition, now, &Live::new());
                opens(row.due?, row.job.begins_work, standing).filter(|_| !self.lanes.is_paused(row))
            }
        }
    }
}
