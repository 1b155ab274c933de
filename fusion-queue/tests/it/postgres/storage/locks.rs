//! What a commit locks, and in which order: seen by who holds something meanwhile.

use super::*;
use crate::{fixture::*, postgres::schema::connection, storage::change};
use fusion_core::{
    job::*,
    model::StockItem,
    storage::{Storage, Version},
};
use sqlx::Connection as _;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_fenced_commit_that_waits_for_a_record_holds_no_job_meanwhile() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let (held, item) = (w.claim_one().await, w.item("mug"));
    w.commit(|c| c.create(item.clone())).await;
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    sqlx::raw_sql(schema.sql("SELECT FROM fusion.records FOR UPDATE")).execute(&mut *open).await.unwrap();
    let (db, tenant, item) = (w.db.clone(), w.tenant.clone(), item.clone());
    let lease = held.lease.clone();
    let fenced = change(|c| {
        c.fence = Some(lease);
        c.update(Version(1), item);
    });
    let committing = tokio::spawn(async move { db.commit(&tenant, fenced).await });
    schema.blocked(1).await;
    // Whoever has the record goes on to the job, as a commit that cancels it does.
    let job = "SELECT FROM fusion.jobs FOR UPDATE NOWAIT";
    sqlx::raw_sql(schema.sql(job)).execute(&mut *open).await.unwrap();
    open.rollback().await.unwrap();
    drop(committing.await.unwrap().unwrap());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_lease_that_ends_while_its_fenced_commit_is_stored_isnt_given_to_anybody_before() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let (held, item) = (w.claim_one().await, w.item("mug"));
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    let lock = "LOCK TABLE fusion.audit_waiting IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(schema.sql(lock)).execute(&mut *open).await.unwrap();
    let (db, tenant) = (w.db.clone(), w.tenant.clone());
    let begins = change(|c| {
        c.fence = Some(held.lease.clone());
        c.create(item.clone());
        c.audit.push(w.entry("begun"));
    });
    let committing = tokio::spawn(async move { db.commit(&tenant, begins).await });
    schema.blocked(1).await;
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(w.claim_ids(9).await, [], "its worker is just beginning");
    open.rollback().await.unwrap();
    drop(committing.await.unwrap().unwrap());
    w.db.rescue(&[kind()]).await.unwrap();
    assert_eq!(w.claim_ids(9).await, [held.job.id]);
    let again = change(|c| {
        c.fence = Some(held.lease.clone());
        c.update::<StockItem>(Version(1), item.clone());
    });
    let error = w.db.commit(&w.tenant, again).await.unwrap_err();
    assert_eq!(error.kind(), fusion_core::ErrorKind::Fenced);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_deadline_that_passes_while_a_commit_waits_refuses_it() {
    let (w, schema) = opened().await;
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    sqlx::raw_sql(schema.sql("SELECT FROM fusion.records FOR UPDATE")).execute(&mut *open).await.unwrap();
    // The server's own time: it goes on while the commit waits.
    let db = schema.settings().connect().await.unwrap();
    let end = db.clock().now() + SECOND / 5;
    let (tenant, waits) = (
        w.tenant.clone(),
        change(|c| {
            c.update(Version(1), item.clone());
            c.not_after = Some(end);
        }),
    );
    let committing = tokio::spawn({
        let db = db.clone();
        async move { db.commit(&tenant, waits).await }
    });
    schema.blocked(1).await;
    while db.clock().now() <= end {
        tokio::time::sleep(SECOND / 100).await;
    }
    open.rollback().await.unwrap();
    assert_eq!(committing.await.unwrap().unwrap_err().kind(), fusion_core::ErrorKind::Timeout);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_record_that_somebody_holds_for_long_is_told_and_not_waited_for_ever() {
    let (w, schema) = opened().await;
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    sqlx::raw_sql(schema.sql("SELECT FROM fusion.records FOR UPDATE")).execute(&mut *open).await.unwrap();
    let error = w.db.commit(&w.tenant, change(|c| c.update(Version(1), item.clone()))).await.unwrap_err();
    assert_eq!(error.kind(), fusion_core::ErrorKind::Unavailable);
    assert!(error.to_string().contains("open transaction"), "{error}");
    open.rollback().await.unwrap();
    w.commit(|c| c.update(Version(1), item)).await;
}
