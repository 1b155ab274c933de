//! Connections that are cut in the middle of a commit, or while its answer is on its way.

use super::*;
use crate::{
    fixture::kind,
    postgres::schema::{connection, url},
    storage::{change, is_there, numbered},
};
use fusion_core::{
    error::{ErrorKind, Fate},
    job::*,
    model::{Location, LocationId, LocationKind, StockItem},
    storage::{ChangeSet, Entity, Storage, Version, load},
};
use serde_json::Value;
use sqlx::{Executor as _, postgres::PgConnectOptions};
use std::{
    str::FromStr as _,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

/// Statements that a test lets pass before one stands still: none does.
const NEVER: i64 = -1;

/// Has every writing statement of the schema pass a gate before and behind it, which stops the one of a number.
async fn set_gates(schema: &Schema) {
    let name = schema.name();
    let sql = "CREATE SEQUENCE fusion.passed;
        CREATE TABLE fusion.stops (nth bigint NOT NULL);
        CREATE FUNCTION fusion.gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('fusion.passed') = (SELECT nth FROM fusion.stops) THEN
                PERFORM pg_sleep(600);
            END IF;
            RETURN NULL;
        END $$;";
    let mut own = connection().await;
    own.execute(sqlx::raw_sql(schema.sql(sql))).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind = 'r' AND relname <> 'stops'",
    )
    .bind(name)
    .fetch_all(&mut own)
    .await
    .unwrap();
    for table in tables {
        for moment in ["BEFORE", "AFTER"] {
            let sql = format!(
                "CREATE TRIGGER gate_{moment} {moment} INSERT OR UPDATE OR DELETE ON fusion.{table}
                FOR EACH STATEMENT EXECUTE FUNCTION fusion.gate()"
            );
            own.execute(sqlx::raw_sql(schema.sql(&sql))).await.unwrap();
        }
    }
}

async fn stop_at(schema: &Schema, nth: i64) {
    let sql = format!(
        "ALTER SEQUENCE fusion.passed RESTART; DELETE FROM fusion.stops; INSERT INTO fusion.stops VALUES ({nth})"
    );
    connection().await.execute(sqlx::raw_sql(schema.sql(&sql))).await.unwrap();
}

/// What a commit changes, before it and behind it.
#[derive(Debug, PartialEq)]
struct Seen {
    changed: Version,
    deleted: bool,
    made: bool,
    stepped: bool,
    statuses: [Option<JobStatus>; 3],
    waiting_entries: i64,
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_commit_that_is_cut_off_between_any_two_statements_leaves_nothing_of_it() {
    let (w, schema) = opened().await;
    let (running, waiting, new) = (w.serial("a"), w.serial("b"), w.serial("b"));
    w.put(&running).await;
    let held = w.claim_one().await;
    w.put(&waiting).await;
    let item = w.item("mug");
    let old = Location { id: LocationId::new(&w.clock), name: "old".into(), kind: LocationKind::Own };
    let made = Location { id: LocationId::new(&w.clock), name: "new".into(), kind: LocationKind::Own };
    let (step, free) = (w.step(), w.item("never made"));
    w.commit(|c| {
        c.create(item.clone());
        c.create(old.clone());
    })
    .await;
    let fill = |c: &mut ChangeSet| {
        c.update(Version(1), item.clone());
        c.delete::<Location>(Version(1), old.id);
        c.create(made.clone());
        c.rely_on::<StockItem>(free.id, Version::NEW);
        c.steps.push(step.clone());
        c.audit.push(w.entry("one"));
        c.cancels.push(waiting.id);
        c.jobs.push(new.clone());
        c.fence = Some(held.lease.clone());
        c.settle = Some(Settlement { lease: held.lease.clone(), end: JobEnd::Completed(Value::Null) });
    };
    let seen = async || {
        let keys = [Location::key(old.id), Location::key(made.id), step.clone().wrap().key()];
        let found = Storage::get(&w.db, &w.tenant, &keys).await.unwrap();
        let mut statuses = [None; 3];
        for (status, job) in statuses.iter_mut().zip([running.id, waiting.id, new.id]) {
            *status = JobQueue::get(&w.db, &w.tenant, job).await.unwrap().map(|state| state.status);
        }
        Seen {
            changed: load::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap().version,
            deleted: found[0].is_none(),
            made: found[1].is_some(),
            stepped: found[2].is_some(),
            statuses,
            waiting_entries: schema.count("SELECT count(*) FROM fusion.audit_waiting").await,
        }
    };
    let before = seen().await;
    set_gates(&schema).await;
    let mut cut = 0;
    for nth in 1.. {
        stop_at(&schema, nth).await;
        let (db, tenant, changes) = (w.db.clone(), w.tenant.clone(), change(fill));
        let committing = tokio::spawn(async move { db.commit(&tenant, changes).await });
        while !committing.is_finished() && schema.sessions("wait_event = 'PgSleep'").await == 0 {
            tokio::task::yield_now().await;
        }
        if committing.is_finished() {
            assert_eq!(committing.await.unwrap().unwrap().jobs, [Enqueued::New]);
            break;
        }
        let name = schema.name();
        let end = format!(
            "SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE application_name = '{name}') ended"
        );
        assert!(schema.count(&end).await > 0);
        let error = committing.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.fate()), (ErrorKind::Unavailable, Fate::Unknown), "{nth}: {error:?}");
        stop_at(&schema, NEVER).await;
        assert_eq!(seen().await, before, "cut at {nth}");
        cut = nth;
    }
    assert!(cut > 20, "{cut} places to cut at");
    let after = Seen {
        changed: Version(2),
        deleted: true,
        made: true,
        stepped: true,
        statuses: [JobStatus::Completed, JobStatus::Cancelled, JobStatus::Pending].map(Some),
        waiting_entries: 1,
    };
    assert_eq!(seen().await, after);
    assert_eq!(Storage::get(&w.db, &w.tenant, &[StockItem::key(free.id)]).await.unwrap(), [None]);
    assert_eq!(w.db.live_kinds().await.unwrap(), [kind()]);
}

/// A way to the server on which answers are held up once somebody says so, and which is then cut.
async fn cutting_way() -> (String, Arc<AtomicBool>) {
    let options = PgConnectOptions::from_str(&url()).unwrap();
    let server = format!("{}:{}", options.get_host(), options.get_port());
    let way = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let through = url().replace(&server, &way.local_addr().unwrap().to_string());
    assert_ne!(through, url(), "the server's address stands in its URL");
    let cuts = Arc::<AtomicBool>::default();
    let is_cut = cuts.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = way.accept().await {
            let (is_cut, mut far) = (is_cut.clone(), TcpStream::connect(&server).await.unwrap());
            tokio::spawn(async move {
                let ((mut from, mut back), (mut answers, mut to)) = (near.split(), far.split());
                let answering = async {
                    let mut buffer = [0; 4_096];
                    loop {
                        let n = answers.read(&mut buffer).await.unwrap_or(0);
                        if n == 0 || is_cut.load(Ordering::SeqCst) {
                            break;
                        }
                        if back.write_all(&buffer[..n]).await.is_err() {
                            break;
                        }
                    }
                };
                tokio::select! {
                    _ = copy(&mut from, &mut to) => {}
                    () = answering => {}
                }
            });
        }
    });
    (through, cuts)
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_commit_whose_answer_is_lost_says_that_it_may_be_stored_and_reading_tells() {
    let (w, schema) = opened().await;
    let (through, cuts) = cutting_way().await;
    let settings = fusion_queue::PostgresSettings::new(through).with_schema(schema.name());
    let far = settings.with_clock(Arc::new(w.clock.clone())).connect().await.unwrap();
    drop(far.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    cuts.store(true, Ordering::SeqCst);
    let error = far.commit(&w.tenant, numbered(&w, 2)).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::Unavailable, Fate::Unknown), "{error:?}");
    cuts.store(false, Ordering::SeqCst);
    // The server goes on without its client.
    while !is_there(&w.db, &w, 2).await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(is_there(&far, &w, 2).await);
    let again = far.commit(&w.tenant, numbered(&w, 2)).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
}
