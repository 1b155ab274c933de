//! Budgets: the arithmetic of the ledger in memory, shared by processes.

use super::{another, opened};
use crate::{fixture::*, random::Random};
use fusion_core::{clock::Clock as _, plugin::*};
use fusion_queue::Postgres;
use std::{sync::Arc, time::Duration};

fn key(bucket: &str) -> BucketKey {
    BucketKey { platform: "shopify".into(), bucket: bucket.to_owned(), subject: "acme".to_owned() }
}

fn draw(bucket: &'static str, amount: u32) -> Draw {
    let per = if bucket == "daily" { Duration::from_secs(86_400) } else { SECOND };
    let bucket = Bucket {
        name: bucket.into(),
        scope: Scope::Store,
        unit: BudgetUnit::Cost,
        capacity: 100,
        refill: 7,
        per,
    };
    Draw { key: key(&bucket.name), bucket, amount }
}

fn ready_in(booking: &Booking) -> (Duration, bool) {
    match booking {
        Booking::Booked { ready_in, .. } => (*ready_in, true),
        Booking::Full { ready_in } => (*ready_in, false),
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn bookings_and_corrections_come_out_as_in_the_ledger_in_memory() {
    let (w, schema) = opened().await;
    let ledgers: [Postgres; 2] = [w.db.clone(), another(&w, &schema).await];
    let (memory, mut random) = (MemoryLedger::new(Arc::new(w.clock.clone())), Random::new(3));
    let mut tickets = Vec::new();
    let mut full = 0;
    // A moment before which the memory's ledger knows none.
    w.clock.advance(SECOND * 86_400);
    for _ in 0..400 {
        let ledger = random.one_of(&ledgers).clone();
        match random.below(5) {
            0 => w.clock.advance(Duration::from_micros(random.next() % 3_000_000)),
            1 if !tickets.is_empty() => {
                let (ours, theirs) = tickets.swap_remove(random.below(tickets.len()));
                let mut some = |chance| (random.below(chance) == 0).then(|| random.next() as u32 % 150);
                let mut stated = vec![];
                for bucket in ["points", "daily"] {
                    stated.push(Correction {
                        key: key(bucket),
                        actual: some(2),
                        available: some(3),
                        capacity: some(9),
                        refill: some(9),
                        age: Duration::from_micros(u64::from(some(1).unwrap_or(0)) * 1_000),
                    });
                }
                ledger.correct(ours, &stated).await.unwrap();
                memory.correct(theirs, &stated).await.unwrap();
            }
            _ => {
                let buckets = *random.one_of(&[&["points"][..], &["daily"], &["points", "daily"]]);
                let draws: Vec<Draw> =
                    buckets.iter().map(|bucket| draw(bucket, random.next() as u32 % 120)).collect();
                let patience = SECOND * *random.one_of(&[0, 3, 1_000, 1_000_000]);
                let ours = ledger.reserve(&draws, patience).await.unwrap();
                let theirs = memory.reserve(&draws, patience).await.unwrap();
                assert_eq!(ready_in(&ours), ready_in(&theirs), "{draws:?}");
                match (ours, theirs) {
                    (Booking::Booked { ticket: ours, .. }, Booking::Booked { ticket: theirs, .. }) => {
                        tickets.push((ours, theirs));
                    }
                    _ => full += 1,
                }
            }
        }
    }
    assert!(full > 10 && tickets.len() > 10);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_bucket_drawn_from_twice_in_one_booking_gives_both() {
    let (w, _schema) = opened().await;
    let memory = MemoryLedger::new(Arc::new(w.clock.clone()));
    for amounts in [[60, 30], [80, 90], [1, 1]] {
        let draws = amounts.map(|amount| draw("points", amount));
        let (_, is_booked) = ready_in(&w.db.reserve(&draws, SECOND * 1_000).await.unwrap());
        assert!(is_booked);
        for one in draws {
            memory.reserve(&[one], SECOND * 1_000).await.unwrap();
        }
        let next = [draw("points", 100)];
        let ours = ready_in(&w.db.reserve(&next, Duration::ZERO).await.unwrap());
        assert_eq!(ours, ready_in(&memory.reserve(&next, Duration::ZERO).await.unwrap()));
        assert!(!ours.1);
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_clock_that_is_set_back_gives_nothing_and_takes_nothing() {
    let (w, _schema) = opened().await;
    w.db.reserve(&[draw("points", 100)], SECOND).await.unwrap();
    w.clock.set_now(w.clock.now() - SECOND * 3_600);
    let (span, _) = ready_in(&w.db.reserve(&[draw("points", 7)], SECOND * 9).await.unwrap());
    assert_eq!(span, SECOND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn draws_of_several_processes_at_once_book_no_drop_twice() {
    let (w, schema) = opened().await;
    let ledgers = [w.db.clone(), another(&w, &schema).await];
    let draws = (0..60_usize).map(|nth| {
        let ledger = ledgers[nth % 2].clone();
        // In either order: who locks first must not matter.
        let mut both = vec![draw("points", 5), draw("daily", 1)];
        if nth % 3 == 0 {
            both.reverse();
        }
        tokio::spawn(async move { ledger.reserve(&both, Duration::ZERO).await.unwrap() })
    });
    let mut booked = 0;
    for one in draws.collect::<Vec<_>>() {
        booked += usize::from(ready_in(&one.await.unwrap()).1);
    }
    assert_eq!(booked, 20, "a hundred drops are twenty draws of five");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn bookings_of_dropped_calls_are_forgotten() {
    let (w, schema) = opened().await;
    w.db.reserve(&[draw("points", 5)], SECOND).await.unwrap();
    w.clock.advance(BucketLevel::LONGEST_CALL + SECOND);
    w.db.reserve(&[draw("points", 5)], SECOND).await.unwrap();
    assert_eq!(schema.count("SELECT count(*) FROM fusion.bookings").await, 1);
}
