//! What the hub stands on, as one thing.

use super::Storage;
use crate::{
    error::{Error, ErrorKind, Result},
    job::{JobQueue, NewJob, QueueControl, Settlement},
    model::JobId,
    plugin::BudgetLedger,
    tenant::Tenant,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Storage, queue and budgets in one database and one transaction.
pub trait Backend: Storage + JobQueue + QueueControl + BudgetLedger {}

impl<T: Storage + JobQueue + QueueControl + BudgetLedger + ?Sized> Backend for T {}

/// What a commit leaves to a queue that lives elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Put the job in.
    Enqueue(NewJob),
    /// Cancel the job; one that has ended is left as it is.
    Cancel(JobId),
    /// Settle the job; whether its lease still holds, the queue says.
    Settle(Settlement),
}

/// An errand that hasn't been handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Grows from errand to errand.
    pub number: u64,
    /// Whose commit left it: it may touch no other tenant's jobs.
    pub tenant: Tenant,
    /// What is to be done.
    pub errand: Errand,
}

/// A storage whose queue lives elsewhere: what a commit asks of the queue waits here until it is handed on.
///
/// A storage that puts jobs into its own queue doesn't implement it, so the wrong pair can't be built.
///
/// It knows leases by their tokens alone. A fence or a settlement takes its job's token: a smaller one is lost
/// from then on, and so is the token itself once its job is settled. A lease that ran out and was claimed anew
/// elsewhere is known as lost only when the newer token has been here.
#[async_trait]
pub trait Outbox: Storage {
    /// Errands that haven't been handed on, in the order of their commits.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>>;

    /// Notes that they were handed on. Handing on twice is harmless: a queue knows its ids and its leases.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn handed_on(&self, numbers: &[u64]) -> Result<()>;

    /// Forgets up to `limit` tokens, of all tenants, that were last here at least `age` ago; how many those were. A lease
    /// that is as old isn't known as lost any more. [`Split`](super::Split) asks for it when the queue forgets its jobs.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`]: every token is kept, or forgotten in a way of the storage's own.
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn forget_tokens(&self, _age: Duration, _limit: usize) -> Result<usize> {
        Err(Error::new(ErrorKind::Unsupported, "this storage keeps every token"))
    }
}
