//! How jobs come back from workers.

use super::{
    look,
    row::{column, due, micros, stored, text},
};
use crate::{
    memory::MAX_CRASHES,
    postgres::{Postgres, fault::Place},
    quarantine::quarantined,
};
use fusion_core::{
    error::{Result, When},
    job::{Beat, BeatVerdict, JobEnd, JobKind, JobRow, Lease, SettleVerdict, Settlement, check_ends},
    model::JobId,
};
use std::{collections::HashMap, time::Duration};
use uuid::Uuid;

/// Settlements as the columns that `exchange` takes, each attempt once.
#[derive(Default)]
pub(super) struct Settlements {
    pub(super) job: Vec<Uuid>,
    pub(super) token: Vec<i64>,
    pub(super) end: Vec<i16>,
    pub(super) due: Vec<Option<i64>>,
    pub(super) is_length: Vec<bool>,
    pub(super) closes: Vec<bool>,
    pub(super) said: Vec<Option<String>>,
    places: Places,
}

impl Settlements {
    pub(super) fn new(settlements: Vec<Settlement>) -> Result<Self> {
        check_ends(&settlements)?;
        let mut columns = Self::default();
        for Settlement { lease, end } in settlements {
            if !columns.places.add(&lease) {
                continue;
            }
            columns.job.push(lease.job.as_uuid());
            columns.token.push(stored(lease.token));
            let (number, after, closes, said) = match end {
                JobEnd::Completed(result) => (1, None, false, Some(text(&result)?)),
                JobEnd::Retry { failure, after } => (2, Some(after), false, Some(text(&failure)?)),
                JobEnd::Snooze { after, close_gate, why } => (3, Some(after), close_gate, Some(text(&why)?)),
                JobEnd::Dead(failure) => (4, None, false, Some(text(&failure)?)),
                JobEnd::Cancelled => (5, None, false, None),
            };
            let (due, is_length) = due(after.unwrap_or(When::OnSignal));
            columns.end.push(number);
            columns.due.push(due);
            columns.is_length.push(is_length);
            columns.closes.push(closes);
            columns.said.push(said);
        }
        Ok(columns)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.job.is_empty()
    }

    /// For each settlement that was given where it stands here.
    pub(super) fn repeats(&self) -> Vec<usize> {
        self.places.of_each.clone()
    }
}

/// Where attempts stand that may be named more than once.
#[derive(Default)]
struct Places {
    first: HashMap<Lease, usize>,
    of_each: Vec<usize>,
}

impl Places {
    /// Whether it is named for the first time.
    fn add(&mut self, lease: &Lease) -> bool {
        let next = self.first.len();
        let place = *self.first.entry(lease.clone()).or_insert(next);
        self.of_each.push(place);
        place == next
    }
}

/// What `settle` has answered, for each settlement that was given.
pub(super) fn verdicts(place: &Place, answers: &[i16], repeats: &[usize]) -> Result<Vec<SettleVerdict>> {
    let mut told = vec![false; answers.len()];
    let verdict = |nth: &usize| {
        let is_repeated = told.get_mut(*nth).is_some_and(|told| std::mem::replace(told, true));
        match answers.get(*nth) {
            Some(1) if is_repeated => Ok(SettleVerdict::AlreadySettled),
            Some(1) => Ok(SettleVerdict::Accepted),
            Some(2) => Ok(SettleVerdict::AlreadySettled),
            Some(3) => Ok(SettleVerdict::Fenced),
            _ => Err(place.damaged("functions of another release")),
        }
    };
    repeats.iter().map(verdict).collect()
}

pub(super) async fn beat(db: &Postgres, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
    if beats.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = Places::default();
    let (mut job, mut token, mut started, mut progress) = (vec![], vec![], Vec::<bool>::new(), vec![]);
    for beat in beats {
        let said = beat.progress.map(|progress| text(&progress)).transpose()?;
        if places.add(&beat.lease) {
            job.push(beat.lease.job.as_uuid());
            token.push(stored(beat.lease.token));
            started.push(beat.started);
            progress.push(said);
        } else if let Some(nth) = places.of_each.last() {
            started.iter_mut().skip(*nth).take(1).for_each(|started| *started |= beat.started);
            progress
                .iter_mut()
                .skip(*nth)
                .take(1)
                .for_each(|earlier| *earlier = said.clone().or(earlier.take()));
        }
    }
    let (given, lease_for) = (db.given(), micros(lease_for));
    let rows = db
        .rows_of_worker("SELECT fusion.beat($1, $2, $3, $4, $5, $6) AS answers", move |statement| {
            let statement = statement.bind(given).bind(job).bind(token);
            statement.bind(started).bind(progress).bind(lease_for)
        })
        .await?;
    let answers: Vec<i16> = column(db.place(), &db.only(rows)?, "answers")?;
    let verdict = |nth: &usize| match answers.get(*nth) {
        Some(1) => Ok(BeatVerdict::Held),
        Some(2) => Ok(BeatVerdict::CancelWanted),
        Some(3) => Ok(BeatVerdict::Lost),
        Some(4) => Ok(BeatVerdict::Paused),
        _ => Err(db.place().damaged("functions of another release")),
    };
    places.of_each.iter().map(verdict).collect()
}

/// Frees what lost workers held; returns what of `kinds` has ended without its handler's knowledge.
pub(super) async fn rescue(db: &Postgres, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
    let given = db.given();
    let performed = look::names(kinds);
    let sql = "SELECT fusion.handle($1, $2)";
    db.rows_of_worker(sql, move |statement| statement.bind(given).bind(performed)).await?;
    let failure = text(&quarantined())?;
    let max_crashes = i32::try_from(MAX_CRASHES).unwrap_or(i32::MAX);
    db.rows_of_worker("SELECT fusion.rescue($1, $2, $3)", move |statement| {
        statement.bind(given).bind(max_crashes).bind(failure)
    })
    .await?;
    look::untold(db, kinds).await
}

pub(super) async fn told(db: &Postgres, jobs: &[JobId]) -> Result<()> {
    let jobs: Vec<Uuid> = jobs.iter().map(|id| id.as_uuid()).collect();
    db.rows("SELECT fusion.told($1)", move |statement| statement.bind(jobs)).await.map(drop)
}
