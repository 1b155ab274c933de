use super::world::{SECOND, World, statement};
use crate::plugin::{BucketLevel, BudgetLedger, Correction};
use std::time::Duration;

pub async fn a_statement_counts_less_what_is_under_way_and_more_with_its_age<L: BudgetLedger>(w: World<L>) {
    let (answered, _) = w.book(10).await;
    w.book(25).await;
    let stated = Correction { available: Some(0), age: SECOND / 2, ..statement() };
    w.says(answered, stated).await;
    // 100 are missing by the statement and 25 are under way; 25 have flowed in since it was made.
    assert_eq!(w.wait_for(75).await, Duration::from_millis(1_500));
}

pub async fn what_a_call_really_cost_is_put_right_once<L: BudgetLedger>(w: World<L>) {
    let (cheap, _) = w.book(100).await;
    for _ in 0..2 {
        w.says(cheap, Correction { actual: Some(50), ..statement() }).await;
    }
    assert_eq!(w.wait_for(50).await, Duration::ZERO, "half of it was given back");
    let (dear, ready_in) = w.book(50).await;
    assert_eq!(ready_in, SECOND, "and only once");
    w.says(dear, Correction { actual: Some(100), ..statement() }).await;
    assert_eq!(w.wait_for(50).await, SECOND * 3, "it cost more than was booked");
}

pub async fn a_size_and_an_inflow_that_were_stated_last<L: BudgetLedger>(w: World<L>) {
    let (ticket, _) = w.book(10).await;
    let larger = Correction { capacity: Some(200), refill: Some(100), available: Some(200), ..statement() };
    w.says(ticket, larger).await;
    assert_eq!(w.wait_for(200).await, Duration::ZERO);
    assert_eq!(w.wait_for(50).await, SECOND / 2);
}

pub async fn a_dropped_call_counts_as_under_way_for_a_while_and_not_for_good<L: BudgetLedger>(w: World<L>) {
    // Nobody ever says what became of it.
    w.book(50).await;
    let full = Correction { available: Some(100), ..statement() };
    let (answered, _) = w.book(0).await;
    w.says(answered, full.clone()).await;
    assert_eq!(w.reserve(100, Duration::ZERO).await, crate::plugin::Booking::Full { ready_in: SECOND });
    w.clock.advance(BucketLevel::LONGEST_CALL * 2);
    let (answered, _) = w.book(0).await;
    w.says(answered, full).await;
    assert_eq!(w.wait_for(100).await, Duration::ZERO, "nobody hears of it any more");
}
