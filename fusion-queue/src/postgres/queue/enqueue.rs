//! How jobs come in.

use super::{
    coming::{Coming, bind_all, bind_plain},
    group,
    round::Lane,
    row::{column, partition},
};
use crate::postgres::{Postgres, connect::LaneKey, fault::is_locked};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{Enqueued, NewJob, Slot, check_sizes, parents_outside},
    model::JobId,
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use std::{collections::BTreeMap, sync::PoisonError};
use uuid::Uuid;

/// Lanes whose numbers are remembered, some twenty megabytes of them; beyond them all are looked up anew.
const MAX_LANES: usize = 100_000;

pub(super) async fn enqueue(db: &Postgres, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let jobs = coming(db, jobs).await?;
    let due = due_lanes(&jobs);
    let answers = group::join(db, jobs).await?;
    hear(db, due);
    Ok(answers)
}

/// Lets this process's workers know of lanes with jobs that are due.
pub(super) fn hear(db: &Postgres, due: Vec<(Tenant, Uuid, Lane)>) {
    let mut round = db.round();
    for (tenant, store, lane) in due {
        round.hear(tenant.as_str(), store, lane);
    }
}

pub(super) async fn coming(db: &Postgres, jobs: Vec<NewJob>) -> Result<Vec<Coming>> {
    check_sizes(&jobs)?;
    // Which parents are known `enqueue` sees for itself.
    parents_outside(&jobs)?;
    let mut all: Vec<Coming> = Vec::with_capacity(jobs.len());
    for job in jobs {
        // Mostly the same as the one before.
        let lane = match all.last().filter(|last| last.is_of_lane(&job)) {
            Some(last) => last.lane,
            None => lane(db, &job).await?,
        };
        all.push(Coming::new(job, lane)?);
    }
    Ok(all)
}

/// Where a worker finds those that are due at once.
pub(super) fn due_lanes(jobs: &[Coming]) -> Vec<(Tenant, Uuid, Lane)> {
    let mut lanes = BTreeMap::new();
    for one in jobs.iter().filter(|one| one.is_due()) {
        lanes.entry((one.lane, one.band())).or_insert_with(|| {
            let kind = one.job.kind.clone();
            let lane = Lane { id: one.lane, band: one.band(), kind, is_open: true, since: 0 };
            (one.job.tenant.clone(), one.store(), lane)
        });
    }
    lanes.into_values().collect()
}

/// Puts jobs in by themselves.
pub(super) async fn put(db: &Postgres, jobs: &[Coming]) -> Result<Vec<Enqueued>> {
    if !jobs.iter().all(Coming::is_plain) {
        return put_any(db, jobs).await;
    }
    match put_plain(db, jobs).await {
        Err(error) if error.kind() == ErrorKind::AlreadyExists || is_locked(&error) => {
            put_any(db, jobs).await
        }
        told => told,
    }
}

/// Puts plain jobs in, unless one of them is known or somebody's open transaction has it: it waits only a moment.
pub(super) async fn put_plain(db: &Postgres, jobs: &[Coming]) -> Result<Vec<Enqueued>> {
    let sql = "SELECT fusion.put_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)::text";
    db.rows(sql, |statement| bind_plain(statement.bind(db.given()), jobs)).await?;
    Ok(vec![Enqueued::New; jobs.len()])
}

/// Puts jobs of any kind in, known ones among them.
pub(super) const PUT: &str = "SELECT answers, holders
    FROM fusion.enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

pub(super) async fn put_any(db: &Postgres, jobs: &[Coming]) -> Result<Vec<Enqueued>> {
    let row = db.row(PUT, |statement| bind_all(statement.bind(db.given()), jobs)).await?;
    answers(db, &row)
}

/// What [`PUT`] has answered.
pub(super) fn answers(db: &Postgres, row: &PgRow) -> Result<Vec<Enqueued>> {
    let answers: Vec<i16> = column(db.place(), row, "answers")?;
    let holders: Vec<Option<Uuid>> = column(db.place(), row, "holders")?;
    let answer = |(answer, holder): (i16, Option<Uuid>)| match (answer, holder) {
        (0, _) => Ok(Enqueued::New),
        (1, _) => Ok(Enqueued::Known),
        (2, Some(holder)) => Ok(Enqueued::Joined(JobId::from_uuid(holder))),
        (3, _) => Ok(Enqueued::FollowUp),
        _ => Err(db.place().damaged("functions of another release")),
    };
    answers.into_iter().zip(holders).map(answer).collect()
}

/// Takes a slot with its job, if it is still to be had: one statement, so both or neither.
pub(super) async fn take_slot(db: &Postgres, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
    if job.as_ref().is_some_and(|job| job.tenant != slot.tenant) {
        return Err(Error::new(ErrorKind::InvalidInput, "a job belongs to another tenant"));
    }
    let jobs = coming(db, job.into_iter().collect()).await?;
    let sql = "WITH taken AS MATERIALIZED (SELECT fusion.take_slot($19, $20, $21, $22) AS is_taken)
        SELECT t.is_taken, CASE WHEN t.is_taken AND cardinality($2::uuid[]) > 0 THEN (fusion.enqueue($1, $2, $3, $4,
            $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)).answers END AS answers
        FROM taken t";
    let (last, at) = (slot.last.map(Timestamp::as_micros), slot.at.as_micros());
    let row = db
        .row(sql, |statement| {
            let statement = bind_all(statement.bind(db.given()), &jobs).bind(slot.tenant.as_str());
            statement.bind(slot.schedule.as_bytes()).bind(last).bind(at)
        })
        .await?;
    column(db.place(), &row, "is_taken")
}

/// The lane of `job`, made if it isn't there.
async fn lane(db: &Postgres, job: &NewJob) -> Result<i64> {
    let key: LaneKey = (job.tenant.clone(), job.partition, job.kind.clone(), job.begins_work);
    let lanes = || db.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lanes().get(&key).copied();
    if let Some(lane) = known {
        return Ok(lane);
    }
    let row = db
        .row("SELECT fusion.lane($1, $2, $3, $4) AS lane", |statement| {
            let statement = statement.bind(job.tenant.as_str()).bind(partition(job.partition));
            statement.bind(job.kind.as_str()).bind(job.begins_work)
        })
        .await?;
    let lane = column(db.place(), &row, "lane")?;
    let mut lanes = lanes();
    if lanes.len() >= MAX_LANES {
        lanes.clear();
    }
    lanes.insert(key, lane);
    Ok(lane)
}
