use super::{lanes::Class, serials::Place};
use fusion_core::{
    canonical::Hash,
    clock::Timestamp,
    error::{Failure, When},
    job::{JobLine, JobRow, JobState, JobStatus, NewJob, SnoozeReason},
    model::JobId,
    tenant::Tenant,
};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};

/// A job as it is kept.
pub(super) struct Row {
    pub(super) job: NewJob,
    pub(super) status: JobStatus,
    pub(super) attempt: u32,
    pub(super) crashes: u32,
    /// Whether its last worker was lost with it.
    pub(super) suspect: bool,
    pub(super) progress: Option<(u64, Option<u64>)>,
    pub(super) result: Option<Value>,
    pub(super) failure: Option<Failure>,
    /// Why its last attempt put it off, if that did.
    pub(super) snoozed: Option<SnoozeReason>,
    /// When it may run; `None`: when somebody says so.
    pub(super) due: Option<Timestamp>,
    /// Counts the jobs as they came in: of two that are due at one moment the older goes first.
    pub(super) number: u64,
    /// Its place among the jobs of its serial key. A dead letter has one while it holds the key.
    pub(super) place: Option<Place>,
    /// The holder of its unique key, while it waits for that one's end.
    pub(super) follows: Option<JobId>,
    /// Parents whose ends it waits for.
    pub(super) awaits: BTreeSet<JobId>,
    /// The token of the last claim; 0 before the first.
    pub(super) token: u64,
    pub(super) lease_ends: Timestamp,
    /// The token of the last attempt that was settled.
    pub(super) settled: u64,
    pub(super) cancel_wanted: bool,
    /// Its number among the ended ones.
    pub(super) ended: Option<u64>,
    pub(super) ended_at: Timestamp,
    /// What its handler wrote, oldest first.
    pub(super) lines: VecDeque<JobLine>,
}

impl Row {
    pub(super) fn new(job: NewJob, number: u64, now: Timestamp) -> Self {
        Self {
            status: JobStatus::Pending,
            attempt: 0,
            crashes: 0,
            suspect: false,
            progress: None,
            result: None,
            failure: None,
            snoozed: None,
            due: at(job.due, now),
            number,
            place: None,
            follows: None,
            awaits: BTreeSet::new(),
            token: 0,
            lease_ends: Timestamp::EPOCH,
            settled: 0,
            cancel_wanted: false,
            ended: None,
            ended_at: Timestamp::EPOCH,
            lines: VecDeque::new(),
            job,
        }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.status, JobStatus::Pending)
    }

    pub(super) const fn is_in_hands(&self) -> bool {
        matches!(self.status, JobStatus::Claimed | JobStatus::Running)
    }

    /// Whether the claim under `token` still holds at `now`.
    pub(super) fn is_held(&self, token: u64, now: Timestamp) -> bool {
        self.is_in_hands() && self.token == token && now < self.lease_ends
    }

    pub(super) fn serial_key(&self) -> Option<(Tenant, String)> {
        self.job.serial.clone().map(|key| (self.job.tenant.clone(), key))
    }

    pub(super) fn unique_key(&self) -> Option<(Tenant, Hash)> {
        self.job.unique.map(|unique| (self.job.tenant.clone(), unique.key))
    }

    pub(super) fn class(&self) -> Class {
        Class {
            priority: self.job.priority,
            begins_work: self.job.begins_work,
            background: self.job.background,
            kind: self.job.kind.clone(),
        }
    }

    pub(super) fn state(&self) -> JobState {
        JobState {
            job: self.job.clone(),
            status: self.status,
            attempt: self.attempt,
            crashes: self.crashes,
            progress: self.progress,
            result: self.result.clone(),
            failure: self.failure.clone(),
        }
    }

    pub(super) fn listed(&self) -> JobRow {
        JobRow { id: self.job.id, state: self.state() }
    }
}

/// The moment that `when` means to who reads it at `now`; `None`: none is known.
pub(super) fn at(when: When, now: Timestamp) -> Option<Timestamp> {
    match when {
        When::In(span) => Some(now + span),
        When::At(moment) => Some(moment),
        When::OnSignal => None,
    }
}
