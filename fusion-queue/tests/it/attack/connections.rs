//! Calls that have to wait, and who else waits for them.

use crate::{
    fixture::*,
    postgres::{opened, schema::connection},
};
use fusion_core::job::*;
use sqlx::Executor as _;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "fails"]
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
    while schema.sessions("wait_event_type = 'Lock'").await == 0 {
        tokio::task::yield_now().await;
    }
    let answer = w.db.enqueue(vec![other]).await;
    let has_waited = blocked.is_finished();
    embedder.execute("COMMIT").await.unwrap();
    assert!(answer.is_ok(), "{answer:?}");
    assert!(!has_waited, "it waited until the other gave up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "fails"]
async fn who_is_grouped_with_an_id_that_an_open_transaction_has_is_not_refused_for_it() {
    let (w, schema) = opened().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    w.put(&w.job()).await;
    let taken = [w.job(), w.job()];
    w.db.enqueue_in(&mut embedder, taken.to_vec()).await.unwrap();
    let put = |job: NewJob| {
        let db = w.db.clone();
        tokio::spawn(async move { db.enqueue(vec![job]).await })
    };
    let [first, second] = taken;
    let first = put(first);
    while schema.sessions("wait_event_type = 'Lock'").await == 0 {
        tokio::task::yield_now().await;
    }
    // Both wait for the statement of the first to end, and go together.
    let (second, innocent) = (put(second), put(w.job()));
    let told = innocent.await.unwrap();
    drop((first.await, second.await));
    embedder.execute("COMMIT").await.unwrap();
    assert!(told.is_ok(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "fails"]
async fn callers_that_wait_for_a_key_leave_a_connection_for_signs_of_life() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let running = w.claim_one().await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    let key = || w.unique(1, WhileRunning::FollowUp);
    w.db.enqueue_in(&mut embedder, vec![key()]).await.unwrap();
    // Each tries again when it was refused, as a handler's retry does.
    let is_over = Arc::new(AtomicBool::new(false));
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let (db, job, is_over) = (w.db.clone(), key(), is_over.clone());
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) && db.enqueue(vec![job.clone()]).await.is_err() {}
            })
        })
        .collect();
    while schema.sessions("wait_event_type = 'Lock'").await < 3 {
        tokio::task::yield_now().await;
    }
    let beat = Beat { lease: running.lease.clone(), started: true, progress: None };
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(w.db.heartbeat(std::slice::from_ref(&beat), LEASE).await);
    }
    is_over.store(true, Ordering::Relaxed);
    embedder.execute("ROLLBACK").await.unwrap();
    for call in calls {
        call.await.unwrap();
    }
    assert!(told.iter().all(Result::is_ok), "a running job's signs of life don't get through: {told:?}");
}
