//! A backend that checks after every commit what has to hold then.

use crate::world::{World, builder};
use async_trait::async_trait;
use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Policy, Request},
    audit::{AuditEntry, Head, SubjectKind},
    canonical::EphemeralKeys,
    clock::Clock,
    error::Result,
    hub::NewStore,
    job::{
        Beat, BeatVerdict, CancelVerdict, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobQueue, JobRow, JobState, JobStatus, NewJob, QueueControl, Settlement, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Version, Versioned, list_all, load},
    tenant::Tenant,
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform};
use fusion_queue::{Memory, TokioClock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A memory that checks after every commit and every exchange what has to hold then.
#[derive(Clone)]
struct Watched {
    memory: Memory,
    /// One thing at a time, so that what is checked is what the commit has left.
    turn: Arc<tokio::sync::Mutex<()>>,
    commits: Arc<AtomicUsize>,
}

impl Watched {
    /// Each transition has exactly one audit entry, in its own commit.
    async fn check_audit(&self, tenant: &Tenant, changes: &ChangeSet) {
        let mut moved = Vec::new();
        for write in &changes.writes {
            let Some(Record::Request(new)) = &write.record else { continue };
            let old = match write.expect {
                Version::NEW => None,
                _ => Some(load::<Request>(&self.memory, tenant, new.id).await.unwrap().value),
            };
            let tied_only = old.is_some_and(|old| Request { children: new.children.clone(), ..old } == **new);
            if !tied_only {
                moved.push(new.id.to_string());
            }
        }
        let mut told: Vec<String> = changes
            .audit
            .iter()
            .filter(|entry| entry.subject.kind == SubjectKind::Request)
            .map(|entry| entry.subject.id.clone())
            .collect();
        moved.sort();
        told.sort();
        assert_eq!(moved, told, "one entry for each transition");
    }

    /// Approved and unclaimed: one unspent grant, and one live job or a parent that isn't done. No other phase
    /// that is open has an unspent grant, and no closed one a live job.
    async fn check_requests(&self, tenant: &Tenant) {
        for request in self.requests(tenant).await {
            let query = Query::GrantsOf(request.id);
            let grants = list_all::<GrantRecord>(&self.memory, tenant, &query).await.unwrap();
            let unspent = grants.iter().filter(|grant| grant.value.state == GrantState::Unspent).count();
            let live = match request.job {
                Some(job) => JobQueue::get(&self.memory, tenant, job).await.unwrap().is_some_and(|job| {
                    matches!(job.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running)
                }),
                None => false,
            };
            let is_approved = request.phase == Phase::Approved;
            assert_eq!(unspent, usize::from(is_approved), "{:?} {:?}", request.phase, grants);
            if is_approved {
                let waits = match request.after {
                    Some(parent) => {
                        load::<Request>(&self.memory, tenant, parent).await.unwrap().value.phase
                            != Phase::Done
                    }
                    None => false,
                };
                assert!(live != waits, "approved, job {:?} live {live}, waits {waits}", request.job);
            }
            let claimed = grants.iter().filter(|grant| matches!(grant.value.state, GrantState::Claimed(_)));
            let under_way = matches!(request.phase, Phase::Executing { .. } | Phase::Unknown { .. });
            assert!(claimed.count() <= usize::from(under_way), "{:?} {:?}", request.phase, grants);
        }
    }

    async fn requests(&self, tenant: &Tenant) -> Vec<Request> {
        let stores =
            list_all::<fusion_core::model::Store>(&self.memory, tenant, &Query::Stores).await.unwrap();
        let mut requests = Vec::new();
        for store in stores {
            let query = Query::RequestsIn(store.value.id);
            requests.extend(list_all::<Request>(&self.memory, tenant, &query).await.unwrap());
        }
        requests.into_iter().map(|request| request.value).collect()
    }
}

#[async_trait]
impl Storage for Watched {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Storage::get(&self.memory, tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Storage::list(&self.memory, tenant, query, after, limit).await
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
        // Somebody else may always come first.
        tokio::task::yield_now().await;
        let _turn = self.turn.lock().await;
        let is_about_requests = changes.writes.iter().any(|write| matches!(write.key, Key::Request(_)));
        let current = self.is_current(tenant, &changes).await;
        if is_about_requests && current {
            self.check_audit(tenant, &changes).await;
        }
        let committed = self.memory.commit(tenant, changes).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.check_requests(tenant).await;
        Ok(committed)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        Storage::clock(&self.memory)
    }
    fn is_lasting(&self) -> bool {
        false
    }
}

impl Watched {
    async fn is_current(&self, tenant: &Tenant, changes: &ChangeSet) -> bool {
        for write in &changes.writes {
            let now = Storage::get(&self.memory, tenant, std::slice::from_ref(&write.key)).await.unwrap();
            let version = now.into_iter().flatten().next().map_or(Version::NEW, |found| found.version);
            if version != write.expect {
                return false;
            }
        }
        true
    }
}

#[async_trait]
impl JobQueue for Watched {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.memory.enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let _turn = self.turn.lock().await;
        let settles = !settlements.is_empty();
        let exchange = self.memory.exchange(settlements, claim).await?;
        if settles {
            self.check_requests(&Tenant::new("acme").unwrap()).await;
        }
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
impl QueueControl for Watched {
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
impl BudgetLedger for Watched {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.memory.reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.memory.correct(ticket, corrections).await
    }
}

pub(crate) async fn watched(script: Script, policy: Policy) -> (World, Arc<AtomicUsize>) {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let platform = ScriptedPlatform::with_script(Storage::clock(&memory), script);
    let watched = Watched { memory: memory.clone(), turn: Arc::default(), commits: Arc::default() };
    let commits = watched.commits.clone();
    let keys = Arc::new(EphemeralKeys::new(&*Storage::clock(&memory)));
    let way = platform.transport();
    let hub = builder(watched, &platform, way).policy(policy).keys(keys.clone()).build().await.unwrap();
    let acme = hub.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
    (World { hub, memory, keys, platform, acme, alice, bob, store }, commits)
}
