//! Damaged answers repeat, differ, and reach the whole tree.

use crate::testkit::{mutate, mutations};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn answer() -> Value {
    json!({ "id": 7, "state": "live", "tags": ["a", "b"], "deep": { "er": [{ "price": "1.50" }] }, "a/b~c": null })
}

#[test]
fn a_seed_makes_the_same_damage_again() {
    for seed in 0..500 {
        assert_eq!(mutate(&answer(), seed), mutate(&answer(), seed));
    }
}

#[test]
fn every_place_meets_every_damage_once_before_any_repeats() {
    let all: BTreeSet<String> =
        (0..mutations(&answer())).map(|seed| mutate(&answer(), seed).damage).collect();
    assert_eq!(all.len() as u64, mutations(&answer()));
    assert!(mutations(&answer()) >= 100);
}

#[test]
fn every_damage_changes_the_answer_unless_the_value_was_that_already() {
    for seed in 0..mutations(&answer()) {
        let mutated = mutate(&answer(), seed);
        assert!(mutated.value != answer() || mutated.damage == "/a~1b~0c: Null", "{}", mutated.damage);
    }
}

#[test]
fn a_few_seeds_reach_all_of_a_long_answer() {
    let long = Value::from((0..5_000).collect::<Vec<i64>>());
    let mut places: Vec<usize> = (0..100)
        .filter_map(|seed| mutate(&long, seed).damage.trim_start_matches('/').split(':').next()?.parse().ok())
        .collect();
    places.sort_unstable();
    assert!(places.windows(2).all(|two| two[1] - two[0] < 150), "{places:?}");
}
