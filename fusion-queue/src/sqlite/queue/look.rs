//! What people and workers ask a queue.

use super::{
    handled,
    lane::{self, Standing},
    pause::Pauses,
    row::{self, Row, STATUSES, name, select},
    serial,
};
use crate::sqlite::fault::Place;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{Explanation, JobFilter, JobKind, JobRow, JobStatus, MAX_AHEAD, NewJob, SnoozeReason, Stats},
    model::JobId,
    tenant::Tenant,
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::time::Duration;

/// Up to `limit` jobs by id, from behind `after`.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    filter: &JobFilter,
    after: Option<JobId>,
    limit: usize,
) -> Result<Vec<JobRow>> {
    let mut sql = QueryBuilder::<Sqlite>::new(select!("WHERE tenant = "));
    sql.push_bind(tenant.as_str().to_owned());
    if let Some(after) = after {
        sql.push(" AND id > ").push_bind(row::bytes(after));
    }
    if let Some(status) = filter.status {
        sql.push(" AND status = ").push_bind(name(status));
    }
    if let Some(kind) = &filter.kind {
        sql.push(" AND kind = ").push_bind(kind.as_str().to_owned());
    }
    if filter.partition.is_some() {
        sql.push(" AND lane = (SELECT id FROM lanes WHERE tenant = ").push_bind(tenant.as_str().to_owned());
        sql.push(" AND partition = ").push_bind(lane::partition(filter.partition)).push(")");
    }
    sql.push(" ORDER BY id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = sql.build_query_as::<Row>().fetch_all(connection).await;
    rows.map_err(|source| place.fault(source))?.iter().map(|row| row.listed(place)).collect()
}

pub(super) async fn stats(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    now: Timestamp,
) -> Result<Stats> {
    let counts: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, count(*) FROM jobs WHERE tenant = ? GROUP BY status")
            .bind(tenant.as_str())
            .fetch_all(&mut *connection)
            .await
            .map_err(|source| place.fault(source))?;
    let mut stats = Stats::default();
    for (status, count) in counts {
        if let Some(known) = STATUSES.into_iter().find(|known| name(*known) == status) {
            stats.by_status.insert(known, row::count(count));
        }
    }
    let closed = lane::closed(connection, place, tenant, now).await?;
    stats.closed_gates =
        closed.into_iter().map(|(store, until)| (store, until.map(|until| until.since(now)))).collect();
    Ok(stats)
}

pub(super) async fn explain(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    id: JobId,
    now: Timestamp,
) -> Result<Explanation> {
    let row = row::find_of(connection, place, tenant, id).await?.ok_or_else(row::no_such_job)?;
    if row.is_in_hands() {
        return Ok(Explanation::InHands);
    }
    if row.status() != JobStatus::Pending {
        return Ok(Explanation::Ended);
    }
    if row.follows
        && let Some(holder) = holder(connection, place, tenant, &row).await?
    {
        return Ok(Explanation::Behind(holder.job_id(place)?));
    }
    if let Some(parent) = awaited(connection, place, row.number).await? {
        return Ok(Explanation::Awaits(parent));
    }
    if let Some(key) = &row.serial
        && let Some(head) = serial::head(connection, place, tenant, key).await?
        && head.number != row.number
    {
        let first = row::id(place, &head.id)?;
        return Ok(if head.ended.is_some() { Explanation::Held(first) } else { Explanation::Behind(first) });
    }
    let why: Option<SnoozeReason> = row.snoozed.as_deref().map(|why| row::read(place, why)).transpose()?;
    let snoozed = |due| why.map(|why| Explanation::Snoozed { why, due });
    let Some(due) = row.due else { return Ok(snoozed(None).unwrap_or(Explanation::Parked)) };
    let job = row.job(place)?;
    if Pauses::read(connection, place).await?.holds(tenant.as_str(), job.kind.as_str()) {
        return Ok(Explanation::Paused);
    }
    let moment = |micros| Timestamp::from_micros(micros).since(now);
    let standing = match job.begins_work {
        true => lane::read_standing(connection, place, row.lane, now).await?,
        false => Standing::Open,
    };
    Ok(match standing {
        Standing::Paused => Explanation::Paused,
        Standing::ClosedUntilOpened => Explanation::GateClosed(None),
        Standing::ClosedUntil(open_at) if open_at > due || (open_at == due && why.is_none()) => {
            Explanation::GateClosed(Some(moment(open_at)))
        }
        _ if due > now.as_micros() => {
            snoozed(Some(moment(due))).unwrap_or_else(|| Explanation::NotDue(moment(due)))
        }
        Standing::Full => Explanation::GateFull,
        _ if handled::is_missing(connection, place, &job.kind, now).await? => Explanation::Unhandled,
        _ => match ahead(connection, place, &row, &job, due, now).await? {
            0 => Explanation::Due,
            ahead => Explanation::Turn(ahead),
        },
    })
}

/// How many jobs of its lane, kind and band go before one that is due at `due`.
async fn ahead(
    connection: &mut SqliteConnection,
    place: &Place,
    row: &Row,
    job: &NewJob,
    due: i64,
    now: Timestamp,
) -> Result<usize> {
    let ahead: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (
            SELECT 1 FROM jobs WHERE wait = 1 AND lane = ?1 AND band = ?2 AND kind = ?3 AND begins_work = ?4
                AND (due, number) < (?5, ?6)
            UNION ALL
            SELECT 1 FROM jobs WHERE wait = 2 AND due <= ?7 AND lane = ?1 AND band = ?2 AND kind = ?3
                AND begins_work = ?4 AND (due, number) < (?5, ?6)
            LIMIT ?8)",
    )
    .bind(row.lane)
    .bind(row::band(job.priority))
    .bind(job.kind.as_str())
    .bind(job.begins_work)
    .bind(due)
    .bind(row.number)
    .bind(now.as_micros())
    .bind(i64::try_from(MAX_AHEAD).unwrap_or(i64::MAX))
    .fetch_one(connection)
    .await
    .map_err(|source| place.fault(source))?;
    Ok(usize::try_from(ahead).unwrap_or_default())
}

/// The first parent whose end a job waits for.
async fn awaited(connection: &mut SqliteConnection, place: &Place, child: i64) -> Result<Option<JobId>> {
    let found: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT jobs.id FROM parents JOIN jobs ON jobs.number = parents.parent
         WHERE parents.child = ? AND parents.open = 1 ORDER BY jobs.id LIMIT 1",
    )
    .bind(child)
    .fetch_optional(connection)
    .await
    .map_err(|source| place.fault(source))?;
    found.map(|stored| row::id(place, &stored)).transpose()
}

async fn holder(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    row: &Row,
) -> Result<Option<Row>> {
    sqlx::query_as(select!(
        "WHERE tenant = ? AND unique_key = ? AND unique_key IS NOT NULL AND follows = 0 AND ended IS NULL"
    ))
    .bind(tenant.as_str())
    .bind(&row.unique_key)
    .fetch_optional(connection)
    .await
    .map_err(|source| place.fault(source))
}

/// When a job could run, its gate considered; the past: it is in hands. What `NULL` stands for never comes.
const COULD_RUN: &str = "
    CASE WHEN first.ended IS NOT NULL THEN NULL
         WHEN first.lease_ends IS NOT NULL THEN 0
         WHEN EXISTS (SELECT 1 FROM pauses WHERE tenant = first.tenant AND kind IN ('', first.kind)) THEN NULL
         WHEN first.begins_work = 0 THEN first.due
         WHEN lanes.paused OR lanes.open_at = 9223372036854775807 THEN NULL
         ELSE max(first.due, coalesce(lanes.open_at, 0)) END";

/// Parents that somebody waits for, and what those wait for in turn; or who goes before them.
const AWAITED: &str = "
    (WITH RECURSIVE awaited (number) AS (
        SELECT parents.parent FROM parents JOIN jobs AS child ON child.number = parents.child
        WHERE parents.open = 1 AND child.background = 0 AND child.kind IN (SELECT value FROM json_each(?1))
        UNION
        SELECT parents.parent FROM awaited JOIN parents ON parents.child = awaited.number AND parents.open = 1
     ) SELECT number FROM awaited) AS awaited
    JOIN jobs AS waiter ON waiter.number = awaited.number AND waiter.ended IS NULL
    JOIN jobs AS first ON first.number = CASE
        WHEN waiter.follows = 1 THEN (
            SELECT number FROM jobs WHERE tenant = waiter.tenant AND unique_key = waiter.unique_key
                AND unique_key IS NOT NULL AND follows = 0 AND ended IS NULL)
        WHEN waiter.place IS NOT NULL THEN (
            SELECT number FROM jobs WHERE tenant = waiter.tenant AND serial = waiter.serial
                AND place IS NOT NULL ORDER BY place, behind LIMIT 1)
        ELSE waiter.number END
    JOIN lanes ON lanes.id = first.lane
    WHERE NOT EXISTS (SELECT 1 FROM parents WHERE child = waiter.number AND open = 1)";

/// How long until the next job of `kinds` in the foreground could run; zero: one is due or in hands.
pub(super) async fn next_due(
    connection: &mut SqliteConnection,
    place: &Place,
    kinds: &[JobKind],
    now: Timestamp,
) -> Result<Option<Duration>> {
    // In hands; in a lane; parents; behind the head of its serial key; behind the holder of its unique key.
    let sources = [
        "jobs AS first JOIN lanes ON lanes.id = first.lane
         WHERE first.lease_ends IS NOT NULL AND first.background = 0",
        "jobs AS first JOIN lanes ON lanes.id = first.lane
         WHERE first.wait IN (1, 2) AND first.status = 'pending' AND first.background = 0",
        AWAITED,
        "jobs AS waiter JOIN jobs AS first ON first.number = (
             SELECT number FROM jobs WHERE tenant = waiter.tenant AND serial = waiter.serial
                 AND place IS NOT NULL ORDER BY place, behind LIMIT 1)
         JOIN lanes ON lanes.id = first.lane
         WHERE waiter.place IS NOT NULL AND waiter.background = 0 AND waiter.number <> first.number
             AND waiter.kind IN (SELECT value FROM json_each(?1))",
        "jobs AS waiter JOIN jobs AS first ON first.tenant = waiter.tenant AND first.unique_key = waiter.unique_key
             AND first.unique_key IS NOT NULL AND first.follows = 0 AND first.ended IS NULL
         JOIN lanes ON lanes.id = first.lane
         WHERE waiter.unique_key IS NOT NULL AND waiter.follows = 1 AND waiter.ended IS NULL
             AND waiter.background = 0 AND waiter.kind IN (SELECT value FROM json_each(?1))",
    ];
    let kinds = place.text(&kinds)?;
    let mut next: Option<i64> = None;
    for (nth, source) in sources.into_iter().enumerate() {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT min(");
        sql.push(COULD_RUN).push(") FROM ").push(source);
        // A follow-up waits for its holder, whatever the holder's kind.
        if nth < 4 {
            sql.push(" AND first.kind IN (SELECT value FROM json_each(?1))");
        }
        let due: Option<i64> = sql
            .build_query_scalar()
            .bind(&kinds)
            .fetch_one(&mut *connection)
            .await
            .map_err(|source| place.fault(source))?;
        next = [next, due].into_iter().flatten().min();
        if next.is_some_and(|next| next <= now.as_micros()) {
            break;
        }
    }
    Ok(next.map(|next| Timestamp::from_micros(next).since(now)))
}

/// Every kind with a job that hasn't ended.
pub(super) async fn live_kinds(connection: &mut SqliteConnection, place: &Place) -> Result<Vec<JobKind>> {
    let kinds: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT kind FROM jobs WHERE ended IS NULL ORDER BY kind")
            .fetch_all(connection)
            .await
            .map_err(|source| place.fault(source))?;
    kinds.into_iter().map(|stored| row::kind(place, stored)).collect()
}

/// How long until a job's time comes or a gate opens by itself.
pub(super) async fn next_change(
    connection: &mut SqliteConnection,
    place: &Place,
    now: Timestamp,
) -> Result<Option<Duration>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(at) FROM (
            SELECT min(due) AS at FROM jobs WHERE wait = 2 AND due > ?1
            UNION ALL SELECT min(open_at) FROM lanes WHERE open_at > ?1)",
    )
    .bind(now.as_micros())
    .fetch_one(connection)
    .await
    .map_err(|source| place.fault(source))?;
    Ok(next.map(|next| Timestamp::from_micros(next).since(now)))
}
