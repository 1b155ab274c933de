//! A backend and a transport that stop dead at a chosen call, as a killed or sleeping process does.

use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    audit::{AuditEntry, Head},
    clock::Clock,
    error::{Error, ErrorKind, Result},
    http::{HttpTransport, Limits, TransportError},
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
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// On which side of the call it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The call never happens.
    Before,
    /// It happens, and its caller never learns of it.
    After,
}

/// How calls that write at the platform are told.
const WRITES: [&str; 4] = [" POST /", " PUT /", " PATCH /", " DELETE /"];

enum At {
    Nth(Side),
    Call(&'static str),
    Sent(Side),
}

/// Counts the calls that pass and shuts at one of them; from then on nothing passes until it is opened.
#[derive(Clone)]
pub(crate) struct Trap(Arc<Inner>);

struct Inner {
    at: At,
    left: Mutex<u64>,
    failing_commits: Mutex<u64>,
    clashing_orders: Mutex<u64>,
    shut: watch::Sender<Option<String>>,
}

impl Trap {
    /// Shuts on `side` of the call number `at`, counted from 1. Calls that change nothing count on the side
    /// before alone: on the other the same is seen.
    pub(crate) fn at(at: u64, side: Side) -> Self {
        Self(Arc::new(Inner {
            at: At::Nth(side),
            left: Mutex::new(at),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Shuts the first time that it would tell `call`.
    pub(crate) fn at_call(call: &'static str) -> Self {
        Self(Arc::new(Inner {
            at: At::Call(call),
            left: Mutex::new(1),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Shuts on `side` of the call number `at`, counted from 1, that writes something at the platform.
    pub(crate) fn at_sent(at: u64, side: Side) -> Self {
        Self(Arc::new(Inner {
            at: At::Sent(side),
            left: Mutex::new(at),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Never shuts.
    pub(crate) fn open_with_failures() -> Self {
        Self::at(0, Side::Before)
    }

    /// Lets so many of the next commits fail without an effect.
    pub(crate) fn fail_commits(&self, count: u64) {
        *self.0.failing_commits.lock().unwrap() = count;
    }

    /// Lets so many of the next commits that write an order meet something that is there already.
    pub(crate) fn clash_orders(&self, count: u64) {
        *self.0.clashing_orders.lock().unwrap() = count;
    }

    fn clashes(&self, changes: &ChangeSet) -> bool {
        let mut left = self.0.clashing_orders.lock().unwrap();
        let is_order = changes.writes.iter().any(|write| matches!(write.key, Key::Order(_)));
        let clashes = *left > 0 && is_order;
        *left -= u64::from(clashes);
        clashes
    }

    fn fails_commit(&self) -> bool {
        let mut left = self.0.failing_commits.lock().unwrap();
        let fails = *left > 0;
        *left -= u64::from(fails);
        fails
    }

    /// Completes when it has shut; says at which call.
    pub(crate) async fn sprung(&self) -> String {
        let mut shut = self.0.shut.subscribe();
        let shut = shut.wait_for(Option::is_some).await.unwrap();
        shut.clone().unwrap()
    }

    /// Lets everything go on.
    pub(crate) fn open(&self) {
        self.0.shut.send_replace(None);
    }

    async fn pass<T>(&self, what: &str, changes: bool, call: impl Future<Output = T>) -> T {
        self.wait_open().await;
        self.count(what, Side::Before);
        self.wait_open().await;
        let result = call.await;
        self.wait_open().await;
        if changes {
            self.count(what, Side::After);
            self.wait_open().await;
        }
        result
    }

    async fn wait_open(&self) {
        self.0.shut.subscribe().wait_for(Option::is_none).await.unwrap();
    }

    fn count(&self, what: &str, side: Side) {
        let what = format!("{side:?} {what}");
        let counts = match self.0.at {
            At::Nth(wanted) => side == wanted,
            At::Call(wanted) => what == wanted,
            At::Sent(wanted) => side == wanted && WRITES.iter().any(|write| what.contains(write)),
        };
        let mut left = self.0.left.lock().unwrap();
        if counts && *left > 0 {
            *left -= 1;
            if *left == 0 {
                self.0.shut.send_replace(Some(what));
            }
        }
    }
}

/// A backend over the same memory, through a trap.
pub(crate) struct Trapdoor {
    pub(crate) memory: Memory,
    pub(crate) trap: Trap,
}

/// A way to the platform, through a trap.
pub(crate) struct TrappedWay {
    pub(crate) way: Arc<dyn HttpTransport>,
    pub(crate) trap: Trap,
}

#[async_trait]
impl HttpTransport for TrappedWay {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let changes = request.method() != http::Method::GET;
        self.trap.pass(&what, changes, self.way.send(request, limits)).await
    }
}

#[async_trait]
impl Storage for Trapdoor {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        self.trap.pass("get", false, Storage::get(&self.memory, tenant, keys)).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        self.trap.pass("list", false, Storage::list(&self.memory, tenant, query, after, limit)).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.trap.pass("audit", true, self.memory.audit(tenant, after, limit)).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.trap.pass("head", true, self.memory.head(tenant)).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.trap.pass("chain", true, self.memory.chain(limit)).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        if self.trap.fails_commit() {
            return Err(Error::new(ErrorKind::Unavailable, "the database is away"));
        }
        if self.trap.clashes(&changes) {
            return Err(Error::new(ErrorKind::AlreadyExists, "another commit has put it there"));
        }
        let what = told(&changes);
        self.trap.pass(&what, true, self.memory.commit(tenant, changes)).await
    }
    fn clock(&self) -> Arc<dyn Clock> {
        self.memory.clock()
    }
    fn is_lasting(&self) -> bool {
        self.memory.is_lasting()
    }
}

/// What a commit is about, for the message of a failed test.
fn told(changes: &ChangeSet) -> String {
    let actions: Vec<_> = changes.audit.iter().map(|entry| entry.action.as_str()).collect();
    format!(
        "commit of {} steps, {} jobs, settling {}: {}",
        changes.steps.len(),
        changes.jobs.len(),
        changes.settle.is_some(),
        actions.join(" ")
    )
}

#[async_trait]
impl JobQueue for Trapdoor {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.trap.pass("enqueue", true, self.memory.enqueue(jobs)).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        self.trap.pass("exchange", true, self.memory.exchange(settlements, claim)).await
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.trap.pass("heartbeat", true, self.memory.heartbeat(beats, lease_for)).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        self.trap.pass("job", false, JobQueue::get(&self.memory, tenant, id)).await
    }
    async fn wait(&self, at_most: Duration) {
        self.memory.wait(at_most).await;
    }
}

#[async_trait]
impl QueueControl for Trapdoor {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.trap.pass("cancel", true, self.memory.cancel(tenant, id)).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.trap.pass("pause", true, self.memory.pause(tenant, store)).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.trap.pass("resume", true, self.memory.resume(tenant, store)).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.trap.pass("open_gate", true, self.memory.open_gate(tenant, store)).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.trap.pass("requeue", true, self.memory.requeue(tenant, id)).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        self.trap.pass("jobs", false, QueueControl::list(&self.memory, tenant, filter, after, limit)).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.trap.pass("stats", false, self.memory.stats(tenant)).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.trap.pass("explain", false, self.memory.explain(tenant, id)).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.trap.pass("next_due", false, self.memory.next_due(kinds)).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.trap.pass("rescue", true, self.memory.rescue(kinds)).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.trap.pass("told", true, self.memory.told(jobs)).await
    }
}

#[async_trait]
impl BudgetLedger for Trapdoor {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.trap.pass("reserve", true, self.memory.reserve(draws, patience)).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.trap.pass("correct", true, self.memory.correct(ticket, corrections)).await
    }
}
