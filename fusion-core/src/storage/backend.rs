//! What the hub stands on, as one thing.

use super::Storage;
use crate::{
    error::Result,
    job::{JobQueue, NewJob, QueueControl},
    model::JobId,
    plugin::BudgetLedger,
};
use async_trait::async_trait;

/// Storage, queue and budgets in one database and one transaction.
pub trait Backend: Storage + JobQueue + QueueControl + BudgetLedger {}

impl<T: Storage + JobQueue + QueueControl + BudgetLedger + ?Sized> Backend for T {}

/// A storage whose queue lives elsewhere: jobs of a commit wait here until they are handed on.
///
/// A storage that puts jobs into its own queue doesn't implement it, so the wrong pair can't be built.
#[async_trait]
pub trait Outbox: Storage {
    /// Jobs that haven't been handed on, oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    async fn waiting(&self, limit: usize) -> Result<Vec<NewJob>>;

    /// Notes that they were handed on. Handing on twice is harmless: a queue knows its ids.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    async fn handed_on(&self, jobs: &[JobId]) -> Result<()>;
}
