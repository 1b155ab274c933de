//! Storage, queue and budgets in one file: the kits, and what holds of all of them together.

use super::*;
use fusion_core::{
    ErrorKind,
    error::When,
    job::*,
    plugin::{Booking, Bucket, BucketKey, BudgetLedger, BudgetUnit, Draw, Scope},
    storage::Outbox as _,
};
use fusion_queue::{Sqlite, Worker};
use serde_json::json;
use std::{borrow::Cow, time::Duration};

use crate::fixture::{LEASE, SECOND, kind, retry_in, snooze};

fusion_core::queue_conformance!(|clock: TestClock| async move {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
});

fusion_core::budget_conformance!(|clock: TestClock| async move {
    let folder = TempDir::new().unwrap();
    (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
});

mod storage {
    use super::*;

    fusion_core::storage_conformance!(|clock: TestClock| async move {
        let folder = TempDir::new().unwrap();
        (settings(&folder).with_clock(Arc::new(clock)).open_with_queue().await.unwrap(), folder)
    });
}

struct Scene {
    w: World,
    db: Sqlite,
    folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let w = World::new();
        let db = settings(&folder).with_clock(Arc::new(w.clock.clone())).open_with_queue().await.unwrap();
        Self { w, db, folder }
    }

    /// Another process on the same file.
    async fn another(&self) -> Sqlite {
        let clock = Arc::new(self.w.clock.clone());
        settings(&self.folder).with_clock(clock).open_with_queue().await.unwrap()
    }

    async fn commit(&self, fill: impl FnOnce(&mut ChangeSet)) -> fusion_core::storage::Committed {
        self.db.commit(&self.w.tenant, change(fill)).await.unwrap()
    }

    async fn refusal(&self, fill: impl FnOnce(&mut ChangeSet)) -> ErrorKind {
        self.db.commit(&self.w.tenant, change(fill)).await.unwrap_err().kind()
    }

    async fn status(&self, id: JobId) -> JobStatus {
        JobQueue::get(&self.db, &self.w.tenant, id).await.unwrap().unwrap().status
    }
}

async fn claim(db: &Sqlite, limit: usize) -> Vec<Claimed> {
    let request = ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: LEASE };
    db.claim(request).await.unwrap()
}

fn done(lease: &Lease) -> Settlement {
    Settlement { lease: lease.clone(), end: JobEnd::Completed(json!(null)) }
}

#[tokio::test]
async fn a_commit_and_what_it_asks_of_the_queue_are_one() {
    let s = Scene::new().await;
    let (running, waiting) = (s.w.job(), s.w.job());
    s.db.enqueue(vec![running.clone()]).await.unwrap();
    let lease = claim(&s.db, 1).await.remove(0).lease;
    s.db.enqueue(vec![waiting.clone()]).await.unwrap();
    let (new, item, twice) = (s.w.job(), s.w.item("mug"), s.w.step());
    let fill = |c: &mut ChangeSet| {
        c.create(item.clone());
        c.jobs.push(new.clone());
        c.cancels.push(waiting.id);
        c.fence = Some(lease.clone());
        c.settle = Some(done(&lease));
    };
    let refused = s.refusal(|c| {
        fill(c);
        c.steps.extend([twice.clone(), twice.clone()]);
    });
    assert_eq!(refused.await, ErrorKind::AlreadyExists);
    assert_eq!(JobQueue::get(&s.db, &s.w.tenant, new.id).await.unwrap(), None);
    assert_eq!(s.status(waiting.id).await, JobStatus::Pending);
    assert_eq!(s.status(running.id).await, JobStatus::Claimed);

    let committed = s.commit(fill).await;
    assert_eq!(committed.jobs, [Enqueued::New]);
    assert_eq!(committed.settled.unwrap().verdict(), SettleVerdict::Accepted);
    assert_eq!(s.status(new.id).await, JobStatus::Pending);
    assert_eq!(s.status(waiting.id).await, JobStatus::Cancelled);
    assert_eq!(s.status(running.id).await, JobStatus::Completed);
    assert!(s.db.rescue(&[kind()]).await.unwrap().is_empty(), "whoever committed it knows of the end");
    drop(s.db);
    assert!(settings(&s.folder).open_with_queue().await.is_ok(), "nothing is left to hand on");
}

#[tokio::test]
async fn a_queue_that_is_closed_and_opened_goes_on_where_it_was() {
    let s = Scene::new().await;
    let jobs: Vec<NewJob> = (0..4).map(|_| NewJob { begins_work: true, ..s.w.job() }).collect();
    s.db.enqueue(jobs.clone()).await.unwrap();
    let claimed = claim(&s.db, 3).await;
    let end = |nth: usize, end| Settlement { lease: claimed[nth].lease.clone(), end };
    let ends = vec![end(0, JobEnd::Completed(json!(7))), end(1, snooze(When::OnSignal, true))];
    s.db.settle(ends).await.unwrap();
    s.db.pause(&s.w.other, s.w.store).await.unwrap();
    let again = s.another().await;
    drop(s.db);
    assert!(claim(&again, 9).await.is_empty(), "the gate is still closed");
    let state = JobQueue::get(&again, &s.w.tenant, claimed[0].job.id).await.unwrap().unwrap();
    assert_eq!(state.result, Some(json!(7)));
    again.open_gate(&s.w.tenant, Some(s.w.store)).await.unwrap();
    assert_eq!(claim(&again, 9).await.len(), 2);
    assert_eq!(again.settle(vec![done(&claimed[2].lease)]).await.unwrap(), [SettleVerdict::Accepted]);
}

#[tokio::test]
async fn two_processes_share_a_queue_and_no_job_goes_to_both() {
    let s = Scene::new().await;
    let others = s.another().await;
    s.db.enqueue((0..40).map(|_| s.w.job()).collect()).await.unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let (mine, theirs) = tokio::join!(claim(&s.db, 5), claim(&others, 5));
        let claimed = [mine, theirs].concat();
        for one in claimed {
            assert!(ids.insert(one.job.id));
            // Settled by the other one: a lease is the file's.
            assert_eq!(others.settle(vec![done(&one.lease)]).await.unwrap(), [SettleVerdict::Accepted]);
        }
    }
    assert_eq!(ids.len(), 40);
}

#[tokio::test]
async fn a_worker_performs_what_another_process_puts_in() {
    let s = Scene::new().await;
    let job = s.w.job();
    s.another().await.enqueue(vec![job.clone()]).await.unwrap();
    let handlers =
        Handlers::default().with(kind(), crate::worker::Handler::new(async |_| Finish::Done(json!(1))));
    let ran = Worker::new(s.db.clone(), handlers).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, s.status(job.id).await), (1, JobStatus::Completed));
}

#[tokio::test]
async fn a_file_with_errands_for_another_queue_isnt_opened_with_its_own() {
    let folder = TempDir::new().unwrap();
    let w = World::new();
    let alone = opened(&folder).await;
    drop(alone.commit(&w.tenant, change(|c| c.jobs.push(w.job()))).await.unwrap());
    let error = settings(&folder).open_with_queue().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let waiting = alone.waiting(9).await.unwrap();
    alone.handed_on(&[waiting[0].number]).await.unwrap();
    assert!(settings(&folder).open_with_queue().await.is_ok());
}

#[tokio::test]
async fn a_file_whose_own_queue_has_jobs_isnt_opened_for_another() {
    let s = Scene::new().await;
    let job = s.w.job();
    s.db.enqueue(vec![job.clone()]).await.unwrap();
    let error = settings(&s.folder).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let _cancelled = s.db.cancel(&s.w.tenant, job.id).await.unwrap();
    assert!(settings(&s.folder).open().await.is_ok());
}

#[tokio::test]
async fn ended_jobs_of_many_retries_stay_fenced_by_token() {
    let s = Scene::new().await;
    s.db.enqueue(vec![s.w.job()]).await.unwrap();
    let mut last = 0;
    for _ in 0..5 {
        let claimed = claim(&s.db, 1).await.remove(0);
        assert!(claimed.lease.token > last);
        last = claimed.lease.token;
        let end = Settlement { lease: claimed.lease, end: retry_in(Duration::ZERO) };
        assert_eq!(s.another().await.settle(vec![end]).await.unwrap(), [SettleVerdict::Accepted]);
    }
}

const BUCKET: Bucket = Bucket {
    name: Cow::Borrowed("points"),
    scope: Scope::Store,
    unit: BudgetUnit::Cost,
    capacity: 100,
    refill: 50,
    per: Duration::from_secs(1),
};

fn key(subject: &str) -> BucketKey {
    BucketKey { platform: "shopify".into(), bucket: BUCKET.name.into_owned(), subject: subject.to_owned() }
}

async fn draw(db: &Sqlite, amount: u32, patience: Duration) -> Booking {
    db.reserve(&[Draw { key: key("acme"), bucket: BUCKET, amount }], patience).await.unwrap()
}

fn ready_in(booking: Booking) -> Duration {
    match booking {
        Booking::Booked { ready_in, .. } => ready_in,
        Booking::Full { ready_in } => panic!("full for {ready_in:?}"),
    }
}

#[tokio::test]
async fn processes_share_one_budget_that_books_into_the_future_up_to_ones_patience() {
    let s = Scene::new().await;
    let others = s.another().await;
    assert_eq!(ready_in(draw(&s.db, 60, SECOND).await), Duration::ZERO);
    assert_eq!(ready_in(draw(&others, 90, SECOND).await), SECOND);
    let full = draw(&s.db, 50, SECOND).await;
    assert_eq!(full, Booking::Full { ready_in: SECOND * 2 });
    assert_eq!(draw(&others, 50, SECOND).await, full, "a refused draw books nothing");
    s.w.clock.advance(SECOND);
    assert_eq!(ready_in(draw(&others, 50, SECOND).await), SECOND);
    // More than it holds counts as all of it.
    s.w.clock.advance(SECOND * 100);
    assert_eq!(ready_in(draw(&s.db, 1_000, SECOND).await), Duration::ZERO);
    assert_eq!(ready_in(draw(&s.db, 1, SECOND).await), Duration::from_millis(20));
}

#[tokio::test]
async fn pauses_and_limits_outlast_the_process() {
    let s = Scene::new().await;
    let looks = s.w.job();
    let begins = NewJob { begins_work: true, ..s.w.job() };
    s.db.enqueue(vec![looks.clone(), begins.clone()]).await.unwrap();
    s.db.pause_kind(&s.w.tenant, Some(&kind())).await.unwrap();
    s.db.limit_gate(&s.w.tenant, Some(s.w.store), Some(0)).await.unwrap();
    let again = s.another().await;
    assert!(claim(&again, 9).await.is_empty());
    again.resume_kind(&s.w.tenant, Some(&kind())).await.unwrap();
    let claimed = claim(&again, 9).await;
    assert_eq!(claimed.iter().map(|one| one.job.id).collect::<Vec<_>>(), [looks.id]);
    assert_eq!(again.explain(&s.w.tenant, begins.id).await.unwrap(), Explanation::GateFull);
}
