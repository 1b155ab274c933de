//! An embedder's transaction that sees the queue as it was when it began.

use crate::{
    fixture::*,
    postgres::{
        opened,
        schema::{Schema, connection},
    },
};
use fusion_core::{error::ErrorKind, job::*, model::JobId, testkit::TestClock};
use fusion_queue::Postgres;
use serde_json::json;
use sqlx::{Executor as _, PgConnection};

struct Scene {
    // Ends before its schema is dropped.
    embedder: PgConnection,
    w: World<TestClock, Postgres>,
    schema: Schema,
}

impl Scene {
    async fn new() -> Self {
        let (w, schema) = opened().await;
        Self { embedder: connection().await, w, schema }
    }

    async fn looks(&mut self) {
        self.embedder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
        self.embedder.execute(self.schema.sql("SELECT count(*) FROM fusion.jobs")).await.unwrap();
    }

    /// What the queue answers; `None`: it refuses, which its documentation allows.
    async fn puts_in(&mut self, job: &NewJob) -> Option<Enqueued> {
        match self.w.db.enqueue_in(&mut self.embedder, vec![job.clone()]).await {
            Ok(answers) => {
                self.embedder.execute("COMMIT").await.unwrap();
                Some(answers[0])
            }
            Err(error) => {
                assert!(
                    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::InvalidConfig),
                    "{error:?}"
                );
                self.embedder.execute("ROLLBACK").await.unwrap();
                None
            }
        }
    }

    /// Ends what is due until nothing is.
    async fn work_off(&self) -> Vec<(JobId, serde_json::Value)> {
        let mut done = Vec::new();
        for _ in 0..9 {
            for one in self.w.claim(9).await {
                assert_eq!(self.w.done(&one).await, SettleVerdict::Accepted);
                done.push((one.job.id, one.job.payload));
            }
        }
        done
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_serial_job_whose_head_an_old_snapshot_still_shows_is_performed() {
    let mut s = Scene::new().await;
    let (first, second, third) = (s.w.serial("a"), s.w.serial("a"), s.w.serial("a"));
    s.w.put(&first).await;
    s.looks().await;
    assert_eq!(s.work_off().await.len(), 1);
    let answer = s.puts_in(&second).await;
    s.w.put(&third).await;
    let ids: Vec<JobId> = s.work_off().await.into_iter().map(|(id, _)| id).collect();
    match answer {
        Some(_) => assert_eq!(ids, [second.id, third.id]),
        None => assert_eq!(ids, [third.id]),
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_follow_up_of_a_holder_that_an_old_snapshot_still_shows_is_performed() {
    let mut s = Scene::new().await;
    s.w.put(&s.w.unique(1, WhileRunning::FollowUp)).await;
    let running = s.w.claim_one().await;
    s.looks().await;
    assert_eq!(s.w.done(&running).await, SettleVerdict::Accepted);
    let newer = s.w.unique(2, WhileRunning::FollowUp);
    let answer = s.puts_in(&newer).await;
    let done = s.work_off().await;
    assert!(answer.is_none() || done == [(newer.id, json!(2))], "{answer:?} and then {done:?}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_newer_payload_joins_no_holder_that_an_old_snapshot_alone_still_shows() {
    let mut s = Scene::new().await;
    s.w.put(&s.w.unique(1, WhileRunning::Join)).await;
    let running = s.w.claim_one().await;
    s.looks().await;
    assert_eq!(s.w.done(&running).await, SettleVerdict::Accepted);
    let newer = s.w.unique(2, WhileRunning::Join);
    let answer = s.puts_in(&newer).await;
    let done = s.work_off().await;
    assert!(answer.is_none() || done == [(newer.id, json!(2))], "{answer:?} and then {done:?}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_job_that_has_ended_since_an_old_snapshot_is_known_to_it() {
    let mut s = Scene::new().await;
    let job = s.w.job();
    s.w.put(&job).await;
    s.looks().await;
    assert_eq!(s.work_off().await.len(), 1);
    let answer = s.puts_in(&job).await;
    assert!(matches!(answer, None | Some(Enqueued::Known)), "it is performed once more: {answer:?}");
    assert!(s.work_off().await.is_empty());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_outlives_a_job_that_an_old_snapshot_has_put_in_again() {
    let mut s = Scene::new().await;
    let job = s.w.job();
    s.w.put(&job).await;
    s.looks().await;
    assert_eq!(s.work_off().await.len(), 1);
    s.puts_in(&job).await;
    let innocent = s.w.job();
    s.w.put(&innocent).await;
    let claimed = s.w.claim(9).await;
    let ends = claimed.iter().map(|one| crate::postgres::completed(&one.lease)).collect();
    let told = s.w.db.settle(ends).await;
    assert!(told.is_ok(), "the settlement of the others with it is refused for good: {told:?}");
    assert_eq!(s.w.status(innocent.id).await, JobStatus::Completed);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_parent_that_has_ended_since_an_old_snapshot_lets_its_child_run() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    s.looks().await;
    assert_eq!(s.work_off().await.len(), 1);
    let child = NewJob { parents: vec![parent.id], ..s.w.job() };
    let answer = s.puts_in(&child).await;
    let done = s.work_off().await;
    assert!(answer.is_none() || done == [(child.id, json!({}))], "{answer:?} and then {done:?}");
}

struct Nothing;

#[async_trait::async_trait]
impl JobHandler for Nothing {
    async fn run(&self, _: JobContext) -> Finish {
        Finish::Done(json!(null))
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_goes_on_beside_a_job_that_an_old_snapshot_has_put_in_again() {
    // A worker's time goes on by itself.
    let (schema, clock) = (Schema::new(), std::sync::Arc::new(fusion_queue::TokioClock::system()));
    let w = World::over(clock.clone(), schema.settings().connect().await.unwrap());
    let job = w.job();
    w.put(&job).await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
    embedder.execute(schema.sql("SELECT count(*) FROM fusion.jobs")).await.unwrap();
    assert_eq!(w.done(&w.claim_one().await).await, SettleVerdict::Accepted);
    let end = match w.db.enqueue_in(&mut embedder, vec![job]).await {
        Ok(_) => "COMMIT",
        Err(_) => "ROLLBACK",
    };
    embedder.execute(end).await.unwrap();
    let handlers = Handlers::default().with(kind(), Nothing);
    let worker = fusion_queue::Worker::of_queue(w.db.clone(), clock.clone(), handlers);
    let working = tokio::spawn(async move { worker.run(Default::default()).await });
    for _ in 0..20 {
        let innocent = w.job();
        w.put(&innocent).await;
        let ended = w.db.wait_for(&w.tenant, innocent.id, &*clock, SECOND * 5).await;
        if working.is_finished() {
            panic!("the worker has given up: {:?}", working.await);
        }
        assert_eq!(ended.unwrap().unwrap().status, JobStatus::Completed);
    }
    working.abort();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_producer_at_repeatable_read_loses_no_serial_job_that_waits_for_the_end_of_its_head() {
    let (w, schema) = opened().await;
    let strict = schema.settings_with("&options[default_transaction_isolation]=repeatable%20read");
    let strict = strict.with_clock(std::sync::Arc::new(w.clock.clone())).connect().await.unwrap();
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    let lease = w.claim_one().await.lease;
    // Somebody's settlement is under way: it has let go of the key, and hasn't committed.
    let mut settling = connection().await;
    settling.execute("BEGIN").await.unwrap();
    let settle = schema.sql(
        "SELECT fusion.settle($1, ARRAY[$2], ARRAY[$3], ARRAY[1]::smallint[], ARRAY[NULL]::bigint[], ARRAY[true],
            ARRAY[false], ARRAY['1'])",
    );
    let settle = sqlx::query(settle).bind(fusion_core::clock::Clock::now(&w.clock).as_micros());
    let settle = settle.bind(lease.job.as_uuid()).bind(i64::try_from(lease.token).unwrap());
    settle.execute(&mut settling).await.unwrap();
    let putting = tokio::spawn({
        let next = next.clone();
        async move { strict.enqueue(vec![next]).await }
    });
    schema.blocked_or(1, || putting.is_finished()).await;
    settling.execute("COMMIT").await.unwrap();
    let answer = putting.await.unwrap();
    let claimed = w.claim_ids(9).await;
    assert!(answer.is_err() || claimed == [next.id], "{answer:?} and then {claimed:?}");
}
