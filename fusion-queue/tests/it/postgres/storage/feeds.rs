use super::*;
use crate::{fixture::World, postgres::schema::connection, storage::numbered};
use fusion_core::{
    audit::{Start, verify},
    storage::Storage,
    tenant::Tenant,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::collections::BTreeSet;

const COMMITS: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn processes_that_chain_and_commit_at_once_leave_one_chain_for_each_tenant_without_gaps() {
    let (w, schema) = opened().await;
    let w = Arc::new(w);
    let tenants = [w.tenant.clone(), w.other.clone(), Tenant::new("cork").unwrap()];
    let mut busy = Vec::new();
    for process in 0..3_u64 {
        let db = another(&w, &schema).await;
        for tenant in tenants.clone() {
            let (w, db) = (w.clone(), db.clone());
            busy.push(tokio::spawn(async move {
                let mut seen = 0;
                for nth in 0..COMMITS / 3 {
                    let mut changes = numbered(&w, process * COMMITS + nth);
                    changes.jobs.clear();
                    drop(db.commit(&tenant, changes).await.unwrap());
                    if nth % 4 == process {
                        db.chain(7).await.unwrap();
                    }
                    let feed = db.audit(&tenant, seen, 1_000).await.unwrap();
                    for entry in feed {
                        seen += 1;
                        assert_eq!(entry.sequence, seen, "nothing is missing and nothing comes later");
                    }
                }
            }));
        }
    }
    for one in busy {
        one.await.unwrap();
    }
    for tenant in &tenants {
        let feed = w.db.audit(tenant, 0, 1_000).await.unwrap();
        let verified = verify(tenant, &feed, Start::Genesis, None).unwrap();
        assert_eq!(verified.range, 1..=COMMITS);
        assert_eq!(verified.head, w.db.head(tenant).await.unwrap());
        let subjects: BTreeSet<&str> = feed.iter().map(|entry| &*entry.entry.subject.id).collect();
        assert_eq!(subjects.len(), feed.len(), "each entry once");
    }
    assert_eq!(w.db.chain(9).await.unwrap(), 0);
}

/// A commit whose entry is there and which hasn't ended, beside one that has.
async fn late(w: &World<TestClock, Postgres>, schema: &Schema) -> PgConnection {
    drop(w.db.commit(&w.tenant, numbered(w, 1)).await.unwrap());
    let mut open = connection().await;
    let late = "BEGIN; INSERT INTO fusion.audit_waiting (tenant, id, body)
        SELECT tenant, gen_random_uuid(), replace(body, '\"1\"', '\"late\"') FROM fusion.audit_waiting";
    sqlx::raw_sql(schema.sql(late)).execute(&mut open).await.unwrap();
    open
}

async fn subjects(w: &World<TestClock, Postgres>) -> Vec<String> {
    let feed = w.db.audit(&w.tenant, 0, 9).await.unwrap();
    feed.into_iter().map(|entry| entry.entry.subject.id).collect()
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_entry_whose_commit_ends_late_is_chained_behind_those_that_overtook_it() {
    let (w, schema) = opened().await;
    let mut late = late(&w, &schema).await;
    drop(w.db.commit(&w.tenant, numbered(&w, 2)).await.unwrap());
    assert_eq!(subjects(&w).await, ["1", "2"]);
    late.execute("COMMIT").await.unwrap();
    assert_eq!(subjects(&w).await, ["1", "2", "late"]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_entry_that_comes_in_between_a_look_and_its_chaining_isnt_lost() {
    let (w, schema) = opened().await;
    let mut late = late(&w, &schema).await;
    assert_eq!(w.db.chain(9).await.unwrap(), 1);
    drop(w.db.commit(&w.tenant, numbered(&w, 2)).await.unwrap());
    let mut head = connection().await;
    let mut head = head.begin().await.unwrap();
    sqlx::raw_sql(schema.sql("SELECT FROM fusion.heads FOR UPDATE")).execute(&mut *head).await.unwrap();
    let db = w.db.clone();
    let chaining = tokio::spawn(async move { db.chain(9).await });
    schema.blocked(1).await;
    late.execute("COMMIT").await.unwrap();
    head.rollback().await.unwrap();
    assert_eq!(chaining.await.unwrap().unwrap(), 2);
    assert_eq!(subjects(&w).await, ["1", "2", "late"]);
}
