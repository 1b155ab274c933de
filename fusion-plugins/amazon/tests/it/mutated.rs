//! Answers that Amazon never gave: a value or a typed error, never a panic, and nothing personal in the error.

use crate::{
    fixture::{Case, bytes, cases, listing, read, us},
    recorded::{Read, carry},
    writing::schema,
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind},
};
use fusion_plugin_amazon::convert::{
    ListingPart, OrderV0, ProductType, created, families, heard, item, observed, order_v0, stores, submitted,
};
use fusion_plugin_sdk::testkit::mutate;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Mutations of each recorded kind of answer.
const MUTATIONS: u64 = 1_000;

/// Names, addresses and texts of the recorded buyers.
const PERSONAL: [&str; 9] =
    ["Maria", "Flores", "John Smith", "James", "High Street", "Feliz", "98765", "Wilson", "buyer-email"];

fn check<T>(read: Result<T, Error>, damage: &str) {
    let Err(error) = read else { return };
    let kinds = [ErrorKind::Protocol, ErrorKind::NotFound, ErrorKind::PlatformRefused];
    assert!(kinds.contains(&error.kind()), "{damage}: {error:?}");
    let shown = format!("{error:?} {:?}", error.to_failure());
    for personal in PERSONAL {
        assert!(!shown.contains(personal), "{damage}: {shown}");
    }
}

#[test]
fn a_thousand_damaged_answers_of_each_kind_are_values_or_typed_errors() {
    let Some(cases) = cases() else { return };
    let mut kinds: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.status < 300) {
        if !matches!(carry(&case.operation, &bytes(&case.answer), &us()), Ok(Read::NoPlace)) {
            kinds.entry(&case.operation).or_default().push(case);
        }
    }
    assert!(kinds.len() >= 11, "{:?}", kinds.keys());
    for (kind, cases) in kinds {
        let mut good = 0;
        for seed in 0..MUTATIONS {
            // Each case has its turn, and each turn its own damage.
            let (nth, turn) = (seed % cases.len() as u64, seed / cases.len() as u64);
            let case = cases[usize::try_from(nth).unwrap()];
            let damaged = mutate(&case.answer, turn);
            let read = carry(kind, &bytes(&damaged.value), &us());
            good += u64::from(read.is_ok());
            check(read, &format!("{} {}", case.name, damaged.damage));
        }
        assert!(good > 0 && good < MUTATIONS, "{kind}: {good} were read");
    }
}

#[test]
fn damaged_families_stock_parts_and_notifications_are_no_panic_either() {
    let calls = created(&listing(&["Red", "Blue"]), &us(), None).unwrap().value;
    let family = crate::fixture::shown(&calls[1], &us(), &[]);
    let stock = json!({"payload": {"inventorySummaries": [{"sellerSku": "A", "asin": "B0", "fnSku": "X", "totalQuantity": 3,
        "inventoryDetails": {"fulfillableQuantity": 3}}]}, "pagination": {"nextToken": "n"}});
    let watch = json!({"sku": "A", "submission": "s", "at": 0, "known": []});
    let note = json!({"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": {"AmazonOrderId": "1"}}});
    for seed in 0..MUTATIONS {
        let damaged = mutate(&family, seed);
        let read = item(&bytes(&damaged.value), &ListingPart::ALL, &us());
        let listed = read.as_ref().ok().map(|read| vec![read.value.clone(), read.value.clone()]);
        check(read, &damaged.damage);
        drop(listed.map(families));
        let submitted = serde_json::from_value(watch.clone()).unwrap();
        check(observed(Some(&bytes(&damaged.value)), &submitted, &us(), Timestamp::EPOCH), &damaged.damage);
        let damaged = mutate(&stock, seed);
        check(carry("fbaInventory/getInventorySummaries", &bytes(&damaged.value), &us()), &damaged.damage);
        let damaged = mutate(&note, seed);
        check(heard(&bytes(&damaged.value), "ATVPDKIKX0DER"), &damaged.damage);
    }
}

#[test]
fn damaged_parts_of_an_order_of_v0_are_no_panic_either() {
    let Some(cases) = cases() else { return };
    let part = |operation: &str| {
        let name = format!("sandbox ordersV0/{operation} 200");
        cases.iter().find(|case| case.name.contains(&name)).unwrap().answer.clone()
    };
    let names =
        ["getOrder", "getOrderItems", "getOrderAddress", "getOrderBuyerInfo", "getOrderItemsBuyerInfo"];
    let parts = names.map(part);
    for (nth, name) in names.iter().enumerate() {
        for seed in 0..MUTATIONS {
            let damaged = mutate(&parts[nth], seed);
            let texts: Vec<Vec<u8>> = parts
                .iter()
                .enumerate()
                .map(|(at, part)| bytes(if at == nth { &damaged.value } else { part }))
                .collect();
            let whole = OrderV0 {
                order: &texts[0],
                items: Some(&texts[1]),
                address: Some(&texts[2]),
                buyer: Some(&texts[3]),
                item_buyers: Some(&texts[4]),
            };
            check(order_v0(&whole, &us()), &format!("{name} {}", damaged.damage));
        }
    }
}

#[test]
fn a_damaged_schema_never_panics_and_a_damaged_listing_is_never_called_right() {
    let Some(contract) = read("product-type-schema.illustrative.json") else { return };
    let schema = schema().unwrap();
    let calls = created(&listing(&["Red", "Blue"]), &us(), Some(&schema)).unwrap().value;
    let body: Value = serde_json::from_str(&calls[1].body).unwrap();
    let attributes = &body["attributes"];
    // An independent judge, which knows the standard's words and not Amazon's own.
    let mut standard = contract.clone();
    standard["$schema"] = json!("https://json-schema.org/draft/2019-09/schema");
    standard.as_object_mut().unwrap().remove("$id");
    let standard = jsonschema::validator_for(&standard).unwrap();
    assert!(standard.is_valid(attributes) && schema.check(attributes).is_empty());
    let mut refused = 0;
    for seed in 0..MUTATIONS {
        let damaged = mutate(attributes, seed);
        let found = schema.check(&damaged.value);
        refused += u64::from(!found.is_empty());
        if !standard.is_valid(&damaged.value) {
            assert!(!found.is_empty(), "{}", damaged.damage);
        }
        if let Ok(schema) = ProductType::parse(&bytes(&mutate(&contract, seed).value)) {
            schema.check(attributes);
        }
    }
    assert!(refused > 300, "{refused}");
}

#[test]
fn damaged_answers_to_writes_and_refusals_are_typed() {
    let answer = json!({"sku": "A", "status": "INVALID", "submissionId": "s", "issues": [{"code": "1", "message": "m",
        "severity": "ERROR", "attributeNames": ["a"], "categories": [], "enforcements": {"actions": [{"action": "X"}]}}]});
    let refusal = json!({"errors": [{"code": "Unauthorized", "message": "John Smith", "details": "James"}]});
    for seed in 0..MUTATIONS {
        let damaged = mutate(&answer, seed);
        check(submitted(&bytes(&damaged.value), &[], &us(), Timestamp::EPOCH), &damaged.damage);
        let damaged = mutate(&refusal, seed);
        let answer = fusion_core::plugin::WireResponse {
            status: 403,
            headers: Vec::new(),
            body: bytes(&damaged.value).into(),
        };
        let error = fusion_plugin_amazon::judge(&answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingScope, "{}", damaged.damage);
        let shown = format!("{error:?}");
        assert!(!shown.contains("John") && !shown.contains("James"), "{shown}");
    }
}

#[test]
fn a_dead_token_is_told_from_a_missing_role() {
    let kind = |status: u16, error: Value| {
        let body = bytes(&json!({"errors": [error]})).into();
        let error = fusion_plugin_amazon::judge(&fusion_core::plugin::WireResponse {
            status,
            headers: Vec::new(),
            body,
        })
        .unwrap_err();
        (error.kind(), error.platform_code().map(str::to_owned))
    };
    let denied = "Access to requested resource is denied.";
    for (details, wanted) in [
        ("The access token you provided has expired.", ErrorKind::Unauthenticated),
        ("The access token you provided is revoked, malformed or invalid.", ErrorKind::Unauthenticated),
        ("", ErrorKind::MissingScope),
    ] {
        let error = json!({"code": "Unauthorized", "message": denied, "details": details});
        assert_eq!(kind(403, error), (wanted, Some("Unauthorized".to_owned())), "{details}");
    }
    let elements = "Application does not have access to one or more requested data elements: [buyerInfo]";
    assert_eq!(kind(400, json!({"code": "InvalidInput", "message": elements})).0, ErrorKind::MissingScope);
    let html = fusion_core::plugin::WireResponse {
        status: 400,
        headers: Vec::new(),
        body: (&b"<html>Bad Request</html>"[..]).into(),
    };
    assert_eq!(fusion_plugin_amazon::judge(&html).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_list_in_place_of_an_object_isnt_read_by_place() {
    stores(&bytes(&json!({ "payload": [] })), "SELLER").unwrap();
    let error = stores(&bytes(&json!([[]])), "SELLER").unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::Protocol, "line 1 column 0"));
    // Its reasons as well: one that was read by place would give its first word for a code; the status is what is left.
    let refusal = |reason: Value| fusion_core::plugin::WireResponse {
        status: 400,
        headers: Vec::new(),
        body: json!({ "errors": [reason] }).to_string().into(),
    };
    let judge = |reason| fusion_plugin_amazon::judge(&refusal(reason)).unwrap_err();
    let named = judge(json!({ "code": "InvalidInput", "message": "no" }));
    assert_eq!(named.platform_code(), Some("InvalidInput"));
    assert_eq!(judge(json!(["InvalidInput", "no"])).platform_code(), Some("400"));
}
