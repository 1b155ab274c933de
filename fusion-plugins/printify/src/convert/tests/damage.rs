//! Answers that the platform never gave: a value or a typed error, never a panic, and never a page lost for one.

use super::{super::*, answers::CARRIED, specs, support::facts};
use fusion_core::error::{ErrorKind, Result};
use fusion_plugin_sdk::testkit::mutate;
use serde_json::{Value, json};

/// Damages of each recorded answer.
const DAMAGES: u64 = 1_000;

/// What the contract's examples hold of people.
const PERSONAL: [&str; 4] = ["ExampleBaan", "Retie", "example@msn", "0574 69"];

fn survives(name: &str, original: &Value, carry: impl Fn(&Value) -> Result<()>) {
    let mut refused = 0;
    for seed in 0..DAMAGES {
        let damaged = mutate(original, seed);
        if let Err(error) = carry(&damaged.value) {
            refused += 1;
            assert_eq!(error.kind(), ErrorKind::Protocol, "{name} {}: {error:?}", damaged.damage);
            assert!(!error.problems().is_empty(), "{name} {}: no place", damaged.damage);
            let said = format!("{error} {error:?}");
            assert!(!PERSONAL.iter().any(|word| said.contains(word)), "{name} {}: {said}", damaged.damage);
        }
    }
    assert!(name == "error" || refused > 0, "{name}: no damage was seen");
}

#[test]
fn a_thousand_damages_of_every_answer_are_values_or_typed_errors() {
    let Some(answers) = specs::answers() else { return };
    for (name, carry) in CARRIED {
        survives(name, &answers[name], carry);
    }
    for one in specs::events().unwrap() {
        survives("event", &one, |it| event(it).map(|read| drop(read.value)));
    }
}

#[test]
fn one_bad_record_never_stops_a_page() {
    let Some(answers) = specs::answers() else { return };
    let check = |name: &str, read: &dyn Fn(&Value) -> Result<(usize, usize)>| {
        let mut page = answers[name].clone();
        let good = page["data"][0].clone();
        let mut bad = 0;
        for seed in 0..DAMAGES {
            let damaged = mutate(&good, seed);
            page["data"] = json!([good, damaged.value, good]);
            let (readable, unreadable) = read(&page).unwrap();
            assert_eq!(readable + unreadable, 3, "{name} {}", damaged.damage);
            assert!(readable >= 2, "{name} {}", damaged.damage);
            bad += unreadable;
        }
        assert!(bad > 0, "{name}: no damage was seen");
    };
    let count = |readable: usize, unreadable: usize| Ok((readable, unreadable));
    check("productsList", &|it| {
        products(it, &facts()).and_then(|p| count(p.items.len(), p.unreadable.len()))
    });
    check("ordersList", &|it| orders(it, &facts()).and_then(|p| count(p.items.len(), p.unreadable.len())));
    check("uploadsList", &|it| uploads(it).and_then(|p| count(p.items.len(), p.unreadable.len())));
}

#[test]
fn a_record_that_can_not_be_read_is_named_with_the_place() {
    let page = json!({
        "current_page": 1, "last_page": 1, "next_page_url": null,
        "data": [{ "id": "5d39b159e7c48c000728c89f", "variants": [{ "id": 1, "price": "8.60", "is_enabled": true }] }],
    });
    let read = products(&page, &facts()).unwrap();
    let bad = &read.unreadable[0];
    assert_eq!(bad.record.as_ref().unwrap().id, "5d39b159e7c48c000728c89f");
    assert_eq!(bad.problem.path, "variants[0].price");
    assert_eq!(read.next, None);
}

#[test]
fn a_short_page_is_not_the_last() {
    let page = |current: u64, last: u64, next: Value| {
        let page = json!({ "current_page": current, "last_page": last, "next_page_url": next, "data": [] });
        orders(&page, &facts()).unwrap().next
    };
    assert_eq!(page(1, 3, json!("/?page=2")).as_deref(), Some("2"));
    assert_eq!(page(3, 3, json!("/?page=4")), None);
    assert_eq!(page(2, 3, json!(null)), None);
}
