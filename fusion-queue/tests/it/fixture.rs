//! A world of two tenants under a clock that stands still until it is advanced.

use fusion_core::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    clock::{Clock, Timestamp},
    error::{ErrorKind, Failure, Fate, Retry, When},
    job::*,
    model::*,
    tenant::{ActorKind, PersonId, Signature, Tenant},
    testkit::TestClock,
};
use fusion_queue::Memory;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const LEASE: Duration = Duration::from_secs(60);

pub(crate) struct World<C = TestClock, D = Memory> {
    pub(crate) clock: C,
    pub(crate) db: D,
    pub(crate) tenant: Tenant,
    pub(crate) other: Tenant,
    pub(crate) store: StoreId,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000)))
    }

    /// With a clock that goes on by itself.
    pub(crate) fn flowing() -> Self {
        Self::with(TestClock::at(Timestamp::from_micros(1_700_000_000_000_000)))
    }
}

impl<C: Clock + Clone + 'static> World<C> {
    pub(crate) fn with(clock: C) -> Self {
        let db = Memory::with_clock(Arc::new(clock.clone()));
        Self::over(clock, db)
    }
}

impl<C: Clock + Clone + 'static, D> World<C, D> {
    pub(crate) fn over(clock: C, db: D) -> Self {
        let store = StoreId::new(&clock);
        let (tenant, other) = (Tenant::new("acme").unwrap(), Tenant::new("bolt").unwrap());
        Self { clock, db, tenant, other, store }
    }

    pub(crate) fn job(&self) -> NewJob {
        let mut job = NewJob::new(&self.clock, &self.tenant, kind(), json!({}));
        job.partition = Some(self.store);
        job
    }

    pub(crate) fn serial(&self, key: &str) -> NewJob {
        NewJob { serial: Some(key.to_owned()), ..self.job() }
    }

    pub(crate) fn unique(&self, payload: i64, while_running: WhileRunning) -> NewJob {
        let unique = Unique::new(&kind(), &[b"listing"], while_running);
        NewJob { unique: Some(unique), payload: json!(payload), ..self.job() }
    }
}

impl<C: Clock + Clone + 'static, D: JobQueue + QueueControl> World<C, D> {
    pub(crate) async fn put(&self, job: &NewJob) -> Enqueued {
        self.db.enqueue(vec![job.clone()]).await.unwrap().remove(0)
    }

    pub(crate) async fn claim(&self, limit: usize) -> Vec<Claimed> {
        let request = ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: LEASE };
        self.db.claim(request).await.unwrap()
    }

    pub(crate) async fn claim_ids(&self, limit: usize) -> Vec<JobId> {
        self.claim(limit).await.into_iter().map(|claimed| claimed.job.id).collect()
    }

    pub(crate) async fn claim_one(&self) -> Claimed {
        self.claim(1).await.pop().expect("a job is due")
    }

    pub(crate) async fn end(&self, claimed: &Claimed, end: JobEnd) -> SettleVerdict {
        let lease = claimed.lease.clone();
        self.db.settle(vec![Settlement { lease, end }]).await.unwrap().remove(0)
    }

    pub(crate) async fn done(&self, claimed: &Claimed) -> SettleVerdict {
        self.end(claimed, JobEnd::Completed(Value::Null)).await
    }

    pub(crate) async fn state(&self, id: JobId) -> JobState {
        JobQueue::get(&self.db, &self.tenant, id).await.unwrap().expect("the job is known")
    }

    pub(crate) async fn status(&self, id: JobId) -> JobStatus {
        self.state(id).await.status
    }

    pub(crate) async fn explain(&self, id: JobId) -> Explanation {
        self.db.explain(&self.tenant, id).await.unwrap()
    }

    pub(crate) async fn beat(&self, claimed: &Claimed, started: bool) -> BeatVerdict {
        let beat = Beat { lease: claimed.lease.clone(), started, progress: None };
        self.db.heartbeat(&[beat], LEASE).await.unwrap().remove(0)
    }
}

pub(crate) fn kind() -> JobKind {
    JobKind::custom("test").unwrap()
}

pub(crate) fn failure() -> Failure {
    Failure {
        kind: ErrorKind::Unavailable,
        retry: Retry::Backoff,
        fate: Fate::NotSent,
        message: "it failed".into(),
        platform_code: None,
        request_id: None,
        problems: Vec::new(),
    }
}

pub(crate) fn retry_in(span: Duration) -> JobEnd {
    JobEnd::Retry { failure: failure(), after: When::In(span) }
}

pub(crate) fn snooze(after: When, close_gate: bool) -> JobEnd {
    JobEnd::Snooze { after, close_gate, why: SnoozeReason::Unsaid }
}

pub(crate) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(crate) fn signature() -> Signature {
    Signature { kind: ActorKind::Human, id: person("ann") }
}

impl<C: Clock + Clone + 'static, D> World<C, D> {
    pub(crate) fn item(&self, name: &str) -> StockItem {
        StockItem { id: StockItemId::new(&self.clock), name: name.into() }
    }

    pub(crate) fn step(&self) -> Step {
        Step::Ended(StepEnded {
            id: StepId::new(&self.clock),
            begun: StepId::new(&self.clock),
            grant: None,
            job: JobId::new(&self.clock),
            fate: Fate::Applied,
            answer: None,
            failure: None,
            at: Timestamp::EPOCH,
        })
    }

    pub(crate) fn entry(&self, id: &str) -> NewAudit {
        let subject = Subject::new(SubjectKind::Job, id);
        NewAudit::new(signature(), Action::Claimed, subject, Timestamp::EPOCH)
    }
}
