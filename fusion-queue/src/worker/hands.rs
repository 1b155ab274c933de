//! The jobs that a worker has in hand.

use super::{figures, meter::Meter, shelf::Pace};
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Failure, Fate, Retry, When},
    job::{
        Beat, BeatVerdict, Claimed, Finish, JobContext, JobEnd, JobHandler, JobKind, JobLine, Lease,
        Settlement,
    },
    plugin::NoProgress,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tracing::Instrument;

/// What a handler may still do once its time is over, before it is dropped.
const LAST_MOMENT: Duration = Duration::from_secs(5);

/// Handlers at work, each in a task of its own. Dropping it drops them.
#[derive(Default)]
pub(super) struct Hands {
    tasks: JoinSet<Finish>,
    held: HashMap<Id, InHand>,
    /// What handlers wrote that have ended.
    lines: Vec<JobLine>,
    pace: Pace,
}

struct InHand {
    job: JobContext,
    cancel: Cancel,
    meter: Arc<Meter>,
    started: Duration,
    task: AbortHandle,
    /// When the lease ends, by the worker's own count.
    held_until: Duration,
    /// When it is dropped, once its time is over.
    drop_at: Option<Duration>,
    stopped: Option<Stopped>,
    cancel_wanted: bool,
    is_suspect: bool,
}

/// Why the worker stopped a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    TimedOut,
    Lost,
    Released,
}

/// What became of an attempt.
pub(super) enum Outcome {
    /// It has to be settled.
    Ended(Box<Ended>),
    /// A commit has settled it.
    ByCommit(JobKind),
    /// Another worker has the job.
    Lost(JobKind),
}

/// An attempt that has to be settled.
pub(super) struct Ended {
    pub(super) job: JobContext,
    pub(super) settlement: Settlement,
    /// Set where the job ends for good and its handler didn't say so: it is told why.
    pub(super) unsaid: Option<Failure>,
    pub(super) released: bool,
}

impl Hands {
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn count_of(&self, kind: &JobKind) -> usize {
        self.held.values().filter(|one| one.job.job().kind == *kind).count()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Lets `handler` perform what was claimed by a call that was sent at `sent`.
    pub(super) fn start(
        &mut self,
        claimed: Claimed,
        handler: Arc<dyn JobHandler>,
        sent: Duration,
        clock: &Arc<dyn Clock>,
    ) {
        let now = clock.elapsed();
        let cancel = Cancel::default();
        let meter = Arc::new(Meter::new(claimed.job.id, clock.clone()));
        let held_until = sent.saturating_add(claimed.lease_for);
        let deadline = now.saturating_add(claimed.job.timeout);
        let span = tracing::info_span!(
            "job",
            id = %claimed.job.id,
            kind = %claimed.job.kind,
            tenant = %claimed.job.tenant,
            attempt = claimed.attempt,
        );
        let is_suspect = claimed.suspect;
        let job = JobContext::new(claimed, deadline, cancel.clone(), meter.clone());
        let own = job.clone();
        let task = self.tasks.spawn(async move { handler.run(own).await }.instrument(span));
        let in_hand = InHand {
            job,
            cancel,
            meter,
            started: now,
            held_until,
            drop_at: None,
            stopped: None,
            cancel_wanted: false,
            is_suspect,
            task: task.clone(),
        };
        self.held.insert(task.id(), in_hand);
        figures::in_hand(self.held.len());
    }

    /// The next attempt that is over; pends for ever where nothing is in hand.
    pub(super) async fn next(&mut self, clock: &dyn Clock) -> Outcome {
        loop {
            match self.tasks.join_next_with_id().await {
                Some(joined) => {
                    if let Some(outcome) = self.take(joined, clock) {
                        return outcome;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Another attempt that is over already.
    pub(super) fn try_next(&mut self, clock: &dyn Clock) -> Option<Outcome> {
        let joined = self.tasks.try_join_next_with_id()?;
        self.take(joined, clock)
    }

    fn take(&mut self, joined: Result<(Id, Finish), JoinError>, clock: &dyn Clock) -> Option<Outcome> {
        let (id, finish) = match joined {
            Ok((id, finish)) => (id, Ok(finish)),
            Err(error) => (error.id(), Err(error.is_panic())),
        };
        let in_hand = self.held.remove(&id)?;
        let took = clock.elapsed().saturating_sub(in_hand.started);
        self.pace.note(took);
        figures::took(&in_hand.job.job().kind, took);
        figures::in_hand(self.held.len());
        self.lines.extend(in_hand.meter.take_lines());
        Some(in_hand.judge(finish, clock))
    }

    /// How many jobs beyond `slots` it is likely to need in the next moment.
    pub(super) fn ahead(&self, slots: usize, now: Duration) -> usize {
        let long = self.held.values().filter(|one| Pace::is_long(now.saturating_sub(one.started))).count();
        self.pace.ahead(slots.saturating_sub(long))
    }

    /// Whether one of them is to run alone.
    pub(super) fn holds_suspect(&self) -> bool {
        self.held.values().any(|one| one.is_suspect)
    }

    /// What handlers wrote since.
    pub(super) fn take_lines(&mut self) -> Vec<JobLine> {
        let mut lines = std::mem::take(&mut self.lines);
        lines.extend(self.held.values().flat_map(|one| one.meter.take_lines()));
        lines
    }

    /// One sign of life for each job that isn't lost.
    pub(super) fn beats(&self) -> Vec<Beat> {
        let held = self.held.values().filter(|one| one.stopped != Some(Stopped::Lost));
        held.map(|one| Beat { lease: one.job.lease().clone(), started: true, progress: one.meter.progress() })
            .collect()
    }

    /// Does what the queue said to a sign of life; the lease now holds until `held_until`.
    pub(super) fn obey(&mut self, lease: &Lease, verdict: BeatVerdict, held_until: Duration) {
        let Some(one) = self.held.values_mut().find(|one| one.job.lease() == lease) else { return };
        match verdict {
            // What has started goes on under a pause.
            BeatVerdict::Held | BeatVerdict::Paused => one.held_until = held_until,
            BeatVerdict::CancelWanted => {
                one.held_until = held_until;
                one.cancel_wanted = true;
                one.cancel.cancel();
            }
            BeatVerdict::Lost => one.stop(Stopped::Lost),
        }
    }

    /// Stops what has lost its lease or used up its time.
    pub(super) fn look_after(&mut self, now: Duration) {
        for one in self.held.values_mut() {
            if now >= one.held_until {
                one.stop(Stopped::Lost);
            } else if one.drop_at.is_some_and(|drop_at| now >= drop_at) {
                one.drop_at = None;
                one.task.abort();
            } else if now >= one.job.deadline() && one.stopped.is_none() {
                one.stopped = Some(Stopped::TimedOut);
                one.drop_at = Some(now.saturating_add(LAST_MOMENT));
                one.cancel.cancel();
            }
        }
    }

    /// Stops everything, to be given back.
    pub(super) fn release(&mut self) {
        for one in self.held.values_mut().filter(|one| one.stopped != Some(Stopped::Lost)) {
            one.stop(Stopped::Released);
        }
    }

    /// When one of them has to be looked after.
    pub(super) fn next_look(&self) -> Option<Duration> {
        let next = |one: &InHand| match (one.stopped, one.drop_at) {
            (None, _) => Some(one.held_until.min(one.job.deadline())),
            (Some(Stopped::TimedOut), Some(drop_at)) => Some(one.held_until.min(drop_at)),
            _ => None,
        };
        self.held.values().filter_map(next).min()
    }
}

impl InHand {
    fn stop(&mut self, why: Stopped) {
        self.stopped = Some(why);
        self.cancel.cancel();
        self.task.abort();
    }

    /// Says what an attempt came to. `Err`: the task ended without an answer, and whether by a panic.
    fn judge(self, finish: Result<Finish, bool>, clock: &dyn Clock) -> Outcome {
        let released = given_back();
        let (end, said) = match (finish, self.stopped) {
            (Ok(Finish::Settled(_)), _) => return Outcome::ByCommit(self.job.job().kind.clone()),
            (_, Some(Stopped::Lost)) => return Outcome::Lost(self.job.job().kind.clone()),
            (Ok(Finish::Done(result)), _) => (JobEnd::Completed(result), true),
            (Ok(Finish::Snooze { after, close_gate }), _) => (JobEnd::Snooze { after, close_gate }, true),
            (Ok(Finish::Dead(failure)), _) => (JobEnd::Dead(failure), true),
            // It obeyed the worker, not somebody who wants the job cancelled.
            (Ok(Finish::Failed(error)), Some(stopped))
                if error.kind() == ErrorKind::Cancelled && !self.cancel_wanted =>
            {
                match stopped {
                    Stopped::TimedOut => (self.job.end_of(&timed_out(), clock), false),
                    Stopped::Lost | Stopped::Released => (released.clone(), false),
                }
            }
            (Ok(Finish::Failed(error)), _) => (self.job.end_of(&error, clock), false),
            (Err(true), _) => (self.job.end_of(&panicked(), clock), false),
            (Err(false), Some(Stopped::TimedOut)) if self.cancel_wanted => (JobEnd::Cancelled, false),
            (Err(false), Some(Stopped::TimedOut)) => (self.job.end_of(&timed_out(), clock), false),
            // Without a reason of ours it is the runtime that shuts down.
            (Err(false), _) => (released.clone(), false),
        };
        let unsaid = match &end {
            _ if said => None,
            JobEnd::Dead(failure) => Some(failure.clone()),
            JobEnd::Cancelled => Some(cancelled().to_failure()),
            JobEnd::Completed(_) | JobEnd::Retry { .. } | JobEnd::Snooze { .. } => None,
        };
        let released = !said && end == released;
        let settlement = Settlement { lease: self.job.lease().clone(), end };
        Outcome::Ended(Box::new(Ended { job: self.job, settlement, unsaid, released }))
    }
}

/// Somebody else may have it at once.
fn given_back() -> JobEnd {
    JobEnd::Snooze { after: When::In(Duration::ZERO), close_gate: false }
}

impl Ended {
    /// What was claimed and never started.
    pub(super) fn unstarted(claimed: Claimed, now: Duration) -> Self {
        let settlement = Settlement { lease: claimed.lease.clone(), end: given_back() };
        let job = JobContext::new(claimed, now, Cancel::default(), Arc::new(NoProgress));
        Self { job, settlement, unsaid: None, released: true }
    }
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

pub(super) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the job was cancelled").with_fate(Fate::Unknown)
}
