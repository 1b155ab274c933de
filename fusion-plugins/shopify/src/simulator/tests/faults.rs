use super::support::{App, SET};
use crate::simulator::{Fault, FaultKind};
use fusion_core::http::Sent;
use serde_json::{Value, json};
use std::time::Duration;

fn set(app: &App, handle: &str) -> Result<(u16, Value), Sent> {
    let variables = json!({ "identifier": { "handle": handle }, "input": { "title": handle } });
    let response = app.post(SET, variables).map_err(|error| error.sent)?;
    Ok((response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Value::Null)))
}

#[test]
fn each_fault_tells_the_truth_about_the_effect() {
    let cases = [
        (FaultKind::Throttle, 0),
        (FaultKind::ThrottleAfterEffect, 1),
        (FaultKind::TooManyRequests(Duration::from_secs(2)), 0),
        (FaultKind::Unreachable, 0),
        (FaultKind::ResetBefore, 0),
        (FaultKind::ResetAfterWrite, 1),
        (FaultKind::Slow(Duration::from_secs(1)), 1),
        (FaultKind::Truncated, 1),
        (FaultKind::UnknownEnum, 1),
        (FaultKind::ExpireToken, 0),
        (FaultKind::Status(503), 0),
        (FaultKind::BadGateway, 0),
        (FaultKind::BadGatewayAfterEffect, 1),
        (FaultKind::Internal, 0),
        (FaultKind::InternalAfterEffect, 1),
    ];
    for (kind, effects) in cases {
        let app = App::new();
        app.sim.inject(kind.clone());
        let clean = set(&app, "a").is_ok_and(|(status, body)| {
            status == 200 && body["data"]["productSet"]["product"]["id"].is_string()
        });
        assert_eq!(app.sim.ledger().len(), effects, "{kind:?}");
        assert_eq!(clean, matches!(kind, FaultKind::Slow(_) | FaultKind::UnknownEnum), "{kind:?}");
        app.sim.accept_token(super::support::TOKEN);
        app.clock.advance(Duration::from_secs(1));
        set(&app, "a").unwrap();
        assert_eq!(app.sim.ledger().len(), effects + 1, "{kind:?} strikes once");
    }
}

#[test]
fn only_a_refused_connection_says_that_nothing_was_sent() {
    for (kind, sent) in [
        (FaultKind::Unreachable, Sent::No),
        (FaultKind::ResetBefore, Sent::Maybe),
        (FaultKind::ResetAfterWrite, Sent::Maybe),
    ] {
        let app = App::new();
        app.sim.inject(kind);
        assert_eq!(set(&app, "a"), Err(sent));
    }
}

#[test]
fn a_fault_strikes_the_requests_it_names() {
    let app = App::new();
    app.sim.faults(vec![Fault::new(FaultKind::ResetAfterWrite).on("productSet").after(1).times(2)]);
    app.data("{ shop { name } }", json!({}));
    let outcomes: Vec<bool> =
        ["a", "b", "c", "d"].into_iter().map(|handle| set(&app, handle).is_ok()).collect();
    assert_eq!(outcomes, [true, false, false, true]);
    assert_eq!(app.sim.ledger().len(), 4);
}

#[test]
fn a_slow_answer_comes_late_or_not_in_time() {
    let app = App::new();
    app.sim.inject(FaultKind::Slow(Duration::from_secs(3)));
    set(&app, "a").unwrap();
    assert_eq!(fusion_core::clock::Clock::elapsed(&app.clock), Duration::from_secs(3));
    app.sim.inject(FaultKind::Slow(Duration::from_secs(31)));
    assert_eq!(set(&app, "b"), Err(Sent::Maybe));
    assert_eq!(app.sim.ledger().len(), 2);
}

#[test]
fn an_unknown_enum_value_is_nobodys() {
    let app = App::new();
    let id = app.product("Shirt", &["s"])["id"].clone();
    app.sim.inject(FaultKind::UnknownEnum);
    let query = "query ($id: ID!) { product(id: $id) { title status } }";
    let product = app.data(query, json!({ "id": id }))["product"].clone();
    assert_eq!(product, json!({ "title": "Shirt", "status": "SOMETHING_NEW" }));
}
