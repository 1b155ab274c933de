//! Jobs that wait for the ends of others, as rows.

use super::{
    end::{self, Left},
    row::{self, Row, STATUSES, name, select},
    serial,
};
use crate::sqlite::{columns::from_columns, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{Awaited, JobStatus, NewJob, Parent, ParentFailed},
    model::JobId,
};

/// What the parents of a job mean to it.
#[derive(Default)]
pub(super) struct Tied {
    /// It waits for some.
    pub(super) waits: bool,
    /// It fails with this one.
    pub(super) fails: Option<JobId>,
    /// One of them isn't known.
    pub(super) is_orphan: bool,
}

/// Ties a job to its parents, and judges those that are known.
pub(super) async fn tie(
    desk: &mut Desk<'_>,
    number: i64,
    job: &NewJob,
    parent_failed: ParentFailed,
) -> Result<Tied> {
    let mut tied = Tied::default();
    for id in &job.parents {
        let Some(parent) = row::find_of(&mut *desk.connection, &desk.place, &job.tenant, *id).await? else {
            tied.is_orphan = true;
            continue;
        };
        let awaited = parent_failed.judge(&parent.job(&desk.place)?, parent.status());
        match awaited {
            Awaited::Waits => tied.waits = true,
            Awaited::Free => {}
            Awaited::Fails => tied.fails = tied.fails.or(Some(*id)),
        }
        sqlx::query("INSERT OR REPLACE INTO parents (child, parent, open) VALUES (?, ?, ?)")
            .bind(number)
            .bind(parent.number)
            .bind(awaited == Awaited::Waits)
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
        sqlx::query("UPDATE jobs SET is_parent = 1 WHERE number = ?")
            .bind(parent.number)
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(tied)
}

/// Fails a job for `parent`; who waits for it in turn is told by [`tell`].
pub(super) async fn fail(
    desk: &mut Desk<'_>,
    row: &Row,
    job: &NewJob,
    parent: JobId,
    now: Timestamp,
) -> Result<()> {
    let failure = Some(desk.place.text(&ParentFailed::failure(parent))?);
    let left = Left { failure, untold: true, ..Left::default() };
    end::end(desk, row, job, JobStatus::Failed, left, now).await
}

/// Tells the children of jobs that have ended; those that fail with them tell theirs. Of several parents for which one
/// fails it is the first that it names.
pub(super) async fn tell(desk: &mut Desk<'_>, mut ended: Vec<i64>, now: Timestamp) -> Result<()> {
    while !ended.is_empty() {
        let mut failing = Vec::new();
        for row in waiting_for(desk, &ended).await? {
            let job = row.job(&desk.place)?;
            match judge(desk, &row, &job).await? {
                Some(parent) => failing.push((row, job, parent)),
                None => line_up_if_free(desk, &row, &job, now).await?,
            }
        }
        ended.clear();
        for (row, job, parent) in failing {
            fail(desk, &row, &job, parent, now).await?;
            ended.extend(row.is_parent.then_some(row.number));
        }
    }
    Ok(())
}

async fn waiting_for(desk: &mut Desk<'_>, parents: &[i64]) -> Result<Vec<Row>> {
    sqlx::query_as(select!(
        "WHERE number IN (SELECT child FROM parents WHERE parent IN (SELECT value FROM json_each(?)) AND open = 1)
         ORDER BY id"
    ))
    .bind(desk.place.text(&parents)?)
    .fetch_all(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))
}

/// Takes those parents off a job that it needn't wait for any more; returns the one for which it fails.
async fn judge(desk: &mut Desk<'_>, row: &Row, job: &NewJob) -> Result<Option<JobId>> {
    let awaited: Vec<Row> =
        sqlx::query_as(select!("WHERE number IN (SELECT parent FROM parents WHERE child = ? AND open = 1)"))
            .bind(row.number)
            .fetch_all(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    let mut fails = None;
    for id in &job.parents {
        let Some(parent) = awaited.iter().find(|parent| parent.id == row::bytes(*id)) else { continue };
        match job.parent_failed.judge(&parent.job(&desk.place)?, parent.status()) {
            Awaited::Waits => {}
            Awaited::Fails => fails = fails.or(Some(*id)),
            Awaited::Free => {
                sqlx::query("UPDATE parents SET open = 0 WHERE child = ? AND parent = ?")
                    .bind(row.number)
                    .bind(parent.number)
                    .execute(&mut *desk.connection)
                    .await
                    .map_err(|source| desk.place.fault(source))?;
            }
        }
    }
    Ok(fails)
}

/// Lets a job line up that waits for no parent any more.
async fn line_up_if_free(desk: &mut Desk<'_>, row: &Row, job: &NewJob, now: Timestamp) -> Result<()> {
    let waits: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM parents WHERE child = ? AND open = 1)")
            .bind(row.number)
            .fetch_one(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    match waits {
        true => Ok(()),
        false => serial::line_up(desk, row.number, job, row.due, now).await,
    }
}

struct Stored {
    id: Vec<u8>,
    status: String,
    result: Option<String>,
}

from_columns!(Stored { id, status, result });

/// How the parents of `job` stand, in the order in which it names them.
pub(super) async fn stand(desk: &mut Desk<'_>, number: i64, job: &NewJob) -> Result<Vec<Parent>> {
    if job.parents.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Stored> = sqlx::query_as(
        "SELECT jobs.id, jobs.status, jobs.result FROM parents JOIN jobs ON jobs.number = parents.parent
         WHERE parents.child = ?",
    )
    .bind(number)
    .fetch_all(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    let mut parents = Vec::with_capacity(job.parents.len());
    for id in &job.parents {
        let Some(found) = rows.iter().find(|row| row.id == row::bytes(*id)) else { continue };
        let status = STATUSES.into_iter().find(|status| name(*status) == found.status);
        parents.push(Parent {
            id: *id,
            // The table knows no other.
            status: status.unwrap_or(JobStatus::Failed),
            result: found.result.as_deref().map(|text| row::read(&desk.place, text)).transpose()?,
        });
    }
    Ok(parents)
}
