//! The real machine in small worlds that are explored whole, and with each of its guards off.

mod guards;
pub(super) mod hub;
pub(super) mod moves;
pub(super) mod rules;
mod scopes;
mod search;
pub(super) mod world;

use super::broken::Broken;
use search::explore;
use std::collections::BTreeSet;

#[test]
fn every_invariant_holds_in_every_state_that_can_be_reached() {
    let mut phases = BTreeSet::new();
    for scope in [
        scopes::two_stages(),
        scopes::editor(),
        scopes::confirm(),
        scopes::by_the_hub(),
        scopes::program(),
        scopes::running(),
        scopes::family(),
    ] {
        let seen = match explore(&scope, Broken::Nothing) {
            Ok(seen) => seen,
            Err(found) => panic!("{}: {found:#?}", scope.name),
        };
        println!(
            "{:18} {:6} states {:7} changes, {:2} deep",
            scope.name, seen.states, seen.changes, seen.depth
        );
        let stuck = seen.stuck.iter().take(3).collect::<Vec<_>>();
        assert!(stuck.is_empty(), "{}: {} states reach no end: {stuck:#?}", scope.name, seen.stuck.len());
        phases.extend(seen.phases);
    }
    assert_eq!(phases.len(), 13, "some phase was never reached: {phases:?}");
}
