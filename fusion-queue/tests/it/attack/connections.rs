//! Calls that have to wait, and who else waits for them.

use crate::{
    fixture::*,
    postgres::{opened, schema::connection},
};
use fusion_core::job::*;
use sqlx::Executor as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn who_puts_in_an_id_that_an_open_transaction_has_keeps_nobody_else_from_putting_in() {
    let (w, schema) = opened().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    // The lane is there before.
    w.put(&w.job()).await;
    let (taken, other) = (w.job(), w.job());
    w.db.enqueue_in(&mut embedder, vec![taken.clone()]).await.unwrap();
    let blocked = tokio::spawn({
        let (db, taken) = (w.db.clone(), taken.clone());
        async move { db.enqueue(vec![taken]).await }
    });
    schema.blocked(1).await;
    let answer = w.db.enqueue(vec![other]).await;
    let has_waited = blocked.is_finished();
    embedder.execute("COMMIT").await.unwrap();
    assert_eq!(answer.unwrap(), [Enqueued::New]);
    assert!(!has_waited, "it waited until the other gave up");
    assert_eq!(blocked.await.unwrap().unwrap(), [Enqueued::Known]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_is_grouped_with_an_id_that_an_open_transaction_has_is_not_refused_for_it() {
    let (w, _schema) = opened().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    w.put(&w.job()).await;
    let taken = w.job();
    w.db.enqueue_in(&mut embedder, vec![taken.clone()]).await.unwrap();
    let put = |job: NewJob| {
        let db = w.db.clone();
        tokio::spawn(async move { db.enqueue(vec![job]).await })
    };
    // On one thread both have asked before either is sent, so they go together.
    let (blocked, innocent) = (put(taken), put(w.job()));
    let told = innocent.await.unwrap();
    let has_waited = blocked.is_finished();
    embedder.execute("COMMIT").await.unwrap();
    assert_eq!(told.unwrap(), [Enqueued::New]);
    assert!(!has_waited, "it waited until the other gave up");
    assert_eq!(blocked.await.unwrap().unwrap(), [Enqueued::Known]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_known_id_beside_one_that_an_open_transaction_has_holds_up_no_later_call() {
    let (w, schema) = opened().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    // Jobs go in by id: the known one is found before the other is waited for.
    let mut jobs = [w.job(), w.job()];
    jobs.sort_by_key(|job| job.id);
    let [known, taken] = jobs;
    w.put(&known).await;
    w.db.enqueue_in(&mut embedder, vec![taken.clone()]).await.unwrap();
    let put = |job: NewJob| {
        let db = w.db.clone();
        tokio::spawn(async move { db.enqueue(vec![job]).await })
    };
    let together = [known, taken, w.job()].map(put);
    // When the statement has begun that waits for the embedder.
    let name = schema.name();
    let sql = format!(
        "SELECT coalesce(max(extract(epoch FROM query_start) * 1000000), 0)::bigint FROM pg_stat_activity
            WHERE application_name = '{name}' AND wait_event_type = 'Lock'"
    );
    schema.blocked(1).await;
    let waiting = schema.count(&sql).await;
    let later = w.put(&w.job()).await;
    let still_waiting = schema.count(&sql).await;
    let [known, taken, innocent] = together;
    let told = (known.await.unwrap().unwrap(), innocent.await.unwrap().unwrap());
    embedder.execute("COMMIT").await.unwrap();
    assert_eq!(later, Enqueued::New);
    assert_eq!(still_waiting, waiting, "it waited until the others gave up");
    assert_eq!(told, (vec![Enqueued::Known], vec![Enqueued::New]));
    assert_eq!(taken.await.unwrap().unwrap(), [Enqueued::Known]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn callers_that_wait_for_a_key_leave_a_connection_for_signs_of_life() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let running = w.claim_one().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    let key = || w.unique(1, WhileRunning::FollowUp);
    w.db.enqueue_in(&mut embedder, vec![key()]).await.unwrap();
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let (db, job) = (w.db.clone(), key());
            tokio::spawn(async move { db.enqueue(vec![job]).await })
        })
        .collect();
    schema.blocked(2).await;
    let beat = Beat { lease: running.lease.clone(), started: true, progress: None };
    let request = ClaimRequest { worker: "w".into(), limit: 1, kinds: vec![kind()], lease_for: LEASE };
    let told = [
        w.db.heartbeat(&[beat], LEASE).await.map(drop),
        w.db.exchange(Vec::new(), request).await.map(drop),
        w.db.rescue(&[kind()]).await.map(drop),
    ];
    let has_waited = calls.iter().any(tokio::task::JoinHandle::is_finished);
    embedder.execute("ROLLBACK").await.unwrap();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(told.iter().all(Result::is_ok), "a running job's signs of life don't get through: {told:?}");
    assert!(!has_waited, "they waited until a caller gave up");
}
