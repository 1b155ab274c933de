use super::{
    claim, coming, done, end,
    lane::LIVE,
    rest,
    retention::{FORGET, FORGET_EVERY, FORGET_OLD, MAX_ENDED},
    row::select,
    take,
};
use crate::sqlite::{Durability, Sqlite, SqliteSettings, backend::Tells};
use fusion_core::{
    error::When,
    job::{
        ClaimRequest, DeadHead, JobEnd, JobKind, JobQueue, Lease, NewJob, ParentFailed, QueueControl as _,
        Settlement,
    },
    model::{JobId, StoreId},
    storage::Storage as _,
    tenant::Tenant,
};
use serde_json::Value;
use sqlx::Connection as _;
use std::time::Duration;
use tempfile::TempDir;

async fn opened() -> (Sqlite, TempDir) {
    let folder = TempDir::new().unwrap();
    let settings = SqliteSettings::new(folder.path().join("fusion.db"));
    (settings.with_durability(Durability::ProcessEnd).open_with_queue().await.unwrap(), folder)
}

async fn plan(db: &Sqlite, sql: &'static str) -> Vec<String> {
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut *db.reader().await.unwrap())
            .await
            .unwrap();
    rows.into_iter().map(|(.., detail)| detail).collect()
}

#[tokio::test]
async fn no_statement_of_the_workers_looks_through_all_jobs() {
    let (db, _folder) = opened().await;
    let of_jobs = [
        (claim::LANES, "jobs_due"),
        (claim::NEXT, "jobs_due"),
        (take::TAKE, "SEARCH jobs USING INTEGER PRIMARY KEY"),
        (take::TAKEN, "SEARCH jobs USING INTEGER PRIMARY KEY"),
        (done::DONE, "autoindex_jobs"),
        (coming::PUT_IN, "autoindex_lanes"),
        (claim::STAGE, "jobs_timers"),
        (select!("WHERE id = ?"), "autoindex_jobs"),
        (select!("WHERE tenant = ? AND id = ?"), "jobs"),
        (select!("WHERE lease_ends IS NOT NULL AND lease_ends <= ? ORDER BY lease_ends, id"), "jobs_leased"),
        (end::NEXT, "jobs_ended"),
        (done::JUST_ENDED, "jobs_ended"),
        (FORGET, "jobs_ended"),
        (FORGET_OLD, "jobs_ended"),
        (LIVE, "jobs_leased"),
        (rest::CANCEL, "jobs_in_order"),
        (select!("WHERE number IN (SELECT child FROM parents WHERE parent = ? AND open = 1)"), "parents_of"),
        ("SELECT min(due) AS at FROM jobs WHERE wait = 2 AND due > ?1", "jobs_timers"),
        ("UPDATE jobs SET wait = 1, due = ? WHERE wait = 3 AND lane = ?", "jobs_parked"),
    ];
    for (sql, index) in of_jobs {
        let plan = plan(&db, sql).await;
        assert!(plan.iter().any(|line| line.contains(index)), "{sql}: {plan:#?}");
        let scans = |line: &&String| line.starts_with("SCAN jobs") || line.starts_with("SCAN lanes");
        assert_eq!(plan.iter().find(scans), None, "{sql}: {plan:#?}");
    }
}

fn new_job(db: &Sqlite) -> NewJob {
    let kind = JobKind::custom("test").unwrap();
    NewJob::new(&*db.clock(), &Tenant::new("acme").unwrap(), kind, Value::Null)
}

async fn claim_one(db: &Sqlite) -> Lease {
    let kinds = vec![JobKind::custom("test").unwrap()];
    let request = ClaimRequest { worker: String::new(), limit: 1, kinds, lease_for: Duration::from_secs(60) };
    db.claim(request).await.unwrap().remove(0).lease
}

/// Puts a job in and ends it.
async fn ended(db: &Sqlite) -> JobId {
    db.enqueue(vec![new_job(db)]).await.unwrap();
    let lease = claim_one(db).await;
    let job = lease.job;
    db.settle(vec![Settlement { lease, end: JobEnd::Completed(Value::Null) }]).await.unwrap();
    job
}

#[tokio::test]
async fn ended_jobs_are_remembered_up_to_a_limit_oldest_first_to_go() {
    let (db, _folder) = opened().await;
    let (oldest, newer) = (ended(&db).await, ended(&db).await);
    age(&db).await;
    let newest = ended(&db).await;
    for (id, is_remembered) in [(oldest, false), (newer, true), (newest, true)] {
        assert_eq!(is_known(&db, id).await, is_remembered);
    }
}

#[tokio::test]
async fn a_parent_is_remembered_until_its_children_need_it_no_more() {
    let (db, _folder) = opened().await;
    let parent = ended(&db).await;
    ended(&db).await;
    let child = NewJob { parents: vec![parent], due: When::OnSignal, ..new_job(&db) };
    db.enqueue(vec![child.clone()]).await.unwrap();
    age(&db).await;
    ended(&db).await;
    assert!(is_known(&db, parent).await);
    db.cancel(&child.tenant, child.id).await.unwrap();
    age(&db).await;
    ended(&db).await;
    assert!(!is_known(&db, parent).await);
}

#[tokio::test]
async fn a_dead_head_is_remembered_while_it_holds_its_key() {
    let (db, _folder) = opened().await;
    let head = NewJob { serial: Some("a".to_owned()), dead_head: DeadHead::Hold, ..new_job(&db) };
    db.enqueue(vec![head.clone()]).await.unwrap();
    let lease = claim_one(&db).await;
    let failure = ParentFailed::failure(head.id);
    db.settle(vec![Settlement { lease, end: JobEnd::Dead(failure) }]).await.unwrap();
    for is_remembered in [true, false] {
        ended(&db).await;
        age(&db).await;
        ended(&db).await;
        assert_eq!(is_known(&db, head.id).await, is_remembered);
        db.go_on(&head.tenant, "a").await.unwrap();
    }
}

/// As if as many had ended before the newest one; the next end is one after which the table is looked through.
async fn age(db: &Sqlite) {
    db.ask(Tells::Nobody, move |desk| {
        Box::pin(async move {
            let moved = sqlx::query(
                "UPDATE jobs SET ended = (ended + ?1) / ?2 * ?2 + ?2 - 1 WHERE ended = (SELECT max(ended) FROM jobs)",
            );
            let moved = moved.bind(MAX_ENDED).bind(FORGET_EVERY).execute(&mut *desk.connection).await;
            moved.map(drop).map_err(|source| desk.place.fault(source))
        })
    })
    .await
    .unwrap();
}

async fn is_known(db: &Sqlite, id: JobId) -> bool {
    let acme = Tenant::new("acme").unwrap();
    fusion_core::job::JobQueue::get(db, &acme, id).await.unwrap().is_some()
}

fn any_claim() -> ClaimRequest {
    let kinds = vec![JobKind::custom("report").unwrap()];
    ClaimRequest { worker: "a".into(), limit: 9, kinds, lease_for: Duration::from_secs(60) }
}

async fn raw(folder: &TempDir) -> sqlx::SqliteConnection {
    let file = folder.path().join("fusion.db");
    sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap()
}

#[tokio::test]
async fn a_job_that_an_older_release_put_in_is_the_one_that_is_claimed() {
    let (db, folder) = opened().await;
    let clock = db.clock();
    let new = |payload: &str| {
        let (tenant, kind) = (Tenant::new("acme").unwrap(), JobKind::custom("report").unwrap());
        NewJob {
            partition: Some(StoreId::new(&*clock)),
            ..NewJob::new(&*clock, &tenant, kind, payload.into())
        }
    };
    let mut jobs = [new("a"), new("b")];
    jobs.sort_unstable_by_key(|job| job.id);
    db.enqueue(jobs.to_vec()).await.unwrap();
    drop(db);
    let mut file = raw(&folder).await;
    sqlx::query("UPDATE jobs SET body = ? WHERE id = ?")
        .bind(serde_json::to_string(&jobs[0]).unwrap())
        .bind(jobs[0].id.as_uuid().as_bytes().to_vec())
        .execute(&mut file)
        .await
        .unwrap();
    sqlx::raw_sql("DELETE FROM fusion_migrations WHERE number = 9").execute(&mut file).await.unwrap();
    file.close().await.unwrap();
    let settings = SqliteSettings::new(folder.path().join("fusion.db"));
    let db = settings.open_with_queue().await.unwrap();
    for job in &jobs {
        assert_eq!(JobQueue::get(&db, &job.tenant, job.id).await.unwrap().unwrap().job, *job);
    }
    let mut claimed: Vec<NewJob> =
        db.claim(any_claim()).await.unwrap().into_iter().map(|claimed| claimed.job).collect();
    claimed.sort_unstable_by_key(|job| job.id);
    assert_eq!(claimed, jobs);
}

#[tokio::test]
async fn jobs_with_bodies_of_any_size_are_claimed_together() {
    let (db, _folder) = opened().await;
    let clock = db.clock();
    let sizes = [1, 65_000, 70_000, 3, 1_000_000, 5];
    let jobs = sizes.map(|size| {
        let (tenant, kind) = (Tenant::new("acme").unwrap(), JobKind::custom("report").unwrap());
        NewJob::new(&*clock, &tenant, kind, "\u{1}\"]é".repeat(size / 4).into())
    });
    db.enqueue(jobs.to_vec()).await.unwrap();
    let claimed = db.claim(any_claim()).await.unwrap();
    assert_eq!(claimed.into_iter().map(|claimed| claimed.job).collect::<Vec<_>>(), jobs);
}
