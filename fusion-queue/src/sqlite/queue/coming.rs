//! Jobs on their way in that nothing hangs on but their ids: most are such.

use super::row::{at, band, wait};
use crate::{
    brief::Brief,
    sqlite::{fault::Place, writer::Desk},
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{Enqueued, NewJob, check_sizes},
};

/// Bytes of one call beyond which its jobs go in one by one: a value of SQLite's holds a thousand million.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of one call beyond which it goes alone: so many of them are as much as a statement should carry.
const HEAVY: usize = 64 * 1024;

/// Puts in the jobs of a list, all or none: a known id and a lane that isn't there yet break a rule of the table.
pub(super) const PUT_IN: &str = "
    INSERT INTO jobs (id, tenant, lane, kind, band, begins_work, background, body, status, due, wait)
    SELECT unhex(value ->> 0), value ->> 1,
        (SELECT id FROM lanes WHERE tenant = value ->> 1 AND partition = unhex(value ->> 2)),
        value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, 'pending', value ->> 8, value ->> 9
    FROM jsonb_each(?)";

/// The jobs of one call, and how they are given to the statement.
pub(in crate::sqlite) struct Coming {
    pub(in crate::sqlite) jobs: Vec<NewJob>,
    rows: String,
}

impl Coming {
    /// `Err`: some of them may have to wait for somebody, or are too large to go by one statement.
    pub(super) fn of(place: &Place, jobs: Vec<NewJob>, now: Timestamp) -> Result<Result<Self, Vec<NewJob>>> {
        check_sizes(&jobs)?;
        if !jobs.iter().all(is_plain) {
            return Ok(Err(jobs));
        }
        let mut rows = String::new();
        for job in &jobs {
            if !rows.is_empty() {
                rows.push(',');
            }
            rows.push_str(&row(place, job, now)?);
            if rows.len() > MOST_BYTES {
                return Ok(Err(jobs));
            }
        }
        Ok(Ok(Self { jobs, rows }))
    }

    /// Whether it should share no statement with others.
    pub(super) const fn is_heavy(&self) -> bool {
        self.rows.len() > HEAVY
    }

    /// What is told when all of them are in.
    pub(in crate::sqlite) fn all_new(&self) -> Vec<Enqueued> {
        vec![Enqueued::New; self.jobs.len()]
    }
}

fn is_plain(job: &NewJob) -> bool {
    let has_key = job.unique.is_some() || job.serial.is_some() || job.takes_key_of.is_some();
    !has_key && job.parents.is_empty()
}

fn row(place: &Place, job: &NewJob, now: Timestamp) -> Result<String> {
    let due = at(job.due, now);
    let store = job.partition.map(|store| store.as_uuid().simple().to_string()).unwrap_or_default();
    let body = place.text(&Brief::unnamed(job))?;
    place.text(&(
        job.id.as_uuid().simple().to_string(),
        &job.tenant,
        store,
        &job.kind,
        band(job.priority),
        job.begins_work,
        job.background,
        body,
        due,
        wait(due, now),
    ))
}

/// Puts in the jobs of several calls by one statement; false: not one is in, and each call has to be looked at by itself.
pub(in crate::sqlite) async fn put_in<'a>(
    desk: &mut Desk<'_>,
    calls: impl Iterator<Item = &'a Coming>,
) -> Result<bool> {
    let rows: Vec<&str> = calls.map(|call| call.rows.as_str()).collect();
    let done = sqlx::query(PUT_IN).bind(format!("[{}]", rows.join(","))).execute(&mut *desk.connection).await;
    let breaks_rule = |error: &sqlx::Error| {
        let kind = error.as_database_error().map(sqlx::error::DatabaseError::kind);
        matches!(
            kind,
            Some(sqlx::error::ErrorKind::UniqueViolation | sqlx::error::ErrorKind::NotNullViolation)
        )
    };
    match done {
        Ok(_) => Ok(true),
        Err(error) if breaks_rule(&error) => Ok(false),
        Err(error) => Err(desk.place.fault(error)),
    }
}
