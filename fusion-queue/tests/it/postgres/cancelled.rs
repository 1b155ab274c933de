//! What waits behind a dead head, where it can't be cancelled all at once.

use super::*;
use crate::fixture::*;
use fusion_core::{ErrorKind, job::*, model::JobId};
use sqlx::Connection as _;
use std::time::Duration;

/// Puts in the head of a key and `many` behind it.
async fn dead_head(w: &World<TestClock, Postgres>, many: usize) -> (NewJob, Vec<NewJob>) {
    let head = NewJob { dead_head: DeadHead::CancelRest, ..w.serial("a") };
    let rest: Vec<NewJob> = (0..many).map(|_| w.serial("a")).collect();
    w.put(&head).await;
    w.db.enqueue(rest.clone()).await.unwrap();
    (head, rest)
}

async fn is_held(w: &World<TestClock, Postgres>, later: &NewJob, head: JobId) -> bool {
    w.explain(later.id).await == Explanation::Held(head)
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_long_rest_is_cancelled_in_parts_and_nobody_runs_meanwhile() {
    let (w, _schema) = opened().await;
    let (head, rest) = dead_head(&w, 2_500).await;
    let claimed = w.claim_one().await;
    assert_eq!(w.end(&claimed, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let later = w.serial("a");
    w.put(&later).await;
    let cancelled =
        async || w.db.stats(&w.tenant).await.unwrap().by_status.get(&JobStatus::Cancelled).copied();
    assert_eq!(cancelled().await, Some(1_000));
    assert!(is_held(&w, &later, head.id).await);
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), Some(Duration::ZERO), "it goes on by itself");
    w.db.go_on(&w.tenant, "a").await.unwrap();
    let requeued = w.db.requeue(&w.tenant, head.id).await.unwrap_err();
    assert_eq!(requeued.kind(), ErrorKind::Refused);
    assert!(is_held(&w, &later, head.id).await);
    w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(cancelled().await, Some(2_000));
    assert!(is_held(&w, &later, head.id).await);
    w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(cancelled().await, Some(2_500));
    let last = w.state(rest[2_499].id).await;
    assert_eq!(last.failure, Some(DeadHead::failure(head.id)));
    assert_eq!(w.claim_ids(9).await, [later.id]);
    w.db.requeue(&w.tenant, head.id).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn why_the_rest_is_cancelled_is_stored_as_the_library_writes_it() {
    let (w, schema) = opened().await;
    let (head, rest) = dead_head(&w, 1).await;
    let claimed = w.claim_one().await;
    assert_eq!(w.end(&claimed, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let sql = schema.sql("SELECT failure FROM fusion.ended WHERE id = $1");
    let stored: String = sqlx::query_scalar(sql)
        .bind(rest[0].id.as_uuid())
        .fetch_one(&mut schema::connection().await)
        .await
        .unwrap();
    assert_eq!(stored, serde_json::to_string(&DeadHead::failure(head.id)).unwrap());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn one_of_the_rest_that_somebody_holds_is_cancelled_later_and_does_not_run() {
    let (w, schema) = opened().await;
    let (head, rest) = dead_head(&w, 2).await;
    let claimed = w.claim_one().await;
    let mut embedder = schema::connection().await;
    let mut open = embedder.begin().await.unwrap();
    let lock = schema.sql("SELECT id FROM fusion.jobs WHERE id = $1 FOR UPDATE");
    sqlx::query(lock).bind(rest[0].id.as_uuid()).execute(&mut *open).await.unwrap();
    assert_eq!(w.end(&claimed, JobEnd::Dead(failure())).await, SettleVerdict::Accepted);
    let later = w.serial("a");
    w.put(&later).await;
    assert_eq!(w.status(rest[1].id).await, JobStatus::Cancelled);
    for _ in 0..3 {
        w.db.rescue(&[kind()]).await.unwrap();
        assert!(w.claim(9).await.is_empty());
        assert!(is_held(&w, &later, head.id).await);
    }
    open.rollback().await.unwrap();
    w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(w.status(rest[0].id).await, JobStatus::Cancelled);
    assert_eq!(w.claim_ids(9).await, [later.id]);
}
