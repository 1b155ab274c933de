//! What a queue tells people.

#[cfg(doc)]
use super::QueueControl;
use super::{JobKind, JobState, JobStatus, SnoozeReason};
use crate::{
    clock::Timestamp,
    error::ErrorKind,
    model::{JobId, StoreId},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What became of a wish to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelVerdict {
    /// It won't run.
    Now,
    /// Its worker was told; it ends when the handler looks.
    Asked,
    /// It had ended already.
    TooLate,
}

/// One run of a schedule, by the moment that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Whose schedule.
    pub tenant: Tenant,
    /// Which of the tenant's schedules.
    pub schedule: String,
    /// The slot before it, as [`last_slot`](QueueControl::last_slot) told it.
    pub last: Option<Timestamp>,
    /// Its moment.
    pub at: Timestamp,
}

/// Which jobs are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFilter {
    /// Only those.
    pub status: Option<JobStatus>,
    /// Only those.
    pub kind: Option<JobKind>,
    /// Only those of this store.
    pub partition: Option<StoreId>,
}

/// A listed job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// Which one.
    pub id: JobId,
    /// What is known about it.
    pub state: JobState,
}

/// How many jobs stand where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// By status.
    pub by_status: BTreeMap<JobStatus, u64>,
    /// Partitions whose gate is closed, and for how long; `None`: until it is opened.
    pub closed_gates: Vec<(Option<StoreId>, Option<Duration>)>,
}

/// What became of many dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requeued {
    /// These wait again.
    pub requeued: Vec<JobId>,
    /// These are left as they are, and why: as [`requeue`](QueueControl::requeue) says.
    pub left: Vec<(JobId, ErrorKind)>,
    /// Where the next call begins; `None`: all have been looked at.
    pub after: Option<JobId>,
}

/// How long a worker's word counts that it performs a kind: many times the span in which it repeats it.
pub const HANDLED_FOR: Duration = Duration::from_secs(15 * 60);

/// Jobs that are counted at most where somebody asks how many go before one: a few milliseconds of a database's, and
/// beyond it nobody minds the difference.
pub const MAX_AHEAD: usize = 10_000;

/// Why a job doesn't run now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explanation {
    /// It may be claimed at any moment, and is the first of its store, kind and band.
    Due,
    /// It is due, and so many due jobs of its store, kind and band that begin work as it does, or don't, go before it;
    /// [`MAX_AHEAD`] stands for as many and more.
    Turn(usize),
    /// It might be claimed, but none of the workers that were heard of lately performs its kind.
    Unhandled,
    /// Its time comes in so long.
    NotDue(Duration),
    /// It waits until somebody opens its gate.
    Parked,
    /// Its last attempt put it off.
    Snoozed {
        /// Why.
        why: SnoozeReason,
        /// For how long; `None`: until somebody opens its gate.
        due: Option<Duration>,
    },
    /// Its store's gate is closed, longer than the job itself would wait, for so long where that is known.
    GateClosed(Option<Duration>),
    /// Its store or its kind is paused.
    Paused,
    /// As many jobs of its store are in hands as may be at once.
    GateFull,
    /// This job of its serial or unique key goes first.
    Behind(JobId),
    /// This dead letter holds its serial key, until it is requeued or somebody says that the key goes on.
    Held(JobId),
    /// This parent of it has to end, or to be requeued if it failed.
    Awaits(JobId),
    /// A worker has it.
    InHands,
    /// It has ended.
    Ended,
}
