//! The budgets that a session books calls against, and how long it waits for them.

use super::builder::Inner;
use crate::{
    error::Result,
    model::ConnectionId,
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
};
use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Attempts of one connection that may wait for its budget in this process, each in its turn. Enough to use up the
/// budget beside walks that go on for long, and few of a worker's places.
const WAITING: usize = 4;

/// Beyond them: shorter than what most calls take. What waits longer waits in the queue, where it holds no place.
const SHORT: Duration = Duration::from_millis(200);

/// How many attempts of each connection have booked a call and are still in hand, in this process.
#[derive(Default)]
pub(super) struct Begun(Mutex<HashMap<ConnectionId, usize>>);

impl Begun {
    fn counts(&self) -> MutexGuard<'_, HashMap<ConnectionId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, connection: ConnectionId) -> bool {
        self.counts().get(&connection).is_some_and(|count| *count >= WAITING)
    }

    fn enter(&self, connection: ConnectionId) {
        *self.counts().entry(connection).or_default() += 1;
    }

    fn leave(&self, connection: ConnectionId) {
        let mut counts = self.counts();
        if let Some(count) = counts.get_mut(&connection) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&connection);
            }
        }
    }
}

/// The backend's budgets. An attempt that has called nothing yet has little patience where enough others of its
/// connection wait; one that has begun waits as long as it may, since what it has called would have to be called
/// again.
pub(super) struct Budget<'h> {
    inner: &'h Inner,
    /// `None` outside of a job: nobody else could use the place of whoever waits.
    job_of: Option<ConnectionId>,
    has_begun: AtomicBool,
}

impl<'h> Budget<'h> {
    pub(super) const fn outside_of_jobs(inner: &'h Inner) -> Self {
        Self { inner, job_of: None, has_begun: AtomicBool::new(false) }
    }

    pub(super) const fn of_job(inner: &'h Inner, connection: ConnectionId) -> Self {
        Self { inner, job_of: Some(connection), has_begun: AtomicBool::new(false) }
    }
}

impl Drop for Budget<'_> {
    fn drop(&mut self) {
        if let (Some(connection), true) = (self.job_of, *self.has_begun.get_mut()) {
            self.inner.begun.leave(connection);
        }
    }
}

#[async_trait]
impl BudgetLedger for Budget<'_> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        let Some(connection) = self.job_of.filter(|_| !self.has_begun.load(Ordering::Relaxed)) else {
            return self.inner.backend.reserve(draws, patience).await;
        };
        let patience = match self.inner.begun.is_full(connection) {
            true => patience.min(SHORT),
            false => patience,
        };
        let booking = self.inner.backend.reserve(draws, patience).await?;
        let is_booked = matches!(booking, Booking::Booked { .. });
        if is_booked && !self.has_begun.swap(true, Ordering::Relaxed) {
            self.inner.begun.enter(connection);
        }
        Ok(booking)
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.inner.backend.correct(ticket, corrections).await
    }
}
