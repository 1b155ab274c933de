use crate::{
    clock::Timestamp,
    plugin::{Booking, Bucket, BucketKey, BudgetLedger, BudgetUnit, Correction, Draw, Scope, Ticket},
    testkit::TestClock,
    verb::PlatformSlug,
};
use std::{borrow::Cow, time::Duration};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// Longer than any wait of a clause.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Holds 100, gets 50 a second.
pub(super) const BUCKET: Bucket = Bucket {
    name: Cow::Borrowed("points"),
    scope: Scope::Store,
    unit: BudgetUnit::Cost,
    capacity: 100,
    refill: 50,
    per: SECOND,
};

/// A ledger of full buckets, under a clock that stands still until it is advanced.
pub struct World<L> {
    pub(super) clock: TestClock,
    pub(super) ledger: L,
}

impl World<()> {
    /// The clock that a clause begins with.
    pub fn clock() -> TestClock {
        TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000))
    }
}

impl<L> World<L> {
    /// Around a new ledger on `clock`.
    pub const fn new(clock: TestClock, ledger: L) -> Self {
        Self { clock, ledger }
    }
}

pub(super) fn key(subject: &str) -> BucketKey {
    BucketKey {
        platform: PlatformSlug::of("scripted"),
        bucket: BUCKET.name.into_owned(),
        subject: subject.to_owned(),
    }
}

pub(super) fn draw(subject: &str, amount: u32) -> Draw {
    Draw { key: key(subject), bucket: BUCKET, amount }
}

/// The platform says nothing but this.
pub(super) fn statement() -> Correction {
    Correction {
        key: key("shop"),
        actual: None,
        available: None,
        capacity: None,
        refill: None,
        age: Duration::ZERO,
    }
}

impl<L: BudgetLedger> World<L> {
    pub(super) async fn reserve(&self, amount: u32, patience: Duration) -> Booking {
        self.ledger.reserve(&[draw("shop", amount)], patience).await.unwrap()
    }

    /// Books it, however long it takes.
    pub(super) async fn book(&self, amount: u32) -> (Ticket, Duration) {
        match self.reserve(amount, PATIENCE).await {
            Booking::Booked { ticket, ready_in } => (ticket, ready_in),
            Booking::Full { ready_in } => panic!("full for {ready_in:?}"),
        }
    }

    pub(super) async fn wait_for(&self, amount: u32) -> Duration {
        self.book(amount).await.1
    }

    pub(super) async fn says(&self, ticket: Ticket, statement: Correction) {
        self.ledger.correct(ticket, &[statement]).await.unwrap();
    }
}
