//! A backend of parts: the storage in a file, the queue elsewhere.

use super::*;
use crate::fixture::LEASE;
use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind, Result,
    audit::Action,
    job::{
        ClaimRequest, Finish, Handlers, JobEnd, JobQueue, JobStatus, NewJob, QueueControl as _, Settlement,
    },
    storage::{Outbox as _, Split},
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_queue::{Memory, Worker};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

type Parts = Split<SqliteStorage, Memory, Memory>;

async fn parts(clock: TestClock) -> (Parts, TempDir) {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(clock);
    let storage = settings(&folder).with_clock(clock.clone()).open().await.unwrap();
    let elsewhere = Memory::with_clock(clock);
    (Split::new(storage, elsewhere.clone(), elsewhere), folder)
}

mod kits {
    use super::*;

    fusion_core::storage_conformance!(parts);
    mod queue {
        use super::*;
        fusion_core::queue_conformance!(parts);
    }
    mod budget {
        use super::*;
        fusion_core::budget_conformance!(parts);
    }
}

/// Refuses that many calls that change the queue.
#[derive(Clone)]
struct Unreached(Arc<AtomicU32>);

#[async_trait]
impl Watch for Unreached {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Result<()> {
        let less = |left: u32| left.checked_sub(1);
        match call.changes && self.0.fetch_update(SeqCst, SeqCst, less).is_ok() {
            true => Err(Error::new(ErrorKind::Unavailable, "the queue wasn't reached")),
            false => Ok(()),
        }
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

struct Scene {
    w: World,
    folder: TempDir,
    storage: SqliteStorage,
    queue: Memory,
    outages: Arc<AtomicU32>,
    db: Arc<Split<SqliteStorage, Through<Memory, Unreached>, Memory>>,
}

impl Scene {
    async fn new() -> Self {
        let (w, folder) = (World::new(), TempDir::new().unwrap());
        let storage = opened(&folder).await;
        let queue = Memory::default();
        let outages = Arc::<AtomicU32>::default();
        let through = Through { backend: queue.clone(), watch: Unreached(outages.clone()) };
        let db = Arc::new(Split::new(storage.clone(), through, queue.clone()));
        Self { w, folder, storage, queue, outages, db }
    }

    async fn status(&self, job: JobId) -> JobStatus {
        JobQueue::get(&self.queue, &self.w.tenant, job).await.unwrap().unwrap().status
    }

    fn claim(&self) -> ClaimRequest {
        let kinds = vec![self.w.job().kind];
        ClaimRequest { worker: "worker".to_owned(), limit: 9, kinds, lease_for: LEASE }
    }

    async fn claimed(&self) -> Vec<JobId> {
        let claimed = self.db.claim(self.claim()).await.unwrap();
        claimed.into_iter().map(|one| one.job.id).collect()
    }
}

#[tokio::test]
async fn while_the_queue_is_not_reached_commits_go_on_and_their_jobs_wait() {
    let s = Scene::new().await;
    let [first, second] = [s.w.job(), s.w.job()];
    s.outages.store(1, SeqCst);
    drop(s.db.commit(&s.w.tenant, change(|c| c.jobs.push(first.clone()))).await.unwrap());
    assert_eq!(s.storage.waiting(9).await.unwrap().len(), 1);
    assert_eq!(JobQueue::get(&s.queue, &s.w.tenant, first.id).await.unwrap(), None);
    drop(s.db.commit(&s.w.tenant, change(|c| c.jobs.push(second.clone()))).await.unwrap());
    assert_eq!(s.storage.waiting(9).await.unwrap(), []);
    assert_eq!(s.claimed().await, [first.id, second.id]);
}

#[tokio::test]
async fn what_a_process_that_is_gone_had_left_is_handed_on_before_the_next_claim() {
    let s = Scene::new().await;
    let [job, gone] = [s.w.job(), s.w.job()];
    s.queue.enqueue(vec![gone.clone()]).await.unwrap();
    let left = change(|c| {
        c.jobs.push(job.clone());
        c.cancels.push(gone.id);
    });
    drop(s.storage.commit(&s.w.tenant, left).await.unwrap());
    assert_eq!(s.claimed().await, [job.id]);
    assert_eq!(s.status(gone.id).await, JobStatus::Cancelled);
}

#[tokio::test]
async fn a_cancellation_that_the_queue_leaves_to_the_request_holds_nothing_up() {
    let s = Scene::new().await;
    let granted = NewJob { grant: Some(GrantId::new(&s.w.clock)), ..s.w.job() };
    let other = s.w.job();
    drop(s.db.commit(&s.w.tenant, change(|c| c.jobs.push(granted.clone()))).await.unwrap());
    let revoked = change(|c| {
        c.cancels.push(granted.id);
        c.jobs.push(other.clone());
    });
    drop(s.db.commit(&s.w.tenant, revoked).await.unwrap());
    assert_eq!(s.storage.waiting(9).await.unwrap(), []);
    assert_eq!(s.claimed().await, [granted.id, other.id]);
}

#[tokio::test]
async fn a_job_that_the_queue_refuses_for_good_holds_up_no_other() {
    let s = Scene::new().await;
    let [first, taken, last] = [s.w.job(), s.w.job(), s.w.job()];
    // Its id is that of another tenant's job.
    s.queue.enqueue(vec![NewJob { tenant: s.w.other.clone(), ..taken.clone() }]).await.unwrap();
    for job in [&first, &taken, &last] {
        drop(s.storage.commit(&s.w.tenant, change(|c| c.jobs.push(job.clone()))).await.unwrap());
    }
    assert_eq!(s.db.relay().await.unwrap(), 3);
    let claimed = s.claimed().await;
    assert!(claimed.contains(&first.id) && claimed.contains(&last.id), "{claimed:?}");
    assert_eq!(told(&s).await, [(taken.id.to_string(), json!("enqueue"))]);
    assert!(s.storage.audit(&s.w.other, 0, 9).await.unwrap().is_empty());
}

/// The jobs that the audit tells of as refused, and what was asked.
async fn told(s: &Scene) -> Vec<(String, Value)> {
    let entries = s.storage.audit(&s.w.tenant, 0, 9).await.unwrap().into_iter().map(|entry| entry.entry);
    let refused = entries.filter(|entry| entry.action == Action::QueueRefused);
    refused.map(|entry| (entry.subject.id.clone(), entry.details()["asked"].clone())).collect()
}

#[tokio::test]
async fn what_a_storage_knows_of_leases_goes_with_the_jobs_that_their_queue_forgets() {
    let clock = World::new().clock;
    let (db, folder) = parts(clock.clone()).await;
    let w = World::over(clock, db);
    let mut file =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", folder.path().join("fusion.db").display()))
            .await
            .unwrap();
    let mut tokens = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM tokens").fetch_one(&mut file).await.unwrap()
    };
    w.put(&w.job()).await;
    let claimed = w.claim_one().await;
    let end = Settlement { lease: claimed.lease.clone(), end: JobEnd::Completed(json!(1)) };
    drop(w.db.commit(&w.tenant, change(|c| c.settle = Some(end))).await.unwrap());
    assert_eq!(tokens().await, 1);
    w.clock.advance(std::time::Duration::from_secs(9 * 24 * 3_600));
    let week = std::time::Duration::from_secs(7 * 24 * 3_600);
    assert_eq!(w.db.forget(week, 9).await.unwrap(), 1);
    assert_eq!(tokens().await, 0);
}

/// Refuses one job's settlements.
#[derive(Clone)]
struct Refusing(JobId);

#[async_trait]
impl Watch for Refusing {
    type Held = ();

    async fn before(&self, call: &Call<'_>) -> Result<()> {
        match call.carries {
            Carries::Settlements(ends) if ends.iter().any(|end| end.lease.job == self.0) => {
                Err(Error::new(ErrorKind::InvalidInput, "it takes no such result"))
            }
            _ => Ok(()),
        }
    }

    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_settlement_that_the_queue_refuses_for_good_holds_up_no_other() {
    let s = Scene::new().await;
    let jobs = [s.w.job(), s.w.job(), s.w.job()];
    s.queue.enqueue(jobs.to_vec()).await.unwrap();
    for claimed in s.queue.claim(s.claim()).await.unwrap() {
        let end = Settlement { lease: claimed.lease, end: JobEnd::Completed(Value::Null) };
        drop(s.storage.commit(&s.w.tenant, change(|c| c.settle = Some(end))).await.unwrap());
    }
    let refused = jobs[1].id;
    let through = Through { backend: s.queue.clone(), watch: Refusing(refused) };
    let db = Split::new(s.storage.clone(), through, s.queue.clone());
    assert_eq!(db.relay().await.unwrap(), 3);
    for job in &jobs {
        assert_eq!(s.status(job.id).await == JobStatus::Completed, job.id != refused);
    }
    assert_eq!(told(&s).await, [(refused.to_string(), json!("settle"))]);
}

#[tokio::test]
async fn an_errand_that_cant_be_read_waits_and_holds_up_no_other() {
    let s = Scene::new().await;
    let jobs = [s.w.job(), s.w.job()];
    for job in &jobs {
        drop(s.storage.commit(&s.w.tenant, change(|c| c.jobs.push(job.clone()))).await.unwrap());
    }
    let file = s.folder.path().join(FILE);
    let mut newer = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let first = "WHERE number = (SELECT min(number) FROM errands)";
    newer
        .execute(sqlx::AssertSqlSafe(format!("UPDATE errands SET body = '{{\"Later\":1}}' {first}")))
        .await
        .unwrap();
    assert_eq!((s.db.relay().await.unwrap(), s.db.relay().await.unwrap()), (1, 0));
    assert_eq!(s.claimed().await, [jobs[1].id]);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM errands").fetch_one(&mut newer).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn what_is_handed_on_twice_is_done_once() {
    let s = Scene::new().await;
    let job = s.w.job();
    drop(s.storage.commit(&s.w.tenant, change(|c| c.jobs.push(job.clone()))).await.unwrap());
    // As a process does that dies before it notes that it has handed it on.
    s.queue.enqueue(vec![job.clone()]).await.unwrap();
    let lease = s.queue.claim(s.claim()).await.unwrap().remove(0).lease;
    s.queue.settle(vec![Settlement { lease, end: JobEnd::Completed(Value::Null) }]).await.unwrap();
    assert_eq!((s.db.relay().await.unwrap(), s.db.relay().await.unwrap()), (1, 0));
    assert_eq!(s.claimed().await, []);
    assert_eq!(s.status(job.id).await, JobStatus::Completed);
}

#[tokio::test]
async fn a_commit_of_a_job_that_waits_for_others_is_refused_before_it_is_stored() {
    let s = Scene::new().await;
    let mut job = s.w.job();
    job.parents.push(s.w.job().id);
    let item = s.w.item("mug");
    let refused = s.db.commit(
        &s.w.tenant,
        change(|c| {
            c.jobs.push(job);
            c.create(item.clone());
        }),
    );
    assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(Storage::get(&s.db, &s.w.tenant, &[StockItem::key(item.id)]).await.unwrap(), [None]);
}

#[tokio::test]
async fn a_worker_performs_what_a_commit_asked_for_and_a_commit_settles_it() {
    let s = Scene::new().await;
    let (job, item) = (s.w.job(), s.w.item("mug"));
    drop(s.db.commit(&s.w.tenant, change(|c| c.jobs.push(job.clone()))).await.unwrap());
    let (db, tenant) = (s.db.clone(), s.w.tenant.clone());
    let handler = crate::worker::Handler::new(move |cx| {
        let (db, tenant, item) = (db.clone(), tenant.clone(), item.clone());
        async move {
            let changes = change(|c| {
                c.create(item);
                c.fence = Some(cx.lease().clone());
                c.settle = Some(Settlement { lease: cx.lease().clone(), end: JobEnd::Completed(json!(7)) });
            });
            Finish::Settled(db.commit(&tenant, changes).await.unwrap().settled.unwrap())
        }
    });
    let handlers = Handlers::default().with(s.w.job().kind, handler);
    let ran = Worker::new(s.db.clone(), handlers).run_until_idle().await.unwrap();
    assert_eq!(ran.by_commit, 1);
    let state = JobQueue::get(&s.queue, &s.w.tenant, job.id).await.unwrap().unwrap();
    assert_eq!((state.status, state.result), (JobStatus::Completed, Some(json!(7))));
}
