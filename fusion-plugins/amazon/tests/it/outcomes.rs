//! What becomes of a write.

use crate::{
    fixture::{bytes, us},
    listings::record,
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate},
    model::Issue,
    plugin::{Receipt, Written},
};
use fusion_plugin_amazon::convert::{
    Listed, ListingPart, SETTLES_WITHIN, SUBMISSION, Submitted, feed_report, observed, submitted,
};
use fusion_plugin_sdk::testkit::mutate;
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn noon() -> Timestamp {
    at("2026-10-01T12:00:00Z")
}

fn answer(status: &str, issues: Value) -> Vec<u8> {
    bytes(&json!({"sku": "MUG-1", "status": status, "submissionId": "s-1", "issues": issues}))
}

fn issue(code: &str, severity: &str) -> Value {
    json!({"code": code, "message": "the words of the platform", "severity": severity,
        "attributeNames": ["brand"], "categories": ["MISSING_ATTRIBUTE"]})
}

fn accepted(known: &[Issue]) -> Submitted {
    let receipt = submitted(&answer("ACCEPTED", json!([])), known, &us(), noon()).unwrap();
    let Written::Accepted { watch, until, .. } = receipt.result else { panic!("accepted is not done") };
    assert_eq!((watch.kind.as_str(), until), (SUBMISSION, noon() + SETTLES_WITHIN));
    serde_json::from_value(watch.handle).unwrap()
}

fn look(answer: Option<Value>, submitted: &Submitted, now: &str) -> Result<Receipt<Box<Listed>>, Error> {
    observed(answer.as_ref().map(bytes).as_deref(), submitted, &us(), at(now))
}

fn shown(updated: &str, issues: Value) -> Value {
    let mut record = record("MUG-1", json!({}));
    record["summaries"][0]["lastUpdatedDate"] = json!(updated);
    record["issues"] = issues;
    record
}

#[test]
fn invalid_is_a_refusal_although_the_answer_came_with_200() {
    let both = json!([issue("90220", "ERROR"), issue("18448", "WARNING")]);
    let refused = submitted(&answer("INVALID", both), &[], &us(), noon()).unwrap_err();
    assert_eq!((refused.kind(), refused.fate()), (ErrorKind::PlatformRefused, Fate::Rejected));
    assert_eq!(refused.platform_code(), Some("90220"));
    let paths: Vec<&str> = refused.problems().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["attributes.brand"], "a warning refuses nothing");
}

#[test]
fn a_preview_that_passes_is_done_and_an_unknown_status_is_nobodys_success() {
    let receipt = submitted(&answer("VALID", json!([])), &[], &us(), noon()).unwrap();
    assert!(matches!(receipt.result, Written::Done(_)));
    let odd = submitted(&answer("MAYBE", json!([])), &[], &us(), noon()).unwrap_err();
    assert_eq!((odd.kind(), odd.fate()), (ErrorKind::Protocol, Fate::Unknown));
    let cut = submitted(b"{\"sku\":", &[], &us(), noon()).unwrap_err();
    assert_eq!((cut.kind(), cut.fate()), (ErrorKind::Protocol, Fate::Unknown));
}

#[test]
fn accepted_and_then_an_issue_is_failed_and_never_done() {
    let submitted = accepted(&[]);
    let late = look(
        Some(shown("2026-10-01T12:05:00Z", json!([issue("13013", "ERROR")]))),
        &submitted,
        "2026-10-01T12:06:00Z",
    );
    let late = late.unwrap_err();
    assert_eq!((late.kind(), late.platform_code()), (ErrorKind::PlatformRefused, Some("13013")));
    let warned = look(
        Some(shown("2026-10-01T12:05:00Z", json!([issue("18448", "WARNING")]))),
        &submitted,
        "2026-10-01T12:06:00Z",
    );
    let warned = warned.unwrap();
    assert!(matches!(warned.result, Written::Done(_)));
    assert_eq!(warned.issues.len(), 1, "and says so");
}

#[test]
fn an_issue_from_before_says_nothing_about_this_write() {
    let known: Issue = serde_json::from_value(json!({"code": "18027", "message": "m", "severity": "error",
        "fields": ["brand"]}))
    .unwrap();
    let submitted = accepted(&[known]);
    let seen = |code: &str| {
        look(
            Some(shown("2026-10-01T12:05:00Z", json!([issue(code, "ERROR")]))),
            &submitted,
            "2026-10-01T12:06:00Z",
        )
    };
    assert!(matches!(seen("18027").unwrap().result, Written::Done(_)));
    assert!(seen("90220").is_err());
}

#[test]
fn the_report_of_a_bulk_write_tells_each_sku_apart() {
    let Some(report) =
        crate::fixture::read("schemas/feeds/listings-feed-processing-report-schema-v2.example.json")
    else {
        return;
    };
    let read = feed_report(&bytes(&report), &ListingPart::ALL, &us()).unwrap();
    let codes =
        |sku: &str| -> Vec<&str> { read.issues[sku].iter().map(|issue| issue.code.as_str()).collect() };
    assert_eq!((codes("My-SKU-B"), codes("My-SKU-C")), (vec!["90220", "90220"], vec!["99022"]));
    assert_eq!(read.issues["My-SKU-C"][0].fields, ["purchasable_offer.our_price"]);
    assert!(read.whole.is_empty() && read.items.unreadable.is_empty());
    assert_eq!(read.items.items[0].value.sku, "My-SKU-B");
    let document =
        json!({"issues": [{"messageId": 0, "code": "4002006", "severity": "ERROR", "message": "m"}]});
    let refused = feed_report(&bytes(&document), &ListingPart::ALL, &us()).unwrap();
    assert_eq!((refused.whole.len(), refused.issues.len()), (1, 0), "nobody's own");
    let mut unread = 0;
    for seed in 0..1_000 {
        let damaged = mutate(&report, seed);
        match feed_report(&bytes(&damaged.value), &ListingPart::ALL, &us()) {
            Ok(read) => unread += read.items.unreadable.len(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Protocol, "{}", damaged.damage),
        }
    }
    assert!(unread > 0, "a listing that can't be read stops no other");
}

#[test]
fn what_does_not_show_yet_is_watched_on_and_at_last_missing() {
    let submitted = accepted(&[]);
    let open =
        |answer, now| matches!(look(answer, &submitted, now).unwrap().result, Written::Accepted { .. });
    assert!(open(None, "2026-10-01T12:01:00Z"), "no such SKU yet");
    assert!(open(Some(shown("2026-10-01T11:00:00Z", json!([]))), "2026-10-01T12:01:00Z"), "still as it was");
    let mut elsewhere = shown("2026-10-01T12:05:00Z", json!([]));
    elsewhere["summaries"][0]["marketplaceId"] = json!("A2EUQ1WTGCTBG2");
    assert!(open(Some(elsewhere), "2026-10-01T12:06:00Z"), "there in another marketplace");
    let missing = look(None, &submitted, "2026-10-02T12:00:00Z").unwrap_err();
    assert_eq!((missing.kind(), missing.fate()), (ErrorKind::NotFound, Fate::Rejected));
}
