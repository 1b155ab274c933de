//! Jobs as columns.

use crate::postgres::fault::Place;
use fusion_core::{
    error::{Error, ErrorKind, Result, When},
    job::{JobRow, JobState, JobStatus, NewJob, Priority},
    model::{JobId, StoreId},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};
use std::time::Duration;
use uuid::Uuid;

/// Every status, in the order of its number in the column.
pub(super) const STATUSES: [(JobStatus, &str); 6] = [
    (JobStatus::Pending, "pending"),
    (JobStatus::Claimed, "claimed"),
    (JobStatus::Running, "running"),
    (JobStatus::Completed, "completed"),
    (JobStatus::Failed, "failed"),
    (JobStatus::Cancelled, "cancelled"),
];

pub(super) fn status(place: &Place, stored: i16) -> Result<JobStatus> {
    let known = usize::try_from(stored).ok().and_then(|nth| STATUSES.get(nth));
    known.map(|(status, _)| *status).ok_or_else(|| place.damaged("a job's status"))
}

pub(super) const fn band(priority: Priority) -> i16 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

/// A store as it stands in a lane: zero, the tenant's own.
pub(super) fn partition(store: Option<StoreId>) -> Uuid {
    store.map_or(Uuid::nil(), |store| store.as_uuid())
}

/// A number of ours as a column; what nobody reaches stays unreachable.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

fn small(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// A moment as the functions take it, and whether it is a length from now.
pub(super) fn due(when: When) -> (Option<i64>, bool) {
    match when {
        When::In(span) => (Some(micros(span)), true),
        When::At(moment) => (Some(moment.as_micros()), false),
        When::OnSignal => (None, false),
    }
}

/// JSON, which escapes the zero byte that a text of PostgreSQL's can't hold.
pub(super) fn text(value: &impl Serialize) -> Result<String> {
    let unfit =
        |source| Error::new(ErrorKind::InvalidInput, "the job can't be written as JSON").with_source(source);
    serde_json::to_string(value).map_err(unfit)
}

pub(super) fn read<T: DeserializeOwned>(place: &Place, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| place.damaged("a job").with_source(source))
}

pub(super) fn column<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
    place: &Place,
    row: &'r PgRow,
    name: &'static str,
) -> Result<T> {
    row.try_get(name).map_err(|source| place.damaged("a row").with_source(source))
}

/// A job as it is stored: what may change or is looked for stands beside its body.
pub(super) struct Stored {
    pub(super) payload: String,
    pub(super) body: String,
}

impl Stored {
    pub(super) fn new(job: &mut NewJob) -> Result<Self> {
        let payload = text(&job.payload)?;
        job.payload = Value::Null;
        let takes_key_of = job.takes_key_of.take();
        let body = text(&job)?;
        job.takes_key_of = takes_key_of;
        Ok(Self { payload, body })
    }
}

pub(super) fn job(place: &Place, row: &PgRow) -> Result<NewJob> {
    let mut job: NewJob = read(place, column(place, row, "body")?)?;
    job.payload = read(place, column(place, row, "payload")?)?;
    job.background = column(place, row, "background")?;
    job.takes_key_of = column::<Option<Uuid>>(place, row, "heir_of")?.map(JobId::from_uuid);
    let serial: Option<Vec<u8>> = column(place, row, "serial")?;
    let serial = serial.map(String::from_utf8).transpose();
    job.serial = serial.map_err(|source| place.damaged("a serial key").with_source(source))?;
    Ok(job)
}

/// Attempts, and crashes.
pub(super) fn tries(place: &Place, row: &PgRow) -> Result<(u32, u32)> {
    Ok((small(column(place, row, "attempt")?), small(column(place, row, "crashes")?)))
}

/// A row of the view `known`.
pub(super) fn listed(place: &Place, row: &PgRow) -> Result<JobRow> {
    let (attempt, crashes) = tries(place, row)?;
    let job = job(place, row)?;
    let state = JobState {
        status: status(place, column(place, row, "status")?)?,
        attempt,
        crashes,
        progress: said(place, row, "progress")?,
        result: said(place, row, "result")?,
        failure: said(place, row, "failure")?,
        job,
    };
    Ok(JobRow { id: state.job.id, state })
}

fn said<T: DeserializeOwned>(place: &Place, row: &PgRow, name: &'static str) -> Result<Option<T>> {
    let text: Option<&str> = column(place, row, name)?;
    text.map(|text| read(place, text)).transpose()
}

pub(super) fn no_such_job() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such job")
}
