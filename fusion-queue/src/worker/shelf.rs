//! Jobs that were claimed ahead: each is started as soon as a slot is free.

use super::hands::Ended;
use fusion_core::job::{Claimed, JobHandler};
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// What a worker has beyond its slots is work of so long, by what its jobs took lately: some five round trips to a
/// database, so that slots needn't wait for the next one.
const AHEAD_FOR: Duration = Duration::from_millis(25);

/// At most so many: a batch of hundreds costs a database little more than half of what the same jobs cost in tens.
const MOST_AHEAD: usize = 1_000;

/// What hasn't started by then was claimed by mistake and is given back: the jobs before it take longer than those of
/// lately did.
const PATIENCE: Duration = Duration::from_millis(500);

/// Claimed and not started, in the order of their claims.
#[derive(Default)]
pub(super) struct Shelf(VecDeque<Waiting>);

pub(super) struct Waiting {
    pub(super) claimed: Claimed,
    pub(super) handler: Arc<dyn JobHandler>,
    /// When the call was sent that its lease holds from, by the worker's own count.
    pub(super) held_since: Duration,
    /// When it came.
    pub(super) since: Duration,
}

impl Waiting {
    fn held_until(&self) -> Duration {
        self.held_since.saturating_add(self.claimed.lease_for)
    }

    fn until(&self) -> Duration {
        self.since.saturating_add(PATIENCE).min(self.held_until())
    }
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        self.0.push_back(waiting);
    }

    pub(super) fn take_first(&mut self) -> Option<Waiting> {
        self.0.pop_front()
    }

    /// Takes off what has waited too long: how many leases are over, and what is to be given back.
    pub(super) fn look_after(&mut self, now: Duration) -> (usize, Vec<Ended>) {
        if self.next_look().is_none_or(|next| now < next) {
            return (0, Vec::new());
        }
        let late = self.0.iter().take_while(|one| now >= one.until()).count();
        let (lost, late): (Vec<_>, Vec<_>) = self.0.drain(..late).partition(|one| now >= one.held_until());
        (lost.len(), late.into_iter().map(|one| Ended::unstarted(one.claimed, now)).collect())
    }

    /// When one of them has waited too long.
    pub(super) fn next_look(&self) -> Option<Duration> {
        // Later claims have later leases, of one length.
        self.0.front().map(Waiting::until)
    }

    /// All of them, to be given back.
    pub(super) fn release(&mut self, now: Duration) -> impl Iterator<Item = Ended> {
        self.0.drain(..).map(move |one| Ended::unstarted(one.claimed, now))
    }
}

/// How long jobs took lately.
#[derive(Default)]
pub(super) struct Pace(Option<Duration>);

impl Pace {
    /// Notes one: each new one counts an eighth.
    pub(super) fn note(&mut self, took: Duration) {
        self.0 = Some(self.0.map_or(took, |before| before - before / 8 + took / 8));
    }

    /// How many jobs `slots` are likely to get through in [`AHEAD_FOR`]; none before one has ended.
    pub(super) fn ahead(&self, slots: usize) -> usize {
        let Some(took) = self.0 else { return 0 };
        let rounds = AHEAD_FOR.as_nanos() / took.as_nanos().max(1);
        usize::try_from(rounds).unwrap_or(usize::MAX).saturating_mul(slots).min(MOST_AHEAD)
    }

    /// Whether a job that has run so long is none of those that pass in between.
    pub(super) fn is_long(took: Duration) -> bool {
        took >= AHEAD_FOR
    }
}
