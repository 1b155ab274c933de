use super::{Bucket, Correction};
use std::time::Duration;

/// How full a bucket is, by virtual scheduling: the moment at which it would be full again. The one arithmetic of
/// every ledger.
///
/// Moments are lengths since whatever start the ledger counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketLevel {
    /// What it holds when full; at least 1.
    pub capacity: u32,
    /// What flows in, each `per`; at least 1.
    pub refill: u32,
    /// The length that `refill` takes.
    pub per: Duration,
    /// When it is full again.
    pub full_at: Duration,
}

impl BucketLevel {
    /// A booking that is open for longer belongs to a dropped call: deadlines of calls, waiting included, are
    /// minutes.
    pub const LONGEST_CALL: Duration = Duration::from_secs(900);

    /// A full one.
    pub fn new(bucket: &Bucket) -> Self {
        Self {
            capacity: bucket.capacity.max(1),
            refill: bucket.refill.max(1),
            per: bucket.per,
            full_at: Duration::ZERO,
        }
    }

    fn time_for(&self, amount: u32) -> Duration {
        let nanos = self.per.as_nanos().saturating_mul(u128::from(amount)) / u128::from(self.refill);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The new `full_at` after drawing at `now`, and how long the caller waits for it.
    pub fn draw(&self, amount: u32, now: Duration) -> (Duration, Duration) {
        let full_at = self.full_at.max(now) + self.time_for(amount.min(self.capacity));
        let wait = full_at.saturating_sub(now + self.time_for(self.capacity));
        (full_at, wait)
    }

    /// Brings it in line with what the platform said. `mine`: what the answered call had booked, where that is
    /// known; `pending`: what others have booked whose calls haven't been answered, which no statement holds.
    pub fn correct(&mut self, correction: &Correction, mine: Option<u32>, pending: u32, now: Duration) {
        self.capacity = correction.capacity.unwrap_or(self.capacity).max(1);
        self.refill = correction.refill.unwrap_or(self.refill).max(1);
        if let Some(available) = correction.available {
            let missing = self.capacity.saturating_sub(available.min(self.capacity)).saturating_add(pending);
            self.full_at = (now + self.time_for(missing)).saturating_sub(correction.age).max(now);
        } else if let (Some(actual), Some(mine)) = (correction.actual, mine) {
            let back = self.time_for(mine.saturating_sub(actual));
            let more = self.time_for(actual.saturating_sub(mine));
            self.full_at = (self.full_at + more).saturating_sub(back);
        }
    }
}
