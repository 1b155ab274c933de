//! What people do to a queue.

use super::{JobKind, JobState, JobStatus};
use crate::{
    error::{Error, ErrorKind, Result},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// What became of a wish to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelVerdict {
    /// It won't run.
    Now,
    /// Its worker was told; it ends when the handler looks.
    Asked,
    /// It had ended already.
    TooLate,
}

/// Which jobs are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those.
    pub status: Option<JobStatus>,
    /// Only those.
    pub kind: Option<JobKind>,
    /// Only those of this store.
    pub partition: Option<StoreId>,
}

/// A listed job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// Which one.
    pub id: JobId,
    /// What is known about it.
    pub state: JobState,
}

/// How many jobs stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// By status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Partitions whose gate is closed, and for how long; `None`: until it is opened.
    pub closed_gates: Vec<(Option<StoreId>, Option<Duration>)>,
}

/// Why a job doesn't run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// It may be claimed at any moment.
    Due,
    /// Its time comes in so long.
    NotDue(Duration),
    /// It waits until somebody opens it.
    Parked,
    /// Its store's gate is closed, for so long where that is known.
    GateClosed(Option<Duration>),
    /// Its store is paused.
    Paused,
    /// This job of its serial or unique key goes first.
    Behind(JobId),
    /// This dead letter holds its serial key, until it is requeued or somebody says that the key goes on.
    Held(JobId),
    /// This parent of it has to end, or to be requeued if it failed.
    Awaits(JobId),
    /// A worker has it.
    InHands,
    /// It has ended.
    Ended,
}

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
    /// its serial key and a parent of it is under way: requeue it when that has ended.
    /// [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists): another job holds its unique key now.
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()>;

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

    /// How long until the next job of `kinds` that isn't in the background could run, over all tenants: zero when
    /// one is due or in a worker's hands, `None` when nothing of the kind can happen without a signal.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>>;

    /// Frees what lost workers held and ends what has crashed too often, of every kind; returns the jobs of
    /// `kinds` that failed for good or were cancelled and whose handlers haven't heard of it.
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
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        (**self).open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        (**self).requeue(tenant, id).await
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
