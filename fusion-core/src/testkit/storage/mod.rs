//! What every storage has to do, clause by clause: [`storage_conformance!`](crate::storage_conformance).
//!
//! A clause's id is its group and its name, as its test is called. What a commit does to a queue of the same
//! database isn't among them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a clause that isn't kept fails by a panic, as any test does"
)]

#[doc(hidden)]
pub mod atomicity;
#[doc(hidden)]
pub mod chain;
#[doc(hidden)]
pub mod finding;
#[doc(hidden)]
pub mod kinds;
#[doc(hidden)]
pub mod queries;
#[doc(hidden)]
pub mod rules;
mod samples;
#[doc(hidden)]
pub mod steps;
#[doc(hidden)]
pub mod tenants;
#[doc(hidden)]
pub mod time;
#[doc(hidden)]
pub mod versions;
mod world;

#[doc(hidden)]
pub use world::World;

/// Makes a test of each clause that a storage has to keep.
///
/// It is given a function that opens an empty storage on a [`TestClock`](crate::testkit::TestClock), and returns
/// it with whatever has to live as long, such as a folder; `()` if there is nothing. The tests need tokio with
/// its macros. An attribute before the function stands on each of the tests: `#[ignore = "needs a server"]`. `list`
/// before it makes a list of clause and future instead, each with the clause's id: whoever breaks a storage on purpose
/// sees which clause tells.
///
/// ```text
/// fusion_core::storage_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
/// ```
#[macro_export]
macro_rules! storage_conformance {
    (list $open:expr) => {
        $crate::storage_conformance! { @clauses list () $open }
    };
    (@clauses $what:ident $attributes:tt $open:expr) => {
        $crate::conformance_clauses! { $what $attributes storage $open;
            atomicity {
                a_refused_commit_leaves_nothing_of_any_part
                an_accepted_commit_brings_every_part
                a_record_is_written_under_its_own_key
            }
            versions {
                a_record_comes_back_with_its_version_which_grows_with_every_write
                two_writers_of_one_version_dont_both_succeed
                a_record_that_was_relied_on_must_not_have_changed
                what_was_relied_on_as_absent_must_not_be_there
                records_are_returned_in_the_order_of_the_keys_asked_for
            }
            time {
                a_deadline_refuses_from_its_own_moment_on
                the_checks_come_in_the_order_time_versions_rules
            }
            steps {
                a_step_is_recorded_once_and_never_changed
                a_revision_is_never_changed
            }
            chain {
                audit_entries_are_chained_in_the_order_of_their_commits
                a_chain_begins_at_its_tenants_genesis_and_its_head_is_the_last_entry
                one_chaining_goes_over_all_tenants_up_to_its_limit
                an_entry_that_could_never_be_chained_is_refused
                what_was_signed_may_be_dropped_and_the_chain_goes_on
            }
            queries {
                a_list_pages_by_key_without_gaps_or_repeats
                a_page_of_a_range_of_keys_goes_on_behind_any_key
                every_query_lists_exactly_what_matches_it_also_after_changes
            }
            finding {
                a_question_waits_once_and_may_come_up_again_when_it_is_answered
                orders_are_found_by_state_by_change_and_by_every_id_they_had
                open_orders_are_found_by_the_items_whose_levels_leave_them_out
                orders_are_found_by_the_one_that_they_were_made_for
                a_walk_has_one_watermark_and_its_own_unread_records
                a_demand_to_erase_is_one_for_what_it_names_and_waits_until_it_is_met
                products_are_found_by_how_far_they_are_and_since_when
            }
            tenants {
                a_tenant_neither_sees_nor_changes_what_another_has
                what_is_there_once_is_there_once_in_each_tenant
                no_id_filter_or_cursor_of_another_tenant_reaches_what_it_has
            }
            rules {
                no_two_listings_of_a_store_have_one_ref_whether_their_own_or_a_variants
                a_ref_that_is_given_up_may_be_taken_over_in_the_same_commit
                two_listings_of_a_store_may_have_one_id_of_a_shared_kind
                a_store_has_one_listing_of_a_product
                a_store_has_one_order_of_an_id_that_names_one_thing
                an_event_is_taken_once_for_each_connection_topic_and_body
                a_storefront_is_one_store
                a_callers_key_names_one_request
                a_cause_changes_a_level_once
                a_revision_has_one_live_grant
                a_person_has_one_vote_that_counts_on_a_revision
                what_a_deleted_record_held_is_free
            }
            kinds {
                a_record_of_every_kind_comes_back_byte_for_byte
            }
        }
    };
    (#[$attribute:meta] $open:expr) => {
        $crate::storage_conformance! { @clauses tests (#[$attribute]) $open }
    };
    ($open:expr) => {
        $crate::storage_conformance! { @clauses tests () $open }
    };
}
