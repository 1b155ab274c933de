use super::world::{PATIENCE, SECOND, World, draw};
use crate::{
    clock::Clock,
    plugin::{Booking, BudgetLedger},
};
use std::time::Duration;

pub async fn a_bucket_lets_through_what_it_holds_and_then_what_flows_in<L: BudgetLedger>(w: World<L>) {
    assert_eq!(w.wait_for(100).await, Duration::ZERO);
    assert_eq!(w.wait_for(1).await, Duration::from_millis(20));
    w.clock.advance(Duration::from_millis(20));
    assert_eq!(w.wait_for(1).await, Duration::from_millis(20));
    w.clock.advance(SECOND * 3_600);
    assert_eq!(w.wait_for(100).await, Duration::ZERO, "it holds no more than that");
    assert_eq!(w.wait_for(1).await, Duration::from_millis(20));
}

pub async fn a_draw_that_would_wait_too_long_books_nothing<L: BudgetLedger>(w: World<L>) {
    w.book(100).await;
    for _ in 0..3 {
        assert_eq!(w.reserve(50, SECOND / 2).await, Booking::Full { ready_in: SECOND });
    }
    assert_eq!(w.wait_for(50).await, SECOND);
}

pub async fn a_big_draw_gets_in_under_a_stream_of_small_ones<L: BudgetLedger>(w: World<L>) {
    w.book(100).await;
    // The small ones want all that flows in.
    for _ in 0..10 {
        w.book(5).await;
    }
    let big = w.wait_for(100).await;
    assert_eq!(big, SECOND * 3, "it stands behind those that came before it");
    assert_eq!(w.wait_for(50).await, SECOND * 4, "and before those that come after it");
}

pub async fn more_than_a_bucket_holds_counts_as_all_of_it<L: BudgetLedger>(w: World<L>) {
    assert_eq!(w.wait_for(1_000).await, Duration::ZERO);
    assert_eq!(w.wait_for(50).await, SECOND);
}

pub async fn all_draws_of_a_call_are_booked_or_none<L: BudgetLedger>(w: World<L>) {
    w.book(100).await;
    let both = [draw("other", 100), draw("shop", 50)];
    let refused = w.ledger.reserve(&both, Duration::ZERO).await.unwrap();
    assert_eq!(refused, Booking::Full { ready_in: SECOND });
    let others = w.ledger.reserve(&[draw("other", 100)], Duration::ZERO).await.unwrap();
    assert!(matches!(others, Booking::Booked { .. }), "the other bucket is as full as it was");
    let Booking::Booked { ready_in, .. } = w.ledger.reserve(&both, PATIENCE).await.unwrap() else {
        panic!("there is time enough")
    };
    assert_eq!(ready_in, SECOND * 2, "the one that takes longest counts");
}

pub async fn draws_of_one_bucket_in_one_call_add_up<L: BudgetLedger>(w: World<L>) {
    let twice = [draw("shop", 50), draw("shop", 50)];
    assert!(matches!(w.ledger.reserve(&twice, PATIENCE).await.unwrap(), Booking::Booked { .. }));
    assert_eq!(w.wait_for(50).await, SECOND);
}

pub async fn buckets_of_two_subjects_never_meet<L: BudgetLedger>(w: World<L>) {
    w.book(100).await;
    let theirs = w.ledger.reserve(&[draw("theirs", 100)], Duration::ZERO).await.unwrap();
    assert!(matches!(theirs, Booking::Booked { ready_in: Duration::ZERO, .. }));
}

pub async fn a_clock_that_is_set_back_gives_nothing_and_takes_nothing<L: BudgetLedger>(w: World<L>) {
    w.book(100).await;
    w.clock.set_now(w.clock.now() - SECOND * 3_600);
    assert_eq!(w.wait_for(50).await, SECOND);
}
