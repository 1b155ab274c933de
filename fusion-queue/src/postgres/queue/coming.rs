//! Jobs on their way in.

use super::row::{Stored, band, dead_head, due, parent_failed, parents, partition};
use crate::postgres::connect::Statement;
use fusion_core::{
    error::Result,
    job::{DeadHead, NewJob, WhileRunning},
};
use std::borrow::Borrow;
use uuid::Uuid;

/// A job with what of it is stored as text, and its lane.
pub(super) struct Coming {
    pub(super) job: NewJob,
    pub(super) lane: i64,
    stored: Stored,
}

impl Coming {
    pub(super) fn new(job: NewJob, lane: i64) -> Result<Self> {
        let stored = Stored::new(&job)?;
        Ok(Self { job, lane, stored })
    }

    /// Whether `other` belongs into its lane as well.
    pub(super) fn is_of_lane(&self, other: &NewJob) -> bool {
        let lane = |job: &NewJob| (job.partition, job.begins_work);
        lane(&self.job) == lane(other) && self.job.kind == other.kind && self.job.tenant == other.tenant
    }

    pub(super) fn bytes(&self) -> usize {
        self.stored.body.len() + self.stored.payload.len()
    }

    pub(super) fn band(&self) -> i16 {
        band(self.job.priority)
    }

    pub(super) fn store(&self) -> Uuid {
        partition(self.job.partition)
    }

    pub(super) fn is_due(&self) -> bool {
        due(self.job.due) == (Some(0), true)
    }

    /// Whether nothing but its id may be somebody else's, and nothing waits for it in turn.
    pub(super) fn is_plain(&self) -> bool {
        let NewJob { serial, unique, takes_key_of, dead_head, parents, .. } = &self.job;
        let has_key = serial.is_some() || unique.is_some() || takes_key_of.is_some();
        !has_key && *dead_head == DeadHead::GoOn && parents.is_empty()
    }
}

fn each<'a, T>(jobs: &'a [impl Borrow<Coming>], value: impl FnMut(&'a Coming) -> T) -> Vec<T> {
    jobs.iter().map(Borrow::borrow).map(value).collect()
}

/// Gives a statement what every job has, from the second argument on.
fn bind_each(statement: Statement, jobs: &[impl Borrow<Coming>]) -> Statement {
    let (due, is_length): (Vec<_>, Vec<_>) = each(jobs, |one| due(one.job.due)).into_iter().unzip();
    statement
        .bind(each(jobs, |one| one.job.id.as_uuid()))
        .bind(each(jobs, |one| one.job.tenant.as_str()))
        .bind(each(jobs, |one| one.lane))
        .bind(each(jobs, Coming::band))
        .bind(due)
        .bind(is_length)
        .bind(each(jobs, |one| one.job.background))
        .bind(each(jobs, |one| one.job.grant.is_some()))
}

/// Gives a statement the arguments of `put_in`, from the second on.
pub(super) fn bind_plain(statement: Statement, jobs: &[Coming]) -> Statement {
    bind_each(statement, jobs)
        .bind(each(jobs, |one| one.stored.body.as_str()))
        .bind(each(jobs, |one| one.stored.payload.as_str()))
}

/// Gives a statement the arguments of `enqueue`, from the second on.
pub(super) fn bind_all(statement: Statement, jobs: &[impl Borrow<Coming>]) -> Statement {
    let joins = |one: &Coming| one.job.unique.is_some_and(|key| key.while_running == WhileRunning::Join);
    bind_each(statement, jobs)
        .bind(each(jobs, |one| one.job.takes_key_of.map(|id| id.as_uuid())))
        .bind(each(jobs, |one| one.job.serial.as_deref().map(str::as_bytes)))
        .bind(each(jobs, |one| one.job.unique.as_ref().map(|unique| unique.key.as_bytes().as_slice())))
        .bind(each(jobs, joins))
        .bind(each(jobs, |one| dead_head(one.job.dead_head)))
        .bind(each(jobs, |one| parents(&one.job.parents)))
        .bind(each(jobs, |one| parent_failed(one.job.parent_failed)))
        .bind(each(jobs, |one| one.stored.body.as_str()))
        .bind(each(jobs, |one| one.stored.payload.as_str()))
}
