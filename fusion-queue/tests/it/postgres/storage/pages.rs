//! What else is stored costs a read nothing.

use super::*;
use crate::{fixture::*, storage::change};
use fusion_core::{
    clock::Timestamp,
    model::*,
    storage::{Entity, Key, Query, Storage, Version, load},
};
use std::collections::BTreeSet;

const STORED: u32 = 3_000;

/// Rows and index entries of records and lookups that were read so far, once all sessions have told.
async fn read(schema: &Schema) -> i64 {
    // A session tells what it has read before it is gone.
    while schema.sessions("true").await > 0 {
        tokio::task::yield_now().await;
    }
    let name = schema.name();
    let sql = format!(
        "SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables WHERE schemaname = '{name}'
                AND relname IN ('records', 'lookups'))::bigint
            + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = '{name}'
                AND relname IN ('records', 'lookups'))::bigint"
    );
    schema.count(&sql).await
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_page_reads_its_own_records_alone() {
    let (w, schema) = opened().await;
    let request = RequestId::new(&w.clock);
    let step = |job: JobId| {
        let Step::Ended(ended) = w.step() else { panic!("it has ended") };
        Step::Ended(StepEnded { job, ..ended })
    };
    let (job, other) = (JobId::new(&w.clock), JobId::new(&w.clock));
    w.commit(|c| {
        c.steps.extend((0..STORED).map(|nth| step(if nth % 2 == 0 { job } else { other })));
        (0..STORED).for_each(|nth| c.create(w.item(&nth.to_string())));
    })
    .await;
    let World { clock, db, tenant, .. } = w;
    drop(db);
    let before = read(&schema).await;
    let db = schema.settings().with_clock(Arc::new(clock)).connect().await.unwrap();
    let (mut seen, mut after): (BTreeSet<Key>, Option<Key>) = (BTreeSet::new(), None);
    for _ in 0..5 {
        let page = db.list(&tenant, &Query::StepsOf(job), after.as_ref(), 20).await.unwrap();
        after = page.last().map(|row| row.key.clone());
        seen.extend(page.into_iter().map(|row| row.key));
    }
    assert_eq!(seen.len(), 100);
    let missing = db.get(&tenant, &[Key::Revision((request, 1))]).await.unwrap();
    assert_eq!(missing, [None]);
    let one = seen.iter().next().unwrap().clone();
    let Key::Step(id) = one else { panic!("{one:?}") };
    load::<Step>(&db, &tenant, id).await.unwrap();
    assert_eq!(Step::key(id), one);
    drop(db);
    let taken = read(&schema).await - before;
    assert!(taken > 100 && taken < i64::from(STORED) / 10, "{taken} rows and entries were read");
}

/// Blocks of the lookups' index that were read so far, once all sessions have told.
async fn blocks(schema: &Schema) -> i64 {
    while schema.sessions("true").await > 0 {
        tokio::task::yield_now().await;
    }
    let name = schema.name();
    let sql = format!(
        "SELECT sum(idx_blks_hit + idx_blks_read)::bigint FROM pg_statio_user_indexes
         WHERE schemaname = '{name}' AND relname = 'lookups'"
    );
    schema.count(&sql).await
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_record_that_something_else_finds_from_now_on_is_looked_for_by_itself() {
    const CHANGED: usize = 20;
    let (w, schema) = opened().await;
    let step = |cause: &str| StockMove {
        id: MoveId::new(&w.clock),
        item: StockItemId::new(&w.clock),
        location: LocationId::new(&w.clock),
        delta: 1,
        kind: MoveKind::Receive,
        cause: cause.to_owned(),
        at: Timestamp::EPOCH,
    };
    let moves: Vec<StockMove> = (0..STORED).map(|_| step("a delivery")).collect();
    w.commit(|c| moves.iter().for_each(|step| c.create(step.clone()))).await;
    let World { clock, db, tenant, .. } = w;
    drop(db);
    let before = blocks(&schema).await;
    let db = schema.settings().with_clock(Arc::new(clock)).connect().await.unwrap();
    for step in moves.into_iter().take(CHANGED) {
        let counted = StockMove { cause: "a count".to_owned(), ..step };
        drop(db.commit(&tenant, change(|c| c.update(Version(1), counted))).await.unwrap());
    }
    let found = db.list(&tenant, &Query::MovesBecause("a count".to_owned()), None, 100).await.unwrap();
    assert_eq!(found.len(), CHANGED);
    drop(db);
    let taken = blocks(&schema).await - before;
    assert!(taken > 0 && taken < 20 * CHANGED as i64, "{taken} blocks for {CHANGED} records");
}
