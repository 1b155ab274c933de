//! The jobs that a worker has in hand.

mod outcome;

pub(super) use outcome::{Ended, Outcome, Refusal, cancelled};

use super::{figures, meter::Meter, shelf::Pace};
use fusion_core::{
    clock::{Cancel, Clock},
    job::{Beat, BeatVerdict, Claimed, Finish, JobContext, JobHandler, JobKind, JobLine, Lease},
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
    /// When it is dropped, where somebody wants it cancelled.
    cancel_by: Option<Duration>,
    is_suspect: bool,
}

/// Why the worker stopped a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    TimedOut,
    Lost,
    Released,
    /// It went on though somebody wants the job cancelled.
    Cancelled,
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
            cancel_by: None,
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

    /// Does what the queue said to a sign of life that was sent at `sent`. What is to be cancelled may go on for `grace`.
    pub(super) fn obey(&mut self, lease: &Lease, verdict: BeatVerdict, sent: Duration, grace: Duration) {
        let Some(one) = self.held.values_mut().find(|one| one.job.lease() == lease) else { return };
        let held_until = sent.saturating_add(one.job.lease_for());
        match verdict {
            // What has started goes on under a pause.
            BeatVerdict::Held | BeatVerdict::Paused => one.held_until = held_until,
            BeatVerdict::CancelWanted => {
                one.held_until = held_until;
                one.cancel_wanted = true;
                one.cancel_by.get_or_insert(sent.saturating_add(grace));
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
            } else if one.stopped.is_none() && one.cancel_by.is_some_and(|cancel_by| now >= cancel_by) {
                one.stop(Stopped::Cancelled);
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
            (None, _) => {
                let last = one.held_until.min(one.job.deadline());
                Some(one.cancel_by.map_or(last, |cancel_by| last.min(cancel_by)))
            }
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
}
