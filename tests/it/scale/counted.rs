//! A backend that counts what is asked of it.

use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head},
    clock::Clock,
    error::Result,
    job::{
        Beat, BeatVerdict, CancelVerdict, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobQueue, JobRow, JobState, NewJob, QueueControl, Settlement, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned},
    tenant::Tenant,
};
use fusion_queue::Memory;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How often what was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(super) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, what: &'static str, count: u64) {
        self.0.insert(what, count);
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(what, count)| (*what, *count))
    }

    pub(super) fn less(&self, before: &Self) -> Self {
        Self(self.rows().map(|(what, count)| (what, count - before.of(what))).collect())
    }
}

/// A memory that counts calls and what they carry. What a worker asks while it waits isn't counted: that depends on
/// how its tasks take turns.
#[derive(Clone)]
pub(super) struct Counted {
    memory: Memory,
    counts: Arc<Mutex<Counts>>,
}

impl Counted {
    pub(super) fn new(memory: Memory) -> Self {
        Self { memory, counts: Arc::default() }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts.lock().unwrap().clone()
    }

    fn add(&self, what: &'static str, count: usize) {
        *self.counts.lock().unwrap().0.entry(what).or_default() += count as u64;
    }
}

#[async_trait]
impl Storage for Counted {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        self.add("reads", 1);
        self.add("records read", keys.len());
        Storage::get(&self.memory, tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let rows = Storage::list(&self.memory, tenant, query, after, limit).await?;
        self.add("lists", 1);
        self.add("records listed", rows.len());
        Ok(rows)
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.memory.audit(tenant, after, limit).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.memory.head(tenant).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.memory.chain(limit).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        self.add("commits", 1);
        self.add("records written", changes.writes.len() + changes.steps.len());
        self.add("audit entries", changes.audit.len());
        self.add("jobs enqueued", changes.jobs.len());
        self.memory.commit(tenant, changes).await
    }
    fn clock(&self) -> Arc<dyn Clock> {
        Storage::clock(&self.memory)
    }
    fn is_lasting(&self) -> bool {
        false
    }
}

#[async_trait]
impl JobQueue for Counted {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.add("jobs enqueued", jobs.len());
        self.memory.enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let exchange = self.memory.exchange(settlements, claim).await?;
        self.add("jobs claimed", exchange.claimed.len());
        Ok(exchange)
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.memory.heartbeat(beats, lease_for).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        JobQueue::get(&self.memory, tenant, id).await
    }
    async fn wait(&self, at_most: Duration) {
        self.memory.wait(at_most).await;
    }
}

#[async_trait]
impl QueueControl for Counted {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.memory.cancel(tenant, id).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.memory.pause(tenant, store).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.memory.resume(tenant, store).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.memory.open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.memory.requeue(tenant, id).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        QueueControl::list(&self.memory, tenant, filter, after, limit).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.memory.stats(tenant).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.memory.explain(tenant, id).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.memory.next_due(kinds).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.memory.rescue(kinds).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.memory.told(jobs).await
    }
}

#[async_trait]
impl BudgetLedger for Counted {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.memory.reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.memory.correct(ticket, corrections).await
    }
}
