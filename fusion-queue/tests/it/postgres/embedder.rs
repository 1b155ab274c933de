//! Somebody's own transaction that puts jobs in and stays open.

use super::{Schema, opened};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*, model::JobId, testkit::TestClock};
use fusion_queue::Postgres;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

struct Scene {
    // Ends before its schema is dropped.
    embedder: PgConnection,
    w: World<TestClock, Postgres>,
    schema: Schema,
}

impl Scene {
    async fn new() -> Self {
        let (w, schema) = opened().await;
        let mut embedder = super::schema::connection().await;
        embedder.execute("BEGIN").await.unwrap();
        Self { w, schema, embedder }
    }

    /// Puts `job` in as an embedder does, inside the transaction that is open.
    async fn put_in(&mut self, job: &NewJob) -> Enqueued {
        self.w.db.enqueue_in(&mut self.embedder, vec![job.clone()]).await.unwrap().remove(0)
    }

    async fn commit(&mut self) {
        self.embedder.execute("COMMIT").await.unwrap();
    }

    /// A job that has nothing to do with it all.
    async fn another_goes_on(&self) {
        let job = self.w.job();
        self.w.put(&job).await;
        let claimed = self.w.claim(9).await;
        assert_eq!(claimed.iter().map(|one| one.job.id).collect::<Vec<JobId>>(), [job.id]);
        assert_eq!(self.w.done(&claimed[0]).await, SettleVerdict::Accepted);
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_with_a_running_jobs_unique_key_blocks_no_worker() {
    let mut s = Scene::new().await;
    s.w.put(&s.w.unique(1, WhileRunning::FollowUp)).await;
    let running = s.w.claim_one().await;
    let later = s.w.unique(2, WhileRunning::FollowUp);
    assert_eq!(s.put_in(&later).await, Enqueued::FollowUp);
    s.another_goes_on().await;
    assert_eq!(s.w.beat(&running, true).await, BeatVerdict::Held);
    assert_eq!(s.w.done(&running).await, SettleVerdict::Accepted);
    s.another_goes_on().await;
    s.commit().await;
    let follow_up = s.w.claim_one().await;
    assert_eq!((follow_up.job.id, follow_up.job.payload), (later.id, json!(2)));
    assert_eq!(s.schema.count("SELECT count(*) FROM fusion.loose").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_that_takes_over_a_waiting_job_keeps_it_from_running_on_the_old_payload() {
    let mut s = Scene::new().await;
    let waiting = s.w.unique(1, WhileRunning::FollowUp);
    s.w.put(&waiting).await;
    let later = s.w.unique(2, WhileRunning::FollowUp);
    assert_eq!(s.put_in(&later).await, Enqueued::Joined(waiting.id));
    s.another_goes_on().await;
    s.commit().await;
    let claimed = s.w.claim_one().await;
    assert_eq!((claimed.job.id, claimed.job.payload), (waiting.id, json!(2)));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_behind_a_serial_key_blocks_no_worker() {
    let mut s = Scene::new().await;
    let (first, second, third) = (s.w.serial("a"), s.w.serial("a"), s.w.serial("a"));
    s.w.put(&first).await;
    s.w.put(&second).await;
    let head = s.w.claim_one().await;
    assert_eq!(s.put_in(&third).await, Enqueued::New);
    assert_eq!(s.w.done(&head).await, SettleVerdict::Accepted);
    s.another_goes_on().await;
    s.commit().await;
    for wanted in [second.id, third.id] {
        let claimed = s.w.claim(9).await;
        assert_eq!(claimed.iter().map(|one| one.job.id).collect::<Vec<JobId>>(), [wanted]);
        s.w.done(&claimed[0]).await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_transaction_that_is_undone_leaves_no_job_and_no_key() {
    let mut s = Scene::new().await;
    let (job, serial) = (s.w.unique(1, WhileRunning::FollowUp), s.w.serial("a"));
    assert_eq!(s.put_in(&job).await, Enqueued::New);
    assert_eq!(s.put_in(&serial).await, Enqueued::New);
    s.embedder.execute("ROLLBACK").await.unwrap();
    assert_eq!(JobQueue::get(&s.w.db, &s.w.tenant, job.id).await.unwrap(), None);
    assert_eq!(s.w.put(&job).await, Enqueued::New);
    assert_eq!(s.w.put(&serial).await, Enqueued::New);
    assert_eq!(s.w.claim(9).await.len(), 2);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_puts_in_under_a_key_that_stays_held_is_told_and_not_kept_for_ever() {
    let mut s = Scene::new().await;
    let job = s.w.unique(1, WhileRunning::FollowUp);
    assert_eq!(s.put_in(&job).await, Enqueued::New);
    let refused = s.w.db.enqueue(vec![s.w.unique(2, WhileRunning::FollowUp)]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.to_string().contains("open transaction"), "{refused}");
    s.another_goes_on().await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_with_a_child_of_a_running_job_blocks_no_worker() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    let running = s.w.claim_one().await;
    let child = NewJob { parents: vec![parent.id], ..s.w.job() };
    assert_eq!(s.put_in(&child).await, Enqueued::New);
    s.another_goes_on().await;
    assert_eq!(s.w.beat(&running, true).await, BeatVerdict::Held);
    assert_eq!(s.w.done(&running).await, SettleVerdict::Accepted);
    s.another_goes_on().await;
    s.commit().await;
    let claimed = s.w.claim_one().await;
    assert_eq!(claimed.job, child);
    assert_eq!(claimed.parents[0].status, JobStatus::Completed);
    assert_eq!(s.schema.count("SELECT count(*) FROM fusion.loose").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_with_a_child_keeps_its_parent_remembered_and_nobody_waits_for_it() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let child = NewJob { parents: vec![parent.id], parent_failed: ParentFailed::Run, ..s.w.job() };
    assert_eq!(s.put_in(&child).await, Enqueued::New);
    s.w.db.told(&[parent.id]).await.unwrap();
    s.w.clock.advance(SECOND * 3_600 * 24 * 8);
    s.w.db.rescue(&[kind()]).await.unwrap();
    s.commit().await;
    let claimed = s.w.claim_one().await;
    let parents: Vec<_> = claimed.parents.iter().map(|parent| (parent.id, parent.status)).collect();
    assert_eq!((claimed.job.id, parents), (child.id, vec![(parent.id, JobStatus::Failed)]));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_open_transaction_behind_a_held_key_keeps_nobody_from_saying_that_it_goes_on() {
    let mut s = Scene::new().await;
    let head = NewJob { dead_head: DeadHead::Hold, ..s.w.serial("a") };
    s.w.put(&head).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let next = s.w.serial("a");
    assert_eq!(s.put_in(&next).await, Enqueued::New);
    s.w.db.go_on(&s.w.tenant, "a").await.unwrap();
    s.another_goes_on().await;
    s.commit().await;
    assert_eq!(s.w.claim_ids(9).await, [next.id]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_child_that_has_failed_at_once_in_an_open_transaction_is_known_to_who_waited_for_it() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Cancelled).await, SettleVerdict::Accepted);
    let child = NewJob { parents: vec![parent.id], ..s.w.job() };
    assert_eq!(s.put_in(&child).await, Enqueued::New);
    let (db, again) = (s.w.db.clone(), child.clone());
    let putting = tokio::spawn(async move { db.enqueue(vec![again]).await });
    s.schema.blocked(1).await;
    s.commit().await;
    assert_eq!(putting.await.unwrap().unwrap(), [Enqueued::Known]);
    assert_eq!(s.w.status(child.id).await, JobStatus::Failed);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_transaction_of_somebodys_own_wakes_workers_once_it_has_committed() {
    let (w, schema) = opened().await;
    let mut connection = super::schema::connection().await;
    connection.execute(schema.sql("CREATE TABLE fusion.orders (number int)")).await.unwrap();
    let waiting = tokio::spawn({
        let db = w.db.clone();
        async move { db.wait(SECOND * 3_600).await }
    });
    for (number, is_kept) in [(1, false), (2, true)] {
        let mut transaction = connection.begin().await.unwrap();
        let order = schema.sql("INSERT INTO fusion.orders VALUES ($1)");
        sqlx::query(order).bind(number).execute(&mut *transaction).await.unwrap();
        let jobs = vec![w.job(), w.serial("a"), w.unique(number, WhileRunning::Join)];
        let answers = w.db.enqueue_in(&mut transaction, jobs).await.unwrap();
        assert_eq!(answers, [Enqueued::New; 3], "what was undone has left no key");
        assert!(w.claim(9).await.is_empty(), "it hasn't committed");
        assert!(!waiting.is_finished(), "nobody is woken for what isn't there");
        match is_kept {
            true => transaction.commit().await.unwrap(),
            false => transaction.rollback().await.unwrap(),
        }
        assert_eq!(schema.count("SELECT count(*) FROM fusion.orders").await, i64::from(is_kept));
    }
    w.db.wake();
    waiting.await.unwrap();
    assert_eq!(w.claim(9).await.len(), 3);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_idle_worker_finds_what_a_transaction_has_committed_without_being_told() {
    let schema = Schema::new();
    let db = schema.settings().connect().await.unwrap();
    let clock = std::sync::Arc::new(fusion_queue::TokioClock::system());
    let w = World::over(clock.clone(), db);
    struct Nothing;
    #[async_trait::async_trait]
    impl JobHandler for Nothing {
        async fn run(&self, _: JobContext) -> Finish {
            Finish::Done(json!(null))
        }
    }
    let handlers = Handlers::default().with(kind(), Nothing);
    let worker = fusion_queue::Worker::of_queue(w.db.clone(), clock, handlers).with_poll(SECOND * 3_600);
    let working = tokio::spawn(async move { worker.run(Default::default()).await });
    let mut connection = super::schema::connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let job = w.job();
    w.db.enqueue_in(&mut transaction, vec![job.clone()]).await.unwrap();
    transaction.commit().await.unwrap();
    let state = w.db.wait_for(&w.tenant, job.id, &*w.clock, SECOND * 60).await.unwrap().unwrap();
    assert_eq!(state.status, JobStatus::Completed);
    working.abort();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_refusal_within_a_transaction_is_told_as_elsewhere_and_undoes_it() {
    let mut s = Scene::new().await;
    let orphan = NewJob { parents: vec![s.w.job().id], ..s.w.job() };
    let refused = s.w.db.enqueue_in(&mut s.embedder, vec![s.w.job(), orphan]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    s.commit().await;
    s.another_goes_on().await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_bare_statement_of_another_driver_puts_in_jobs_like_any_other() {
    let (w, schema) = opened().await;
    let put =
        "SELECT fusion.put($1, $2, $3, $4::json, $5, begins_work => true, serial => 'a', unique_key => $6,
            due_in => make_interval(secs => 90))";
    let (job, again) = (w.unique(1, WhileRunning::FollowUp), w.job());
    let mut connection = super::schema::connection().await;
    for (id, wanted) in [(job.id, 0_i16), (job.id, 1), (again.id, 2)] {
        let mut transaction = connection.begin().await.unwrap();
        let answer: i16 = sqlx::query_scalar(schema.sql(put))
            .bind(id.as_uuid())
            .bind(w.tenant.as_str())
            .bind(kind().as_str())
            .bind("[1]")
            .bind(w.store.as_uuid())
            .bind(job.unique.unwrap().key.as_bytes().to_vec())
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(answer, wanted);
        transaction.commit().await.unwrap();
    }
    let wanted = NewJob {
        payload: json!([1]),
        serial: Some("a".into()),
        due: fusion_core::error::When::In(SECOND * 90),
        begins_work: true,
        ..job
    };
    assert_eq!(w.state(wanted.id).await.job, wanted);
    // It is due by the server's own clock.
    let db = schema.settings().connect().await.unwrap();
    let explained = db.explain(&w.tenant, wanted.id).await.unwrap();
    assert!(matches!(explained, Explanation::NotDue(span) if span > SECOND * 30), "{explained:?}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_job_that_ends_in_an_open_transaction_is_known_to_who_puts_it_in_again() {
    let mut scene = Scene::new().await;
    let job = scene.w.job();
    scene.w.put(&job).await;
    let sql = scene.schema.sql("SELECT fusion.cancel($1, $2, $3)");
    let cancel = sqlx::query(sql).bind(0_i64).bind(job.tenant.as_str()).bind(job.id.as_uuid());
    cancel.execute(&mut scene.embedder).await.unwrap();
    let putting = tokio::spawn({
        let (db, again) = (scene.w.db.clone(), job.clone());
        async move { db.enqueue(vec![again]).await }
    });
    scene.schema.blocked(1).await;
    scene.commit().await;
    assert_eq!(putting.await.unwrap().unwrap(), [Enqueued::Known]);
    assert_eq!(scene.schema.count("SELECT count(*) FROM fusion.jobs").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_puts_in_the_same_jobs_in_another_order_waits_and_is_never_in_the_way() {
    let mut scene = Scene::new().await;
    let mut jobs = [scene.w.job(), scene.w.job()];
    jobs.sort_unstable_by_key(|job| job.id);
    let [first, second] = jobs;
    assert_eq!(scene.put_in(&first).await, Enqueued::New);
    let putting = tokio::spawn({
        let (db, jobs) = (scene.w.db.clone(), vec![second.clone(), first.clone()]);
        async move { db.enqueue(jobs).await }
    });
    scene.schema.blocked(1).await;
    assert_eq!(scene.put_in(&second).await, Enqueued::New);
    scene.commit().await;
    assert_eq!(putting.await.unwrap().unwrap(), [Enqueued::Known, Enqueued::Known]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn what_another_driver_says_is_refused_or_its_own_jobs_trouble() {
    let (w, schema) = opened().await;
    let mut connection = super::schema::connection().await;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let odd = ["1e999", "\"\\ud800\"", deep.as_str()];
    for payload in odd {
        let sql =
            schema.sql("SELECT fusion.put(id => $1, tenant => 'acme', kind => 'test', payload => $2::json)");
        sqlx::query(sql).bind(w.job().id.as_uuid()).bind(payload).execute(&mut connection).await.unwrap();
    }
    let innocent = w.job();
    w.put(&innocent).await;
    let claimed = w.claim(9).await;
    let payloads: Vec<_> = claimed.iter().map(|one| one.job.payload.clone()).collect();
    assert_eq!(payloads.len(), 4, "{payloads:?}");
    for payload in odd {
        assert!(payloads.contains(&json!(payload)), "{payload}");
    }
    let long = "k".repeat(2_001);
    for (tenant, kind, serial) in [
        ("acme", "fusion.execute", "a"),
        ("acme", "", "a"),
        ("", "test", "a"),
        ("a\u{1}b", "test", "a"),
        ("acme", "test", long.as_str()),
        ("acme", long.as_str(), "a"),
    ] {
        let sql = schema.sql("SELECT fusion.put($1, $2, $3, '1', serial => $4)");
        let put = sqlx::query(sql).bind(w.job().id.as_uuid()).bind(tenant).bind(kind).bind(serial);
        let refused = put.execute(&mut connection).await.unwrap_err();
        assert!(
            refused.as_database_error().is_some_and(|told| told.code() == Some("22023".into())),
            "{refused}"
        );
    }
}
