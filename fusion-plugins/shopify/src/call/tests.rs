use super::*;
use serde_json::{Value, json};

fn answer(body: &Value) -> WireResponse {
    WireResponse { status: 200, headers: Vec::new(), body: body.to_string().into() }
}

#[test]
fn the_budget_follows_what_the_platform_says_about_its_bucket() {
    let cost = json!({"requestedQueryCost": 12, "actualQueryCost": 3.2,
        "throttleStatus": {"maximumAvailable": 4000.0, "currentlyAvailable": 3990.7, "restoreRate": 200}});
    let told = readings(&answer(&json!({"data": {}, "extensions": {"cost": cost}})), &Draws::default());
    let expected = Reading {
        bucket: COST,
        actual: Some(4),
        available: Some(3_990),
        capacity: Some(4_000),
        refill: Some(200),
    };
    assert_eq!(told, [expected]);
}

#[test]
fn a_throttled_call_has_cost_nothing() {
    let body = json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": 400, "actualQueryCost": null,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 300, "restoreRate": 100.0}}}});
    let told = readings(&answer(&body), &Draws::default());
    assert_eq!(told.first().map(|reading| (reading.actual, reading.available)), Some((Some(0), Some(300))));
}

#[test]
fn an_answer_to_an_ignored_filter_is_no_answer() {
    let body = json!({"data": {"products": {}}, "extensions": {"search": [
        {"path": ["products"], "query": "bogus:1", "warnings": [{"field": "bogus", "code": "invalid_field"}]}]}});
    let refused = told::<Value>(&answer(&body)).map(|told| told.data).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Protocol);
}

#[test]
fn a_list_in_place_of_an_object_isnt_read_by_place() {
    #[derive(Debug, serde::Deserialize)]
    struct Shop {
        name: String,
    }
    assert_eq!(told::<Shop>(&answer(&json!({ "data": { "name": "Mugs" } }))).unwrap().data.name, "Mugs");
    for damaged in [json!([{ "name": "Mugs" }]), json!({ "data": ["Mugs"] })] {
        let error = told::<Shop>(&answer(&damaged)).map(|told| told.data).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{damaged}");
        assert!(error.message().contains("line 1 column"), "{error:?}");
    }
}
