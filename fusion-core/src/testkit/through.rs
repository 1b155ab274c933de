//! A back-end behind another: what passes through can be counted, checked, stopped or refused.

use crate::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::{Clock, Timestamp},
    error::Result,
    job::{
        Beat, BeatVerdict, CancelVerdict, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobLine, JobQueue, JobRow, JobState, NewJob, QueueControl, Settlement, Slot, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    storage::{Backend, ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::{future::Future, sync::Arc, time::Duration};

/// A call that is about to reach the back-end.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The method's name; `job` and `jobs` are `get` and `list` of the queue.
    pub name: &'static str,
    /// Whether it may change something.
    pub changes: bool,
    /// What it carries.
    pub carries: Carries<'a>,
}

/// What a call carries, where tests look at it.
#[derive(Clone, Copy, Debug)]
pub enum Carries<'a> {
    /// Keys of records to be read.
    Keys(&'a [Key]),
    /// A commit.
    Changes(&'a Tenant, &'a ChangeSet),
    /// New jobs.
    Jobs(&'a [NewJob]),
    /// How attempts ended.
    Settlements(&'a [Settlement]),
    /// Anything else.
    Other,
}

/// What the back-end answered, where tests look at it.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// So many rows were listed.
    Rows(usize),
    /// What a commit brought.
    Committed(&'a Committed),
    /// What an exchange brought.
    Exchanged(&'a Exchange),
    /// Anything else that went well.
    Other,
    /// The call failed.
    Failed,
}

/// Who looks at what passes through.
#[async_trait]
pub trait Watch: Send + Sync {
    /// What is kept from before the call until after it, such as a lock.
    type Held: Send;

    /// Comes before the call.
    ///
    /// # Errors
    /// Any: the call isn't made, and its caller sees the error.
    async fn before(&self, call: &Call<'_>) -> Result<Self::Held>;

    /// Comes after the call.
    ///
    /// # Errors
    /// Any: the caller sees the error in place of the answer.
    async fn after(&self, held: Self::Held, answer: &Answer<'_>) -> Result<()>;
}

/// The back-end `backend`, with every call but waiting shown to `watch`.
#[derive(Clone, Debug)]
pub struct Through<B, W> {
    /// The back-end.
    pub backend: B,
    /// Who looks at it.
    pub watch: W,
}

impl<B: Backend, W: Watch> Through<B, W> {
    async fn pass<T>(
        &self,
        name: &'static str,
        changes: bool,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let held = self.watch.before(&Call { name, changes, carries: Carries::Other }).await?;
        self.show(held, work.await, |_| Answer::Other).await
    }

    async fn before(&self, name: &'static str, changes: bool, carries: Carries<'_>) -> Result<W::Held> {
        self.watch.before(&Call { name, changes, carries }).await
    }

    async fn show<T>(
        &self,
        held: W::Held,
        done: Result<T>,
        told: impl FnOnce(&T) -> Answer<'_>,
    ) -> Result<T> {
        let answer = done.as_ref().map_or(Answer::Failed, told);
        self.watch.after(held, &answer).await?;
        done
    }
}

#[async_trait]
impl<B: Backend, W: Watch> Storage for Through<B, W> {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        let held = self.before("get", false, Carries::Keys(keys)).await?;
        self.show(held, Storage::get(&self.backend, tenant, keys).await, |_| Answer::Other).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let held = self.before("list", false, Carries::Other).await?;
        let rows = Storage::list(&self.backend, tenant, query, after, limit).await;
        self.show(held, rows, |rows| Answer::Rows(rows.len())).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.pass("audit", false, self.backend.audit(tenant, after, limit)).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.pass("head", false, self.backend.head(tenant)).await
    }
    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        self.pass("drop_audit", true, self.backend.drop_audit(tenant, through)).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.pass("chain", true, self.backend.chain(limit)).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let held = self.before("commit", true, Carries::Changes(tenant, &changes)).await?;
        self.show(held, self.backend.commit(tenant, changes).await, |done| Answer::Committed(done)).await
    }
    fn clock(&self) -> Arc<dyn Clock> {
        self.backend.clock()
    }
    fn is_lasting(&self) -> bool {
        self.backend.is_lasting()
    }
}

#[async_trait]
impl<B: Backend, W: Watch> JobQueue for Through<B, W> {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        let held = self.before("enqueue", true, Carries::Jobs(&jobs)).await?;
        self.show(held, self.backend.enqueue(jobs).await, |_| Answer::Other).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let held = self.before("exchange", true, Carries::Settlements(&settlements)).await?;
        self.show(held, self.backend.exchange(settlements, claim).await, |done| Answer::Exchanged(done)).await
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.pass("heartbeat", true, self.backend.heartbeat(beats, lease_for)).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        self.pass("job", false, JobQueue::get(&self.backend, tenant, id)).await
    }
    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        self.pass("log", true, self.backend.log(lines)).await
    }
    async fn wait(&self, at_most: Duration) {
        self.backend.wait(at_most).await;
    }
}

#[async_trait]
impl<B: Backend, W: Watch> QueueControl for Through<B, W> {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.pass("cancel", true, self.backend.cancel(tenant, id)).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.pass("pause", true, self.backend.pause(tenant, store)).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.pass("resume", true, self.backend.resume(tenant, store)).await
    }
    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.pass("pause_kind", true, self.backend.pause_kind(tenant, kind)).await
    }
    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.pass("resume_kind", true, self.backend.resume_kind(tenant, kind)).await
    }
    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        self.pass("limit_gate", true, self.backend.limit_gate(tenant, store, max_live)).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.pass("open_gate", true, self.backend.open_gate(tenant, store)).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.pass("requeue", true, self.backend.requeue(tenant, id)).await
    }
    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        self.pass("go_on", true, self.backend.go_on(tenant, key)).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        self.pass("jobs", false, QueueControl::list(&self.backend, tenant, filter, after, limit)).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.pass("stats", false, self.backend.stats(tenant)).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.pass("explain", false, self.backend.explain(tenant, id)).await
    }
    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        self.pass("lines", false, self.backend.lines(tenant, id)).await
    }
    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        self.pass("forget", true, self.backend.forget(age, limit)).await
    }
    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        self.pass("last_slot", false, self.backend.last_slot(tenant, schedule)).await
    }
    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        self.pass("take_slot", true, self.backend.take_slot(slot, job)).await
    }
    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        self.pass("live_kinds", false, self.backend.live_kinds()).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.pass("next_due", false, self.backend.next_due(kinds)).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.pass("rescue", true, self.backend.rescue(kinds)).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.pass("told", true, self.backend.told(jobs)).await
    }
}

#[async_trait]
impl<B: Backend, W: Watch> BudgetLedger for Through<B, W> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.pass("reserve", true, self.backend.reserve(draws, patience)).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.pass("correct", true, self.backend.correct(ticket, corrections)).await
    }
}
