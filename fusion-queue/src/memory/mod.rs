//! Everything in one process's memory: for tests, demonstrations and programs that may forget.
//!
//! It is the reference that other back-ends are held against, so it is the plainest code that keeps the contracts:
//! one lock around everything, maps ordered by key, and time read under the lock.

mod control;
mod enqueue;
mod feed;
mod gate;
mod jobs;
mod lanes;
mod lease;
mod look;
mod parents;
mod queue;
mod retention;
mod row;
mod serials;
mod storage;
mod table;

use async_trait::async_trait;
use fusion_core::{
    clock::{Clock, Timestamp},
    error::Result,
    plugin::{Booking, BudgetLedger, Correction, Draw, MemoryLedger, Ticket},
    tenant::Tenant,
};
use jobs::Jobs;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use table::Table;
use tokio::sync::Notify;

pub use jobs::{MAX_CRASHES, MAX_FINISHED};

/// Storage, queue and budgets in memory. Clones share one state.
#[derive(Clone)]
pub struct Memory(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    ledger: MemoryLedger,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    tables: BTreeMap<Tenant, Table>,
    jobs: Jobs,
}

impl Memory {
    /// An empty one, on real time.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(crate::TokioClock::system()))
    }

    /// An empty one on another clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            ledger: MemoryLedger::new(clock.clone()),
            clock,
            state: Mutex::default(),
            news: Notify::new(),
        }))
    }

    /// The one door to the state: what happens in `act` happens at one moment, or not at all for others.
    fn with<R>(&self, act: impl FnOnce(&mut State, Timestamp) -> R) -> R {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut state, self.0.clock.now());
        state.jobs.forget_oldest();
        let news = state.jobs.take_news();
        drop(state);
        if news {
            self.0.news.notify_waiters();
            // Kept for a worker that has just claimed in vain and doesn't wait yet.
            self.0.news.notify_one();
        }
        result
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[async_trait]
impl BudgetLedger for Memory {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.0.ledger.reserve(draws, patience).await
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.0.ledger.correct(ticket, corrections).await
    }
}
