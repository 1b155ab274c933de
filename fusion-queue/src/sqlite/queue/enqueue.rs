//! How jobs come in.

use super::{
    coming::{self, Coming},
    lane, parents,
    row::{self, Row, at, band, bytes, select, wait},
    serial,
};
use crate::{brief::Brief, sqlite::writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result, When},
    job::{Enqueued, JobStatus, NewJob, ParentFailed, WhileRunning, parents_outside},
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;

/// Puts a job into its lane, which is made if it isn't there, and tells its number.
pub(super) const INSERT: &str = "
    INSERT INTO lanes (tenant, partition) VALUES ($1, $2) ON CONFLICT DO NOTHING;
    INSERT INTO jobs (id, tenant, lane, kind, band, begins_work, background, body, status, due, wait, serial,
        unique_key, follows)
    VALUES ($3, $1, (SELECT id FROM lanes WHERE tenant = $1 AND partition = $2), $4, $5, $6, $7, $8, 'pending', $9, $10,
        $11, $12, $13)
    ON CONFLICT (id) DO NOTHING RETURNING number";

/// Puts jobs in, in order. The caller undoes all of it where one is refused.
pub(in crate::sqlite) async fn enqueue_all(desk: &mut Desk<'_>, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let now = desk.clock.now();
    let jobs = match Coming::of(&desk.place, jobs, now)? {
        Ok(coming) if coming::put_in(desk, std::iter::once(&coming)).await? => return Ok(coming.all_new()),
        Ok(coming) => coming.jobs,
        Err(jobs) => jobs,
    };
    one_by_one(desk, jobs).await
}

/// The same for jobs of any kind, known ones among them.
pub(in crate::sqlite) async fn one_by_one(desk: &mut Desk<'_>, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
    let now = desk.clock.now();
    for (child, parent) in parents_outside(&jobs)? {
        let is_known = row::find(&mut *desk.connection, &desk.place, child.id).await?.is_some();
        if !is_known
            && row::find_of(&mut *desk.connection, &desk.place, &child.tenant, parent).await?.is_none()
        {
            return Err(unknown_parent());
        }
    }
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        answers.push(enqueue(desk, job, now).await?);
    }
    Ok(answers)
}

async fn enqueue(desk: &mut Desk<'_>, mut job: NewJob, now: Timestamp) -> Result<Enqueued> {
    // Without a key its own row tells whether its id is known.
    if job.unique.is_some() && is_known(desk, &job).await? {
        return Ok(Enqueued::Known);
    }
    if job.serial.is_none()
        && let Some(before) = job.takes_key_of
        && let Some(before) = row::find_of(&mut *desk.connection, &desk.place, &job.tenant, before).await?
    {
        job.serial = before.job(&desk.place)?.serial;
    }
    let due = at(job.due, now);
    let Some(holder) = holder(desk, &job).await? else {
        let waits = job.serial.is_some() || !job.parents.is_empty();
        let Some(number) = insert(desk, &job, due, if waits { 0 } else { wait(due, now) }, false).await?
        else {
            is_known(desk, &job).await?;
            return Ok(Enqueued::Known);
        };
        if waits {
            await_parents(desk, number, &job, due, now).await?;
        }
        return Ok(Enqueued::New);
    };
    if let Some(follow_up) = follow_up(desk, &job.tenant, holder.unique_key.as_deref()).await? {
        take_over(desk, follow_up, job, due, now).await?;
        return Ok(Enqueued::FollowUp);
    }
    let holding = holder.job_id(&desk.place)?;
    if !holder.is_in_hands() {
        take_over(desk, holder, job, due, now).await?;
        return Ok(Enqueued::Joined(holding));
    }
    if job.unique.is_some_and(|unique| unique.while_running == WhileRunning::Join) {
        return Ok(Enqueued::Joined(holding));
    }
    insert(desk, &job, due, 0, true).await?;
    Ok(Enqueued::FollowUp)
}

/// Whether there is such a job already.
async fn is_known(desk: &mut Desk<'_>, job: &NewJob) -> Result<bool> {
    let owner: Option<String> = sqlx::query_scalar("SELECT tenant FROM jobs WHERE id = ?")
        .bind(bytes(job.id))
        .fetch_optional(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    match owner {
        Some(owner) if owner == job.tenant.as_str() => Ok(true),
        // A lease names a job by its id alone, so two tenants can't use one id.
        Some(_) => {
            let why = "the job's id can't be used; make a new one";
            Err(Error::new(ErrorKind::InvalidInput, why))
        }
        None => Ok(false),
    }
}

/// Lets a pending job line up, unless it waits for parents; one whose parent has failed may fail at once.
async fn await_parents(
    desk: &mut Desk<'_>,
    number: i64,
    job: &NewJob,
    due: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let tied = parents::tie(desk, number, job, job.parent_failed).await?;
    if tied.is_orphan {
        return Err(unknown_parent());
    }
    if let Some(parent) = tied.fails {
        let row =
            row::find(&mut *desk.connection, &desk.place, job.id).await?.ok_or_else(row::no_such_job)?;
        return parents::fail(desk, &row, job, parent, now).await;
    }
    match tied.waits {
        true => Ok(()),
        false => serial::line_up(desk, number, job, due, now).await,
    }
}

fn unknown_parent() -> Error {
    Error::new(ErrorKind::NotFound, "a job that has to end before is unknown; put it in first")
}

/// The number of a job that is put in; `None`: its id is known.
async fn insert(
    desk: &mut Desk<'_>,
    job: &NewJob,
    due: Option<i64>,
    wait: i64,
    follows: bool,
) -> Result<Option<i64>> {
    let body = desk.place.text(&Brief::unnamed(job))?;
    sqlx::query_scalar(INSERT)
        .bind(job.tenant.as_str())
        .bind(lane::partition(job.partition))
        .bind(bytes(job.id))
        .bind(job.kind.as_str())
        .bind(band(job.priority))
        .bind(job.begins_work)
        .bind(job.background)
        .bind(body)
        .bind(due)
        .bind(wait)
        .bind(job.serial.as_deref().map(str::as_bytes))
        .bind(job.unique.map(|unique| unique.key.as_bytes().to_vec()))
        .bind(follows)
        .fetch_optional(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}

/// Who holds the unique key of `job`.
async fn holder(desk: &mut Desk<'_>, job: &NewJob) -> Result<Option<Row>> {
    let Some(unique) = job.unique else { return Ok(None) };
    sqlx::query_as(select!(
        "WHERE tenant = ? AND unique_key = ? AND unique_key IS NOT NULL AND follows = 0 AND ended IS NULL"
    ))
    .bind(job.tenant.as_str())
    .bind(unique.key.as_bytes().to_vec())
    .fetch_optional(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))
}

/// Who waits for the end of a key's holder.
pub(super) async fn follow_up(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    key: Option<&[u8]>,
) -> Result<Option<Row>> {
    sqlx::query_as(select!(
        "WHERE tenant = ? AND unique_key = ? AND unique_key IS NOT NULL AND follows = 1 AND ended IS NULL"
    ))
    .bind(tenant.as_str())
    .bind(key)
    .fetch_optional(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))
}

/// Makes a follow-up whose holder has ended a job like any other, which has to line up.
pub(super) async fn follow_no_more(desk: &mut Desk<'_>, number: i64) -> Result<()> {
    sqlx::query("UPDATE jobs SET follows = 0 WHERE number = ?")
        .bind(number)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Gives a waiting job the newer payload.
async fn take_over(
    desk: &mut Desk<'_>,
    row: Row,
    newer: NewJob,
    due: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let mut job = row.job(&desk.place)?;
    job.payload = newer.payload;
    job.background &= newer.background;
    // What has run waits for a reason; what hasn't needn't wait longer than the newer one would.
    let due = match row.token {
        0 => [row.due, due].into_iter().flatten().min(),
        _ => row.due,
    };
    let waits = if row.wait == 0 { 0 } else { wait(due, now) };
    sqlx::query("UPDATE jobs SET body = ?, background = ?, due = ?, wait = ? WHERE number = ?")
        .bind(desk.place.text(&Brief::unnamed(&job))?)
        .bind(job.background)
        .bind(due)
        .bind(waits)
        .bind(row.number)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Makes a dead letter wait again, with all its attempts.
pub(super) async fn requeue(desk: &mut Desk<'_>, tenant: &Tenant, id: JobId) -> Result<()> {
    let now = desk.clock.now();
    let found = row::find_of(&mut *desk.connection, &desk.place, tenant, id).await?;
    let row = found.ok_or_else(row::no_such_job)?;
    let mut job = row.job(&desk.place)?;
    if job.grant.is_some() {
        let why = "the job works under a grant; retry its request instead";
        return Err(Error::new(ErrorKind::Refused, why));
    }
    if row.status() != JobStatus::Failed {
        return Err(Error::new(ErrorKind::Refused, "only a dead letter can be requeued"));
    }
    if holder(desk, &job).await?.is_some() {
        return Err(Error::new(ErrorKind::AlreadyExists, "another job holds its unique key now"));
    }
    // Who requeues it says that it may run: it waits for those alone that may still end.
    let tied = parents::tie(desk, row.number, &job, ParentFailed::Run).await?;
    if tied.waits && row.place.is_some() {
        let why =
            "the job holds its serial key and a parent of it is under way; requeue it when that has ended";
        return Err(Error::new(ErrorKind::Refused, why));
    }
    job.takes_key_of = None;
    let due = at(When::In(Duration::ZERO), now);
    sqlx::query(
        "UPDATE jobs SET status = 'pending', ended = NULL, ended_at = NULL, untold = 0, attempt = 0, crashes = 0, progress = NULL,
             cancel_wanted = 0, snoozed = NULL, due = ?, body = ? WHERE number = ?",
    )
    .bind(due)
    .bind(desk.place.text(&Brief::unnamed(&job))?)
    .bind(row.number)
    .execute(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    match (tied.waits, row.place) {
        (true, _) => Ok(()),
        (false, Some(_)) => row::let_in(desk, row.number, due, now).await,
        (false, None) => serial::line_up(desk, row.number, &job, due, now).await,
    }
}
