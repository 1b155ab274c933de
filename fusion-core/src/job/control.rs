//! What people do to a queue.

use super::{
    CancelVerdict, Explanation, JobFilter, JobKind, JobLine, JobRow, JobStatus, NewJob, Requeued, Slot, Stats,
};
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// What people do to a queue. Each verb is about one tenant.
#[async_trait]
pub trait QueueControl: Send + Sync {
    /// Cancels a job. Jobs under a grant are cancelled by revoking or withdrawing their request.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): it works under a grant.
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): the tenant has no such job.
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict>;

    /// Keeps jobs of `store` that begin work from beginning.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()>;

    /// Lets them begin again.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()>;

    /// Keeps jobs of `kind` from being claimed, whatever they do; `None`: jobs of every kind. The two are lifted each
    /// by itself. It outlasts the process; what is in hands goes on.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue pauses no kinds.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn pause_kind(&self, _tenant: &Tenant, _kind: Option<&JobKind>) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "this queue pauses no kinds"))
    }

    /// Lets them be claimed again.
    ///
    /// # Errors
    /// As [`pause_kind`](Self::pause_kind).
    async fn resume_kind(&self, _tenant: &Tenant, _kind: Option<&JobKind>) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "this queue pauses no kinds"))
    }

    /// Lets at most `max_live` jobs of `store` that begin work be in hands at once, whoever has them; `None`: as many
    /// as come. Those in hands go on. A `store` of `None` is the tenant's own gate.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): gates of this queue have no limit.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn limit_gate(
        &self,
        _tenant: &Tenant,
        _store: Option<StoreId>,
        _max_live: Option<u32>,
    ) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "gates of this queue have no limit"))
    }

    /// Opens the gate of `store`, and wakes its jobs that were parked until a signal. `None`: the tenant's own
    /// gate, which jobs without a store pass.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()>;

    /// Makes a dead letter wait again, with all its attempts. Jobs under a grant are tried again by the hub. It waits
    /// for those of its parents that are under way, as after a requeue of theirs, and for no other.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): it works under a grant, or isn't dead. Or it holds
    /// its serial key and a parent of it is under way: requeue it when that has ended. Or what waits behind it in its
    /// serial key is still being cancelled.
    /// [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists): another job holds its unique key now.
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()>;

    /// Requeues up to `limit` dead letters of `filter`, by id from behind `after`; its status isn't looked at. Each is
    /// requeued by itself, and one that can't be doesn't stop the others.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): some may wait again already; repeat it.
    ///
    /// # Cancellation
    /// Dropping the future leaves those requeued that have been.
    async fn requeue_all(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Requeued> {
        let dead = JobFilter { status: Some(JobStatus::Failed), ..filter.clone() };
        let rows = self.list(tenant, &dead, after, limit).await?;
        let after = rows.last().map(|row| row.id).filter(|_| rows.len() == limit);
        let mut done = Requeued { after, ..Requeued::default() };
        for JobRow { id, .. } in rows {
            match self.requeue(tenant, id).await {
                Ok(()) => done.requeued.push(id),
                Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
                Err(error) => done.left.push((id, error.kind())),
            }
        }
        Ok(done)
    }

    /// Lets the next job of the serial `key` in behind a dead letter that holds it; a key that isn't held stays as it
    /// is.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue holds no keys.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn go_on(&self, _tenant: &Tenant, _key: &str) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "this queue holds no serial keys"))
    }

    /// Jobs by id, from behind `after`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>>;

    /// How many stand where.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn stats(&self, tenant: &Tenant) -> Result<Stats>;

    /// Why a job doesn't run now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): the tenant has no such job.
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation>;

    /// What handlers wrote about a job, oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): the tenant has no such job.
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue keeps no lines.
    async fn lines(&self, _tenant: &Tenant, _id: JobId) -> Result<Vec<JobLine>> {
        Err(Error::new(ErrorKind::Unsupported, "this queue keeps no lines"))
    }

    /// Forgets up to `limit` jobs of all tenants that ended at least `age` ago, oldest first, with their lines; how
    /// many those were. It passes over those whose handlers haven't heard of the end, that hold a serial key, or
    /// that a child still needs. What is forgotten isn't recognised when it is put in again.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue doesn't know when jobs ended.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): none is forgotten, or all are.
    async fn forget(&self, _age: Duration, _limit: usize) -> Result<usize> {
        Err(Error::new(ErrorKind::Unsupported, "this queue doesn't know when jobs ended"))
    }

    /// The last slot of a tenant's schedule that somebody has taken; `None`: none yet.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue keeps no schedules.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn last_slot(&self, _tenant: &Tenant, _schedule: &str) -> Result<Option<Timestamp>> {
        Err(Error::new(ErrorKind::Unsupported, "this queue keeps no schedules"))
    }

    /// Takes a slot, and puts its `job` in with it; whether it was still to be had: the schedule's last slot is
    /// `slot.last`, and this one is later. So of many who take one slot one does.
    ///
    /// # Errors
    /// As [`enqueue`](super::JobQueue::enqueue): the slot isn't taken. As [`last_slot`](Self::last_slot).
    ///
    /// # Cancellation
    /// Dropping the future leaves the slot and its job both in, or neither.
    async fn take_slot(&self, _slot: &Slot, _job: Option<NewJob>) -> Result<bool> {
        Err(Error::new(ErrorKind::Unsupported, "this queue keeps no schedules"))
    }

    /// Every kind with a job that hasn't ended, over all tenants. Looks through all of them: for when a program starts.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue doesn't know.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        Err(Error::new(ErrorKind::Unsupported, "this queue doesn't know which kinds of jobs it has"))
    }

    /// How long until the next job of `kinds` that isn't in the background could run, over all tenants: zero when
    /// one is due or in a worker's hands, `None` when nothing of the kind can happen without a signal.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>>;

    /// Frees what lost workers held and ends what has crashed too often, of every kind; returns the jobs of
    /// `kinds`, which the caller performs, that failed for good or were cancelled and whose handlers haven't heard.
    ///
    /// A job is returned until [`told`](Self::told) names it, so that neither a worker without its handler nor one
    /// that dies meanwhile loses the word. An end that a commit carried is known to who committed it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>>;

    /// The handlers of `jobs` know of their ends; unknown jobs are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): nothing is lost, they are told once more.
    async fn told(&self, jobs: &[JobId]) -> Result<()>;
}

#[async_trait]
impl<T: QueueControl + ?Sized> QueueControl for Arc<T> {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        (**self).cancel(tenant, id).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        (**self).pause(tenant, store).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        (**self).resume(tenant, store).await
    }
    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        (**self).pause_kind(tenant, kind).await
    }
    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        (**self).resume_kind(tenant, kind).await
    }
    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        (**self).limit_gate(tenant, store, max_live).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        (**self).open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        (**self).requeue(tenant, id).await
    }
    async fn requeue_all(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Requeued> {
        (**self).requeue_all(tenant, filter, after, limit).await
    }
    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        (**self).go_on(tenant, key).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        (**self).list(tenant, filter, after, limit).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        (**self).stats(tenant).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        (**self).explain(tenant, id).await
    }
    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        (**self).lines(tenant, id).await
    }
    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        (**self).forget(age, limit).await
    }
    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        (**self).last_slot(tenant, schedule).await
    }
    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        (**self).take_slot(slot, job).await
    }
    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        (**self).live_kinds().await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        (**self).next_due(kinds).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        (**self).rescue(kinds).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        (**self).told(jobs).await
    }
}
