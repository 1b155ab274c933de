//! What makes a snapshot stale.

use crate::plugin::Snapshot;
use serde_json::{Value, json};

fn fields(value: Value) -> std::collections::BTreeMap<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_field_is_stale_when_it_is_neither_as_shown_nor_as_the_command_leaves_it() {
    let untouched: &[&str] = &["untouched", "touched"];
    let cases: &[(Value, Value, Value, &[&str])] = &[
        // Shown, wanted, there now, and when that is stale.
        (json!({"price": "5"}), json!({"price": "7"}), json!({"price": "5"}), &[]),
        (json!({"price": "5"}), json!({"price": "7"}), json!({"price": "6"}), untouched),
        (json!({"price": "5"}), json!({"price": "7"}), json!({"price": "7"}), &["untouched"]),
        // Read, not written: it may not change at all.
        (json!({"state": "active"}), json!({}), json!({"state": "gone"}), untouched),
        // Gone or come, which null says too.
        (json!({"price": "5"}), json!({"price": "7"}), json!({}), untouched),
        (json!({"tag": null}), json!({}), json!({}), &[]),
        (json!({}), json!({}), json!({"tag": null}), &[]),
        (json!({}), json!({}), json!({"tag": "x"}), untouched),
        // A creation that was cut short meets what it made.
        (json!({}), json!({"title": "Mug"}), json!({"title": "Mug"}), &["untouched"]),
        (json!({}), json!({"title": "Mug"}), json!({"title": "Cup"}), untouched),
        // A removal that was cut short meets the hole it made.
        (json!({"tag": "x"}), json!({"tag": null}), json!({}), &["untouched"]),
        // A number is another value than its text.
        (json!({"count": 5}), json!({}), json!({"count": "5"}), untouched),
    ];
    for (shown, wanted, now, stale) in cases {
        let shown = Snapshot {
            fields: fields(shown.clone()),
            wanted: fields(wanted.clone()),
            facts_version: 1,
            ..Snapshot::default()
        };
        let fresh = Snapshot { fields: fields(now.clone()), ..Snapshot::default() };
        for (name, touched) in [("untouched", false), ("touched", true)] {
            let found = shown.stale_fields(&fresh, touched);
            assert_eq!(
                !found.is_empty(),
                stale.contains(&name),
                "{shown:?} and {fresh:?}, {name}: {found:?}"
            );
        }
    }
}

#[test]
fn what_stands_beside_may_be_another_when_it_runs() {
    let beside =
        |name: &str| Snapshot { beside: fields(json!({ "options": [name] })), ..Snapshot::default() };
    assert_eq!(beside("Colour").stale_fields(&beside("Color"), false), Vec::<String>::new());
}

#[test]
fn every_stale_field_is_named_once_in_the_order_of_its_path() {
    let shown = Snapshot { fields: fields(json!({"b": 1, "c": 1, "a": 1})), ..Snapshot::default() };
    let fresh = Snapshot { fields: fields(json!({"b": 2, "c": 1, "d": 1})), ..Snapshot::default() };
    assert_eq!(shown.stale_fields(&fresh, false), ["a", "b", "d"]);
}
