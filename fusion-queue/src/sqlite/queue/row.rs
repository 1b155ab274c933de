//! A job as it is stored.

use super::lane;
use crate::{
    brief::{Brief, Whose},
    sqlite::{columns::from_columns, fault::Place, writer::Desk},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result, When},
    job::{JobKind, JobRow, JobState, JobStatus, NewJob, Priority},
    model::JobId,
    tenant::Tenant,
};
use serde::Deserialize;
use sqlx::SqliteConnection;

/// In its lane, and due.
pub(super) const DUE: i64 = 1;
/// In its lane until its time comes.
const TIMER: i64 = 2;
/// In its lane until a signal.
const PARKED: i64 = 3;

/// What stands in the column of a status.
pub(super) const fn name(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Pending => "pending",
        JobStatus::Claimed => "claimed",
        JobStatus::Running => "running",
        JobStatus::Completed => "completed",
        JobStatus::Failed => "failed",
        JobStatus::Cancelled => "cancelled",
    }
}

/// Every status.
pub(super) const STATUSES: [JobStatus; 6] = [
    JobStatus::Pending,
    JobStatus::Claimed,
    JobStatus::Running,
    JobStatus::Completed,
    JobStatus::Failed,
    JobStatus::Cancelled,
];

pub(super) const fn band(priority: Priority) -> i64 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// A number of ours as a column; what nobody reaches stays unreachable.
pub(super) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// The moment that `when` means to who reads it at `now`; `None`: none is known.
pub(super) fn at(when: When, now: Timestamp) -> Option<i64> {
    match when {
        When::In(span) => Some((now + span).as_micros()),
        When::At(moment) => Some(moment.as_micros()),
        When::OnSignal => None,
    }
}

/// How a job in its lane waits.
pub(super) fn wait(due: Option<i64>, now: Timestamp) -> i64 {
    match due {
        Some(due) if due <= now.as_micros() => DUE,
        Some(_) => TIMER,
        None => PARKED,
    }
}

/// The columns of a [`Row`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, tenant, kind, lane, (SELECT partition FROM lanes WHERE lanes.id = jobs.lane) AS store, ",
            "body, status, wait, due, attempt, crashes, suspect, progress, result, failure, serial, place, unique_key, ",
            "follows, token, lease_ends, settled, cancel_wanted, is_parent, snoozed FROM jobs ",
            $rest
        )
    };
}
pub(super) use select;

/// A job as it is stored.
pub(super) struct Row {
    pub(super) number: i64,
    pub(super) id: Vec<u8>,
    tenant: String,
    kind: String,
    pub(super) lane: i64,
    /// Empty: the tenant's own.
    store: Vec<u8>,
    body: String,
    pub(super) status: String,
    pub(super) wait: i64,
    pub(super) due: Option<i64>,
    pub(super) attempt: i64,
    pub(super) crashes: i64,
    pub(super) suspect: bool,
    pub(super) progress: Option<String>,
    pub(super) result: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) serial: Option<Vec<u8>>,
    pub(super) place: Option<i64>,
    pub(super) unique_key: Option<Vec<u8>>,
    pub(super) follows: bool,
    pub(super) token: i64,
    pub(super) lease_ends: Option<i64>,
    pub(super) settled: i64,
    pub(super) cancel_wanted: bool,
    pub(super) is_parent: bool,
    pub(super) snoozed: Option<String>,
}

from_columns!(Row {
    number,
    id,
    tenant,
    kind,
    lane,
    store,
    body,
    status,
    wait,
    due,
    attempt,
    crashes,
    suspect,
    progress,
    result,
    failure,
    serial,
    place,
    unique_key,
    follows,
    token,
    lease_ends,
    settled,
    cancel_wanted,
    is_parent,
    snoozed
});

impl Row {
    pub(super) fn status(&self) -> JobStatus {
        let is_it = |status: &&JobStatus| name(**status) == self.status;
        // The table knows no other.
        STATUSES.iter().find(is_it).copied().unwrap_or(JobStatus::Failed)
    }

    pub(super) fn is_in_hands(&self) -> bool {
        self.lease_ends.is_some()
    }

    /// Whether the claim under `token` still holds at `now`.
    pub(super) fn is_held(&self, token: u64, now: Timestamp) -> bool {
        self.token == column(token) && self.lease_ends.is_some_and(|ends| now.as_micros() < ends)
    }

    pub(super) fn job(&self, place: &Place) -> Result<NewJob> {
        let whose = Whose {
            id: self.job_id(place)?,
            tenant: Tenant::new(&self.tenant).map_err(|_| place.damaged("a job's tenant"))?,
            kind: kind(place, self.kind.clone())?,
            partition: lane::store(place, &self.store)?,
        };
        job(place, &self.body, whose)
    }

    pub(super) fn job_id(&self, place: &Place) -> Result<JobId> {
        id(place, &self.id)
    }

    pub(super) fn listed(&self, place: &Place) -> Result<JobRow> {
        let state = JobState {
            job: self.job(place)?,
            status: self.status(),
            attempt: small(self.attempt),
            crashes: small(self.crashes),
            progress: self.progress.as_deref().map(|text| read(place, text)).transpose()?,
            result: self.result.as_deref().map(|text| read(place, text)).transpose()?,
            failure: self.failure.as_deref().map(|text| read(place, text)).transpose()?,
        };
        Ok(JobRow { id: self.job_id(place)?, state })
    }
}

pub(super) fn small(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

pub(super) fn read<'a, T: Deserialize<'a>>(place: &Place, text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| place.damaged("a job").with_source(source))
}

/// A job by its body, and whose columns say it is.
pub(super) fn job(place: &Place, body: &str, whose: Whose) -> Result<NewJob> {
    Ok(read::<Brief>(place, body)?.job_of(whose))
}

pub(super) fn kind(place: &Place, stored: String) -> Result<JobKind> {
    serde_json::from_value(stored.into()).map_err(|source| place.damaged("a job's kind").with_source(source))
}

pub(super) fn id(place: &Place, stored: &[u8]) -> Result<JobId> {
    let bytes = <[u8; 16]>::try_from(stored).map_err(|_| place.damaged("a job's id"))?;
    Ok(JobId::from_uuid(uuid::Uuid::from_bytes(bytes)))
}

pub(super) fn bytes(id: JobId) -> Vec<u8> {
    id.as_uuid().as_bytes().to_vec()
}

/// The job under `id`, of whichever tenant.
pub(super) async fn find(connection: &mut SqliteConnection, place: &Place, id: JobId) -> Result<Option<Row>> {
    sqlx::query_as(select!("WHERE id = ?"))
        .bind(bytes(id))
        .fetch_optional(connection)
        .await
        .map_err(|source| place.fault(source))
}

/// The job of `tenant` under `id`.
pub(super) async fn find_of(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    id: JobId,
) -> Result<Option<Row>> {
    sqlx::query_as(select!("WHERE tenant = ? AND id = ?"))
        .bind(tenant.as_str())
        .bind(bytes(id))
        .fetch_optional(connection)
        .await
        .map_err(|source| place.fault(source))
}

pub(super) fn no_such_job() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such job")
}

/// Lets a pending job be claimed when its time comes.
pub(super) async fn let_in(desk: &mut Desk<'_>, number: i64, due: Option<i64>, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE jobs SET wait = ? WHERE number = ?")
        .bind(wait(due, now))
        .bind(number)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}
