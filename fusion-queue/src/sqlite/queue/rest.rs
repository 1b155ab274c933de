//! What waits behind a dead head, and is cancelled with it.

use super::{
    end, enqueue,
    retention::forget_oldest,
    row::{Row, column},
    serial,
};
use crate::sqlite::{columns::from_columns, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{DeadHead, NewJob},
};

/// Cancels all of a serial key but its head, by one statement however many wait.
pub(super) const CANCEL: &str = "UPDATE jobs SET status = 'cancelled', wait = 0, place = NULL, behind = NULL,
         failure = ?1, untold = 1, ended = ?2 + rest.nth, ended_at = ?3
     FROM (SELECT number AS job, row_number() OVER (ORDER BY place, behind) - 1 AS nth FROM jobs
         WHERE tenant = ?4 AND serial = ?5 AND place IS NOT NULL AND number <> ?6) AS rest
     WHERE jobs.number = rest.job
     RETURNING number, unique_key, is_parent";

/// What hangs on the cancelled ones.
#[derive(Default)]
pub(super) struct Rest {
    /// Those that somebody names as a parent.
    parents: Vec<i64>,
    /// Who held back for one that held their unique key.
    follow_ups: Vec<Row>,
}

struct Cancelled {
    number: i64,
    unique_key: Option<Vec<u8>>,
    is_parent: bool,
}

from_columns!(Cancelled { number, unique_key, is_parent });

/// Cancels what waits behind `head`, which is about to fail for good.
pub(super) async fn cancel(
    desk: &mut Desk<'_>,
    head: &Row,
    job: &NewJob,
    serial: &[u8],
    now: Timestamp,
) -> Result<Rest> {
    let first = end::next(desk).await?;
    let cancelled: Vec<Cancelled> = sqlx::query_as(CANCEL)
        .bind(desk.place.text(&DeadHead::failure(job.id))?)
        .bind(first)
        .bind(now.as_micros())
        .bind(job.tenant.as_str())
        .bind(serial)
        .bind(head.number)
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let mut rest = Rest::default();
    let many = u64::try_from(cancelled.len()).unwrap_or(u64::MAX);
    for Cancelled { number, unique_key, is_parent } in cancelled {
        rest.parents.extend(is_parent.then_some(number));
        if unique_key.is_some()
            && let Some(next) = enqueue::follow_up(desk, &job.tenant, unique_key.as_deref()).await?
        {
            enqueue::follow_no_more(desk, next.number).await?;
            rest.follow_ups.push(next);
        }
    }
    rest.follow_ups.sort_unstable_by_key(|row| row.number);
    forget_oldest(desk, first..=first + column(many) - 1).await?;
    Ok(rest)
}

impl Rest {
    /// Lets those line up that are later ones; returns whose children have to be told.
    pub(super) async fn line_up(self, desk: &mut Desk<'_>, now: Timestamp) -> Result<Vec<i64>> {
        for row in self.follow_ups {
            let job = row.job(&desk.place)?;
            serial::line_up(desk, row.number, &job, row.due, now).await?;
        }
        Ok(self.parents)
    }
}
