//! The storage alone: the kits, by itself and with a queue elsewhere, and what happens between processes.

use super::{Schema, completed};
use crate::{
    fixture::World,
    storage::{change, is_there, numbered},
};
use fusion_core::{
    error::{ErrorKind, Result},
    job::{JobQueue as _, Lease, QueueControl as _, SettleVerdict},
    storage::{ChangeSet, Committed, Errand, Outbox as _, Split, Storage as _},
    testkit::TestClock,
};
use fusion_queue::{Memory, PostgresStorage};
use sqlx::Executor as _;
use std::sync::Arc;
use tokio::sync::Barrier;

type Parts = Split<PostgresStorage, Memory, Memory>;

async fn storage(clock: TestClock) -> (PostgresStorage, Schema) {
    let schema = Schema::new();
    (schema.settings().with_clock(Arc::new(clock)).connect_storage().await.unwrap(), schema)
}

async fn parts(clock: TestClock) -> (Parts, Schema) {
    let (storage, schema) = storage(clock.clone()).await;
    let elsewhere = Memory::with_clock(Arc::new(clock));
    (Split::new(storage, elsewhere.clone(), elsewhere), schema)
}

async fn opened() -> (World<TestClock, PostgresStorage>, Schema) {
    let clock = World::new().clock;
    let (db, schema) = storage(clock.clone()).await;
    (World::over(clock, db), schema)
}

fusion_core::storage_conformance!(
    #[ignore = "needs a PostgreSQL server"]
    storage
);

crate::storage::outbox::outboxes!(
    #[ignore = "needs a PostgreSQL server"]
    storage
);

mod split {
    use super::*;

    fusion_core::storage_conformance!(
        #[ignore = "needs a PostgreSQL server"]
        parts
    );
    mod queue {
        use super::*;
        fusion_core::queue_conformance!(
            #[ignore = "needs a PostgreSQL server"]
            parts
        );
    }
    mod budget {
        use super::*;
        fusion_core::budget_conformance!(
            #[ignore = "needs a PostgreSQL server"]
            parts
        );
    }

    #[tokio::test]
    #[ignore = "needs a PostgreSQL server"]
    async fn audit_entries_below_a_signed_end_can_be_dropped() {
        let clock = World::new().clock;
        let (db, _schema) = parts(clock.clone()).await;
        crate::storage::audit_entries_below_a_signed_end_can_be_dropped(World::over(clock, db)).await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_schema_whose_own_queue_has_jobs_isnt_connected_to_for_another() {
    let (w, schema) = super::opened().await;
    let job = w.job();
    w.db.enqueue(vec![job.clone()]).await.unwrap();
    let refused = schema.settings().connect_storage().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    let _cancelled = w.db.cancel(&w.tenant, job.id).await.unwrap();
    schema.settings().connect_storage().await.unwrap();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_schema_with_errands_for_another_queue_isnt_connected_to_with_its_own() {
    let (w, schema) = opened().await;
    drop(w.db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    let refused = schema.settings().connect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
    let waiting = w.db.waiting(9).await.unwrap();
    w.db.handed_on(&waiting.iter().map(|one| one.number).collect::<Vec<_>>()).await.unwrap();
    let with_queue = schema.settings().connect().await.unwrap();
    assert!(is_there(&with_queue, &w, 1).await);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_commit_that_is_dropped_at_any_await_leaves_all_of_it_or_nothing() {
    let (w, _schema) = opened().await;
    let (mut dropped, mut stored) = (0, 0);
    for number in 0..40 {
        let lease = Lease { job: w.job().id, token: 1 };
        let mut changes = numbered(&w, number);
        changes.fence = Some(lease.clone());
        changes.settle = Some(completed(&lease));
        let polls = usize::try_from(number % 8).unwrap();
        let answer = crate::dropped::give_up_after(polls, w.db.commit(&w.tenant, changes)).await;
        dropped += usize::from(answer.is_none());
        // Whichever of the two comes first takes the token, and the other one finds it taken.
        let again = change(|c| c.settle = Some(completed(&lease)));
        let verdict = w.db.commit(&w.tenant, again).await.unwrap().settled.unwrap().verdict();
        let is_stored = is_there(&w.db, &w, number).await;
        stored += usize::from(is_stored);
        assert_eq!(is_stored, verdict == SettleVerdict::AlreadySettled, "{number}: {verdict:?}");
        assert!(is_stored || answer.is_none(), "{number}");
    }
    // A settlement each, and the jobs of those that are stored.
    assert_eq!(w.db.waiting(100).await.unwrap().len(), 40 + stored);
    assert!(dropped > 5 && stored > 5, "{dropped} dropped, {stored} stored");
}

/// What became of two commits of two processes, released from one barrier.
async fn race(
    dbs: [&PostgresStorage; 2],
    w: &World<TestClock, PostgresStorage>,
    both: [ChangeSet; 2],
) -> Vec<Result<Committed>> {
    let barrier = Arc::new(Barrier::new(2));
    let begun: Vec<_> = dbs
        .map(Clone::clone)
        .into_iter()
        .zip(both)
        .map(|(db, changes)| {
            let (barrier, tenant) = (barrier.clone(), w.tenant.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                db.commit(&tenant, changes).await
            })
        })
        .collect();
    let mut ended = Vec::new();
    for one in begun {
        ended.push(one.await.unwrap());
    }
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_that_settle_one_job_at_once_one_counts() {
    let (w, schema) = opened().await;
    let other = schema.settings().with_clock(Arc::new(w.clock.clone())).connect_storage().await.unwrap();
    for _ in 0..60 {
        let lease = Lease { job: w.job().id, token: 1 };
        let settle = || change(|c| c.settle = Some(completed(&lease)));
        let ended = race([&w.db, &other], &w, [settle(), settle()]).await;
        let verdicts: Vec<_> = ended.into_iter().map(|one| one.unwrap().settled.unwrap().verdict()).collect();
        let is = |verdict| verdicts.contains(&verdict);
        assert!(is(SettleVerdict::Accepted) && is(SettleVerdict::AlreadySettled), "{verdicts:?}");
    }
    assert_eq!(w.db.waiting(100).await.unwrap().len(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_settlement_and_a_newer_claims_beginning_at_once_are_told_in_one_order() {
    let (w, schema) = opened().await;
    let other = schema.settings().with_clock(Arc::new(w.clock.clone())).connect_storage().await.unwrap();
    for _ in 0..60 {
        let job = w.job().id;
        let older = change(|c| c.settle = Some(completed(&Lease { job, token: 1 })));
        let newer = change(|c| c.fence = Some(Lease { job, token: 2 }));
        let mut ended = race([&w.db, &other], &w, [older, newer]).await;
        drop(ended.remove(1).unwrap());
        let verdict = ended.remove(0).unwrap().settled.unwrap().verdict();
        let late = change(|c| c.fence = Some(Lease { job, token: 1 }));
        assert_eq!(w.db.commit(&w.tenant, late).await.unwrap_err().kind(), ErrorKind::Fenced);
        let waiting = w.db.waiting(9).await.unwrap();
        w.db.handed_on(&waiting.iter().map(|one| one.number).collect::<Vec<_>>()).await.unwrap();
        let is_left = waiting.iter().any(|one| matches!(one.errand, Errand::Settle(_)));
        assert_eq!(is_left, verdict == SettleVerdict::Accepted, "{verdict:?}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_commit_touches_no_row_of_the_queue() {
    let (w, schema) = opened().await;
    let lease = Lease { job: w.job().id, token: 1 };
    for table in ["jobs", "ended", "leases", "keys", "lanes", "gates"] {
        let sql = format!("ALTER TABLE fusion.{table} RENAME TO {table}_of_nobody");
        super::schema::connection().await.execute(sqlx::raw_sql(schema.sql(&sql))).await.unwrap();
    }
    let mut changes = numbered(&w, 1);
    changes.cancels.push(w.job().id);
    changes.fence = Some(lease.clone());
    changes.settle = Some(completed(&lease));
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    assert_eq!(w.db.waiting(9).await.unwrap().len(), 3);
}
