//! What every budget ledger has to do, clause by clause: [`budget_conformance!`](crate::budget_conformance).
//!
//! A clause's id is its group and its name, as its test is called.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a clause that isn't kept fails by a panic, as any test does"
)]

#[doc(hidden)]
pub mod booking;
#[doc(hidden)]
pub mod correcting;
mod world;

#[doc(hidden)]
pub use world::World;

/// Makes a test of each clause that a [`BudgetLedger`](crate::plugin::BudgetLedger) has to keep.
///
/// It is given a function that opens a ledger of full buckets on a [`TestClock`](crate::testkit::TestClock), and
/// returns it with whatever has to live as long, such as a folder; `()` if there is nothing. The tests need tokio
/// with its macros.
///
/// ```text
/// fusion_core::budget_conformance!(|clock| async move { (MemoryLedger::new(Arc::new(clock)), ()) });
/// ```
///
/// An attribute before the function stands on each of the tests: `#[ignore = "needs a server"]`.
///
/// `budget_conformance!(list open)` is the same as a list instead of tests: each clause's id with what runs it.
#[macro_export]
macro_rules! budget_conformance {
    (list $open:expr) => {
        $crate::budget_conformance! { @clauses list () $open }
    };
    (@clauses $what:ident $attributes:tt $open:expr) => {
        $crate::conformance_clauses! { $what $attributes budget $open;
            booking {
                a_bucket_lets_through_what_it_holds_and_then_what_flows_in
                a_draw_that_would_wait_too_long_books_nothing
                a_big_draw_gets_in_under_a_stream_of_small_ones
                more_than_a_bucket_holds_counts_as_all_of_it
                all_draws_of_a_call_are_booked_or_none
                draws_of_one_bucket_in_one_call_add_up
                buckets_of_two_subjects_never_meet
                a_clock_that_is_set_back_gives_nothing_and_takes_nothing
            }
            correcting {
                a_statement_counts_less_what_is_under_way_and_more_with_its_age
                what_a_call_really_cost_is_put_right_once
                a_size_and_an_inflow_that_were_stated_last
                a_dropped_call_counts_as_under_way_for_a_while_and_not_for_good
            }
        }
    };
    (#[$attribute:meta] $open:expr) => {
        $crate::budget_conformance! { @clauses tests (#[$attribute]) $open }
    };
    ($open:expr) => {
        $crate::budget_conformance! { @clauses tests () $open }
    };
}
