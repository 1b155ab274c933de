//! How jobs come back from workers.

use super::{
    end::{Left, finish},
    handled,
    lane::{self, Standing},
    pause::Pauses,
    row::{self, Row, at, column, select, wait},
    serial,
};
use crate::{
    memory::MAX_CRASHES,
    quarantine::quarantined,
    sqlite::{columns::from_columns, writer::Desk},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{
        Beat, BeatVerdict, CancelVerdict, JobEnd, JobKind, JobRow, JobStatus, Lease, NewJob, SettleVerdict,
        Settlement,
    },
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;

/// Settles an attempt, of `tenant` alone where one is given. `untold`: its worker says later that the handler
/// knows of the end.
pub(super) async fn settle(
    desk: &mut Desk<'_>,
    tenant: Option<&Tenant>,
    settlement: Settlement,
    untold: bool,
) -> Result<SettleVerdict> {
    let now = desk.clock.now();
    let Settlement { lease, end } = settlement;
    let Some(mut row) = row::find(&mut *desk.connection, &desk.place, lease.job).await? else {
        return Ok(SettleVerdict::Fenced);
    };
    let job = row.job(&desk.place)?;
    if tenant.is_some_and(|tenant| job.tenant != *tenant) {
        return Ok(SettleVerdict::Fenced);
    }
    if !row.is_held(lease.token, now) {
        let is_repeated = lease.token != 0 && row.settled == column(lease.token);
        return Ok(if is_repeated { SettleVerdict::AlreadySettled } else { SettleVerdict::Fenced });
    }
    row.settled = row.token;
    // One that was given back before it had started has proved nothing.
    row.suspect &= row.status() != JobStatus::Running;
    if let JobEnd::Snooze { after, close_gate: true, .. } = end {
        lane::close(desk, row.lane, at(after, now)).await?;
    }
    let left = Left { untold, ..Left::default() };
    match end {
        JobEnd::Completed(result) => {
            let left = Left { result: Some(desk.place.text(&result)?), ..Left::default() };
            finish(desk, &row, &job, JobStatus::Completed, left, now).await?;
        }
        JobEnd::Dead(failure) => {
            let left = Left { failure: Some(desk.place.text(&failure)?), ..left };
            finish(desk, &row, &job, JobStatus::Failed, left, now).await?;
        }
        JobEnd::Cancelled => finish(desk, &row, &job, JobStatus::Cancelled, left, now).await?,
        JobEnd::Retry { failure, after } => {
            row.failure = Some(desk.place.text(&failure)?);
            (row.due, row.snoozed) = (at(after, now), None);
            put_back(desk, row, &job, now).await?;
        }
        JobEnd::Snooze { after, why, .. } => {
            row.attempt -= 1;
            row.snoozed = Some(desk.place.text(&why)?);
            row.due = at(after, now);
            put_back(desk, row, &job, now).await?;
        }
    }
    Ok(SettleVerdict::Accepted)
}

/// Lets a job that was in hands wait again, where nobody wants it cancelled.
async fn put_back(desk: &mut Desk<'_>, row: Row, job: &NewJob, now: Timestamp) -> Result<()> {
    if row.cancel_wanted {
        let left = Left { failure: row.failure.clone(), untold: true, ..Left::default() };
        return finish(desk, &row, job, JobStatus::Cancelled, left, now).await;
    }
    let is_turn = match &row.serial {
        Some(serial) => {
            let head = serial::head(&mut *desk.connection, &desk.place, &job.tenant, serial).await?;
            head.is_some_and(|head| head.number == row.number)
        }
        None => true,
    };
    sqlx::query(
        "UPDATE jobs SET status = 'pending', lease_ends = NULL, wait = ?, due = ?, attempt = ?, crashes = ?,
             suspect = ?, failure = ?, settled = ?, snoozed = ? WHERE number = ?",
    )
    .bind(if is_turn { wait(row.due, now) } else { 0 })
    .bind(row.due)
    .bind(row.attempt)
    .bind(row.crashes)
    .bind(row.suspect)
    .bind(&row.failure)
    .bind(row.settled)
    .bind(row.snoozed)
    .bind(row.number)
    .execute(&mut *desk.connection)
    .await
    .map(drop)
    .map_err(|source| desk.place.fault(source))
}

pub(super) async fn beat(desk: &mut Desk<'_>, beat: &Beat, lease_for: Duration) -> Result<BeatVerdict> {
    let now = desk.clock.now();
    let progress = beat.progress.map(|progress| desk.place.text(&progress)).transpose()?;
    let beaten: Option<Beaten> = sqlx::query_as(
        "UPDATE jobs SET lease_ends = ?, status = CASE WHEN ? THEN 'running' ELSE status END,
             progress = coalesce(?, progress)
         WHERE id = ? AND token = ? AND lease_ends > ?
         RETURNING cancel_wanted, status = 'claimed' AS unstarted, tenant, kind, lane, begins_work",
    )
    .bind((now + lease_for).as_micros())
    .bind(beat.started)
    .bind(progress)
    .bind(row::bytes(beat.lease.job))
    .bind(column(beat.lease.token))
    .bind(now.as_micros())
    .fetch_optional(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    Ok(match beaten {
        None => BeatVerdict::Lost,
        Some(one) if one.cancel_wanted => BeatVerdict::CancelWanted,
        Some(one) if one.unstarted && one.is_paused(desk, now).await? => BeatVerdict::Paused,
        Some(_) => BeatVerdict::Held,
    })
}

/// A job that gave a sign of life.
struct Beaten {
    cancel_wanted: bool,
    unstarted: bool,
    tenant: String,
    kind: String,
    lane: i64,
    begins_work: bool,
}

from_columns!(Beaten { cancel_wanted, unstarted, tenant, kind, lane, begins_work });

impl Beaten {
    /// Whether somebody has paused what it is part of.
    async fn is_paused(&self, desk: &mut Desk<'_>, now: Timestamp) -> Result<bool> {
        let standing = match self.begins_work {
            true => lane::read_standing(&mut *desk.connection, &desk.place, self.lane, now).await?,
            false => Standing::Open,
        };
        let pauses = Pauses::read(&mut *desk.connection, &desk.place).await?;
        Ok(standing == Standing::Paused || pauses.holds(&self.tenant, &self.kind))
    }
}

/// Whether the lease on a job of `tenant` still holds.
pub(super) async fn holds(desk: &mut Desk<'_>, tenant: &Tenant, lease: &Lease) -> Result<bool> {
    let now = desk.clock.now();
    let row = row::find_of(&mut *desk.connection, &desk.place, tenant, lease.job).await?;
    Ok(row.is_some_and(|row| row.is_held(lease.token, now)))
}

/// Frees what lost workers held; returns what of `kinds` has ended without its handler's knowledge.
pub(super) async fn rescue(desk: &mut Desk<'_>, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
    let now = desk.clock.now();
    handled::note(desk, kinds, now).await?;
    let lost: Vec<Row> =
        sqlx::query_as(select!("WHERE lease_ends IS NOT NULL AND lease_ends <= ? ORDER BY lease_ends, id"))
            .bind(now.as_micros())
            .fetch_all(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    for mut row in lost {
        let job = row.job(&desk.place)?;
        row.attempt -= 1;
        row.crashes += i64::from(row.status() == JobStatus::Running);
        row.suspect = true;
        row.due = Some(now.as_micros());
        if row.crashes > i64::from(MAX_CRASHES) && !row.cancel_wanted {
            let failure = Some(desk.place.text(&quarantined())?);
            let left = Left { failure, untold: true, ..Left::default() };
            finish(desk, &row, &job, JobStatus::Failed, left, now).await?;
        } else {
            put_back(desk, row, &job, now).await?;
        }
    }
    let untold: Vec<Row> =
        sqlx::query_as(select!("WHERE untold = 1 AND kind IN (SELECT value FROM json_each(?)) ORDER BY id"))
            .bind(desk.place.text(&kinds)?)
            .fetch_all(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    untold.iter().map(|row| row.listed(&desk.place)).collect()
}

pub(super) async fn told(desk: &mut Desk<'_>, jobs: &[JobId]) -> Result<()> {
    for id in jobs {
        sqlx::query("UPDATE jobs SET untold = 0 WHERE id = ? AND untold = 1")
            .bind(row::bytes(*id))
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(())
}

/// Cancels a job of `tenant` where it can be; says nothing about grants. `untold`: its handler is to be told.
pub(super) async fn cancel(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    id: JobId,
    untold: bool,
) -> Result<CancelVerdict> {
    let now = desk.clock.now();
    let Some(row) = row::find_of(&mut *desk.connection, &desk.place, tenant, id).await? else {
        return Ok(CancelVerdict::TooLate);
    };
    match row.status() {
        JobStatus::Pending => {
            let job = row.job(&desk.place)?;
            let left = Left { untold, ..Left::default() };
            finish(desk, &row, &job, JobStatus::Cancelled, left, now).await?;
            Ok(CancelVerdict::Now)
        }
        JobStatus::Claimed | JobStatus::Running => {
            sqlx::query("UPDATE jobs SET cancel_wanted = 1 WHERE number = ?")
                .bind(row.number)
                .execute(&mut *desk.connection)
                .await
                .map_err(|source| desk.place.fault(source))?;
            Ok(CancelVerdict::Asked)
        }
        JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => Ok(CancelVerdict::TooLate),
    }
}

/// Cancels a job as a person does.
pub(super) async fn cancel_for_person(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    id: JobId,
) -> Result<CancelVerdict> {
    let found = row::find_of(&mut *desk.connection, &desk.place, tenant, id).await?;
    if found.ok_or_else(row::no_such_job)?.job(&desk.place)?.grant.is_some() {
        let why = "the job works under a grant; revoke or withdraw its request instead";
        return Err(Error::new(ErrorKind::Refused, why));
    }
    cancel(desk, tenant, id, true).await
}
