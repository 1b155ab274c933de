//! Jobs as columns.

use crate::{
    brief::{Brief, Whose},
    postgres::fault::Place,
};
use fusion_core::{
    error::{Error, ErrorKind, Result, When},
    job::{DeadHead, JobKind, JobRow, JobState, JobStatus, NewJob, Parent, ParentFailed, Priority},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};
use std::time::Duration;
use uuid::Uuid;

/// Every status, in the order of its number in the column.
pub(super) const STATUSES: [JobStatus; 6] = [
    JobStatus::Pending,
    JobStatus::Claimed,
    JobStatus::Running,
    JobStatus::Completed,
    JobStatus::Failed,
    JobStatus::Cancelled,
];

pub(super) fn status(place: &Place, stored: i16) -> Result<JobStatus> {
    let known = usize::try_from(stored).ok().and_then(|nth| STATUSES.get(nth));
    known.copied().ok_or_else(|| place.damaged("a job's status"))
}

pub(super) const fn band(priority: Priority) -> i16 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

pub(super) const fn dead_head(policy: DeadHead) -> i16 {
    match policy {
        DeadHead::GoOn => 0,
        DeadHead::Hold => 1,
        DeadHead::CancelRest => 2,
    }
}

pub(super) const fn parent_failed(policy: ParentFailed) -> i16 {
    match policy {
        ParentFailed::Fail => 0,
        ParentFailed::Run => 1,
        ParentFailed::Wait => 2,
    }
}

/// Ids as the text of an array; `None` where there are none.
pub(super) fn parents(ids: &[JobId]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(|id| id.as_uuid().to_string()).collect();
    (!ids.is_empty()).then(|| format!("{{{}}}", ids.join(",")))
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
    pub(super) fn new(job: &NewJob) -> Result<Self> {
        Ok(Self { payload: text(&job.payload)?, body: text(&Brief::beside_columns(job))? })
    }
}

pub(super) fn tenant(place: &Place, name: &str) -> Result<Tenant> {
    Tenant::new(name).map_err(|source| place.damaged("a tenant").with_source(source))
}

pub(super) fn kind(place: &Place, name: String) -> Result<JobKind> {
    serde_json::from_value(name.into()).map_err(|source| place.damaged("a job's kind").with_source(source))
}

/// The store of a lane; none where it is the tenant's own.
pub(super) fn store(partition: Uuid) -> Option<StoreId> {
    (!partition.is_nil()).then(|| StoreId::from_uuid(partition))
}

pub(super) fn job(place: &Place, row: &PgRow, whose: Whose) -> Result<NewJob> {
    let brief: Brief = read(place, column(place, row, "body")?)?;
    let mut job = brief.job_of(whose);
    let payload: String = column(place, row, "payload")?;
    // Other drivers' JSON may hold what ours can't read, such as 1e999: the handler is told it as a text.
    job.payload = serde_json::from_str(&payload).unwrap_or(Value::String(payload));
    job.background = column(place, row, "background")?;
    job.takes_key_of = column::<Option<Uuid>>(place, row, "heir_of")?.map(JobId::from_uuid);
    let parents: Option<Vec<Uuid>> = column(place, row, "parents")?;
    job.parents = parents.unwrap_or_default().into_iter().map(JobId::from_uuid).collect();
    let serial: Option<Vec<u8>> = column(place, row, "serial")?;
    let serial = serial.map(String::from_utf8).transpose();
    job.serial = serial.map_err(|source| place.damaged("a serial key").with_source(source))?;
    Ok(job)
}

/// Attempts, and crashes.
pub(super) fn tries(place: &Place, row: &PgRow) -> Result<(u32, u32)> {
    Ok((small(column(place, row, "attempt")?), small(column(place, row, "crashes")?)))
}

/// How the parents of a claimed job stand; one that is forgotten is left out.
pub(super) fn stand(place: &Place, row: &PgRow, job: &NewJob) -> Result<Vec<Parent>> {
    if job.parents.is_empty() {
        return Ok(Vec::new());
    }
    let statuses: Vec<Option<i16>> = column(place, row, "stand")?;
    let results: Vec<Option<String>> = column(place, row, "results")?;
    let known = job.parents.iter().zip(statuses).zip(results);
    let parent = |((id, stored), result): ((&JobId, Option<i16>), Option<String>)| {
        let stored = stored?;
        Some(status(place, stored).and_then(|status| {
            let result = result.map(|text| read(place, &text)).transpose()?;
            Ok(Parent { id: *id, status, result })
        }))
    };
    known.filter_map(parent).collect()
}

/// A row of the view `known`, with its lane's kind and store.
pub(super) fn listed(place: &Place, row: &PgRow) -> Result<JobRow> {
    let (attempt, crashes) = tries(place, row)?;
    let whose = Whose {
        id: JobId::from_uuid(column(place, row, "id")?),
        tenant: tenant(place, column(place, row, "tenant")?)?,
        kind: kind(place, column(place, row, "kind")?)?,
        partition: store(column(place, row, "store")?),
    };
    let job = job(place, row, whose)?;
    let failed_for: Option<Uuid> = column(place, row, "failed_for")?;
    let for_parent = failed_for.map(|parent| ParentFailed::failure(JobId::from_uuid(parent)));
    let state = JobState {
        status: status(place, column(place, row, "status")?)?,
        attempt,
        crashes,
        progress: said(place, row, "progress")?,
        result: said(place, row, "result")?,
        failure: said(place, row, "failure")?.or(for_parent),
        job,
    };
    Ok(JobRow { id: state.job.id, state })
}

pub(super) fn said<T: DeserializeOwned>(place: &Place, row: &PgRow, name: &'static str) -> Result<Option<T>> {
    let text: Option<&str> = column(place, row, name)?;
    text.map(|text| read(place, text)).transpose()
}

pub(super) fn no_such_job() -> Error {
    Error::new(ErrorKind::NotFound, "there is no such job")
}
