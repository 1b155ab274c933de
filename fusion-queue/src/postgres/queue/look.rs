//! What people and workers ask a queue.

use super::row::{self, STATUSES, column, count, listed, micros, partition};
use crate::postgres::Postgres;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{Explanation, HANDLED_FOR, JobFilter, JobKind, JobRow, JobStatus, MAX_AHEAD, SnoozeReason, Stats},
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;
use uuid::Uuid;

/// How long a gate is closed that only a signal opens.
const UNTIL_OPENED: i64 = i64::MAX;

pub(super) fn names(kinds: &[JobKind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.as_str().to_owned()).collect()
}

/// How long from `now` until `moment`, both as they are stored.
fn until(moment: i64, now: i64) -> Duration {
    Timestamp::from_micros(moment).since(Timestamp::from_micros(now))
}

const GET: &str = "SELECT k.*, l.kind, l.store FROM fusion.known k JOIN fusion.lanes l ON l.id = k.lane
    WHERE k.tenant = $1 AND k.id = $2";

pub(super) async fn get(db: &Postgres, tenant: &Tenant, id: JobId) -> Result<Option<JobRow>> {
    let (tenant, id) = (tenant.as_str().to_owned(), id.as_uuid());
    let rows = db.rows(GET, move |statement| statement.bind(tenant).bind(id)).await?;
    rows.first().map(|row| listed(db.place(), row)).transpose()
}

pub(super) async fn untold(db: &Postgres, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
    let kinds = names(kinds);
    let sql = "SELECT e.*, l.kind, l.store FROM fusion.ended e JOIN fusion.lanes l ON l.id = e.lane
        WHERE e.untold AND l.kind = ANY ($1) ORDER BY e.id";
    let rows = db.rows_of_worker(sql, move |statement| statement.bind(kinds)).await?;
    rows.iter().map(|row| listed(db.place(), row)).collect()
}

/// Up to `limit` jobs by id, from behind `after`.
pub(super) async fn list(
    db: &Postgres,
    tenant: &Tenant,
    filter: &JobFilter,
    after: Option<JobId>,
    limit: usize,
) -> Result<Vec<JobRow>> {
    let sql = "SELECT k.*, l.kind, l.store FROM fusion.known k JOIN fusion.lanes l ON l.id = k.lane
        WHERE k.tenant = $1 AND k.id > $2 AND ($3 IS NULL OR k.status = $3) AND ($4 IS NULL OR l.kind = $4)
            AND ($5 IS NULL OR l.store = $5)
        ORDER BY k.id LIMIT $6";
    let tenant = tenant.as_str().to_owned();
    let after = after.map_or(Uuid::nil(), |id| id.as_uuid());
    let status = filter.status.and_then(|asked| STATUSES.iter().position(|status| *status == asked));
    let status = status.and_then(|nth| i16::try_from(nth).ok());
    let kind = filter.kind.as_ref().map(|kind| kind.as_str().to_owned());
    let store = filter.partition.map(|store| partition(Some(store)));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = db
        .rows(sql, move |statement| {
            statement.bind(tenant).bind(after).bind(status).bind(kind).bind(store).bind(limit)
        })
        .await?;
    rows.iter().map(|row| listed(db.place(), row)).collect()
}

pub(super) async fn stats(db: &Postgres, tenant: &Tenant) -> Result<Stats> {
    let place = db.place();
    let mut stats = Stats::default();
    let name = tenant.as_str().to_owned();
    let sql = "SELECT status, count(*) AS n FROM fusion.known WHERE tenant = $1 GROUP BY status";
    for row in db.rows(sql, move |statement| statement.bind(name)).await? {
        let status = row::status(place, column(place, &row, "status")?)?;
        stats.by_status.insert(status, count(column(place, &row, "n")?));
    }
    let sql =
        "SELECT g.store, g.open_at, now.now FROM fusion.gates g CROSS JOIN (SELECT fusion.now($1) AS now) now
        WHERE g.tenant = $2 AND g.open_at > now.now ORDER BY g.store";
    let (given, tenant) = (db.given(), tenant.as_str().to_owned());
    for row in db.rows(sql, move |statement| statement.bind(given).bind(tenant)).await? {
        let store: Uuid = column(place, &row, "store")?;
        let (open_at, now) = (column(place, &row, "open_at")?, column(place, &row, "now")?);
        let closed_for = (open_at != UNTIL_OPENED).then(|| until(open_at, now));
        stats.closed_gates.push((row::store(store), closed_for));
    }
    Ok(stats)
}

pub(super) async fn explain(db: &Postgres, tenant: &Tenant, id: JobId) -> Result<Explanation> {
    let sql = "SELECT CASE WHEN fusion.is_held(j.id) THEN 1 ELSE 0 END::smallint AS status, j.due, j.snoozed, s.open_at, s.paused, now.now,
            s.max_live IS NOT NULL AND fusion.live(s.tenant, s.store) >= s.max_live AS is_full,
            (SELECT h.id FROM fusion.jobs h WHERE j.follows AND h.tenant = j.tenant AND h.unique_key = j.unique_key
                AND NOT h.follows) AS holder,
            (SELECT p.parent FROM fusion.parents p WHERE j.awaits AND p.child = j.id AND p.open
                ORDER BY p.parent LIMIT 1) AS awaited,
            head.id AS head, head.is_dead AS is_held,
            EXISTS (SELECT FROM fusion.handled h WHERE h.at > now.now - $4)
                AND NOT EXISTS (SELECT FROM fusion.handled h WHERE h.at > now.now - $4 AND h.kind = s.kind) AS is_unhandled,
            CASE WHEN j.wait > 0 AND j.due <= now.now THEN (SELECT count(*) FROM (
                SELECT FROM fusion.jobs a WHERE a.lane = j.lane AND a.band = j.band AND a.wait = 1
                    AND (a.due, a.number) < (j.due, j.number) AND (a.id NOT IN (SELECT h.id FROM fusion.hands h))
                UNION ALL
                SELECT FROM fusion.jobs a WHERE a.lane = j.lane AND a.band = j.band AND a.wait = 2
                    AND a.due <= now.now AND (a.due, a.number) < (j.due, j.number)
                LIMIT $5) a) END AS ahead
        FROM (SELECT fusion.now($1) AS now) now CROSS JOIN fusion.jobs j JOIN fusion.stands s ON s.id = j.lane
        LEFT JOIN LATERAL (SELECT o.id, o.is_dead FROM fusion.in_order o WHERE o.tenant = j.tenant
            AND o.serial = j.serial AND o.place IS NOT NULL ORDER BY o.place, o.behind LIMIT 1) head ON true
        WHERE j.tenant = $2 AND j.id = $3
        UNION ALL
        SELECT e.status, NULL, NULL, NULL, false, 0, false, NULL, NULL, NULL, NULL, false, NULL FROM fusion.ended e
        WHERE e.tenant = $2 AND e.id = $3";
    let (given, tenant) = (db.given(), tenant.as_str().to_owned());
    let (lately, most) = (micros(HANDLED_FOR), i64::try_from(MAX_AHEAD).unwrap_or(i64::MAX));
    let rows = db
        .rows(sql, move |statement| {
            statement.bind(given).bind(tenant).bind(id.as_uuid()).bind(lately).bind(most)
        })
        .await?;
    let (place, row) = (db.place(), rows.first().ok_or_else(row::no_such_job)?);
    match row::status(place, column(place, row, "status")?)? {
        JobStatus::Pending => {}
        JobStatus::Claimed | JobStatus::Running => return Ok(Explanation::InHands),
        JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => return Ok(Explanation::Ended),
    }
    let job = |name| column::<Option<Uuid>>(place, row, name).map(|id| id.map(JobId::from_uuid));
    if let Some(holder) = job("holder")? {
        return Ok(Explanation::Behind(holder));
    }
    if let Some(parent) = job("awaited")? {
        return Ok(Explanation::Awaits(parent));
    }
    if let Some(head) = job("head")?.filter(|head| *head != id) {
        let is_held: bool = column(place, row, "is_held")?;
        return Ok(if is_held { Explanation::Held(head) } else { Explanation::Behind(head) });
    }
    let why: Option<SnoozeReason> = row::said(place, row, "snoozed")?;
    let snoozed = |due| why.map(|why| Explanation::Snoozed { why, due });
    let Some(due) = column::<Option<i64>>(place, row, "due")? else {
        return Ok(snoozed(None).unwrap_or(Explanation::Parked));
    };
    let (now, open_at): (i64, Option<i64>) = (column(place, row, "now")?, column(place, row, "open_at")?);
    let (paused, is_full): (bool, bool) = (column(place, row, "paused")?, column(place, row, "is_full")?);
    Ok(match open_at {
        _ if paused => Explanation::Paused,
        Some(UNTIL_OPENED) => Explanation::GateClosed(None),
        Some(open_at) if open_at > now && (open_at > due || (open_at == due && why.is_none())) => {
            Explanation::GateClosed(Some(until(open_at, now)))
        }
        _ if due > now => {
            let span = until(due, now);
            snoozed(Some(span)).unwrap_or(Explanation::NotDue(span))
        }
        _ if is_full => Explanation::GateFull,
        _ if column(place, row, "is_unhandled")? => Explanation::Unhandled,
        _ => match column::<Option<i64>>(place, row, "ahead")?.map_or(0, count) {
            0 => Explanation::Due,
            ahead => Explanation::Turn(usize::try_from(ahead).unwrap_or(MAX_AHEAD)),
        },
    })
}

/// How long until the next job of `kinds` in the foreground could run; zero: one is due or in hands.
pub(super) async fn next_due(db: &Postgres, kinds: &[JobKind]) -> Result<Option<Duration>> {
    let sql = "SELECT now, due FROM fusion.next_due($1, $2)";
    let (given, kinds) = (db.given(), names(kinds));
    let row = db.row(sql, move |statement| statement.bind(given).bind(kinds)).await?;
    let due: Option<i64> = column(db.place(), &row, "due")?;
    let now = column(db.place(), &row, "now")?;
    Ok(due.map(|due| until(due, now)))
}

/// How long until a job's time comes or a gate opens by itself.
pub(super) async fn next_change(db: &Postgres) -> Result<Option<Duration>> {
    let sql = "SELECT now.now, least(
            (SELECT min(j.due) FROM fusion.jobs j WHERE j.wait = 2),
            (SELECT min(g.open_at) FROM fusion.gates g WHERE g.open_at > now.now)) AS at
        FROM (SELECT fusion.now($1) AS now) now";
    let given = db.given();
    let row = db.only(db.rows_of_worker(sql, move |statement| statement.bind(given)).await?)?;
    let at: Option<i64> = column(db.place(), &row, "at")?;
    let now = column(db.place(), &row, "now")?;
    Ok(at.map(|at| until(at, now)))
}
