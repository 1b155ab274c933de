//! What attempts come to.

use super::{InHand, Stopped};
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Failure, Fate, Retry, When},
    job::{Claimed, Finish, JobContext, JobEnd, JobKind, Settlement, SnoozeReason, check_ends},
    plugin::NoProgress,
};
use std::{sync::Arc, time::Duration};

/// What became of an attempt.
pub(in crate::worker) enum Outcome {
    /// It has to be settled.
    Ended(Box<Ended>),
    /// A commit has settled it.
    ByCommit(JobKind),
    /// Another worker has the job.
    Lost(JobKind),
}

/// An attempt that has to be settled.
pub(in crate::worker) struct Ended {
    pub(in crate::worker) job: JobContext,
    pub(in crate::worker) settlement: Settlement,
    /// Set where the job ends for good and its handler didn't say so: it is told why.
    pub(in crate::worker) unsaid: Option<Failure>,
    pub(in crate::worker) released: bool,
    pub(in crate::worker) refusal: Refusal,
}

/// Whether the queue has refused to store how an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::worker) enum Refusal {
    None,
    /// Together with others, of which one is to blame: it goes by itself.
    WithOthers,
    /// By itself: its failure stands in its place.
    Alone,
}

impl InHand {
    /// Says what an attempt came to. `Err`: the task ended without an answer, and whether by a panic.
    pub(super) fn judge(self, finish: Result<Finish, bool>, clock: &dyn Clock) -> Outcome {
        let released = given_back();
        let (end, said) = match (finish, self.stopped) {
            (Ok(Finish::Settled(_)), _) => return Outcome::ByCommit(self.job.job().kind.clone()),
            (_, Some(Stopped::Lost)) => return Outcome::Lost(self.job.job().kind.clone()),
            (Ok(Finish::Done(result)), _) => (JobEnd::Completed(result), true),
            (Ok(Finish::Snooze { after, close_gate, why }), _) => {
                (JobEnd::Snooze { after, close_gate, why }, true)
            }
            (Ok(Finish::Dead(failure)), _) => (JobEnd::Dead(failure), true),
            // It obeyed the worker, not somebody who wants the job cancelled.
            (Ok(Finish::Failed(error)), Some(stopped))
                if error.kind() == ErrorKind::Cancelled && !self.cancel_wanted =>
            {
                match stopped {
                    Stopped::TimedOut => (self.job.end_of(&timed_out(), clock), false),
                    Stopped::Lost | Stopped::Released | Stopped::Cancelled => (released.clone(), false),
                }
            }
            (Ok(Finish::Failed(error)), _) => (self.job.end_of(&error, clock), false),
            (Err(true), _) => (self.job.end_of(&panicked(), clock), false),
            (Err(false), Some(Stopped::Cancelled)) => (JobEnd::Cancelled, false),
            (Err(false), Some(Stopped::TimedOut)) if self.cancel_wanted => (JobEnd::Cancelled, false),
            (Err(false), Some(Stopped::TimedOut)) => (self.job.end_of(&timed_out(), clock), false),
            // Without a reason of ours it is the runtime that shuts down.
            (Err(false), _) => (released.clone(), false),
        };
        let mut settlement = Settlement { lease: self.job.lease().clone(), end };
        let too_large = instead(&settlement);
        let said = said && too_large.is_none();
        settlement.end = too_large.unwrap_or(settlement.end);
        let unsaid = match &settlement.end {
            _ if said => None,
            JobEnd::Dead(failure) => Some(failure.clone()),
            JobEnd::Cancelled => Some(cancelled().to_failure()),
            JobEnd::Completed(_) | JobEnd::Retry { .. } | JobEnd::Snooze { .. } => None,
        };
        let released = !said && settlement.end == released;
        let refusal = Refusal::None;
        Outcome::Ended(Box::new(Ended { job: self.job, settlement, unsaid, released, refusal }))
    }
}

/// Somebody else may have it at once.
fn given_back() -> JobEnd {
    JobEnd::Snooze { after: When::In(Duration::ZERO), close_gate: false, why: SnoozeReason::GivenBack }
}

impl Ended {
    /// What was claimed and never started.
    pub(in crate::worker) fn unstarted(claimed: Claimed, now: Duration) -> Self {
        let settlement = Settlement { lease: claimed.lease.clone(), end: given_back() };
        let job = JobContext::new(claimed, now, Cancel::default(), Arc::new(NoProgress));
        Self { job, settlement, unsaid: None, released: true, refusal: Refusal::None }
    }

    /// Puts the failure in the place of an end that the queue has refused for good.
    pub(in crate::worker) fn refused(mut self, error: &Error) -> Self {
        let why = unstorable(error);
        self.settlement.end = JobEnd::Dead(why.clone());
        Self { unsaid: Some(why), released: false, refusal: Refusal::Alone, ..self }
    }
}

/// How an attempt ends that leaves more at its job than a queue keeps.
fn instead(settlement: &Settlement) -> Option<JobEnd> {
    let error = check_ends(std::slice::from_ref(settlement)).err()?;
    let failure = unstorable(&error);
    Some(match &settlement.end {
        JobEnd::Retry { after, .. } => JobEnd::Retry { failure, after: *after },
        JobEnd::Completed(_) | JobEnd::Dead(_) | JobEnd::Snooze { .. } | JobEnd::Cancelled => {
            JobEnd::Dead(failure)
        }
    })
}

/// What the handler did stays done.
fn unstorable(error: &Error) -> Failure {
    let failure =
        Error::new(ErrorKind::InvalidInput, format!("how the attempt ended can't be stored: {error}"));
    failure.with_fate(Fate::Unknown).to_failure()
}

fn timed_out() -> Error {
    Error::new(ErrorKind::Timeout, "the attempt took longer than the job allows")
        .with_retry(Retry::Backoff)
        .with_fate(Fate::Unknown)
}

/// The panic's own words stay out: they may hold what mustn't be stored.
fn panicked() -> Error {
    Error::new(ErrorKind::Internal, "the job's handler panicked; its process's output says where")
        .with_retry(Retry::Backoff)
        .with_fate(Fate::Unknown)
}

pub(in crate::worker) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the job was cancelled").with_fate(Fate::Unknown)
}
