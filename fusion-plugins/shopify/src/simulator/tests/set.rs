use super::support::{App, SET, variant};
use serde_json::{Value, json};
use std::time::Duration;

fn sizes(skus: &[&str]) -> Value {
    let values: Vec<Value> = skus.iter().map(|sku| json!({ "name": sku })).collect();
    json!([{ "name": "Size", "values": values }])
}

fn skus(product: &Value) -> Vec<&str> {
    let nodes = product["variants"]["nodes"].as_array().unwrap();
    nodes.iter().map(|variant| variant["sku"].as_str().unwrap()).collect()
}

#[test]
fn a_handle_creates_once_and_then_updates_the_same_product() {
    let app = App::new();
    let variables = json!({ "identifier": { "handle": "shirt-1" }, "input": { "title": "Shirt" } });
    let first = app.done(SET, variables.clone())["product"]["id"].clone();
    let again = app.done(SET, variables)["product"]["id"].clone();
    assert_eq!(first, again);
    let ledger = app.sim.ledger();
    assert_eq!(ledger.iter().map(|it| it.summary["created"].clone()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(ledger[0].name.as_deref(), Some("shirt-1"));
    assert_eq!(ledger[0].target, first.as_str().unwrap());
}

#[test]
fn a_custom_id_creates_once_and_then_updates_the_same_product() {
    let app = App::new();
    let identifier = json!({ "customId": { "namespace": "fusion", "key": "ref", "value": "p-1" } });
    let variables = json!({ "identifier": identifier, "input": { "title": "Shirt", "metafields": [] } });
    let first = app.done(SET, variables.clone())["product"]["id"].clone();
    assert_eq!(first, app.done(SET, variables)["product"]["id"]);
    let query = "query ($i: ProductIdentifierInput!) { productByIdentifier(identifier: $i) { id } }";
    assert_eq!(app.data(query, json!({ "i": identifier }))["productByIdentifier"]["id"], first);
}

#[test]
fn a_given_list_deletes_what_it_leaves_out_and_an_absent_one_keeps_it() {
    let app = App::new();
    let product = app.product("Shirt", &["s", "m", "l"]);
    let identifier = json!({ "id": product["id"] });
    let kept = app.done(SET, json!({ "identifier": identifier, "input": { "title": "New" } }));
    assert_eq!(skus(&kept["product"]), ["s", "m", "l"]);
    let input = json!({
        "title": "New", "productOptions": sizes(&["m", "xl"]), "variants": [variant("m"), variant("xl")],
    });
    let set = app.done(SET, json!({ "identifier": identifier, "input": input }));
    assert_eq!(skus(&set["product"]), ["m", "xl"]);
    let id_of = |product: &Value, at: usize| product["variants"]["nodes"][at]["id"].clone();
    assert_eq!(id_of(&set["product"], 0), id_of(&product, 1), "the one that stayed keeps its id");
    let gone = app.sim.ledger().last().unwrap().summary["deletedVariants"].clone();
    assert_eq!(gone, json!([id_of(&product, 0), id_of(&product, 2)]));
}

#[test]
fn refusals_are_the_platforms_and_change_nothing() {
    let app = App::new();
    app.product("Other", &["x"]);
    let before = (app.sim.products(), app.sim.ledger().len());
    let options = sizes(&["s", "m"]);
    let cases = [
        (
            json!({ "identifier": { "handle": "h" }, "input": { "id": "gid://shopify/Product/1", "title": "T" } }),
            json!({
                "field": ["input"], "message": "The id field is not allowed if identifier is provided.",
                "code": "ID_NOT_ALLOWED",
            }),
        ),
        (
            json!({ "input": { "title": "T", "productOptions": options } }),
            json!({
                "field": ["input", "variants"],
                "message": "Variants input is required when updating product options", "code": "VARIANTS_INPUT_MISSING",
            }),
        ),
        (
            json!({ "input": { "title": "T", "productOptions": options, "variants": [variant("s"), variant("s")] } }),
            json!({
                "field": ["input", "variants", "1"],
                "message": "The variant 's' already exists. Please change at least one option value.", "code": null,
            }),
        ),
        (
            json!({ "input": { "title": "T", "handle": "other" } }),
            json!({
                "field": ["input", "handle"],
                "message": "Handle 'other' already in use. Please provide a new handle.", "code": "HANDLE_NOT_UNIQUE",
            }),
        ),
        (
            json!({ "identifier": { "id": "gid://shopify/Product/1" }, "input": { "title": "T" } }),
            json!({
                "field": ["identifier", "id"], "message": "Product does not exist", "code": "PRODUCT_DOES_NOT_EXIST",
            }),
        ),
    ];
    for (variables, expected) in cases {
        let payload = app.payload(SET, variables.clone());
        assert_eq!(payload["userErrors"], json!([expected]), "{variables}");
        assert_eq!(payload["product"], Value::Null);
    }
    assert_eq!(before, (app.sim.products(), app.sim.ledger().len()));
}

#[test]
fn two_thousand_variants_fit_and_more_do_not() {
    let app = App::new();
    let of = |count: usize| {
        let skus: Vec<String> = (0..count).map(|nth| format!("s{nth}")).collect();
        let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
        let variants: Vec<Value> = skus.iter().map(|sku| variant(sku)).collect();
        json!({ "input": { "title": "Many", "productOptions": sizes(&["x"]), "variants": variants } })
    };
    let too_many = app.payload(SET, of(2049));
    assert_eq!(too_many["userErrors"][0]["code"], "VARIANTS_OVER_LIMIT");
    // Option values stand in a list of at most 250, so many variants need several options.
    let numbers: Vec<Value> = (0..50).map(|nth| json!({ "name": nth.to_string() })).collect();
    let variants: Vec<Value> = (0..2048)
        .map(|nth| {
            json!({ "sku": format!("s{nth}"), "optionValues": [
                { "optionName": "A", "name": (nth / 50).to_string() }, { "optionName": "B", "name": (nth % 50).to_string() },
            ] })
        })
        .collect();
    let options = json!([{ "name": "A", "values": numbers }, { "name": "B", "values": numbers }]);
    let input = json!({ "title": "Many", "productOptions": options, "variants": variants });
    let set = app.done(SET, json!({ "input": input }));
    let query = "query ($id: ID!) { product(id: $id) { variantsCount { count } } }";
    let data = app.data(query, json!({ "id": set["product"]["id"] }));
    assert_eq!(data["product"]["variantsCount"]["count"], 2048);
}

#[test]
fn an_asynchronous_set_answers_first_and_works_later() {
    let app = App::new();
    let payload = app.done(SET, json!({ "input": { "title": "Later" }, "synchronous": false }));
    assert_eq!(payload["product"], Value::Null);
    assert_eq!(payload["productSetOperation"]["status"], "CREATED");
    assert!(app.sim.ledger().is_empty());
    let query = r#"
query ($id: ID!) {
  productOperation(id: $id) {
    __typename status product { title }
    ... on ProductSetOperation { userErrors { field message code } }
  }
}"#;
    let operation = json!({ "id": payload["productSetOperation"]["id"] });
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.data(query, operation.clone())["productOperation"]["status"], "ACTIVE");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(
        app.data(query, operation)["productOperation"],
        json!({
            "__typename": "ProductSetOperation", "status": "COMPLETE", "product": { "title": "Later" },
            "userErrors": [],
        })
    );
    assert_eq!(app.sim.ledger().len(), 1);
}

#[test]
fn stock_is_set_with_the_variants() {
    let app = App::new();
    let outlet = app.location("Outlet");
    let mut row = variant("s");
    row["inventoryQuantities"] = json!([{ "locationId": outlet, "name": "available", "quantity": 7 }]);
    let input = json!({ "title": "Shirt", "productOptions": sizes(&["s"]), "variants": [row] });
    let product = app.done(SET, json!({ "input": input }))["product"].clone();
    let item = product["variants"]["nodes"][0]["inventoryItem"]["id"].as_str().unwrap();
    assert_eq!(app.sim.quantity(item, &outlet), Some(7));
    assert_eq!(product["variants"]["nodes"][0]["inventoryQuantity"], 7);
}
