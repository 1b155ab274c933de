//! What several ledgers on one database let through, against what the bucket holds, in time that only the bench moves.

use crate::{
    Result,
    options::Options,
    server::Server,
    table::Table,
    turns::{About, Seen, Wanted, in_turn},
};
use fusion_core::{
    clock::{Clock as _, Timestamp},
    plugin::{Booking, Bucket, BucketKey, BudgetLedger as _, BudgetUnit, Correction, Draw, Scope},
    testkit::TestClock,
    verb::PlatformSlug,
};
use std::{borrow::Cow, sync::Arc, time::Duration};

const LEDGERS: usize = 4;

/// As a shop of Shopify's has it.
const BUCKET: Bucket = Bucket {
    name: Cow::Borrowed("points"),
    scope: Scope::Store,
    unit: BudgetUnit::Cost,
    capacity: 2_000,
    refill: 100,
    per: Duration::from_secs(1),
};

/// How long a call takes.
const CALL: Duration = Duration::from_millis(150);

/// Longer than any of the calls has to wait.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    if !options.wants("postgres-budgets") {
        return Ok(());
    }
    let calls = options.size(1_000, 10_000);
    let about = About {
        name: "postgres-budgets",
        work: format!("PostgreSQL: points of {calls} calls by {LEDGERS} ledgers"),
        yardstick: "what the bucket allows",
        unit: "points/s",
        wanted: Wanted::AtLeast(0.97),
    };
    let calls = spend(server, calls).await?;
    let (spent, allowed) = judge(calls)?;
    let side = |value| async move || Ok(Seen { value, ..Seen::default() });
    table.add(in_turn(options, about, side(spent), side(allowed)).await?);
    Ok(())
}

/// Calls by the moment at which each may leave, with what it costs.
async fn spend(server: &Server, calls: usize) -> Result<Vec<(Timestamp, u32)>> {
    let begun = Timestamp::from_micros(1_700_000_000_000_000);
    let clock = TestClock::held_at(begun);
    let (settings, schema) = server.fresh()?;
    let settings = settings.with_clock(Arc::new(clock.clone()));
    let mut ledgers = Vec::new();
    for _ in 0..LEDGERS {
        ledgers.push((begun, settings.clone().connect().await?, None));
    }
    let key = BucketKey {
        platform: PlatformSlug::of("bench"),
        bucket: BUCKET.name.into_owned(),
        subject: "shop".to_owned(),
    };
    let mut left = Vec::with_capacity(calls);
    for nth in 0..calls {
        // Whoever is free first is next.
        let Some((free, ledger, answered)) = ledgers.iter_mut().min_by_key(|(free, ..)| *free) else { break };
        clock.set_now(*free);
        if let Some((ticket, actual)) = answered.take() {
            let told = Correction {
                key: key.clone(),
                actual: Some(actual),
                available: None,
                capacity: None,
                refill: None,
                age: Duration::ZERO,
            };
            ledger.correct(ticket, &[told]).await?;
        }
        let amount = 10 + u32::try_from(nth * 37 % 90)?;
        let draw = Draw { key: key.clone(), bucket: BUCKET, amount };
        match ledger.reserve(&[draw], PATIENCE).await? {
            Booking::Booked { ticket, ready_in } => {
                let at = clock.now() + ready_in;
                left.push((at, amount));
                *answered = Some((ticket, amount));
                *free = at + CALL;
            }
            Booking::Full { ready_in } => return Err(format!("a call would wait {ready_in:?}").into()),
        }
    }
    drop(ledgers);
    server.clear(&schema).await?;
    Ok(left)
}

/// Points that were spent each second, and those that the bucket allowed until the last call.
///
/// # Errors
/// A call left before the bucket held what it costs.
fn judge(mut calls: Vec<(Timestamp, u32)>) -> Result<(f64, f64)> {
    calls.sort_unstable();
    let (capacity, refill) = (f64::from(BUCKET.capacity), f64::from(BUCKET.refill));
    let (Some((first, _)), Some((last, _))) = (calls.first().copied(), calls.last().copied()) else {
        return Err("no call was made".into());
    };
    let (mut level, mut before, mut spent) = (capacity, first, 0.0);
    for (at, cost) in calls {
        level = (level + at.since(before).as_secs_f64() * refill / BUCKET.per.as_secs_f64()).min(capacity);
        // Moments are in whole microseconds.
        if level + 0.001 < f64::from(cost) {
            return Err(format!("a call of {cost} points left a bucket that held {level}").into());
        }
        level -= f64::from(cost);
        spent += f64::from(cost);
        before = at;
    }
    let seconds = last.since(first).as_secs_f64();
    Ok((spent / seconds, (capacity + refill * seconds) / seconds))
}
