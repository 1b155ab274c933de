//! What every queue has to do, clause by clause: [`queue_conformance!`](crate::queue_conformance).
//!
//! A clause's id is its group and its name, as its test is called. What a commit of a storage does to the queue of
//! the same database isn't among them, nor how many ended jobs a queue remembers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a clause that isn't kept fails by a panic, as any test does"
)]

#[doc(hidden)]
pub mod claim;
#[doc(hidden)]
pub mod control;
#[doc(hidden)]
pub mod enqueue;
#[doc(hidden)]
pub mod gates;
#[doc(hidden)]
pub mod keeping;
#[doc(hidden)]
pub mod lease;
#[doc(hidden)]
pub mod parents;
#[doc(hidden)]
pub mod schedules;
#[doc(hidden)]
pub mod serial;
#[doc(hidden)]
pub mod settle;
#[doc(hidden)]
pub mod tenants;
#[doc(hidden)]
pub mod unique;
#[doc(hidden)]
pub mod waiting;
mod world;

#[doc(hidden)]
pub use world::World;

/// Makes a test of each clause that a queue has to keep.
///
/// It is given a function that opens an empty queue on a [`TestClock`](crate::testkit::TestClock), and returns it
/// with whatever has to live as long, such as a folder; `()` if there is nothing. The tests need tokio with its
/// macros.
///
/// ```text
/// fusion_core::queue_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
/// ```
///
/// An attribute before the function stands on each of the tests: `#[ignore = "needs a server"]`.
///
/// `queue_conformance!(list open)` is the same as a list instead of tests: each clause's id with what runs it, so
/// that a queue which breaks one promise can be held against all of them.
#[macro_export]
macro_rules! queue_conformance {
    (list $open:expr) => {
        $crate::queue_conformance! { @clauses list () $open }
    };
    (@clauses $what:ident $attributes:tt $open:expr) => {
        $crate::conformance_clauses! { $what $attributes queue $open;
            enqueue {
                a_job_that_is_known_by_its_id_is_left_out_while_it_lives_and_after
                jobs_are_put_in_all_or_none
                a_job_comes_back_as_it_was_put_in
                what_is_too_large_is_refused_with_its_place_and_nothing_is_put_in
            }
            unique {
                a_waiting_holder_of_a_unique_key_takes_the_newer_payload_and_the_earlier_time
                beside_a_running_holder_one_follow_up_waits_for_its_end_and_is_the_newest
                a_retry_and_a_follow_up_of_one_key_that_are_both_due_stop_no_other_job
                who_joins_a_running_holder_is_not_kept
                a_unique_key_is_free_after_every_end
            }
            claim {
                a_job_waits_for_its_time
                of_due_jobs_the_one_due_earlier_goes_first_then_the_older
                a_claim_brings_as_many_as_it_asks_for_and_no_more
                a_kind_without_a_handler_is_not_claimed
                bands_are_weighted_and_none_starves
                claiming_goes_round_over_tenants_however_much_one_of_them_has
                claiming_goes_round_over_the_stores_of_a_tenant
            }
            serial {
                of_a_serial_key_only_the_first_is_claimed
                a_retry_a_snooze_and_a_lost_worker_keep_the_place_in_a_serial_key
                behind_a_dead_head_the_serial_key_goes_on
                who_takes_a_serial_key_goes_before_all_that_waits_for_it
                a_dead_head_may_hold_its_key_until_somebody_says_that_it_goes_on
                a_head_that_holds_its_key_goes_first_when_it_is_requeued
                a_dead_head_may_cancel_what_waits_behind_it_and_later_ones_go_on
            }
            parents {
                a_job_waits_for_its_parents_and_is_handed_their_results
                a_job_whose_parents_have_ended_waits_for_nothing
                a_parent_that_ends_badly_fails_its_children_and_theirs
                a_job_may_run_though_a_parent_failed_and_is_told_of_it
                a_job_may_wait_for_a_failed_parent_to_be_requeued_and_for_nothing_that_never_comes
                an_unknown_parent_is_refused_and_nothing_is_put_in
                a_job_with_parents_has_no_unique_key_and_takes_over_none
                a_job_takes_its_place_in_its_serial_key_when_its_parents_have_ended
                a_requeued_child_waits_for_parents_that_are_under_way_again_and_for_no_other
                explain_names_a_parent_that_has_to_end
                somebody_may_wait_for_what_a_job_in_the_background_is_a_parent_of
            }
            gates {
                a_closed_gate_holds_back_what_begins_work_in_its_store_alone
                of_several_waits_that_a_store_was_told_the_longest_counts
                a_gate_closed_until_a_signal_opens_with_it_and_wakes_what_was_parked
                the_tenants_own_gate_closes_and_opens_like_a_stores
                a_paused_store_begins_no_work_until_it_is_resumed_and_goes_on_with_the_rest
                a_paused_kind_isnt_claimed_until_it_is_resumed
                nobody_waits_for_a_paused_kind
                what_is_paused_in_hands_is_told_before_it_starts_and_goes_on_afterwards
                a_gate_lets_no_more_jobs_begin_at_once_than_it_may
            }
            lease {
                a_claimed_job_is_nobody_elses_until_its_lease_ends
                every_claim_of_a_job_has_a_greater_token
                a_settlement_by_an_older_claim_changes_nothing_and_is_told_so
                a_settlement_after_the_lease_changes_nothing_though_nobody_has_the_job_yet
                a_repeated_settlement_is_told_so_also_after_the_next_claim
                a_sign_of_life_extends_the_lease_and_is_told_when_it_is_lost
                a_started_job_runs_and_tells_how_far_it_is
                a_lost_worker_counts_as_a_crash_of_what_had_started_alone
                who_was_lost_with_its_worker_is_a_suspect_until_a_started_attempt_is_settled
                a_job_that_keeps_losing_its_workers_is_given_up_and_its_neighbour_isnt
            }
            settle {
                a_result_is_kept
                a_retry_costs_an_attempt_and_a_snooze_and_a_lost_worker_cost_none
                a_retry_waits_for_its_time_and_its_failure_is_kept
                a_dead_letter_keeps_its_reason_and_isnt_claimed
                an_exchange_settles_before_it_claims
                a_refused_settlement_stops_no_other_of_its_batch
                a_job_put_off_until_a_signal_waits_for_it
                a_result_that_is_too_large_is_refused_with_its_place_and_nothing_is_settled
            }
            control {
                a_waiting_job_is_cancelled_at_once
                a_job_in_hands_is_asked_to_stop_and_doesnt_come_back
                a_job_that_was_done_before_it_heard_is_done
                a_job_under_a_grant_is_neither_cancelled_nor_requeued
                a_dead_letter_is_requeued_with_all_its_attempts_where_its_key_is_free
                dead_letters_are_requeued_as_they_are_asked_for_page_by_page
                an_end_is_told_until_its_handler_knows_of_it
                jobs_are_listed_by_id_page_by_page_and_as_they_are_asked_for
                stats_count_jobs_by_status_and_name_closed_gates
                kinds_of_jobs_that_havent_ended_are_named
                a_kind_that_no_worker_performs_is_told_where_others_are_performed
                explain_names_what_a_job_waits_for
                explain_tells_why_a_job_was_put_off_and_for_how_long
                explain_tells_how_many_go_before_a_due_job
                next_due_looks_past_the_background_and_through_gates
                somebody_may_wait_for_what_stands_behind_a_head_in_the_background
            }
            keeping {
                the_newest_lines_of_a_job_are_kept_in_their_order
                ended_jobs_are_forgotten_after_their_time_a_few_at_a_time
                who_waits_for_a_job_is_told_of_its_end_or_after_its_patience
            }
            schedules {
                a_slot_of_a_schedule_is_taken_once_and_with_its_job
            }
            tenants {
                a_tenant_neither_sees_nor_changes_jobs_of_another
                equal_unique_keys_of_two_tenants_never_meet
                equal_serial_keys_of_two_tenants_never_meet
                gates_and_pauses_of_two_tenants_never_meet
            }
            waiting {
                who_waits_is_woken_by_what_is_put_in
                who_waits_is_woken_when_a_jobs_time_comes
                a_wait_ends_with_its_patience
            }
        }
    };
    (#[$attribute:meta] $open:expr) => {
        $crate::queue_conformance! { @clauses tests (#[$attribute]) $open }
    };
    ($open:expr) => {
        $crate::queue_conformance! { @clauses tests () $open }
    };
}
