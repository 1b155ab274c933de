//! A memory back-end that notes what passes through it, and can be out of reach.

use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind, Result,
    audit::{AuditEntry, Head},
    clock::Clock,
    job::*,
    model::{JobId, StoreId},
    plugin::*,
    storage::*,
    tenant::Tenant,
};
use fusion_queue::Memory;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Clones share one log.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) db: Memory,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    claims: Vec<JobId>,
    settled: Vec<(JobId, JobEnd, SettleVerdict)>,
    /// Exchanges that are still to fail; an odd one takes effect before its answer is lost.
    outages: u32,
    is_mute: bool,
}

impl Watched {
    pub(crate) fn new(db: Memory) -> Self {
        Self { db, log: Arc::default() }
    }

    pub(crate) fn fail(&self, exchanges: u32) {
        self.log.lock().unwrap().outages = exchanges;
    }

    /// Lets no heartbeat through from now on.
    pub(crate) fn mute(&self) {
        self.log.lock().unwrap().is_mute = true;
    }

    fn is_mute(&self) -> bool {
        self.log.lock().unwrap().is_mute
    }

    pub(crate) fn claims(&self) -> Vec<JobId> {
        self.log.lock().unwrap().claims.clone()
    }

    pub(crate) fn settled(&self) -> Vec<(JobId, JobEnd, SettleVerdict)> {
        self.log.lock().unwrap().settled.clone()
    }

    fn note(&self, settlements: Vec<Settlement>, verdicts: &[SettleVerdict]) {
        let pairs = settlements.into_iter().zip(verdicts);
        let noted = pairs.map(|(one, verdict)| (one.lease.job, one.end, *verdict));
        self.log.lock().unwrap().settled.extend(noted);
    }

    fn outage(&self) -> u32 {
        let mut log = self.log.lock().unwrap();
        let outages = log.outages;
        log.outages = outages.saturating_sub(1);
        outages
    }
}

fn out_of_reach() -> Error {
    Error::new(ErrorKind::Unavailable, "the queue is out of reach")
}

#[async_trait]
impl JobQueue for Watched {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.db.enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let outage = self.outage();
        if outage > 0 && outage.is_multiple_of(2) {
            return Err(out_of_reach());
        }
        let exchange = self.db.exchange(settlements.clone(), claim).await?;
        self.note(settlements, &exchange.verdicts);
        if outage > 0 {
            return Err(out_of_reach());
        }
        self.log.lock().unwrap().claims.extend(exchange.claimed.iter().map(|one| one.job.id));
        Ok(exchange)
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        if self.is_mute() {
            return Err(out_of_reach());
        }
        self.db.heartbeat(beats, lease_for).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        JobQueue::get(&self.db, tenant, id).await
    }
    async fn wait(&self, at_most: Duration) {
        self.db.wait(at_most).await;
    }
}

#[async_trait]
impl Storage for Watched {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Storage::get(&self.db, tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Storage::list(&self.db, tenant, query, after, limit).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.db.audit(tenant, after, limit).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.db.head(tenant).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.db.chain(limit).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let settlement = changes.settle.clone();
        let committed = self.db.commit(tenant, changes).await?;
        let verdict = committed.settled.map(Settled::verdict);
        self.note(settlement.into_iter().collect(), &verdict.into_iter().collect::<Vec<_>>());
        Ok(committed)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        self.db.clock()
    }
    fn is_lasting(&self) -> bool {
        self.db.is_lasting()
    }
}

#[async_trait]
impl QueueControl for Watched {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.db.cancel(tenant, id).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.db.pause(tenant, store).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.db.resume(tenant, store).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.db.open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.db.requeue(tenant, id).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        QueueControl::list(&self.db, tenant, filter, after, limit).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.db.stats(tenant).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.db.explain(tenant, id).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.db.next_due(kinds).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.db.rescue(kinds).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.db.told(jobs).await
    }
}

#[async_trait]
impl BudgetLedger for Watched {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.db.reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.db.correct(ticket, corrections).await
    }
}
