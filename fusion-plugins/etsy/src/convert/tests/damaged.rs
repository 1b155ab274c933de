//! A thousand damaged answers of each kind: a value or a typed error, never a panic.

use super::recorded::{KINDS, answers};
use crate::{
    convert::{hint, orders, products},
    judge,
};
use fusion_core::{error::ErrorKind, plugin::WireResponse};
use fusion_plugin_sdk::testkit::mutate;
use serde_json::json;

const SEEDS: u64 = 1_000;

#[test]
fn a_damaged_answer_is_a_value_or_a_protocol_error() {
    let mut refused = 0_u64;
    for (kind, answer) in answers() {
        let read = KINDS.iter().find(|(known, _)| *known == kind).unwrap().1;
        for seed in 0..SEEDS {
            let mutated = mutate(&answer, seed);
            if let Err(error) = read(&mutated.value) {
                refused += 1;
                assert_eq!(error.kind(), ErrorKind::Protocol, "{kind} {}: {error:?}", mutated.damage);
                assert!(!error.problems().is_empty(), "{kind} {}: {error:?}", mutated.damage);
            }
        }
    }
    assert!(refused > SEEDS, "{refused} damaged answers were refused");
}

#[test]
fn one_damaged_record_never_stops_a_page() {
    for kind in ["shop_listing", "shop_receipt"] {
        let good = answers().into_iter().find(|(of, _)| *of == kind).unwrap().1;
        for seed in 0..SEEDS {
            let mutated = mutate(&good, seed);
            let page = json!({ "count": 3, "results": [good, mutated.value, good] }).to_string();
            let (items, unreadable) = if kind == "shop_listing" {
                let page = products(page.as_bytes(), 0, &super::facts()).unwrap();
                (page.items.len(), page.unreadable.len())
            } else {
                let page = orders(page.as_bytes(), 0).unwrap();
                (page.items.len(), page.unreadable.len())
            };
            assert_eq!((items + unreadable, items >= 2), (3, true), "{kind} {}", mutated.damage);
        }
    }
}

#[test]
fn a_damaged_refusal_stays_a_refusal_and_a_damaged_notification_never_panics() {
    let body = json!({ "error": "There was a problem with /price", "error_description": "too low" });
    let notification = json!({ "event_type": "order.paid", "resource_url": "https://a.test/shops/1/receipts/5", "shop_id": 42 });
    for seed in 0..SEEDS {
        let body = mutate(&body, seed).value.to_string().into_bytes();
        let answer = WireResponse { status: 400, headers: Vec::new(), body: body.into() };
        assert_eq!(judge(&answer).unwrap_err().kind(), ErrorKind::InvalidInput);
        let mutated = mutate(&notification, seed);
        if let Err(error) = hint(mutated.value.to_string().as_bytes()) {
            assert_eq!(error.kind(), ErrorKind::Protocol, "{}", mutated.damage);
        }
    }
}

#[test]
fn a_list_in_place_of_an_object_isnt_read_by_place() {
    let told = ["\"order.paid\"", "\"https://a.test/shops/1/receipts/5\"", "42"];
    let named = ["event_type", "resource_url", "shop_id"];
    let members: Vec<String> =
        named.iter().zip(told).map(|(name, value)| format!("\"{name}\": {value}")).collect();
    hint(format!("{{ {} }}", members.join(", ")).as_bytes()).unwrap();
    let error = hint(format!("[{}]", told.join(", ")).as_bytes()).unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::Protocol, "line 1 column 0"));
    // A record of a page as well.
    let record = json!([[7, "active"]]);
    let page = products(json!({ "count": 1, "results": record }).to_string().as_bytes(), 0, &super::facts());
    assert_eq!(page.unwrap().unreadable.len(), 1);
}
