use super::*;
use crate::{error::Fate, model::StepKey, verb::PlatformSlug};
use bytes::Bytes;

#[test]
fn what_was_sent_and_what_came_back_show_no_secret() {
    let request = WireRequest {
        method: "POST".to_owned(),
        uri: "https://shop.example/oauth?code=hush".to_owned(),
        headers: vec![("x-key".to_owned(), "hush".to_owned())],
        body: Bytes::from_static(b"client_secret=hush"),
    };
    let answer = WireResponse {
        status: 200,
        headers: vec![("set-cookie".to_owned(), "hush".to_owned())],
        body: Bytes::from_static(b"{\"access_token\":\"hush\"}"),
    };
    let ending = Ending { fate: Fate::Applied, answer: Some(answer.clone()), failure: None };
    let key = StepKey("k".to_owned());
    let shown =
        format!("{ending:?} {:?} {:?}", Opened::Recorded(answer), Opened::Unanswered { key, n: 0, request });
    for secret in ["hush", "104, 117, 115, 104"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for wanted in ["POST", "shop.example", "200", "body_length: 18"] {
        assert!(shown.contains(wanted), "{shown}");
    }
}

#[test]
fn other_selling_points_are_drift_and_unread_ones_are_not() {
    let id = |n: u8| format!("01920000-0000-7000-8000-00000000000{n}");
    let desired: crate::model::NewListing = serde_json::from_value(serde_json::json!({
        "listing": id(1), "product": id(2), "locale": "en", "title": "Mug", "bullets": ["Holds tea"],
        "description": {"format": "plain", "text": ""}, "nature": "physical", "variants": [],
    }))
    .unwrap();
    let shown = |bullets: &str| {
        let unread = "not_read";
        serde_json::from_value::<crate::model::RemoteProduct>(serde_json::json!({
            "refs": crate::model::Refs::default(), "state": {"lifecycle": "live"}, "title": {"value": "Mug"},
            "description": unread, "brand": unread, "tags": unread, "categories": unread, "options": unread,
            "variants": unread, "media": unread,
            "bullets": serde_json::from_str::<serde_json::Value>(bullets).unwrap(),
        }))
        .unwrap()
    };
    let target = Target { refs: crate::model::Refs::default(), variants: Vec::new(), ..Target::default() };
    let drifted = |bullets: &str| differences(&desired, &target, &shown(bullets)).len();
    assert_eq!(drifted(r#"{"value": ["Holds tea"]}"#), 0);
    assert_eq!(drifted(r#""not_read""#), 0);
    assert_eq!(drifted(r#""empty""#), 1);
    assert_eq!(drifted(r#"{"value": ["Holds coffee"]}"#), 1);
}

mod ledger {
    use super::*;
    use crate::{clock::Timestamp, testkit::TestClock};
    use std::{sync::Arc, time::Duration};

    const PATIENCE: Duration = Duration::from_secs(60);

    fn bucket() -> Bucket {
        Bucket {
            name: "calls".into(),
            scope: Scope::Store,
            unit: BudgetUnit::Requests,
            capacity: 10,
            refill: 1,
            per: Duration::from_secs(1),
        }
    }

    fn key() -> BucketKey {
        BucketKey {
            platform: PlatformSlug::of("scripted"),
            bucket: "calls".to_owned(),
            subject: "shop".to_owned(),
        }
    }

    async fn booked(ledger: &MemoryLedger, amount: u32) -> (Ticket, Duration) {
        let draw = Draw { key: key(), bucket: bucket(), amount };
        match ledger.reserve(&[draw], PATIENCE).await.unwrap() {
            Booking::Booked { ticket, ready_in } => (ticket, ready_in),
            Booking::Full { ready_in } => panic!("full for {ready_in:?}"),
        }
    }

    fn says(available: Option<u32>, actual: Option<u32>) -> Correction {
        Correction { key: key(), actual, available, capacity: None, refill: None, age: Duration::ZERO }
    }

    #[tokio::test]
    async fn a_dropped_call_counts_as_pending_for_a_while_and_not_for_good() {
        let clock = Arc::new(TestClock::held_at(Timestamp::from_micros(0)));
        let ledger = MemoryLedger::new(clock.clone());
        for _ in 0..8 {
            booked(&ledger, 1).await;
        }
        let (ticket, _) = booked(&ledger, 1).await;
        ledger.correct(ticket, &[says(Some(9), None)]).await.unwrap();
        assert_eq!(booked(&ledger, 2).await.1, Duration::from_secs(1), "eight may still be on their way");

        clock.advance(Duration::from_secs(3_600));
        let (ticket, _) = booked(&ledger, 1).await;
        ledger.correct(ticket, &[says(Some(9), None)]).await.unwrap();
        assert_eq!(booked(&ledger, 9).await.1, Duration::ZERO, "nobody hears of them any more");
    }

    #[tokio::test]
    async fn the_cost_of_an_unknown_booking_is_not_booked_again() {
        let ledger = MemoryLedger::new(Arc::new(TestClock::held_at(Timestamp::from_micros(0))));
        let (ticket, _) = booked(&ledger, 5).await;
        ledger.correct(ticket, &[says(None, Some(5))]).await.unwrap();
        ledger.correct(ticket, &[says(None, Some(5))]).await.unwrap();
        assert_eq!(booked(&ledger, 5).await.1, Duration::ZERO);
    }
}
