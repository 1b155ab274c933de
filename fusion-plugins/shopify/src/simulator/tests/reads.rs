use super::support::App;
use serde_json::{Value, json};
use std::time::Duration;

const PAGE: &str = r#"
query Page($after: String, $query: String) {
  products(first: 2, after: $after, query: $query, sortKey: UPDATED_AT) {
    edges { cursor node { title } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}"#;

fn titles(page: &Value) -> Vec<&str> {
    page["products"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["title"].as_str().unwrap())
        .collect()
}

#[test]
fn pages_follow_each_other_though_a_product_goes_between_them() {
    let app = App::new();
    let mut ids = Vec::new();
    for title in ["A", "B", "C", "D", "E"] {
        ids.push(app.product(title, &["x"])["id"].as_str().unwrap().to_owned());
        app.clock.advance(Duration::from_secs(1));
    }
    let page = app.data(PAGE, json!({}));
    assert_eq!(titles(&page), ["A", "B"]);
    assert_eq!(page["products"]["pageInfo"]["hasNextPage"], true);
    app.sim.delete_product(&ids[1]).unwrap();
    let after = page["products"]["pageInfo"]["endCursor"].clone();
    let page = app.data(PAGE, json!({ "after": after }));
    assert_eq!(titles(&page), ["C", "D"]);
    let after = page["products"]["pageInfo"]["endCursor"].clone();
    let page = app.data(PAGE, json!({ "after": after }));
    assert_eq!(titles(&page), ["E"]);
    assert_eq!(page["products"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(page["products"]["pageInfo"]["hasPreviousPage"], true);
}

#[test]
fn a_list_is_narrowed_by_time_tag_and_handle() {
    let app = App::new();
    app.product("Old", &["x"]);
    app.clock.advance(Duration::from_secs(60));
    let new = app.product("New", &["y"])["id"].as_str().unwrap().to_owned();
    app.sim.edit_product(&new, |product| product["tags"] = json!(["spring sale"])).unwrap();
    for (query, expected) in [
        ("updated_at:>='2026-10-01T00:01:00Z'", vec!["New"]),
        ("updated_at:<'2026-10-01T00:01:00Z'", vec!["Old"]),
        ("tag:'spring sale'", vec!["New"]),
        ("-tag:'spring sale'", vec!["Old"]),
        ("handle:old OR sku:y", vec!["Old", "New"]),
        ("sku:nothing", vec![]),
    ] {
        let page = app.data(PAGE, json!({ "query": query }));
        assert_eq!(titles(&page), expected, "{query}");
    }
}

#[test]
fn an_unknown_filter_is_ignored_and_warned_of() {
    let app = App::new();
    app.product("One", &["x"]);
    let body = app.ask(PAGE, json!({ "query": "nonsense:1" }));
    assert_eq!(titles(&body["data"]), ["One"]);
    assert_eq!(body["extensions"]["search"][0]["path"], json!(["products"]));
    assert_eq!(body["extensions"]["search"][0]["warnings"][0]["field"], "nonsense");
}

#[test]
fn an_answer_holds_exactly_what_was_selected() {
    let app = App::new();
    let id = app.product("Shirt", &["s", "m"])["id"].clone();
    let query = r#"
query Q($id: ID!, $more: Boolean!) {
  again: product(id: $id) { ...Part title @include(if: $more) variants(first: 1) { nodes { sku } } }
  node(id: $id) { __typename ... on Product { handle } ... on ProductVariant { sku } }
  nodes(ids: [$id, "gid://shopify/Product/1"]) { id }
}
fragment Part on Product { name: title variants(first: 1) { nodes { title product { handle } } } }"#;
    let data = app.data(query, json!({ "id": id, "more": false }));
    assert_eq!(
        data,
        json!({
            "again": {
                "name": "Shirt",
                "variants": { "nodes": [{ "title": "s", "product": { "handle": "shirt" }, "sku": "s" }] },
            },
            "node": { "__typename": "Product", "handle": "shirt" },
            "nodes": [{ "id": id }, null],
        })
    );
}

#[test]
fn a_variant_is_found_by_its_sku() {
    let app = App::new();
    app.product("Shirt", &["s-1", "m-1"]);
    let query = "{ productVariants(first: 5, query: \"sku:m-1\") { nodes { sku displayName } } }";
    let data = app.data(query, json!({}));
    assert_eq!(data["productVariants"]["nodes"], json!([{ "sku": "m-1", "displayName": "Shirt - m-1" }]));
}

#[test]
fn a_page_needs_a_size_of_at_most_250() {
    let app = App::new();
    for query in ["{ products { nodes { id } } }", "{ products(first: 251) { nodes { id } } }"] {
        assert_eq!(app.errors(query, json!({}))[0]["extensions"]["code"], "BAD_REQUEST", "{query}");
    }
    let id = app.product("Shirt", &["s"])["id"].clone();
    let query = "query ($id: ID!) { product(id: $id) { variants(first: 2048) { nodes { sku } } } }";
    app.data(query, json!({ "id": id }));
}

#[test]
fn requests_are_counted_by_root_field() {
    let app = App::new();
    app.data("{ shop { name } }", json!({}));
    app.data("{ a: shop { name } locations(first: 1) { nodes { name } } }", json!({}));
    let calls = app.sim.calls();
    assert_eq!((calls["shop"], calls["locations"]), (2, 1));
}

#[test]
fn a_search_lags_behind_writes_and_a_lookup_does_not() {
    let app = App::with(|builder| builder.search_lag(Duration::from_secs(10)));
    app.product("Shirt", &["x"]);
    let query = "{ products(first: 1, query: \"sku:x\") { nodes { title } } productByHandle(handle: \"shirt\") { title } }";
    let found = |data: &Value| data["products"]["nodes"].as_array().unwrap().len();
    let data = app.data(query, json!({}));
    assert_eq!((found(&data), data["productByHandle"]["title"].clone()), (0, json!("Shirt")));
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(found(&app.data(query, json!({}))), 1);
}
