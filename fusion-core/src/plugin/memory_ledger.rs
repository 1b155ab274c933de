//! The budget ledger of one process.

use super::{Booking, BucketKey, BucketLevel, BudgetLedger, Correction, Draw, Ticket};
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
    buckets: HashMap<BucketKey, BucketLevel>,
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
            && now.saturating_sub(oldest.get().booked_at) > BucketLevel::LONGEST_CALL
        {
            oldest.remove();
        }
    }
}

/// Open bookings that are remembered for a correction; one beyond it stays booked as it was.
const MAX_OPEN: usize = 4_096;

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
        // Draws of one bucket add up.
        let mut booked: BTreeMap<&BucketKey, (BucketLevel, u32)> = BTreeMap::new();
        for draw in draws {
            let stored = || state.buckets.get(&draw.key).cloned();
            let (mut level, drawn) = booked
                .remove(&draw.key)
                .unwrap_or_else(|| (stored().unwrap_or_else(|| BucketLevel::new(&draw.bucket)), 0));
            let (full_at, wait) = level.draw(draw.amount, now);
            level.full_at = full_at;
            ready_in = ready_in.max(wait);
            let amount = draw.amount.min(level.capacity);
            booked.insert(&draw.key, (level, drawn.saturating_add(amount)));
        }
        if ready_in > patience {
            return Ok(Booking::Full { ready_in });
        }
        state.tickets += 1;
        let ticket = state.tickets;
        let mut drawn = Vec::with_capacity(booked.len());
        for (key, (level, amount)) in booked {
            state.buckets.insert(key.clone(), level);
            drawn.push((key.clone(), amount));
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
            let drawn =
                mine.as_ref().and_then(|open| open.drawn.iter().find(|(key, _)| *key == correction.key));
            level.correct(correction, drawn.map(|(_, amount)| *amount), pending, now);
        }
        Ok(())
    }
}
