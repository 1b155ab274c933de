//! The budget ledger of one process.

use super::{Booking, Bucket, BucketKey, BudgetLedger, Correction, Draw, Ticket};
use crate::{clock::Clock, error::Result};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Virtual scheduling in memory: for each bucket the moment at which it would be full again.
pub struct MemoryLedger {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tickets: u64,
    buckets: HashMap<BucketKey, Level>,
    /// The open bookings, oldest first; closed by their correction, or forgotten with age.
    open: BTreeMap<u64, Open>,
}

struct Open {
    /// On the monotonic clock.
    booked_at: Duration,
    drawn: Vec<(BucketKey, u32)>,
}

impl State {
    /// Forgets the bookings whose calls were dropped: each would count as pending in every later statement.
    fn forget_dropped(&mut self, now: Duration) {
        while let Some(oldest) = self.open.first_entry()
            && now.saturating_sub(oldest.get().booked_at) > LONGEST_CALL
        {
            oldest.remove();
        }
    }
}

/// Open bookings that are remembered for a correction; one beyond it stays booked as it was.
const MAX_OPEN: usize = 4_096;

/// A booking that is open for longer belongs to a dropped call: deadlines of calls, waiting included, are minutes.
const LONGEST_CALL: Duration = Duration::from_secs(900);

struct Level {
    capacity: u32,
    refill: u32,
    per: Duration,
    /// When the bucket is full again, on the monotonic clock.
    full_at: Duration,
}

impl Level {
    fn new(bucket: &Bucket) -> Self {
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

    /// The new `full_at` after drawing, and how long the caller waits for it.
    fn draw(&self, amount: u32, now: Duration) -> (Duration, Duration) {
        let full_at = self.full_at.max(now) + self.time_for(amount.min(self.capacity));
        let wait = full_at.saturating_sub(now + self.time_for(self.capacity));
        (full_at, wait)
    }

    /// Brings the level to `available` as stated `age` ago, less what was booked and isn't in the statement.
    fn state(&mut self, available: u32, booked_since: u32, age: Duration, now: Duration) {
        let missing = self.capacity.saturating_sub(available).saturating_add(booked_since);
        self.full_at = (now + self.time_for(missing)).saturating_sub(age).max(now);
    }
}

impl MemoryLedger {
    /// A ledger whose buckets are full.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }
}

#[async_trait]
impl BudgetLedger for MemoryLedger {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        let now = self.clock.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ready_in = Duration::ZERO;
        let mut booked = Vec::with_capacity(draws.len());
        for draw in draws {
            let level = state.buckets.entry(draw.key.clone()).or_insert_with(|| Level::new(&draw.bucket));
            let (full_at, wait) = level.draw(draw.amount, now);
            ready_in = ready_in.max(wait);
            booked.push((draw.key.clone(), full_at, draw.amount.min(level.capacity)));
        }
        if ready_in > patience {
            return Ok(Booking::Full { ready_in });
        }
        state.tickets += 1;
        let ticket = state.tickets;
        let mut drawn = Vec::with_capacity(booked.len());
        for (key, full_at, amount) in booked {
            if let Some(level) = state.buckets.get_mut(&key) {
                level.full_at = full_at;
            }
            drawn.push((key, amount));
        }
        state.forget_dropped(now);
        if state.open.len() < MAX_OPEN {
            state.open.insert(ticket, Open { booked_at: now, drawn });
        }
        Ok(Booking::Booked { ticket: Ticket(ticket), ready_in })
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        let now = self.clock.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.forget_dropped(now);
        let mine = state.open.remove(&ticket.0);
        for correction in corrections {
            // Calls that were booked and haven't been answered yet are not in the platform's statement.
            let pending: u32 = state
                .open
                .values()
                .flat_map(|open| &open.drawn)
                .filter(|(key, _)| *key == correction.key)
                .fold(0, |sum, (_, amount)| sum.saturating_add(*amount));
            let Some(level) = state.buckets.get_mut(&correction.key) else { continue };
            level.capacity = correction.capacity.unwrap_or(level.capacity).max(1);
            level.refill = correction.refill.unwrap_or(level.refill).max(1);
            if let Some(available) = correction.available {
                level.state(available.min(level.capacity), pending, correction.age, now);
            } else if let (Some(actual), Some(open)) = (correction.actual, &mine) {
                let drawn = open.drawn.iter().find(|(key, _)| *key == correction.key);
                let mine = drawn.map_or(0, |(_, amount)| *amount);
                let back = level.time_for(mine.saturating_sub(actual.min(mine)));
                let more = level.time_for(actual.saturating_sub(mine));
                level.full_at = (level.full_at + more).saturating_sub(back);
            }
        }
        Ok(())
    }
}
