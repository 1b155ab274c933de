//! A queue that is out of reach.

use super::Shift;
use fusion_core::{
    clock::{Clock, full_jitter},
    error::{Error, ErrorKind, Result},
};
use std::time::Duration;

/// A queue that is back is noticed within this part of a lease, so that leases outlive the wait.
const LONGEST: u32 = 4;

/// Doublings of a pause, beyond which any is longer than a lease.
const DOUBLINGS: u32 = 20;

/// How long the queue has been out of reach, by the tries in vain since it last answered.
#[derive(Default)]
pub(super) struct Outage {
    tries: u32,
}

impl Outage {
    pub(super) const fn is_on(&self) -> bool {
        self.tries > 0
    }

    /// The pause behind one more try in vain: of many workers each comes back at another moment.
    fn pause(&mut self, shortest: Duration, lease_for: Duration, clock: &dyn Clock) -> Duration {
        let longest = (lease_for / LONGEST).max(shortest);
        let bound = shortest.saturating_mul(1 << self.tries.min(DOUBLINGS)).min(longest);
        self.tries = self.tries.saturating_add(1);
        bound / 2 + full_jitter(bound / 2, clock)
    }
}

impl Shift<'_> {
    /// Waits out a queue that is out of reach or refuses a call, where the worker isn't to end: one row that can't be
    /// read, say, is no reason to leave all others.
    pub(super) fn bear(&mut self, error: Error) -> Result<()> {
        let now = self.clock.elapsed();
        if self.is_ending(now) || error.kind() == ErrorKind::InvalidConfig {
            return Err(error);
        }
        // What was under way together is one try.
        if now >= self.pause_until {
            let pause = self.outage.pause(self.worker.poll_every, self.worker.lease_for, &*self.clock);
            tracing::warn!(worker = self.worker.name, %error, ?pause, "the queue is out of reach or refuses a call");
            self.pause_until = now.saturating_add(pause);
        }
        Ok(())
    }

    /// The queue has answered. Other workers come back one after the other, so for the length of a lease nobody's jobs
    /// are taken for lost.
    pub(super) fn reached(&mut self) {
        if self.outage.is_on() {
            self.outage = Outage::default();
            let first = self.clock.elapsed().saturating_add(self.worker.lease_for);
            self.next_tending = self.next_tending.max(first);
        }
    }
}
