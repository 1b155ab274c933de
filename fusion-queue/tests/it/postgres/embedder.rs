//! Somebody's own transaction that puts jobs in and stays open.

use super::{Schema, opened};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*, model::JobId, testkit::TestClock};
use fusion_queue::Postgres;
use serde_json::json;
use sqlx::{Executor as _, PgConnection};

/// Puts `job` in as an embedder does, inside the transaction that is open on the connection.
async fn put_in(
    connection: &mut PgConnection,
    schema: &Schema,
    w: &World<TestClock, Postgres>,
    job: &NewJob,
) -> i16 {
    use fusion_core::clock::Clock as _;
    // The lane first, and not in the transaction.
    let lane: i64 = sqlx::query_scalar(schema.sql("SELECT fusion.lane($1, $2, $3, $4)"))
        .bind(job.tenant.as_str())
        .bind(job.partition.unwrap().as_uuid())
        .bind(job.kind.as_str())
        .bind(job.begins_work)
        .fetch_one(&mut super::schema::connection().await)
        .await
        .unwrap();
    let sql = "SELECT (fusion.enqueue($1, ARRAY[$2], ARRAY[$3], ARRAY[$4], ARRAY[1::smallint],
        ARRAY[0::bigint], ARRAY[true], ARRAY[false], ARRAY[false], ARRAY[NULL::uuid], ARRAY[$5], ARRAY[$6],
        ARRAY[false], ARRAY[false], ARRAY[$7], ARRAY[$10], ARRAY[$8], ARRAY[$9])).answers[1]";
    let body = NewJob { payload: json!(null), parents: Vec::new(), ..job.clone() };
    let parents: Vec<String> = job.parents.iter().map(|id| id.as_uuid().to_string()).collect();
    let parents = (!parents.is_empty()).then(|| format!("{{{}}}", parents.join(",")));
    sqlx::query_scalar(schema.sql(sql))
        .bind(w.clock.now().as_micros())
        .bind(job.id.as_uuid())
        .bind(job.tenant.as_str())
        .bind(lane)
        .bind(job.serial.as_ref().map(|key| key.as_bytes().to_vec()))
        .bind(job.unique.map(|unique| unique.key.as_bytes().to_vec()))
        .bind(parents)
        .bind(serde_json::to_string(&body).unwrap())
        .bind(serde_json::to_string(&job.payload).unwrap())
        .bind(i16::from(job.parent_failed == ParentFailed::Run))
        .fetch_one(connection)
        .await
        .unwrap()
}

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

    async fn put_in(&mut self, job: &NewJob) -> i16 {
        put_in(&mut self.embedder, &self.schema, &self.w, job).await
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
async fn an_open_transaction_with_a_running_jobs_unique_key_blocks_no_worker() {
    let mut s = Scene::new().await;
    s.w.put(&s.w.unique(1, WhileRunning::FollowUp)).await;
    let running = s.w.claim_one().await;
    let later = s.w.unique(2, WhileRunning::FollowUp);
    assert_eq!(s.put_in(&later).await, 3, "it follows");
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
async fn an_open_transaction_that_takes_over_a_waiting_job_keeps_it_from_running_on_the_old_payload() {
    let mut s = Scene::new().await;
    let waiting = s.w.unique(1, WhileRunning::FollowUp);
    s.w.put(&waiting).await;
    assert_eq!(s.put_in(&s.w.unique(2, WhileRunning::FollowUp)).await, 2, "it joins");
    s.another_goes_on().await;
    s.commit().await;
    let claimed = s.w.claim_one().await;
    assert_eq!((claimed.job.id, claimed.job.payload), (waiting.id, json!(2)));
}

#[tokio::test]
async fn an_open_transaction_behind_a_serial_key_blocks_no_worker() {
    let mut s = Scene::new().await;
    let (first, second, third) = (s.w.serial("a"), s.w.serial("a"), s.w.serial("a"));
    s.w.put(&first).await;
    s.w.put(&second).await;
    let head = s.w.claim_one().await;
    assert_eq!(s.put_in(&third).await, 0);
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
async fn a_transaction_that_is_undone_leaves_no_job_and_no_key() {
    let mut s = Scene::new().await;
    let (job, serial) = (s.w.unique(1, WhileRunning::FollowUp), s.w.serial("a"));
    assert_eq!(s.put_in(&job).await, 0);
    assert_eq!(s.put_in(&serial).await, 0);
    s.embedder.execute("ROLLBACK").await.unwrap();
    assert_eq!(JobQueue::get(&s.w.db, &s.w.tenant, job.id).await.unwrap(), None);
    assert_eq!(s.w.put(&job).await, Enqueued::New);
    assert_eq!(s.w.put(&serial).await, Enqueued::New);
    assert_eq!(s.w.claim(9).await.len(), 2);
}

#[tokio::test]
async fn who_puts_in_under_a_key_that_stays_held_is_told_and_not_kept_for_ever() {
    let mut s = Scene::new().await;
    assert_eq!(s.put_in(&s.w.unique(1, WhileRunning::FollowUp)).await, 0);
    let refused = s.w.db.enqueue(vec![s.w.unique(2, WhileRunning::FollowUp)]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.to_string().contains("open transaction"), "{refused}");
    s.another_goes_on().await;
}

#[tokio::test]
async fn an_open_transaction_with_a_child_of_a_running_job_blocks_no_worker() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    let running = s.w.claim_one().await;
    let child = NewJob { parents: vec![parent.id], ..s.w.job() };
    assert_eq!(s.put_in(&child).await, 0);
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
async fn an_open_transaction_with_a_child_keeps_its_parent_remembered_and_nobody_waits_for_it() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let child = NewJob { parents: vec![parent.id], parent_failed: ParentFailed::Run, ..s.w.job() };
    assert_eq!(s.put_in(&child).await, 0);
    s.w.db.told(&[parent.id]).await.unwrap();
    s.w.clock.advance(SECOND * 3_600 * 24 * 8);
    s.w.db.rescue(&[kind()]).await.unwrap();
    s.commit().await;
    let claimed = s.w.claim_one().await;
    let parents: Vec<_> = claimed.parents.iter().map(|parent| (parent.id, parent.status)).collect();
    assert_eq!((claimed.job.id, parents), (child.id, vec![(parent.id, JobStatus::Failed)]));
}

#[tokio::test]
async fn an_open_transaction_behind_a_held_key_keeps_nobody_from_saying_that_it_goes_on() {
    let mut s = Scene::new().await;
    let head = NewJob { dead_head: DeadHead::Hold, ..s.w.serial("a") };
    s.w.put(&head).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let next = s.w.serial("a");
    assert_eq!(s.put_in(&next).await, 0);
    s.w.db.go_on(&s.w.tenant, "a").await.unwrap();
    s.another_goes_on().await;
    s.commit().await;
    assert_eq!(s.w.claim_ids(9).await, [next.id]);
}

#[tokio::test]
async fn a_child_that_has_failed_at_once_in_an_open_transaction_is_known_to_who_waited_for_it() {
    let mut s = Scene::new().await;
    let parent = s.w.job();
    s.w.put(&parent).await;
    assert_eq!(s.w.end(&s.w.claim_one().await, JobEnd::Cancelled).await, SettleVerdict::Accepted);
    let child = NewJob { parents: vec![parent.id], ..s.w.job() };
    assert_eq!(s.put_in(&child).await, 0);
    let (db, again) = (s.w.db.clone(), child.clone());
    let putting = tokio::spawn(async move { db.enqueue(vec![again]).await });
    while s.schema.sessions("wait_event_type = 'Lock'").await == 0 {
        tokio::task::yield_now().await;
    }
    s.commit().await;
    assert_eq!(putting.await.unwrap().unwrap(), [Enqueued::Known]);
    assert_eq!(s.w.status(child.id).await, JobStatus::Failed);
}
