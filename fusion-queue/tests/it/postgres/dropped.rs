use super::{Schema, opened};
use crate::{
    dropped::{Dropping, give_up_after},
    fixture::World,
    long::times,
    random::Random,
};
use fusion_core::plugin::*;
use std::{sync::Arc, time::Duration};

/// Looks until nothing of the queue's is under way.
pub(super) async fn quiet(schema: &Schema) {
    while schema.sessions("state <> 'idle'").await > 0 {
        none_in_transaction(schema).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn none_in_transaction(schema: &Schema) {
    let open = schema.sessions("state LIKE 'idle in transaction%'").await;
    assert_eq!(open, 0, "a transaction was left open");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dropped_call_leaves_no_transaction_open_and_loses_no_job() {
    let (w, schema) = opened().await;
    let calls = times(400, 2_000);
    let mut dropping = Dropping::new(&w, 13, 12);
    for nth in 0..calls {
        dropping.step().await;
        if nth % 20 == 0 {
            none_in_transaction(&schema).await;
        }
        if nth % 50 == 0 {
            quiet(&schema).await;
        }
    }
    quiet(&schema).await;
    assert!(dropping.dropped > calls / 3, "{} were dropped", dropping.dropped);
    dropping.check().await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dropped_booking_leaves_no_transaction_open_and_books_once_or_not_at_all() {
    let (w, schema) = opened().await;
    let mut random = Random::new(14);
    let key = BucketKey { platform: "shopify".into(), bucket: "points".into(), subject: "acme".into() };
    let bucket = Bucket {
        name: "points".into(),
        scope: Scope::Store,
        unit: BudgetUnit::Cost,
        capacity: 1_000_000,
        refill: 1,
        per: Duration::from_secs(86_400),
    };
    let draws = [Draw { key: key.clone(), bucket, amount: 1 }];
    let (mut answered, mut begun, mut tickets) = (0, 0, Vec::new());
    for _ in 0..times(100, 2_000) {
        let polls = if random.below(5) == 0 { usize::MAX } else { random.below(12) };
        if random.below(3) > 0 {
            begun += 1;
            let booked = give_up_after(polls, w.db.reserve(&draws, Duration::ZERO)).await;
            if let Some(Booking::Booked { ticket, .. }) = booked.map(Result::unwrap) {
                answered += 1;
                tickets.push(ticket);
            }
        } else if let Some(ticket) = tickets.pop() {
            // It has cost what was booked.
            let actual = Some(1);
            let correction = Correction {
                key: key.clone(),
                actual,
                available: None,
                capacity: None,
                refill: None,
                age: Duration::ZERO,
            };
            drop(give_up_after(polls, w.db.correct(ticket, &[correction])).await);
        }
    }
    quiet(&schema).await;
    // Of a capacity that nothing flows into meanwhile as much is missing as was booked.
    let missing = schema.count("SELECT missing / (per / refill) FROM fusion.budgets").await;
    assert!((answered..=begun).contains(&missing), "{missing} of {answered} to {begun}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dropped_connect_leaves_the_schema_as_it_was_or_ready() {
    let mut random = Random::new(15);
    for _ in 0..times(10, 100) {
        let schema = Schema::new();
        drop(give_up_after(random.below(400), schema.settings().connect()).await);
        // The server notices that nobody is there any more.
        while schema.sessions("true").await > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let clock = World::new().clock;
        let settings = schema.settings().with_clock(Arc::new(clock.clone()));
        let w = World::over(clock, settings.connect().await.unwrap());
        let job = w.job();
        w.put(&job).await;
        assert_eq!(w.claim_ids(9).await, [job.id]);
    }
}
