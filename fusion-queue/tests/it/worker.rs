//! What a worker does with what handlers and queues do to it.

use crate::{fixture::*, watched::Watched};
use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind,
    clock::{Cancel, Clock},
    error::{Failure, Retry, When},
    job::*,
    storage::{ChangeSet, Storage},
};
use fusion_queue::{Memory, Worker, worker::Ran};
use serde_json::json;
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

type Running = Pin<Box<dyn Future<Output = Finish> + Send>>;

/// A handler of one function, which notes what it is told at the end.
#[derive(Clone)]
struct Handler {
    perform: Arc<dyn Fn(JobContext) -> Running + Send + Sync>,
    told: Arc<Mutex<Vec<ErrorKind>>>,
}

#[async_trait]
impl JobHandler for Handler {
    async fn run(&self, job: JobContext) -> Finish {
        (self.perform)(job).await
    }
    async fn abandoned(&self, _: &NewJob, why: Failure) {
        self.told.lock().unwrap().push(why.kind);
    }
}

impl Handler {
    fn new<R>(perform: impl Fn(JobContext) -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Finish> + Send + 'static,
    {
        Self { perform: Arc::new(move |job| Box::pin(perform(job))), told: Arc::default() }
    }

    fn worker(&self, w: &World) -> Worker {
        Worker::new(w.db.clone(), Handlers::default().with(kind(), self.clone())).with_lease(LEASE)
    }

    fn told(&self) -> Vec<ErrorKind> {
        self.told.lock().unwrap().clone()
    }
}

fn failed(kind: ErrorKind, retry: Retry) -> Finish {
    Finish::Failed(Error::new(kind, "it failed").with_retry(retry))
}

async fn forever() -> Finish {
    std::future::pending().await
}

/// Lets everybody else do what they can without time passing.
async fn settle_down() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_job_is_performed_and_its_result_is_kept() {
    let w = World::flowing();
    let job = NewJob { payload: json!({"n": 4}), ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        Finish::Done(json!(job.payload::<serde_json::Value>().unwrap()["n"].as_i64().unwrap() * 2))
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.result, Some(json!(8)));
    assert!(handler.told().is_empty());
}

#[tokio::test]
async fn a_handler_that_panics_has_failed_and_the_others_go_on() {
    let w = World::flowing();
    let (fragile, sound) = (w.job(), w.job());
    w.put(&fragile).await;
    w.put(&sound).await;
    let id = fragile.id;
    let handler = Handler::new(move |job: JobContext| async move {
        assert!(job.job().id != id || job.attempt() > 2, "a bug");
        Finish::Done(json!(null))
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 2, retried: 2, ..Ran::default() });
    assert_eq!(w.state(fragile.id).await.failure.unwrap().kind, ErrorKind::Internal);
}

#[tokio::test]
async fn a_job_beyond_its_time_is_dropped_and_in_the_end_its_handler_is_told() {
    let w = World::flowing();
    let retry = RetryPolicy { attempts: 2, ..RetryPolicy::DEFAULT };
    let job = NewJob { timeout: SECOND * 10, retry, ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |_| forever().await);
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { retried: 1, failed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.failure.unwrap().kind, ErrorKind::Timeout);
    assert_eq!(handler.told(), [ErrorKind::Timeout]);
}

#[tokio::test]
async fn a_handler_that_stops_when_its_time_is_over_has_timed_out_and_isnt_cancelled() {
    let w = World::flowing();
    let retry = RetryPolicy { attempts: 1, ..RetryPolicy::DEFAULT };
    let job = NewJob { timeout: SECOND, retry, ..w.job() };
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        job.cancel().cancelled().await;
        failed(ErrorKind::Cancelled, Retry::Never)
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { failed: 1, ..Ran::default() });
    assert_eq!(w.state(job.id).await.failure.unwrap().kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn the_last_failure_is_a_dead_letter_and_a_handlers_own_word_is_not_repeated_to_it() {
    let w = World::flowing();
    let (failing, dead) = (w.job(), w.job());
    w.put(&failing).await;
    w.put(&dead).await;
    let id = dead.id;
    let handler = Handler::new(move |job: JobContext| async move {
        match job.job().id == id {
            true => Finish::Dead(failure()),
            false => failed(ErrorKind::Unavailable, Retry::Backoff),
        }
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    let retried = u64::from(RetryPolicy::DEFAULT.attempts - 1);
    assert_eq!(ran, Ran { failed: 2, retried, ..Ran::default() });
    assert_eq!(handler.told(), [ErrorKind::Unavailable]);
}

#[tokio::test]
async fn a_running_job_that_is_to_be_cancelled_hears_of_it_by_heartbeat() {
    let w = World::flowing();
    let job = w.job();
    w.put(&job).await;
    let handler = Handler::new(async |job: JobContext| {
        job.progress().report(1, Some(2));
        job.cancel().cancelled().await;
        failed(ErrorKind::Cancelled, Retry::Never)
    });
    let worker = handler.worker(&w);
    let running = tokio::spawn(async move { worker.run_until_idle().await });
    w.clock.sleep(SECOND * 5).await;
    assert_eq!(w.state(job.id).await.progress, Some((1, Some(2))));
    assert_eq!(w.db.cancel(&w.tenant, job.id).await.unwrap(), Cancelled::Asked);
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { cancelled: 1, ..Ran::default() });
    assert_eq!(w.status(job.id).await, JobStatus::Cancelled);
}

#[tokio::test]
async fn a_stopped_worker_finishes_what_ends_within_its_grace_and_gives_back_the_rest() {
    let w = World::flowing();
    let (short, long, late) = (w.job(), w.job(), w.job());
    w.put(&short).await;
    w.put(&long).await;
    let (id, clock) = (short.id, w.clock.clone());
    let handler = Handler::new(move |job: JobContext| {
        let clock = clock.clone();
        async move {
            let seconds = if job.job().id == id { 10 } else { 100_000 };
            clock.sleep(SECOND * seconds).await;
            Finish::Done(json!(null))
        }
    });
    let stop = Cancel::default();
    let (worker, signal) = (handler.worker(&w).with_grace(SECOND * 20), stop.clone());
    let running = tokio::spawn(async move { worker.run(signal).await });
    w.clock.sleep(SECOND * 5).await;
    stop.cancel();
    settle_down().await;
    w.put(&late).await;
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { completed: 1, released: 1, ..Ran::default() });
    assert_eq!(w.status(late.id).await, JobStatus::Pending);
    assert_eq!(w.state(late.id).await.attempt, 0);
    let given_back = w.state(long.id).await;
    assert_eq!((given_back.status, given_back.attempt, given_back.crashes), (JobStatus::Pending, 0, 0));
    assert!(handler.told().is_empty());
}

#[tokio::test]
async fn a_handler_whose_lease_is_lost_is_dropped_and_its_job_never_settled() {
    struct Gone(Arc<AtomicU32>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let w = World::new();
    let job = NewJob { timeout: LEASE * 100, ..w.job() };
    w.put(&job).await;
    let gone = Arc::new(AtomicU32::new(0));
    let count = gone.clone();
    let handler = Handler::new(move |_| {
        let guard = Gone(count.clone());
        async move {
            let _guard = guard;
            forever().await
        }
    });
    let stop = Cancel::default();
    // One slot, so that the worker doesn't take the job again before the test does.
    let (worker, signal) = (handler.worker(&w).with_slots(1), stop.clone());
    let running = tokio::spawn(async move { worker.run(signal).await });
    settle_down().await;
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    // The worker sleeps through its whole lease, and another one takes the job.
    w.clock.advance(LEASE);
    w.db.rescue().await.unwrap();
    let taken = w.claim_one().await;
    settle_down().await;
    assert_eq!(gone.load(Ordering::SeqCst), 1, "its handler is gone");
    assert_eq!(w.done(&taken).await, SettleVerdict::Accepted);
    stop.cancel();
    settle_down().await;
    w.clock.advance(LEASE);
    let ran = running.await.unwrap().unwrap();
    assert_eq!(ran, Ran { lost: 1, ..Ran::default() });
}

#[tokio::test]
async fn a_lease_that_is_kept_alive_outlives_its_length() {
    let w = World::flowing();
    let job = NewJob { timeout: LEASE * 20, ..w.job() };
    w.put(&job).await;
    let clock = w.clock.clone();
    let handler = Handler::new(move |_| {
        let clock = clock.clone();
        async move {
            clock.sleep(LEASE * 10).await;
            Finish::Done(json!(null))
        }
    });
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 1, ..Ran::default() });
}

#[tokio::test]
async fn a_worker_dropped_at_any_await_loses_no_job() {
    for turns in 0..40 {
        let w = World::new();
        let job = w.job();
        w.put(&job).await;
        let handler = Handler::new(async |_| {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            Finish::Done(json!(null))
        });
        let worker = handler.worker(&w);
        let dropped = tokio::spawn(async move { worker.run(Cancel::default()).await });
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        dropped.abort();
        drop(dropped.await);
        w.clock.advance(LEASE);
        let ran = handler.worker(&w).run_until_idle().await.unwrap();
        assert!(ran.completed <= 1, "after {turns} turns");
        assert_eq!(w.status(job.id).await, JobStatus::Completed, "after {turns} turns");
    }
}

#[tokio::test]
async fn run_until_idle_waits_out_retries_snoozes_and_gates_and_no_timers() {
    let w = World::flowing();
    let [retried, snoozed, throttled] =
        [1, 2, 3].map(|n| NewJob { begins_work: true, payload: json!(n), ..w.job() });
    let timer = NewJob { background: true, due: When::In(SECOND * 3600), ..w.job() };
    w.db.enqueue(vec![retried, snoozed, throttled, timer.clone()]).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let handler = Handler::new(move |job: JobContext| {
        let first = count.fetch_add(1, Ordering::SeqCst) < 3;
        async move {
            let after = |seconds| When::In(SECOND * seconds);
            match (first, job.job().payload.as_i64()) {
                (true, Some(1)) => failed(ErrorKind::Unavailable, Retry::When(after(30))),
                (true, Some(2)) => Finish::Snooze { after: after(40), close_gate: false },
                (true, Some(3)) => failed(ErrorKind::RateLimited, Retry::When(after(200))),
                _ => Finish::Done(json!(null)),
            }
        }
    });
    let before = w.clock.elapsed();
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { completed: 3, retried: 1, snoozed: 2, ..Ran::default() });
    let took = w.clock.elapsed() - before;
    assert!(took >= SECOND * 200 && took < SECOND * 210, "{took:?}");
    assert_eq!(w.status(timer.id).await, JobStatus::Pending);
}

#[tokio::test]
async fn run_until_idle_leaves_what_waits_for_a_signal() {
    let w = World::flowing();
    let parked = w.job();
    w.put(&parked).await;
    let handler = Handler::new(async |_| failed(ErrorKind::Unauthenticated, Retry::AfterReauth));
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { snoozed: 1, ..Ran::default() });
    assert_eq!(w.explain(parked.id).await, Explanation::Parked);
}

#[tokio::test]
async fn what_a_commit_has_settled_is_not_settled_again() {
    let w = World::flowing();
    let watched = Watched::new(w.db.clone());
    let job = w.job();
    w.put(&job).await;
    let db = watched.clone();
    let handler = Handler::new(move |job: JobContext| {
        let db = db.clone();
        async move {
            let settle = Settlement { lease: job.lease().clone(), end: JobEnd::Dead(failure()) };
            let changes = ChangeSet { settle: Some(settle), ..ChangeSet::default() };
            let committed = db.commit(&job.job().tenant, changes).await.unwrap();
            Finish::Settled(committed.settled.unwrap())
        }
    });
    let worker = Worker::new(watched.clone(), Handlers::default().with(kind(), handler));
    let ran = worker.run_until_idle().await.unwrap();
    assert_eq!(ran, Ran { by_commit: 1, ..Ran::default() });
    assert_eq!(watched.settled().len(), 1);
    assert_eq!(w.status(job.id).await, JobStatus::Failed);
}

#[tokio::test]
async fn a_settlement_is_repeated_until_the_queue_has_answered() {
    for outages in 1..6 {
        let w = World::flowing();
        let watched = Watched::new(w.db.clone());
        let job = w.job();
        w.put(&job).await;
        let failing = watched.clone();
        let handler = Handler::new(move |_| {
            failing.fail(outages);
            async { Finish::Done(json!(null)) }
        });
        let stop = Cancel::default();
        let signal = stop.clone();
        let worker = Worker::new(watched.clone(), Handlers::default().with(kind(), handler));
        let running = tokio::spawn(async move { worker.run(signal).await });
        w.clock.sleep(SECOND * 20).await;
        stop.cancel();
        let ran = running.await.unwrap().unwrap();
        assert_eq!(ran, Ran { completed: 1, ..Ran::default() }, "{outages} outages");
        let accepted =
            watched.settled().iter().filter(|(.., verdict)| *verdict == SettleVerdict::Accepted).count();
        assert_eq!(accepted, 1, "{outages} outages");
    }
}

#[tokio::test]
async fn a_job_given_up_or_cancelled_without_its_handler_is_told_to_it() {
    let w = World::flowing();
    let (poison, unwanted) = (w.job(), w.job());
    w.put(&poison).await;
    for _ in 0..=fusion_queue::memory::MAX_CRASHES {
        let claimed = w.claim_one().await;
        w.beat(&claimed, true).await;
        w.clock.advance(LEASE);
        if claimed.crashes < fusion_queue::memory::MAX_CRASHES {
            w.db.rescue().await.unwrap();
        }
    }
    w.put(&unwanted).await;
    w.db.cancel(&w.tenant, unwanted.id).await.unwrap();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let ran = handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(ran, Ran::default());
    assert_eq!(handler.told(), [ErrorKind::Internal, ErrorKind::Cancelled]);
}

#[tokio::test]
async fn a_worker_chains_what_was_committed() {
    let w = World::flowing();
    let changes = ChangeSet { audit: vec![w.entry("one")], ..ChangeSet::default() };
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    handler.worker(&w).run_until_idle().await.unwrap();
    assert_eq!(w.db.chain(9).await.unwrap(), 0);
}

#[tokio::test]
async fn a_worker_has_no_more_in_hand_than_its_slots() {
    let w = World::flowing();
    w.db.enqueue((0..20).map(|_| w.job()).collect()).await.unwrap();
    let (now, most, clock) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)), w.clock.clone());
    let (seen, peak) = (now.clone(), most.clone());
    let handler = Handler::new(move |_| {
        let (seen, peak, clock) = (seen.clone(), peak.clone(), clock.clone());
        async move {
            peak.fetch_max(seen.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            clock.sleep(SECOND).await;
            seen.fetch_sub(1, Ordering::SeqCst);
            Finish::Done(json!(null))
        }
    });
    let ran = handler.worker(&w).with_slots(3).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, most.load(Ordering::SeqCst)), (20, 3));
}

#[tokio::test]
async fn an_idle_worker_starts_new_work_at_once() {
    let w = World::new();
    let handler = Handler::new(async |_| Finish::Done(json!(null)));
    let worker = handler.worker(&w).with_poll(Duration::from_secs(3600));
    let running = tokio::spawn(async move { worker.run(Cancel::default()).await });
    settle_down().await;
    let job = w.job();
    w.put(&job).await;
    settle_down().await;
    assert_eq!(w.status(job.id).await, JobStatus::Completed);
    running.abort();
}

#[test]
fn a_worker_and_its_run_can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let worker = Worker::new(Memory::new(), Handlers::default());
    is_send(worker.run(Cancel::default()));
    is_send(worker.run_until_idle());
}
