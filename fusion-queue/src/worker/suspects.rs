//! Jobs whose last worker was lost, in a worker's hands and not started: each waits until nothing else is in hand.

use super::hands::Ended;
use fusion_core::job::{Beat, BeatVerdict, Claimed, JobHandler, Lease};
use std::{collections::VecDeque, sync::Arc, time::Duration};

#[derive(Default)]
pub(super) struct Suspects(VecDeque<Suspect>);

pub(super) struct Suspect {
    pub(super) claimed: Claimed,
    pub(super) handler: Arc<dyn JobHandler>,
    /// When the call was sent that its lease holds from, by the worker's own count.
    pub(super) held_since: Duration,
}

/// What a sign of life means to a suspect.
pub(super) enum Obeyed {
    /// It waits on.
    Kept,
    /// Another worker may have it.
    Lost,
    /// It is paused, and has to be given back.
    Paused(Box<Suspect>),
}

impl Suspect {
    fn held_until(&self) -> Duration {
        self.held_since.saturating_add(self.claimed.lease_for)
    }

    pub(super) fn beat(&self, started: bool) -> Beat {
        Beat { lease: self.claimed.lease.clone(), started, progress: None }
    }
}

impl Suspects {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, suspect: Suspect) {
        self.0.push_back(suspect);
    }

    pub(super) fn first(&self) -> Option<&Suspect> {
        self.0.front()
    }

    pub(super) fn take_first(&mut self) -> Option<Suspect> {
        self.0.pop_front()
    }

    /// Signs of life: none has started.
    pub(super) fn beats(&self) -> impl Iterator<Item = Beat> {
        self.0.iter().map(|one| one.beat(false))
    }

    /// Does what the queue said to a sign of life that was sent at `sent`.
    pub(super) fn obey(&mut self, lease: &Lease, verdict: BeatVerdict, sent: Duration) -> Obeyed {
        let Some(at) = self.0.iter().position(|one| one.claimed.lease == *lease) else {
            return Obeyed::Kept;
        };
        match verdict {
            // That somebody wants it cancelled, it is told again when it starts.
            BeatVerdict::Held | BeatVerdict::CancelWanted => {
                if let Some(one) = self.0.get_mut(at) {
                    one.held_since = sent;
                }
                Obeyed::Kept
            }
            BeatVerdict::Paused => {
                self.0.remove(at).map_or(Obeyed::Kept, |one| Obeyed::Paused(Box::new(one)))
            }
            BeatVerdict::Lost => self.0.remove(at).map_or(Obeyed::Kept, |_| Obeyed::Lost),
        }
    }

    /// Lets go of those whose lease may be over; how many those are.
    pub(super) fn look_after(&mut self, now: Duration) -> usize {
        let before = self.0.len();
        self.0.retain(|one| now < one.held_until());
        before - self.0.len()
    }

    pub(super) fn next_look(&self) -> Option<Duration> {
        self.0.iter().map(Suspect::held_until).min()
    }

    /// All of them, to be given back.
    pub(super) fn release(&mut self, now: Duration) -> impl Iterator<Item = Ended> {
        self.0.drain(..).map(move |one| Ended::unstarted(one.claimed, now))
    }
}
