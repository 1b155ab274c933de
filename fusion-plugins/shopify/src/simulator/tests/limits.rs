use super::support::{App, SET};
use crate::simulator::Plan;
use serde_json::{Value, json};
use std::{num::NonZeroU32, time::Duration};

fn cost(body: &Value) -> (u64, u64) {
    let cost = &body["extensions"]["cost"];
    (cost["requestedQueryCost"].as_u64().unwrap(), cost["actualQueryCost"].as_u64().unwrap())
}

fn available(body: &Value) -> u64 {
    body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"].as_u64().unwrap()
}

#[test]
fn costs_are_those_that_were_recorded() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let (id, item) = (product["id"].clone(), product["variants"]["nodes"][0]["inventoryItem"]["id"].clone());
    let cases = [
        ("query ($id: ID!) { product(id: $id) { id title } }", json!({ "id": id }), (1, 1)),
        (
            "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id } } } } }",
            json!({}),
            (156, 6),
        ),
        (
            "query ($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 5) { nodes { location { name } \
             quantities(names: [\"available\"]) { name } } } } }",
            json!({ "id": item }),
            (12, 6),
        ),
        (
            "mutation { productCreate(product: { title: \"x\" }) { product { id variants(first: 1) { nodes { id \
             inventoryItem { id } } } } userErrors { field } } }",
            json!({}),
            (14, 14),
        ),
        (
            "mutation { productCreate(product: { title: \"\" }) { product { id } shop { id } userErrors { field } } }",
            json!({}),
            (10, 10),
        ),
    ];
    for (query, variables, expected) in cases {
        assert_eq!(cost(&app.ask(query, variables)), expected, "{query}");
    }
}

#[test]
fn the_bucket_empties_and_fills_by_the_clock() {
    let app = App::new();
    let query = "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id } } } } }";
    assert_eq!(available(&app.ask(query, json!({}))), 1998, "what wasn't used comes back");
    app.sim.drain_bucket();
    let body = app.ask(query, json!({}));
    assert_eq!(body["errors"][0]["extensions"]["code"], "THROTTLED");
    assert!(body.get("data").is_none());
    assert_eq!(body["extensions"]["cost"]["actualQueryCost"], Value::Null);
    assert_eq!(body["extensions"]["cost"]["requestedQueryCost"], 156);
    assert_eq!(available(&body), 0);
    app.clock.advance(Duration::from_millis(1559));
    assert_eq!(app.errors(query, json!({})).len(), 1);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(app.errors(query, json!({})).len(), 0);
}

#[test]
fn a_throttled_mutation_changes_nothing() {
    let app = App::new();
    app.sim.drain_bucket();
    let body = app.ask(SET, json!({ "input": { "title": "Shirt" } }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "THROTTLED");
    assert!(app.sim.ledger().is_empty());
}

#[test]
fn a_bigger_plan_has_a_bigger_bucket() {
    for (plan, capacity, rate) in
        [(Plan::Standard, 2000, 100), (Plan::Advanced, 4000, 200), (Plan::Plus, 20_000, 1000)]
    {
        let app = App::with(|builder| builder.plan(plan));
        let status = app.ask("{ shop { id } }", json!({}))["extensions"]["cost"]["throttleStatus"].clone();
        assert_eq!(
            (status["maximumAvailable"].clone(), status["restoreRate"].clone()),
            (json!(capacity), json!(rate))
        );
    }
}

#[test]
fn the_bucket_may_be_bigger_than_any_plans() {
    let million = NonZeroU32::new(1_000_000).unwrap();
    let app = App::with(|builder| builder.points_per_second(million));
    let status = app.ask("{ shop { id } }", json!({}))["extensions"]["cost"]["throttleStatus"].clone();
    assert_eq!(
        (status["maximumAvailable"].clone(), status["restoreRate"].clone()),
        (json!(20_000_000), json!(million))
    );
}

#[test]
fn a_document_over_1000_points_is_refused_whatever_the_bucket_holds() {
    let app = App::with(|builder| builder.plan(Plan::Plus));
    let query = "{ products(first: 250) { nodes { variants(first: 250) { nodes { id metafields(first: 250) { nodes { id } } } } } } }";
    let error = app.errors(query, json!({}))[0].clone();
    assert_eq!(error["extensions"]["code"], "MAX_COST_EXCEEDED");
    assert_eq!(error["extensions"]["maxCost"], 1000);
}

#[test]
fn a_request_window_answers_429_and_says_when() {
    let app = App::with(|builder| builder.requests_per_second(NonZeroU32::new(2).unwrap()));
    let send = || app.post("{ shop { id } }", json!({})).unwrap();
    assert_eq!((send().status().as_u16(), send().status().as_u16()), (200, 200));
    let refused = send();
    assert_eq!(refused.status(), 429);
    let wait: f64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    app.clock.advance(Duration::from_secs_f64(wait));
    assert_eq!(send().status(), 200);
}
