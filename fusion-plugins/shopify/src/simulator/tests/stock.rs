use super::support::App;
use serde_json::{Value, json};

const SET: &str = r#"
mutation Stock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup {
      reason referenceDocumentUri
      changes { name delta quantityAfterChange item { id } location { name } }
    }
    userErrors { field message code }
  }
}"#;

fn input(rows: Value) -> Value {
    json!({ "name": "available", "reason": "correction", "referenceDocumentUri": "fusion://job/1", "quantities": rows })
}

fn row(item: &str, location: &str, quantity: i64, from: Value) -> Value {
    json!({ "inventoryItemId": item, "locationId": location, "quantity": quantity, "changeFromQuantity": from })
}

struct Stocked {
    app: App,
    items: Vec<String>,
    main: String,
    outlet: String,
}

fn stocked() -> Stocked {
    let app = App::new();
    let product = app.product("Shirt", &["s", "m"]);
    let nodes = product["variants"]["nodes"].as_array().unwrap();
    let items = nodes.iter().map(|it| it["inventoryItem"]["id"].as_str().unwrap().to_owned()).collect();
    let (main, outlet) = (app.location("Main"), app.location("Outlet"));
    Stocked { app, items, main, outlet }
}

#[test]
fn quantities_are_set_and_their_changes_told() {
    let Stocked { app, items, main, .. } = stocked();
    let rows = json!([row(&items[0], &main, 5, json!(0)), row(&items[1], &main, 0, Value::Null)]);
    let payload = app.done(SET, json!({ "input": input(rows), "key": "k1" }));
    let change = |name: &str| {
        json!({
            "name": name, "delta": 5, "quantityAfterChange": null, "item": { "id": items[0] },
            "location": { "name": "Main" },
        })
    };
    assert_eq!(
        payload["inventoryAdjustmentGroup"]["changes"],
        json!([change("available"), change("on_hand")])
    );
    assert_eq!(app.sim.quantity(&items[0], &main), Some(5));
    let effect = app.sim.ledger().pop().unwrap();
    assert_eq!((effect.field.as_str(), effect.name.as_deref()), ("inventorySetQuantities", Some("s")));
    assert_eq!(app.sim.ledger().len(), 2, "a row that changed nothing is no effect");
}

#[test]
fn the_same_key_answers_again_and_changes_nothing() {
    let Stocked { app, items, main, .. } = stocked();
    let variables = json!({ "input": input(json!([row(&items[0], &main, 5, json!(0))])), "key": "k1" });
    let first = app.done(SET, variables.clone());
    app.sim.set_quantity(&items[0], &main, 3).unwrap();
    assert_eq!(app.done(SET, variables), first);
    assert_eq!(app.sim.quantity(&items[0], &main), Some(3));
    let other = json!({ "input": input(json!([row(&items[0], &main, 6, json!(3))])), "key": "k1" });
    let refused = app.payload(SET, other);
    assert_eq!(refused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
    assert_eq!(app.sim.ledger().len(), 2);
}

#[test]
fn one_bad_row_refuses_the_whole_call() {
    let Stocked { app, items, main, outlet } = stocked();
    let good = row(&items[0], &main, 5, Value::Null);
    let cases = [
        (row(&items[1], &main, 5, json!(9)), "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE"),
        (row(&items[1], &outlet, 5, Value::Null), "locationId", "INVALID_LOCATION"),
        (
            row("gid://shopify/InventoryItem/1", &main, 5, Value::Null),
            "inventoryItemId",
            "INVALID_INVENTORY_ITEM",
        ),
        (row(&items[1], "gid://shopify/Location/1", 5, Value::Null), "locationId", "INVALID_LOCATION"),
        (row(&items[1], &main, 1_000_000_001, Value::Null), "quantity", "INVALID_QUANTITY_TOO_HIGH"),
    ];
    for (nth, (bad, field, code)) in cases.into_iter().enumerate() {
        let variables = json!({ "input": input(json!([good, bad])), "key": format!("k{nth}") });
        let refused = app.payload(SET, variables);
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", "quantities", "1", field]), "{code}");
        assert_eq!(refused["userErrors"][0]["code"], code);
        assert_eq!(app.sim.quantity(&items[0], &main), Some(0));
    }
    let twice = json!({ "input": input(json!([good, good])), "key": "twice" });
    let code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR";
    assert_eq!(app.payload(SET, twice)["userErrors"][0]["code"], code);
    assert_eq!(app.sim.ledger().len(), 1);
}

#[test]
fn an_older_version_names_the_item_that_is_not_stocked() {
    let Stocked { mut app, items, outlet, .. } = stocked();
    app.version = "2026-07";
    let variables = json!({ "input": input(json!([row(&items[0], &outlet, 5, Value::Null)])), "key": "k" });
    assert_eq!(app.payload(SET, variables)["userErrors"][0]["code"], "ITEM_NOT_STOCKED_AT_LOCATION");
}

#[test]
fn the_key_and_the_expected_quantity_are_compulsory() {
    let Stocked { app, items, main, .. } = stocked();
    let bare = SET.replace("@idempotent(key: $key)", "").replace(", $key: String!", "");
    let rows = json!([row(&items[0], &main, 5, Value::Null)]);
    let body = app.ask(&bare, json!({ "input": input(rows) }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert_eq!(body["data"]["inventorySetQuantities"], Value::Null);
    let without = json!([{ "inventoryItemId": items[0], "locationId": main, "quantity": 5 }]);
    let body = app.ask(SET, json!({ "input": input(without), "key": "k" }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "INVALID_FIELD_ARGUMENTS");
    let old =
        json!([{ "inventoryItemId": items[0], "locationId": main, "quantity": 5, "compareQuantity": 1 }]);
    let body = app.ask(SET, json!({ "input": input(old), "key": "k" }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "INVALID_VARIABLE");
}

#[test]
fn more_than_250_rows_are_refused() {
    let Stocked { app, items, main, .. } = stocked();
    let rows = vec![row(&items[0], &main, 5, Value::Null); 251];
    let error = &app.errors(SET, json!({ "input": input(json!(rows)), "key": "k" }))[0];
    assert_eq!(error["message"], "The input array size of 251 is greater than the maximum allowed of 250.");
    assert_eq!(error["path"], json!(["inventorySetQuantities", "input", "quantities"]));
    assert_eq!(error["extensions"]["code"], "MAX_INPUT_SIZE_EXCEEDED");
}

#[test]
fn an_item_is_stocked_by_activating_it() {
    let Stocked { app, items, outlet, .. } = stocked();
    let query = r#"
mutation ($item: ID!, $location: ID!, $available: Int, $onHand: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available, onHand: $onHand)
    @idempotent(key: $key) {
    inventoryLevel { quantities(names: ["available", "on_hand", "committed"]) { name quantity } item { sku } }
    userErrors { field message }
  }
}"#;
    let variables = |key: &str, available: Value, on_hand: Value| json!({ "item": items[0], "location": outlet, "available": available, "onHand": on_hand, "key": key });
    let both = app.payload(query, variables("a", json!(1), json!(1)));
    assert_eq!(both["userErrors"].as_array().unwrap().len(), 2);
    let level = app.done(query, variables("b", json!(4), Value::Null))["inventoryLevel"].clone();
    assert_eq!(
        level["quantities"],
        json!([
            { "name": "available", "quantity": 4 }, { "name": "on_hand", "quantity": 4 },
            { "name": "committed", "quantity": 0 },
        ])
    );
    let again = app.payload(query, variables("c", Value::Null, json!(9)));
    assert_eq!(
        again["userErrors"][0]["message"],
        "Not allowed to set an on_hand quantity when the item is already active at the location."
    );
    assert_eq!(app.sim.quantity(&items[0], &outlet), Some(4));
}

#[test]
fn what_cannot_be_set_is_refused() {
    let Stocked { app, items, main, .. } = stocked();
    let id = app.sim.products()[0]["id"].as_u64().unwrap();
    let gid = format!("gid://shopify/Product/{id}");
    app.sim.edit_product(&gid, |product| product["variants"][0]["item"]["immutable"] = json!(true)).unwrap();
    let variables = json!({ "input": input(json!([row(&items[0], &main, 5, Value::Null)])), "key": "k" });
    assert_eq!(app.payload(SET, variables)["userErrors"][0]["code"], "NON_MUTABLE_INVENTORY_ITEM");
}
