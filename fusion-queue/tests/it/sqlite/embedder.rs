//! Somebody's own transaction that puts jobs in.

use super::{TempDir, faults::raw, settings};
use crate::fixture::*;
use fusion_core::{ErrorKind, job::*, testkit::TestClock};
use fusion_queue::Sqlite;
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;

async fn opened() -> (World<TestClock, Sqlite>, TempDir) {
    let (clock, folder) = (World::new().clock, TempDir::new().unwrap());
    let db = settings(&folder).with_clock(Arc::new(clock.clone())).open_with_queue().await.unwrap();
    (World::over(clock, db), folder)
}

#[tokio::test]
async fn what_a_transaction_puts_in_is_there_with_its_commit_and_gone_with_its_rollback() {
    let (w, folder) = opened().await;
    let mut connection = raw(&folder).await;
    connection.execute("CREATE TABLE orders (number INTEGER)").await.unwrap();
    let waiting = tokio::spawn({
        let db = w.db.clone();
        async move { db.wait(SECOND * 3_600).await }
    });
    for (number, is_kept) in [(1, false), (2, true)] {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let order = sqlx::query("INSERT INTO orders VALUES (?)").bind(number);
        order.execute(&mut *transaction).await.unwrap();
        let jobs = vec![w.job(), w.serial("a"), w.unique(number, WhileRunning::Join)];
        let answers = w.db.enqueue_in(&mut transaction, jobs).await.unwrap();
        assert_eq!(answers, [Enqueued::New; 3], "what was undone has left no key");
        assert!(!waiting.is_finished(), "nobody is woken for what isn't there");
        match is_kept {
            true => transaction.commit().await.unwrap(),
            false => transaction.rollback().await.unwrap(),
        }
        let orders: i64 =
            sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&mut connection).await.unwrap();
        assert_eq!(orders, i64::from(is_kept));
        let all = w.db.stats(&w.tenant).await.unwrap().by_status;
        assert_eq!(all.get(&JobStatus::Pending).copied().unwrap_or_default(), if is_kept { 3 } else { 0 });
    }
    w.db.wake();
    waiting.await.unwrap();
    assert_eq!(w.claim(9).await.len(), 3);
}

#[tokio::test]
async fn a_refusal_within_a_transaction_is_told_as_elsewhere() {
    let (w, folder) = opened().await;
    let mut connection = raw(&folder).await;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let orphan = NewJob { parents: vec![w.job().id], ..w.job() };
    let refused = w.db.enqueue_in(&mut transaction, vec![w.job(), orphan]).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    transaction.rollback().await.unwrap();
    assert!(w.claim(9).await.is_empty());
}
