//! How jobs come in.

use super::{
    group,
    round::Lane,
    row::{Stored, band, column, due, parent_failed, parents, partition},
};
use crate::postgres::{
    Postgres,
    connect::{LaneKey, Statement},
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{DeadHead, Enqueued, NewJob, Slot, WhileRunning, parents_outside},
    model::JobId,
};
use sqlx::postgres::PgRow;
use std::{collections::BTreeMap, sync::PoisonError};
use uuid::Uuid;

/// Lanes whose numbers are remembered; beyond them all are looked up anew.
const MAX_LANES: usize = 100_000;

/// Jobs as the columns that `enqueue` takes.
#[derive(Clone, Default)]
pub(super) struct Columns {
    id: Vec<Uuid>,
    tenant: Vec<String>,
    lane: Vec<i64>,
    /// Store and kind of each, which its lane stands for.
    place: Vec<(Uuid, String)>,
    band: Vec<i16>,
    due: Vec<Option<i64>>,
    is_length: Vec<bool>,
    background: Vec<bool>,
    granted: Vec<bool>,
    heir_of: Vec<Option<Uuid>>,
    serial: Vec<Option<Vec<u8>>>,
    unique_key: Vec<Option<Vec<u8>>>,
    joins: Vec<bool>,
    holds: Vec<bool>,
    parents: Vec<Option<String>>,
    parent_failed: Vec<i16>,
    body: Vec<String>,
    payload: Vec<String>,
}

impl Columns {
    pub(super) async fn of(db: &Postgres, jobs: Vec<NewJob>) -> Result<Self> {
        // Which parents are known `enqueue` sees for itself.
        parents_outside(&jobs)?;
        let mut columns = Self::default();
        for job in jobs {
            let lane = lane(db, &job).await?;
            columns.push(job, lane)?;
        }
        Ok(columns)
    }

    pub(super) fn len(&self) -> usize {
        self.id.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.payload.iter().chain(&self.body).map(String::len).sum()
    }

    /// Where a worker finds those that are due at once.
    fn due_lanes(&self) -> Vec<(String, Uuid, Lane)> {
        let mut lanes = BTreeMap::new();
        let due = self.due.iter().zip(&self.is_length).map(|(due, is_length)| *is_length && *due == Some(0));
        let of_each = self.tenant.iter().zip(&self.place).zip(self.lane.iter().zip(&self.band)).zip(due);
        for (((tenant, (store, kind)), (id, band)), is_due) in of_each {
            if is_due {
                lanes.entry((*id, *band)).or_insert_with(|| {
                    let lane = Lane { id: *id, band: *band, kind: kind.clone(), is_open: true, since: 0 };
                    (tenant.clone(), *store, lane)
                });
            }
        }
        lanes.into_values().collect()
    }

    /// Whether one of them may have to wait for somebody's key, or for another job.
    pub(super) fn has_keys(&self) -> bool {
        let is_some = |key: &Option<Vec<u8>>| key.is_some();
        self.serial.iter().any(is_some)
            || self.unique_key.iter().any(is_some)
            || self.heir_of.iter().any(Option::is_some)
            || self.parents.iter().any(Option::is_some)
    }

    pub(super) fn append(&mut self, more: Self) {
        self.id.extend(more.id);
        self.tenant.extend(more.tenant);
        self.lane.extend(more.lane);
        self.place.extend(more.place);
        self.band.extend(more.band);
        self.due.extend(more.due);
        self.is_length.extend(more.is_length);
        self.background.extend(more.background);
        self.granted.extend(more.granted);
        self.heir_of.extend(more.heir_of);
        self.serial.extend(more.serial);
        self.unique_key.extend(more.unique_key);
        self.joins.extend(more.joins);
        self.holds.extend(more.holds);
        self.parents.extend(more.parents);
        self.parent_failed.extend(more.parent_failed);
        self.body.extend(more.body);
        self.payload.extend(more.payload);
    }

    /// Gives a statement the arguments of `enqueue`, from the second on.
    pub(super) fn bind(self, statement: Statement) -> Statement {
        let statement = statement.bind(self.id).bind(self.tenant).bind(self.lane).bind(self.band);
        let statement =
            statement.bind(self.due).bind(self.is_length).bind(self.background).bind(self.granted);
        let statement = statement.bind(self.heir_of).bind(self.serial).bind(self.unique_key).bind(self.joins);
        let statement = statement.bind(self.holds).bind(self.parents).bind(self.parent_failed);
        statement.bind(self.body).bind(self.payload)
    }

    fn push(&mut self, job: NewJob, lane: i64) -> Result<()> {
        let Stored { payload, body } = Stored::new(&job)?;
        let (due, is_length) = due(job.due);
        self.id.push(job.id.as_uuid());
        self.tenant.push(job.tenant.as_str().to_owned());
        self.lane.push(lane);
        self.place.push((partition(job.partition), job.kind.as_str().to_owned()));
        self.band.push(band(job.priority));
        self.due.push(due);
        self.is_length.push(is_length);
        self.background.push(job.background);
        self.granted.push(job.grant.is_some());
        self.heir_of.push(job.takes_key_of.map(|id| id.as_uuid()));
        self.serial.push(job.serial.map(String::into_bytes));
        self.unique_key.push(job.unique.map(|unique| unique.key.as_bytes().to_vec()));
        self.joins.push(job.unique.is_some_and(|unique| unique.while_running == WhileRunning::Join));
        self.holds.push(job.dead_head == DeadHead::Hold);
        self.parents.push(parents(&job.parents));
        self.parent_failed.push(parent_failed(job.parent_failed));
        self.body.push(body);
        self.payload.push(payload);
        Ok(())
    }
}

pub(super) async fn enqueue(db: &Postgres, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let columns = Columns::of(db, jobs).await?;
    let due = columns.due_lanes();
    let answers = group::join(db, columns).await?;
    let mut round = db.round();
    for (tenant, store, lane) in due {
        round.hear(&tenant, store, lane);
    }
    Ok(answers)
}

pub(super) const PUT: &str = "SELECT answers, holders
    FROM fusion.enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// Puts jobs in by a statement of their own.
pub(super) async fn put(db: &Postgres, columns: Columns) -> Result<Vec<Enqueued>> {
    let given = db.given();
    let row = db.row(PUT, move |statement| columns.bind(statement.bind(given))).await?;
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
    let columns = Columns::of(db, job.into_iter().collect()).await?;
    let sql = "WITH taken AS MATERIALIZED (SELECT fusion.take_slot($19, $20, $21, $22) AS is_taken)
        SELECT t.is_taken, CASE WHEN t.is_taken AND cardinality($2::uuid[]) > 0 THEN (fusion.enqueue($1, $2, $3, $4,
            $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)).answers END AS answers
        FROM taken t";
    let (given, tenant, schedule) =
        (db.given(), slot.tenant.as_str().to_owned(), slot.schedule.as_bytes().to_vec());
    let (last, at) = (slot.last.map(Timestamp::as_micros), slot.at.as_micros());
    let row = db
        .row(sql, move |statement| {
            columns.bind(statement.bind(given)).bind(tenant).bind(schedule).bind(last).bind(at)
        })
        .await?;
    column(db.place(), &row, "is_taken")
}

/// The lane of `job`, made if it isn't there.
async fn lane(db: &Postgres, job: &NewJob) -> Result<i64> {
    let key: LaneKey = (job.tenant.clone(), job.partition, job.kind.as_str().to_owned(), job.begins_work);
    let lanes = || db.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lanes().get(&key).copied();
    if let Some(lane) = known {
        return Ok(lane);
    }
    let (tenant, store, kind, begins_work) =
        (key.0.as_str().to_owned(), partition(key.1), key.2.clone(), key.3);
    let row = db
        .row("SELECT fusion.lane($1, $2, $3, $4) AS lane", move |statement| {
            statement.bind(tenant).bind(store).bind(kind).bind(begins_work)
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
