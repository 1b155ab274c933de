//! A job that would have to wait before its first call gives its place to others.

use super::builder::Inner;
use crate::{
    error::Result,
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
};
use async_trait::async_trait;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Shorter than what most calls take: what waits longer waits in the queue, where it holds no place in a worker that
/// another store could use.
const PATIENCE: Duration = Duration::from_millis(200);

/// The backend's budgets, with little patience for an attempt that has called nothing yet. One that has begun waits
/// as long as it may: what it has called already would have to be called again.
pub(super) struct Budget<'h> {
    pub(super) inner: &'h Inner,
    pub(super) has_begun: AtomicBool,
}

#[async_trait]
impl BudgetLedger for Budget<'_> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        let patience = match self.has_begun.load(Ordering::Relaxed) {
            true => patience,
            false => patience.min(PATIENCE),
        };
        let booking = self.inner.backend.reserve(draws, patience).await?;
        if matches!(booking, Booking::Booked { .. }) {
            self.has_begun.store(true, Ordering::Relaxed);
        }
        Ok(booking)
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.inner.backend.correct(ticket, corrections).await
    }
}
