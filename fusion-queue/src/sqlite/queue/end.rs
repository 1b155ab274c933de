//! How jobs end.

use super::{
    enqueue, parents,
    rest::{self, Rest},
    retention,
    row::{Row, name},
    serial,
};
use crate::sqlite::writer::Desk;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{DeadHead, JobStatus, NewJob},
};

/// The number of the next end.
pub(super) const NEXT: &str = "SELECT coalesce(max(ended), 0) + 1 FROM jobs WHERE ended IS NOT NULL";

/// What an end leaves at its job.
#[derive(Default)]
pub(super) struct Left {
    pub(super) result: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) untold: bool,
}

pub(super) async fn next(desk: &mut Desk<'_>) -> Result<i64> {
    sqlx::query_scalar(NEXT).fetch_one(&mut *desk.connection).await.map_err(|source| desk.place.fault(source))
}

/// Ends a job, and with it the rest of its serial key where that is cancelled, and the children that fail.
pub(super) async fn finish(
    desk: &mut Desk<'_>,
    row: &Row,
    job: &NewJob,
    status: JobStatus,
    left: Left,
    now: Timestamp,
) -> Result<()> {
    let cancels = status == JobStatus::Failed && job.dead_head == DeadHead::CancelRest;
    let rest = match (&row.serial, row.place) {
        (Some(serial), Some(_)) if cancels => rest::cancel(desk, row, job, serial, now).await?,
        _ => Rest::default(),
    };
    end(desk, row, job, status, left, now).await?;
    let mut parents = rest.line_up(desk, now).await?;
    parents.extend(row.is_parent.then_some(row.number));
    parents::tell(desk, parents, now).await
}

/// Ends one job: its keys are free, and who waited for them goes on.
pub(super) async fn end(
    desk: &mut Desk<'_>,
    row: &Row,
    job: &NewJob,
    status: JobStatus,
    left: Left,
    now: Timestamp,
) -> Result<()> {
    // A held key keeps its head.
    let holds = status == JobStatus::Failed && job.dead_head == DeadHead::Hold;
    let ended: i64 = sqlx::query_scalar(
        "UPDATE jobs SET status = ?, lease_ends = NULL, wait = 0, place = CASE WHEN ? THEN place END,
             behind = CASE WHEN ? THEN behind END, follows = 0,
             attempt = ?, crashes = ?, suspect = ?, settled = ?, result = ?, failure = coalesce(?, failure),
             untold = ?, ended = (SELECT coalesce(max(ended), 0) + 1 FROM jobs WHERE ended IS NOT NULL),
             ended_at = ? WHERE number = ? RETURNING ended",
    )
    .bind(name(status))
    .bind(holds)
    .bind(holds)
    .bind(row.attempt)
    .bind(row.crashes)
    .bind(row.suspect)
    .bind(row.settled)
    .bind(left.result)
    .bind(left.failure)
    .bind(left.untold)
    .bind(now.as_micros())
    .bind(row.number)
    .fetch_one(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    if !job.parents.is_empty() {
        sqlx::query("UPDATE parents SET open = 0 WHERE child = ? AND open = 1")
            .bind(row.number)
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    if let (Some(serial), Some(_), false) = (&row.serial, row.place, holds) {
        serial::let_next_in(desk, &job.tenant, serial, now).await?;
    }
    if let (Some(key), false) = (&row.unique_key, row.follows)
        && let Some(next) = enqueue::follow_up(desk, &job.tenant, Some(key)).await?
    {
        enqueue::follow_no_more(desk, next.number).await?;
        let job = next.job(&desk.place)?;
        serial::line_up(desk, next.number, &job, next.due, now).await?;
    }
    retention::forget_oldest(desk, ended..=ended).await
}
