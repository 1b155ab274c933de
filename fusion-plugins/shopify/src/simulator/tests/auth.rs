use super::support::{App, request};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;

const SHOP: &str = "{ shop { name } }";

fn grant(body: &'static str) -> Request<Bytes> {
    Request::post("https://fusion-demo.myshopify.com/admin/oauth/access_token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap()
}

fn with_token(token: &str) -> Request<Bytes> {
    let mut request = request("2026-10", &json!({ "query": SHOP }));
    request.headers_mut().insert("x-shopify-access-token", token.parse().unwrap());
    request
}

#[test]
fn a_wrong_token_is_refused_with_a_text() {
    let app = App::new();
    let response = app.send(with_token("shpat_other")).unwrap();
    assert_eq!(response.status(), 401);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(body["errors"].is_string());
}

#[test]
fn a_granted_token_opens_the_shop_for_a_day() {
    let app = App::with(|builder| builder.client("id", "s e+cret"));
    let form = "grant_type=client_credentials&client_id=id&client_secret=s+e%2Bcret";
    let response = app.send(grant(form)).unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["expires_in"], 86_399);
    assert!(body["scope"].as_str().unwrap().split(',').any(|scope| scope == "write_products"));
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(app.send(with_token(token)).unwrap().status(), 200);
    app.clock.advance(Duration::from_secs(86_399));
    assert_eq!(app.send(with_token(token)).unwrap().status(), 401);
}

#[test]
fn a_wrong_secret_gets_no_token() {
    let app = App::with(|builder| builder.client("id", "secret"));
    let response = app.send(grant("grant_type=client_credentials&client_id=id&client_secret=other")).unwrap();
    assert_eq!(response.status(), 400);
    assert!(std::str::from_utf8(response.body()).unwrap().contains("invalid_client"));
}

#[test]
fn another_host_or_path_or_version_is_not_found() {
    let app = App::new();
    for address in [
        "https://other.myshopify.com/admin/api/2026-10/graphql.json",
        "http://fusion-demo.myshopify.com/admin/api/2026-10/graphql.json",
        "https://fusion-demo.myshopify.com/admin/api/2026-10/products.json",
        "https://fusion-demo.myshopify.com/admin/api/2027-01/graphql.json",
        "https://fusion-demo.myshopify.com/",
    ] {
        let response = app.send(Request::post(address).body(Bytes::new()).unwrap()).unwrap();
        assert_eq!(response.status(), 404, "{address}");
    }
}

#[test]
fn an_old_version_falls_forward_and_says_so() {
    let app = App::new();
    for (asked, served) in [("2024-01", "2026-07"), ("2026-07", "2026-07"), ("2026-10", "2026-10")] {
        let response = app.send(request(asked, &json!({ "query": SHOP }))).unwrap();
        assert_eq!(response.headers()["x-shopify-api-version"], served);
    }
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    let app = App::new();
    let mut wrong = request("2026-10", &json!({ "query": SHOP }));
    wrong.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(app.send(wrong).unwrap().status(), 415);
    assert_eq!(app.send(request("2026-10", &json!({ "variables": {} }))).unwrap().status(), 400);
}

#[test]
fn a_missing_scope_is_named() {
    let app = App::new();
    app.sim.revoke_scope("write_inventory");
    app.sim.revoke_scope("read_inventory");
    let item = "{ inventoryItem(id: \"gid://shopify/InventoryItem/1\") { id } shop { name } }";
    let body = app.ask(item, json!({}));
    assert_eq!(body["errors"][0]["extensions"]["code"], "ACCESS_DENIED");
    assert_eq!(body["errors"][0]["extensions"]["requiredAccess"], "`read_inventory` access scope.");
    assert_eq!(body["data"], json!({ "inventoryItem": null, "shop": { "name": "fusion-demo" } }));
    let list = app.ask("{ inventoryItems(first: 1) { nodes { id } } shop { name } }", json!({}));
    assert_eq!(list["data"], Value::Null, "the field may not be null, so nothing around it is left");
}

#[test]
fn debug_shows_no_secret() {
    let builder = crate::simulator::Simulator::builder(std::sync::Arc::new(super::support::clock()));
    let builder = builder.token("shpat_secret").client("id", "hush");
    let shown =
        format!("{builder:?} {:?}", App::with(|it| it.token("shpat_secret").client("id", "hush")).sim);
    assert!(!shown.contains("secret") && !shown.contains("hush"), "{shown}");
}
