//! How long ended jobs are remembered, and what was written about them.

use super::row;
use crate::sqlite::{fault::Place, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{JobLine, MAX_LINES},
    model::JobId,
    tenant::Tenant,
};
use sqlx::SqliteConnection;
use std::{ops::RangeInclusive, time::Duration};

/// Ended jobs that are remembered: enough to recognise for hours what is put in or settled twice.
pub(super) const MAX_ENDED: i64 = 100_000;

/// Ends after which those beyond [`MAX_ENDED`] are forgotten: a deletion for each would cost more than they do.
pub(super) const FORGET_EVERY: i64 = 512;

/// Nobody needs it: it holds no serial key, and is parent of no child that is to run, or that may again and wants its
/// result.
macro_rules! unneeded {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " AND place IS NULL AND NOT (is_parent = 1 AND EXISTS (
                SELECT 1 FROM parents JOIN jobs AS child ON child.number = parents.child
                WHERE parents.parent = jobs.number
                    AND (child.ended IS NULL OR (child.status = 'failed' AND jobs.status = 'completed')))) ",
            $after
        )
    };
}

/// Forgets what ended before.
pub(super) const FORGET: &str = unneeded!("DELETE FROM jobs WHERE ended <= ?", "");

/// Forgets what ended at that time or earlier and is known to its handler.
pub(super) const FORGET_OLD: &str = unneeded!(
    "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs WHERE ended > 0 AND ended_at <= ? AND untold = 0",
    "ORDER BY ended LIMIT ?)"
);

/// After the ends that are counted so: forgets those beyond [`MAX_ENDED`], now and then.
pub(super) async fn forget_oldest(desk: &mut Desk<'_>, ended: RangeInclusive<i64>) -> Result<()> {
    let (first, last) = ended.into_inner();
    let ended = last - last % FORGET_EVERY;
    if ended < first {
        return Ok(());
    }
    sqlx::query(FORGET)
        .bind(ended - MAX_ENDED)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Forgets up to `limit` jobs that ended at least `age` ago; how many those were.
pub(super) async fn forget(desk: &mut Desk<'_>, age: Duration, limit: usize) -> Result<usize> {
    let now = desk.clock.now().as_micros();
    let before = now.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
    let forgotten = sqlx::query(FORGET_OLD)
        .bind(before)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    Ok(usize::try_from(forgotten.rows_affected()).unwrap_or(usize::MAX))
}

pub(super) async fn log(desk: &mut Desk<'_>, lines: Vec<JobLine>) -> Result<()> {
    let kept = i64::try_from(MAX_LINES).unwrap_or(i64::MAX);
    for line in lines {
        let nth: Option<(i64, i64)> = sqlx::query_as(
            "INSERT INTO lines (job, nth, at, text)
             SELECT number, coalesce((SELECT max(nth) FROM lines WHERE job = jobs.number), 0) + 1, ?, ?
             FROM jobs WHERE id = ? RETURNING job, nth",
        )
        .bind(line.at.as_micros())
        .bind(line.text)
        .bind(row::bytes(line.job))
        .fetch_optional(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
        let Some((job, nth)) = nth.filter(|(_, nth)| *nth > kept) else { continue };
        sqlx::query("DELETE FROM lines WHERE job = ? AND nth <= ?")
            .bind(job)
            .bind(nth - kept)
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(())
}

/// What was written about a job of `tenant`, oldest first.
pub(super) async fn lines(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    id: JobId,
) -> Result<Vec<JobLine>> {
    let row = row::find_of(&mut *connection, place, tenant, id).await?.ok_or_else(row::no_such_job)?;
    let rows: Vec<(i64, String)> = sqlx::query_as("SELECT at, text FROM lines WHERE job = ? ORDER BY nth")
        .bind(row.number)
        .fetch_all(connection)
        .await
        .map_err(|source| place.fault(source))?;
    Ok(rows.into_iter().map(|(at, text)| JobLine::new(id, Timestamp::from_micros(at), &text)).collect())
}
