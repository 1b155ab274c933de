//! The queue's contract.

use super::{JobKind, JobLine, JobState, NewJob, Parent};
use crate::{
    clock::Clock,
    error::{Error, ErrorKind, Failure, Result, When},
    model::JobId,
    tenant::Tenant,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Who waits for a job's end looks that often: people don't notice it, and a hundred who wait ask five hundred times a
/// second.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Names one claim of one job; its token fences everything that an older claim still tries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Grows with every claim of the job.
    pub token: u64,
}

/// What became of a job that was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enqueued {
    /// It waits.
    New,
    /// Its id is known already: nothing was done.
    Known,
    /// Its unique key is held by this one, which runs in its place (with the newer payload if it was waiting).
    Joined(JobId),
    /// It runs once, after the running holder of its unique key.
    FollowUp,
}

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// The worker's name, for people.
    pub worker: String,
    /// At most so many jobs.
    pub limit: usize,
    /// Kinds that it has handlers for.
    pub kinds: Vec<JobKind>,
    /// How long it keeps them without a heartbeat.
    pub lease_for: Duration,
}

/// A job in a worker's hands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// Proof of the claim.
    pub lease: Lease,
    /// How long it holds, counted from the moment the claim was sent: a length, so clocks need not agree.
    pub lease_for: Duration,
    /// Attempts so far, this one included; crashes of workers are not among them.
    pub attempt: u32,
    /// How often a worker was lost while it had started this job.
    pub crashes: u32,
    /// Whether its last worker was lost with it, started or not. Its next worker notes it as started by a
    /// [`Beat`] before its handler starts, and has nothing else in hand meanwhile: so a job that kills its process
    /// at once is found, and none that was beside it is blamed. It ends when an attempt that had started is settled.
    pub suspect: bool,
    /// How the parents of the job stood, in the order in which it names them.
    pub parents: Vec<Parent>,
    /// The job.
    pub job: NewJob,
}

/// Why a job was put off, for people: [`Explanation::Snoozed`](super::Explanation::Snoozed) tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnoozeReason {
    /// The budget of its calls is used up, or its platform asked for patience.
    Budget,
    /// Its store has to be authorised again.
    Authorisation,
    /// Somebody has to change something, at the platform or here.
    Person,
    /// What it asks about isn't known yet, or hasn't happened: it looks again.
    Outcome,
    /// It does its work in pieces, and goes on with the next one.
    Piece,
    /// It comes again at its time.
    Schedule,
    /// Its worker gave it back before it was over.
    GivenBack,
    /// Its handler didn't say.
    #[default]
    Unsaid,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobEnd {
    /// Done; the result is kept.
    Completed(Value),
    /// Failed, and due again; costs an attempt.
    Retry {
        /// Why.
        failure: Failure,
        /// When it is due.
        after: When,
    },
    /// Not its time; costs no attempt.
    Snooze {
        /// When it is due.
        after: When,
        /// Whether all jobs of its partition that begin work wait as long.
        close_gate: bool,
        /// Why.
        #[serde(default)]
        why: SnoozeReason,
    },
    /// Failed for good: a dead letter.
    Dead(Failure),
    /// Cancelled.
    Cancelled,
}

/// How the attempt under `lease` ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// Which attempt.
    pub lease: Lease,
    /// How it ended.
    pub end: JobEnd,
}

/// What the queue did with a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettleVerdict {
    /// It counts.
    Accepted,
    /// This attempt was settled before; nothing changed.
    AlreadySettled,
    /// The lease was lost; nothing changed.
    Fenced,
}

/// A sign of life for one lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Which claim.
    pub lease: Lease,
    /// Whether its handler has started: only then a lost worker counts as a crash of this job.
    pub started: bool,
    /// How far it is: done, and of how many.
    pub progress: Option<(u64, Option<u64>)>,
}

/// What the queue says to a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeatVerdict {
    /// The lease was extended.
    Held,
    /// The lease was extended, and somebody wants the job cancelled.
    CancelWanted,
    /// The lease was extended, and the job, whose handler hasn't started, is paused by now: give it back.
    Paused,
    /// The lease is lost: stop.
    Lost,
}

/// What an exchange brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// One for each settlement, in order.
    pub verdicts: Vec<SettleVerdict>,
    /// Jobs now in the worker's hands.
    pub claimed: Vec<Claimed>,
}

/// Keeps work until it is done: at least once, with a lease and a fencing token.
///
/// Implementors promise: a job that isn't final is claimable, waits for its time, gate, unique or serial turn or for
/// a parent that can still end well, or is under a lease that ends. A parent is known before its child, so no circle
/// of jobs waits for itself; while a child may still run, its parents' results are kept. A late settlement changes nothing and is told so. Claiming goes round robin over
/// tenants, then over their partitions, then by weighted band, then by due time. Of one serial key only the head
/// is claimable, and a dead one that holds the key lets nobody in. The clock is the storage's.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Puts `jobs` in, one answer each, in order: all of them or none. One whose parent has failed already may have
    /// failed with it when this returns.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): an id is another tenant's; make a new one. Or
    /// what [`check_sizes`](super::check_sizes) and [`parents_outside`](super::parents_outside) refuse.
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): a parent is unknown. One that is put in by the same call
    /// comes before its child and has no unique key, by which it might join another.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): nothing was put in.
    ///
    /// # Cancellation
    /// Dropping the future may leave the jobs in; putting them in again is harmless.
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>>;

    /// Settles and claims in one go. Over all tenants. A limit of zero only settles.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): what [`check_ends`](super::check_ends) refuses;
    /// nothing was settled or claimed.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): repeat it; what was settled says `AlreadySettled`.
    ///
    /// # Cancellation
    /// Dropping the future may leave jobs leased; they fall due when the lease ends.
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange>;

    /// Extends leases; one answer each, in order.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): nothing is known about the leases.
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>>;

    /// What is known about a job of `tenant`, finished ones included while they are kept.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable).
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>>;

    /// Claims without settling.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Claimed>> {
        Ok(self.exchange(Vec::new(), claim).await?.claimed)
    }

    /// Settles without claiming.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<SettleVerdict>> {
        let nothing =
            ClaimRequest { worker: String::new(), limit: 0, kinds: Vec::new(), lease_for: Duration::ZERO };
        Ok(self.exchange(settlements, nothing).await?.verdicts)
    }

    /// Keeps what handlers wrote about their jobs, the newest [`MAX_LINES`](super::MAX_LINES) of each; unknown jobs
    /// are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): this queue keeps no lines.
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): none is kept, or all are.
    async fn log(&self, _lines: Vec<JobLine>) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "this queue keeps no lines"))
    }

    /// What is known about a job once it has ended, or after `at_most` if it hasn't by then; `None`: it is unknown.
    /// Looks five times a second.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    async fn wait_for(
        &self,
        tenant: &Tenant,
        id: JobId,
        clock: &dyn Clock,
        at_most: Duration,
    ) -> Result<Option<JobState>> {
        let end = clock.elapsed().saturating_add(at_most);
        loop {
            let state = self.get(tenant, id).await?;
            let left = end.saturating_sub(clock.elapsed());
            if left.is_zero() || state.as_ref().is_none_or(|state| state.status.is_final()) {
                return Ok(state);
            }
            clock.sleep(left.min(LOOK_EVERY)).await;
        }
    }

    /// Completes when there may be work, at the latest after `at_most`; a queue that can't be told sleeps.
    async fn wait(&self, at_most: Duration);
}

#[async_trait]
impl<T: JobQueue + ?Sized> JobQueue for Arc<T> {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        (**self).enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        (**self).exchange(settlements, claim).await
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        (**self).heartbeat(beats, lease_for).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        (**self).get(tenant, id).await
    }
    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        (**self).log(lines).await
    }
    async fn wait_for(
        &self,
        tenant: &Tenant,
        id: JobId,
        clock: &dyn Clock,
        at_most: Duration,
    ) -> Result<Option<JobState>> {
        (**self).wait_for(tenant, id, clock, at_most).await
    }
    async fn wait(&self, at_most: Duration) {
        (**self).wait(at_most).await;
    }
}
