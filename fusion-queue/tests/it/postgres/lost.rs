//! Connections that end.

use super::{Schema, opened};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*};
use fusion_queue::PostgresSettings;
use sqlx::Connection as _;

async fn end_all(schema: &Schema) -> i64 {
    let name = schema.name();
    let sql = format!(
        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE application_name = '{name}') ended"
    );
    schema.count(&sql).await
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_lost_connection_is_told_as_such_and_the_next_call_works() {
    let (w, schema) = opened().await;
    for _ in 0..3 {
        let job = w.job();
        w.put(&job).await;
        // Several at once, so that more than one connection is open.
        let mut blocker = super::schema::connection().await;
        let mut open = blocker.begin().await.unwrap();
        let lock = "LOCK TABLE fusion.jobs IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(schema.sql(lock)).execute(&mut *open).await.unwrap();
        let asking = [0; 2].map(|_| {
            let (db, tenant) = (w.db.clone(), w.tenant.clone());
            tokio::spawn(async move { JobQueue::get(&db, &tenant, job.id).await })
        });
        schema.blocked(2).await;
        open.rollback().await.unwrap();
        for one in asking {
            assert!(one.await.unwrap().unwrap().is_some());
        }
        assert_eq!(end_all(&schema).await, 2);
        let lost = w.db.heartbeat(&[], LEASE).await;
        assert!(lost.is_ok(), "nothing was asked of the server");
        let lost = JobQueue::get(&w.db, &w.tenant, job.id).await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::Unavailable, "{lost:?}");
        assert_eq!(w.claim_ids(9).await, [job.id]);
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_statement_that_is_cut_off_changes_nothing() {
    let (w, schema) = opened().await;
    let mut blocker = super::schema::connection().await;
    let mut open = blocker.begin().await.unwrap();
    let lock = "LOCK TABLE fusion.jobs IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(schema.sql(lock)).execute(&mut *open).await.unwrap();
    let (db, job) = (w.db.clone(), w.job());
    let putting = tokio::spawn({
        let job = job.clone();
        async move { db.enqueue(vec![job]).await }
    });
    schema.blocked(1).await;
    end_all(&schema).await;
    let cut_off = putting.await.unwrap().unwrap_err();
    assert_eq!(cut_off.kind(), ErrorKind::Unavailable, "{cut_off:?}");
    open.rollback().await.unwrap();
    assert_eq!(JobQueue::get(&w.db, &w.tenant, job.id).await.unwrap(), None);
    assert_eq!(w.put(&job).await, Enqueued::New);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_server_that_isnt_there_is_unavailable_and_its_password_is_shown_nowhere() {
    let settings = PostgresSettings::new("postgres://me:hush@127.0.0.1:1/nowhere");
    assert!(!format!("{settings:?}").contains("hush"));
    let refused = settings.connect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(!format!("{refused:?} {refused}").contains("hush"));
    for url in ["postgres://me:hush@@:x/", "hush"] {
        let refused = PostgresSettings::new(url).connect().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{url}");
        assert!(!format!("{refused:?} {refused}").contains("hush"), "{refused:?}");
    }
}
