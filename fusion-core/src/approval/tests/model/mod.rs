//! The real machine and the real journal in small worlds that are explored whole, and with each guard off.
//!
//! What is printed stands in `docs/reference/approval-model.md`, and a test holds the two together.

mod alike;
mod guards;
pub(super) mod hub;
pub(super) mod journal;
pub(super) mod moves;
pub(super) mod rules;
mod scopes;
mod search;
mod work;
pub(super) mod world;

use super::broken::Broken;
use search::{Seen, explore};
use std::collections::BTreeSet;
use world::Scope;

/// Set to `1`, it makes [`larger_worlds_hold_too`] explore them: some minutes.
const LONG: &str = "FUSION_MODEL_LONG";

#[test]
fn every_invariant_holds_in_every_state_that_can_be_reached() {
    let scopes = [
        scopes::two_stages(),
        scopes::editor(),
        scopes::confirm(),
        scopes::by_the_hub(),
        scopes::program(),
        scopes::running(),
        scopes::choosy(),
        scopes::family(),
        scopes::whole(),
    ];
    let mut phases = BTreeSet::new();
    let mut lines = Vec::new();
    for scope in &scopes {
        let seen = whole(scope);
        lines.push(format!("| {} | {} | {} | {} |", scope.name, seen.states, seen.changes, seen.depth));
        phases.extend(seen.phases);
    }
    assert_eq!(phases.len(), 13, "some phase was never reached: {phases:?}");
    documented(&lines);
}

#[test]
fn larger_worlds_hold_too() {
    if std::env::var_os(LONG).is_none_or(|value| value != "1") {
        println!("SKIPPED: set {LONG}=1 to explore them");
        return;
    }
    for scope in scopes::long() {
        let seen = whole(&scope);
        println!("{}: {} states, {} changes, {} deep", scope.name, seen.states, seen.changes, seen.depth);
    }
}

/// All of a world, in which nothing breaks and everything can end.
fn whole(scope: &Scope) -> Seen {
    let seen = match explore(scope, Broken::Nothing) {
        Ok(seen) => seen,
        Err(found) => panic!("{}: {found:#?}", scope.name),
    };
    let stuck = seen.stuck.iter().take(3).collect::<Vec<_>>();
    assert!(stuck.is_empty(), "{}: {} states reach no end: {stuck:#?}", scope.name, seen.stuck.len());
    seen
}

/// Prints a table, and holds it against the one that is published.
fn documented(lines: &[String]) {
    println!("{}", lines.join("\n"));
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/approval-model.md");
    let page = std::fs::read_to_string(page).unwrap();
    let missing: Vec<_> = lines.iter().filter(|line| !page.lines().any(|known| known == **line)).collect();
    assert!(missing.is_empty(), "docs/reference/approval-model.md lacks {missing:#?}");
}
