//! How much a platform lets us ask, and the ledger that keeps to it.

use crate::{error::Result, verb::PlatformSlug};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc, time::Duration};

/// Who shares a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everyone who uses the embedder's app id, all tenants together.
    App,
    /// Everything on one authorisation.
    Connection,
    /// One storefront.
    Store,
}

/// What a bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetUnit {
    /// Calls.
    Requests,
    /// The platform's own points.
    Cost,
}

/// A bucket that fills with time and is drawn from by calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name, unique within the platform.
    pub name: Cow<'static, str>,
    /// Who shares it.
    pub scope: Scope,
    /// What it counts.
    pub unit: BudgetUnit,
    /// What it holds when full; at least 1.
    pub capacity: u32,
    /// What flows in, each `per`; at least 1.
    pub refill: u32,
    /// The length that `refill` takes.
    pub per: Duration,
}

/// One bucket of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BucketKey {
    /// Which platform.
    pub platform: PlatformSlug,
    /// Which bucket.
    pub bucket: String,
    /// Whose: tenant with connection or store; the app's id where all tenants share it.
    pub subject: String,
}

/// What a call wants from one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Which one.
    pub key: BucketKey,
    /// Its size, used until the platform has stated another.
    pub bucket: Bucket,
    /// How much; more than the capacity is taken as the capacity.
    pub amount: u32,
}

/// Names one booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// The ledger's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booking {
    /// Booked; the call may leave after `ready_in`.
    Booked {
        /// Names the booking.
        ticket: Ticket,
        /// How long the call has to wait; zero: now.
        ready_in: Duration,
    },
    /// Nothing was booked: it would take longer than the caller has patience for.
    Full {
        /// How long it would take.
        ready_in: Duration,
    },
}

/// What the platform said about a bucket after a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Which one.
    pub key: BucketKey,
    /// What the call really cost, where it is told.
    pub actual: Option<u32>,
    /// What is left, where it is told.
    pub available: Option<u32>,
    /// The bucket's real capacity, where it is told.
    pub capacity: Option<u32>,
    /// The real inflow for each `per` of the bucket, where it is told.
    pub refill: Option<u32>,
    /// How old the statement is when it is handed in.
    pub age: Duration,
}

/// Keeps every bucket, shared by all who share the storage. It asks its own clock.
///
/// Implementors: a booking is first come, first served and may lie in the future, so that a big draw gets in
/// under a stream of small ones; a negative stretch of time counts as none; every draw or none is booked, and those of
/// one bucket add up. [`budget_conformance!`](crate::budget_conformance) says whether it is kept.
#[async_trait]
pub trait BudgetLedger: Send + Sync {
    /// Books all `draws` or none.
    ///
    /// # Cancellation
    /// Dropping the future may leave the draws booked; the buckets refill with time.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable): the ledger was not reached.
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking>;

    /// Brings the buckets in line with what the platform said. A booking that is never corrected stays spent.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::error::ErrorKind::Unavailable): the ledger was not reached.
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()>;
}

#[async_trait]
impl<T: BudgetLedger + ?Sized> BudgetLedger for Arc<T> {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        (**self).reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        (**self).correct(ticket, corrections).await
    }
}
