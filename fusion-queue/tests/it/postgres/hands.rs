//! Whose hands a job is in: claims beside each other and beside those who change a job.

use super::{Schema, opened};
use crate::fixture::*;
use fusion_core::{clock::Clock as _, error::ErrorKind, job::*, testkit::TestClock};
use fusion_queue::Postgres;
use serde_json::json;
use sqlx::{Executor as _, PgConnection};

/// A claim of everything that is due, in a transaction that stays open.
async fn claim_in_a_transaction(w: &World<TestClock, Postgres>, schema: &Schema) -> PgConnection {
    let mut claiming = super::schema::connection().await;
    claiming.execute("BEGIN").await.unwrap();
    let sql = "SELECT count(*) FROM fusion.exchange($1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 'w', 60000000, ARRAY[0],
        ARRAY(SELECT id FROM fusion.lanes), ARRAY[1::smallint], ARRAY[0::bigint], ARRAY[9], 0)";
    let rows: i64 = sqlx::query_scalar(schema.sql(sql))
        .bind(w.clock.now().as_micros())
        .fetch_one(&mut claiming)
        .await
        .unwrap();
    assert_eq!(rows, 2, "the verdicts and the job");
    claiming
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_claim_writes_no_job_and_neither_does_the_end_of_another() {
    let (w, schema) = opened().await;
    let jobs: Vec<NewJob> = (0..3).map(|_| w.job()).collect();
    w.db.enqueue(jobs.clone()).await.unwrap();
    // Where a row stands and who wrote it, of the job that stays.
    let last = jobs[2].id;
    let sql = format!("SELECT ctid::text || ' by ' || xmin::text FROM fusion.jobs WHERE id = '{last}'");
    let written = async || {
        let mut asking = super::schema::connection().await;
        sqlx::query_scalar::<_, String>(schema.sql(&sql)).fetch_one(&mut asking).await.unwrap()
    };
    let before = written().await;
    let claimed = w.claim(9).await;
    assert_eq!(claimed.len(), 3);
    assert_eq!(w.done(&claimed[0]).await, SettleVerdict::Accepted);
    assert_eq!(written().await, before);
    assert_eq!(w.status(last).await, JobStatus::Claimed);
    assert_eq!(w.beat(&claimed[2], true).await, BeatVerdict::Held);
    assert_ne!(written().await, before, "a sign of life is written");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_has_the_unique_key_of_a_job_that_is_being_claimed_follows_it() {
    let (w, schema) = opened().await;
    let (first, second) = (w.unique(1, WhileRunning::FollowUp), w.unique(2, WhileRunning::FollowUp));
    w.put(&first).await;
    let mut claiming = claim_in_a_transaction(&w, &schema).await;
    let putting = tokio::spawn({
        let db = w.db.clone();
        async move { db.enqueue(vec![second]).await }
    });
    schema.blocked(1).await;
    claiming.execute("COMMIT").await.unwrap();
    assert_eq!(putting.await.unwrap().unwrap(), [Enqueued::FollowUp]);
    let state = JobQueue::get(&w.db, &w.tenant, first.id).await.unwrap().unwrap();
    assert_eq!((state.status, state.job.payload), (JobStatus::Claimed, json!(1)));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_cancels_a_job_that_is_being_claimed_asks_its_worker() {
    let (w, schema) = opened().await;
    let job = w.job();
    w.put(&job).await;
    let mut claiming = claim_in_a_transaction(&w, &schema).await;
    let cancelling = tokio::spawn({
        let (db, tenant) = (w.db.clone(), w.tenant.clone());
        async move { db.cancel(&tenant, job.id).await }
    });
    schema.blocked(1).await;
    claiming.execute("COMMIT").await.unwrap();
    assert_eq!(cancelling.await.unwrap().unwrap(), CancelVerdict::Asked);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_wouldnt_see_what_others_claim_is_refused() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let blind = schema.settings_with("&options[default_transaction_isolation]=repeatable%20read");
    let blind = blind.connect().await.unwrap();
    let request = ClaimRequest { worker: "w".into(), limit: 1, kinds: vec![kind()], lease_for: LEASE };
    let refused = blind.claim(request).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{refused:?}");
    assert!(refused.to_string().contains("READ COMMITTED"), "{refused}");
    assert_eq!(w.claim(9).await.len(), 1);
}
