//! What else is stored costs a read nothing.

use super::*;
use crate::fixture::*;
use fusion_core::{
    model::*,
    storage::{Entity, Key, Query, Storage, load},
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
