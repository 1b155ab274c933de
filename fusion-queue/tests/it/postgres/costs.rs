//! What waits costs those nothing who can't have it.

use super::{Schema, completed, opened, schema};
use crate::fixture::*;
use fusion_core::{error::When, job::*};
use sqlx::Executor as _;
use std::sync::Arc;

const WAITING: usize = 3_000;

/// Rows and index entries of jobs that were read so far, once all sessions have told.
async fn read(schema: &Schema) -> i64 {
    // A session tells what it has read before it is gone.
    while schema.sessions("true").await > 0 {
        tokio::task::yield_now().await;
    }
    let name = schema.name();
    let sql = format!(
        "SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE schemaname = '{name}' AND relname = 'jobs')::bigint
            + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = '{name}' AND relname = 'jobs')::bigint"
    );
    schema.count(&sql).await
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_reads_no_job_that_it_cant_have() {
    let (w, schema) = opened().await;
    let other = JobKind::custom("other").unwrap();
    let job = |nth: usize| match nth % 4 {
        0 => NewJob { kind: other.clone(), ..w.job() },
        1 => NewJob { due: When::In(LEASE * 1_000), ..w.job() },
        2 => NewJob { begins_work: true, ..w.job() },
        _ => w.serial("key"),
    };
    w.db.pause(&w.tenant, w.store).await.unwrap();
    w.db.enqueue((0..WAITING).map(job).collect()).await.unwrap();
    let head = w.claim(9).await;
    assert_eq!(head.len(), 1, "the head of the serial key");
    let World { clock, db, .. } = w;
    drop(db);
    let before = read(&schema).await;

    let settings = schema.settings().with_clock(Arc::new(clock.clone()));
    let w = World::over(clock, settings.connect().await.unwrap());
    w.db.enqueue((0..10).map(|_| w.job()).collect()).await.unwrap();
    let claimed = w.claim(20).await;
    assert_eq!(claimed.len(), 10);
    for one in &claimed {
        w.beat(one, true).await;
    }
    let ends = claimed.iter().map(|one| completed(&one.lease)).collect();
    assert_eq!(w.db.settle(ends).await.unwrap(), [SettleVerdict::Accepted; 10]);
    assert_eq!(w.done(&head[0]).await, SettleVerdict::Accepted);
    assert_eq!(w.claim(20).await.len(), 1, "the next of the serial key");
    w.put(&w.serial("key")).await;
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    let World { db, .. } = w;
    drop(db);
    let taken = read(&schema).await - before;
    assert!(taken > 0 && taken < WAITING as i64 / 10, "{taken} rows and entries were read");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_settlement_reads_no_other_jobs_where_the_server_counted_none() {
    let (w, schema) = opened().await;
    w.db.enqueue((0..WAITING).map(|_| w.job()).collect()).await.unwrap();
    let World { clock, db, .. } = w;
    drop(db);
    // A count isn't undone with the transaction that made it.
    let counts = schema.sql("BEGIN; DELETE FROM fusion.jobs; ANALYZE fusion.jobs; ROLLBACK");
    schema::connection().await.execute(sqlx::raw_sql(counts)).await.unwrap();
    let before = read(&schema).await;

    let settings = schema.settings().with_clock(Arc::new(clock.clone()));
    let w = World::over(clock, settings.connect().await.unwrap());
    let claimed = w.claim(100).await;
    let ends = claimed.iter().map(|one| completed(&one.lease)).collect();
    assert_eq!(w.db.settle(ends).await.unwrap(), [SettleVerdict::Accepted; 100]);
    let World { db, .. } = w;
    drop(db);
    let taken = read(&schema).await - before;
    assert!(taken > 0 && taken < WAITING as i64, "{taken} rows and entries were read");
}
