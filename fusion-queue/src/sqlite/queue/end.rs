//! How jobs end.

use super::{
    enqueue, parents,
    row::{Row, name},
    serial,
};
use crate::sqlite::writer::Desk;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{DeadHead, JobStatus, NewJob},
};

/// Ended jobs that are remembered: enough to recognise for hours what is put in or settled twice.
pub(super) const MAX_ENDED: i64 = 100_000;

/// Ends after which those beyond [`MAX_ENDED`] are forgotten: a deletion for each would cost more than they do.
const FORGET_EVERY: i64 = 64;

/// Forgets what ended before, but for heads that hold their keys, and for parents: of a child that is to run, and
/// results for one that may again.
pub(super) const FORGET: &str = "
    DELETE FROM jobs WHERE ended <= ? AND place IS NULL AND NOT (is_parent = 1 AND EXISTS (
        SELECT 1 FROM parents JOIN jobs AS child ON child.number = parents.child
        WHERE parents.parent = jobs.number
            AND (child.ended IS NULL OR (child.status = 'failed' AND jobs.status = 'completed'))))";

/// What an end leaves at its job.
#[derive(Default)]
pub(super) struct Left {
    pub(super) result: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) untold: bool,
}

/// Ends a job, and with it the children that fail when it does.
pub(super) async fn finish(
    desk: &mut Desk,
    row: &Row,
    job: &NewJob,
    status: JobStatus,
    left: Left,
    now: Timestamp,
) -> Result<()> {
    end(desk, row, job, status, left, now).await?;
    match row.is_parent {
        true => parents::tell(desk, row.number, job.clone(), status, now).await,
        false => Ok(()),
    }
}

/// Ends one job: its keys are free, and who waited for them goes on.
pub(super) async fn end(
    desk: &mut Desk,
    row: &Row,
    job: &NewJob,
    status: JobStatus,
    left: Left,
    now: Timestamp,
) -> Result<()> {
    // A held key keeps its head.
    let holds = status == JobStatus::Failed && job.dead_head == DeadHead::Hold;
    let ended: i64 =
        sqlx::query_scalar("SELECT coalesce(max(ended), 0) + 1 FROM jobs WHERE ended IS NOT NULL")
            .fetch_one(&mut desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    sqlx::query(
        "UPDATE jobs SET status = ?, lease_ends = NULL, wait = 0, place = CASE WHEN ? THEN place END,
             behind = CASE WHEN ? THEN behind END, follows = 0,
             attempt = ?, crashes = ?, suspect = ?, settled = ?, result = ?, failure = coalesce(?, failure),
             untold = ?, ended = ? WHERE number = ?",
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
    .bind(ended)
    .bind(row.number)
    .execute(&mut desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    if !job.parents.is_empty() {
        sqlx::query("UPDATE parents SET open = 0 WHERE child = ? AND open = 1")
            .bind(row.number)
            .execute(&mut desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    if let (Some(serial), Some(_), false) = (&row.serial, row.place, holds) {
        serial::let_next_in(desk, &job.tenant, serial, now).await?;
    }
    if let (Some(key), false) = (&row.unique_key, row.follows)
        && let Some(next) = enqueue::follow_up(desk, &job.tenant, Some(key)).await?
    {
        sqlx::query("UPDATE jobs SET follows = 0 WHERE number = ?")
            .bind(next.number)
            .execute(&mut desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
        let job = next.job(&desk.place)?;
        serial::line_up(desk, next.number, &job, next.due, now).await?;
    }
    if ended % FORGET_EVERY == 0 {
        sqlx::query(FORGET)
            .bind(ended - MAX_ENDED)
            .execute(&mut desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(())
}
