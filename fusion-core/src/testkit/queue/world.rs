use crate::{
    clock::Timestamp,
    error::{ErrorKind, Failure, Fate, Retry, When},
    job::*,
    model::{JobId, StoreId},
    tenant::Tenant,
    testkit::TestClock,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    task::{Poll, ready},
    time::Duration,
};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// What a queue has to be for the kit.
pub trait Queue: JobQueue + QueueControl {}

impl<T: JobQueue + QueueControl> Queue for T {}

/// An empty queue with two tenants, under a clock that stands still until it is advanced.
pub struct World<Q> {
    pub(super) clock: TestClock,
    pub(super) q: Q,
    pub(super) tenant: Tenant,
    pub(super) other: Tenant,
    pub(super) store: StoreId,
}

impl World<()> {
    /// The clock that a clause begins with.
    pub fn clock() -> TestClock {
        TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000))
    }
}

impl<Q> World<Q> {
    /// Around an empty queue on `clock`.
    pub fn new(clock: TestClock, q: Q) -> Self {
        let (tenant, other) = (Tenant::new("acme").unwrap(), Tenant::new("bolt").unwrap());
        Self { store: StoreId::new(&clock), clock, q, tenant, other }
    }

    pub(super) fn job(&self) -> NewJob {
        let job = NewJob::new(&self.clock, &self.tenant, kind(), json!({}));
        NewJob { partition: Some(self.store), ..job }
    }

    /// One that its store's gate may hold back.
    pub(super) fn beginning(&self) -> NewJob {
        NewJob { begins_work: true, ..self.job() }
    }

    pub(super) fn serial(&self, key: &str) -> NewJob {
        NewJob { serial: Some(key.to_owned()), ..self.job() }
    }

    pub(super) fn unique(&self, payload: i64, while_running: WhileRunning) -> NewJob {
        let unique = Unique::new(&kind(), &[b"listing"], while_running);
        NewJob { unique: Some(unique), payload: json!(payload), ..self.job() }
    }

    pub(super) fn theirs(&self, job: NewJob) -> NewJob {
        NewJob { tenant: self.other.clone(), ..job }
    }
}

impl<Q: Queue> World<Q> {
    pub(super) async fn put(&self, job: &NewJob) -> Enqueued {
        self.put_all([job.clone()]).await.remove(0)
    }

    pub(super) async fn put_all(&self, jobs: impl IntoIterator<Item = NewJob>) -> Vec<Enqueued> {
        self.q.enqueue(jobs.into_iter().collect()).await.unwrap()
    }

    pub(super) async fn claim(&self, limit: usize) -> Vec<Claimed> {
        self.q.claim(asking(limit)).await.unwrap()
    }

    pub(super) async fn claim_ids(&self, limit: usize) -> BTreeSet<JobId> {
        self.claim(limit).await.into_iter().map(|claimed| claimed.job.id).collect()
    }

    pub(super) async fn claim_one(&self) -> Claimed {
        self.claim(1).await.pop().expect("a job is due")
    }

    pub(super) async fn end(&self, claimed: &Claimed, end: JobEnd) -> SettleVerdict {
        let lease = claimed.lease.clone();
        self.q.settle(vec![Settlement { lease, end }]).await.unwrap().remove(0)
    }

    pub(super) async fn done(&self, claimed: &Claimed) {
        assert_eq!(self.end(claimed, JobEnd::Completed(Value::Null)).await, SettleVerdict::Accepted);
    }

    pub(super) async fn beat(&self, claimed: &Claimed, started: bool) -> BeatVerdict {
        let beat = Beat { lease: claimed.lease.clone(), started, progress: None };
        self.q.heartbeat(&[beat], LEASE).await.unwrap().remove(0)
    }

    /// The worker of all that is in hands is lost.
    pub(super) async fn lose(&self) {
        self.clock.advance(LEASE);
        self.rescue().await;
    }

    /// Loses its worker again and again, until the queue gives it up.
    pub(super) async fn lose_for_good(&self, mut claimed: Claimed) {
        for _ in 0..TURNS {
            self.beat(&claimed, true).await;
            self.lose().await;
            match self.claim(1).await.pop() {
                Some(again) => claimed = again,
                None => return,
            }
        }
        panic!("nobody gives up a job that keeps losing its workers");
    }

    pub(super) async fn rescue(&self) -> BTreeSet<JobId> {
        self.q.rescue(&[kind()]).await.unwrap().into_iter().map(|row| row.id).collect()
    }

    pub(super) async fn state(&self, id: JobId) -> JobState {
        self.q.get(&self.tenant, id).await.unwrap().expect("the job is known")
    }

    pub(super) async fn status(&self, id: JobId) -> JobStatus {
        self.state(id).await.status
    }

    pub(super) async fn explain(&self, id: JobId) -> Explanation {
        self.q.explain(&self.tenant, id).await.unwrap()
    }

    /// Claims until there is something, waiting in between; fails when that isn't so after many turns, in each of
    /// which the queue is asked something else and `meanwhile` happens.
    pub(super) async fn woken(&self, patience: Duration, mut meanwhile: impl AsyncFnMut(u32)) {
        let mut waiting = pin!(async {
            while self.claim(1).await.is_empty() {
                self.q.wait(patience).await;
            }
        });
        let mut turning = pin!(async {
            for turn in 0..TURNS {
                self.q.next_due(&[kind()]).await.unwrap();
                meanwhile(turn).await;
                others().await;
            }
            panic!("nobody woke who waits");
        });
        std::future::poll_fn(|cx| {
            if waiting.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            ready!(turning.as_mut().poll(cx));
            Poll::Ready(())
        })
        .await;
    }
}

/// Each asks the queue something, so that who waits has had its turn whatever the queue is made of.
pub(super) const TURNS: u32 = 200;

/// Lets everybody else go on first.
async fn others() {
    let mut is_over = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(super) fn asking(limit: usize) -> ClaimRequest {
    ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: LEASE }
}

pub(super) fn kind() -> JobKind {
    JobKind::custom("test").unwrap()
}

pub(super) fn other_kind() -> JobKind {
    JobKind::custom("other").unwrap()
}

pub(super) fn failure() -> Failure {
    Failure {
        kind: ErrorKind::Unavailable,
        retry: Retry::Backoff,
        fate: Fate::NotSent,
        message: "it failed \0 here".into(),
        platform_code: None,
        request_id: None,
        problems: Vec::new(),
    }
}

pub(super) fn retry_in(span: Duration) -> JobEnd {
    JobEnd::Retry { failure: failure(), after: When::In(span) }
}

pub(super) fn snooze(after: When, close_gate: bool) -> JobEnd {
    JobEnd::Snooze { after, close_gate, why: SnoozeReason::Unsaid }
}

pub(super) fn ids<'a>(jobs: impl IntoIterator<Item = &'a NewJob>) -> BTreeSet<JobId> {
    jobs.into_iter().map(|job| job.id).collect()
}

pub(super) fn payloads(claimed: &[Claimed]) -> Vec<Value> {
    claimed.iter().map(|one| one.job.payload.clone()).collect()
}
