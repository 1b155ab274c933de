//! A backend of parts: a storage here, a queue and budgets elsewhere.

mod relay;

use super::{ChangeSet, Committed, Key, Outbox, Query, Record, Row, Storage, Versioned};
use crate::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
    job::{
        Beat, BeatVerdict, CancelVerdict, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobLine, JobQueue, JobRow, JobState, NewJob, QueueControl, Settlement, Slot, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// A backend of a storage and of a queue and budgets that live elsewhere, such as another database or a service of
/// one's own.
///
/// What a commit asks of the queue waits in the storage's [outbox](Outbox) and is handed on after the commit, before
/// each claim, and before jobs are shown or cancelled. While the queue isn't reached commits go on, and what they
/// asked for waits; whoever comes first hands it on. Two may do so at once: what is handed on twice is done once, as
/// long as the queue remembers the jobs that have ended.
///
/// # What an outage may repeat
///
/// A settlement that is handed on after its lease has ended comes too late, and the job is performed again, as after any
/// lost worker: its handler finds in the storage what was done. Two processes that hand on at the same moment may put in
/// a job with a unique key once more, or an older payload over a newer one: the handler of such a kind has to read from
/// the storage what is to be done, as the hub's do, and not from the payload.
///
/// A commit's fence is judged by the tokens that the storage has seen: see [`Outbox`].
///
/// A storage that puts jobs into a queue of its own has no outbox, so the wrong pair doesn't compile:
///
/// ```compile_fail
/// # use fusion_core::storage::{Backend, Split};
/// fn wrong_pair<B: Backend + Clone>(one: B) -> Split<B, B, B> {
///     Split::new(one.clone(), one.clone(), one)
/// }
/// ```
///
/// ```
/// # use fusion_core::storage::{Backend, Outbox, Split};
/// fn right_pair<S: Outbox, B: Backend + Clone>(storage: S, queue: B) -> Split<S, B, B> {
///     Split::new(storage, queue.clone(), queue)
/// }
/// ```
#[derive(Debug)]
pub struct Split<S, Q, L> {
    storage: S,
    queue: Q,
    ledger: L,
}

impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> Split<S, Q, L> {
    /// Of these parts. The clock is the storage's; a queue with another one must agree with it.
    pub const fn new(storage: S, queue: Q, ledger: L) -> Self {
        Self { storage, queue, ledger }
    }
}

#[async_trait]
impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> Storage for Split<S, Q, L> {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        self.storage.get(tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        self.storage.list(tenant, query, after, limit).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.storage.audit(tenant, after, limit).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.storage.head(tenant).await
    }
    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        self.storage.drop_audit(tenant, through).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.storage.chain(limit).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        if changes.jobs.iter().any(|job| !job.parents.is_empty()) {
            // Whether they exist only the queue knows, and a commit that is stored can't be refused any more.
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a job of a commit may wait for no others where the queue lives elsewhere; enqueue it by itself",
            ));
        }
        let asks = !changes.jobs.is_empty() || !changes.cancels.is_empty() || changes.settle.is_some();
        let committed = self.storage.commit(tenant, changes).await?;
        if asks {
            self.relay_some().await;
        }
        Ok(committed)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        self.storage.clock()
    }
    fn is_lasting(&self) -> bool {
        self.storage.is_lasting()
    }
}

#[async_trait]
impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> JobQueue for Split<S, Q, L> {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.relay_some().await;
        self.queue.enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        self.relay_some().await;
        self.queue.exchange(settlements, claim).await
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.queue.heartbeat(beats, lease_for).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        self.relay_some().await;
        JobQueue::get(&self.queue, tenant, id).await
    }
    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        self.queue.log(lines).await
    }
    async fn wait(&self, at_most: Duration) {
        self.queue.wait(at_most).await;
    }
}

#[async_trait]
impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> QueueControl for Split<S, Q, L> {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.relay_some().await;
        self.queue.cancel(tenant, id).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.queue.pause(tenant, store).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.queue.resume(tenant, store).await
    }
    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.queue.pause_kind(tenant, kind).await
    }
    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.queue.resume_kind(tenant, kind).await
    }
    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        self.queue.limit_gate(tenant, store, max_live).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        // What a commit has parked before is woken too.
        self.relay_some().await;
        self.queue.open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.queue.requeue(tenant, id).await
    }
    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        self.queue.go_on(tenant, key).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        self.relay_some().await;
        QueueControl::list(&self.queue, tenant, filter, after, limit).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.relay_some().await;
        self.queue.stats(tenant).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.relay_some().await;
        self.queue.explain(tenant, id).await
    }
    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        self.queue.lines(tenant, id).await
    }
    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        let forgotten = match self.queue.forget(age, limit).await {
            // It forgets in a way of its own.
            Err(error) if error.kind() == ErrorKind::Unsupported => Err(error),
            forgotten => Ok(forgotten?),
        };
        match self.storage.forget_tokens(age, limit).await {
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
            Ok(_) | Err(_) => forgotten,
        }
    }
    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        self.queue.last_slot(tenant, schedule).await
    }
    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        self.queue.take_slot(slot, job).await
    }
    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        self.relay_some().await;
        self.queue.live_kinds().await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.relay_some().await;
        self.queue.next_due(kinds).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.relay_some().await;
        self.queue.rescue(kinds).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.queue.told(jobs).await
    }
}

#[async_trait]
impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> BudgetLedger for Split<S, Q, L> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.ledger.reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.ledger.correct(ticket, corrections).await
    }
}
