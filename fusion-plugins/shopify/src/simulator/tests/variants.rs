use super::support::App;
use serde_json::{Value, json};

const CREATE: &str = r#"
mutation ($productId: ID!, $variants: [ProductVariantsBulkInput!]!, $strategy: ProductVariantsBulkCreateStrategy) {
  productVariantsBulkCreate(productId: $productId, variants: $variants, strategy: $strategy) {
    productVariants { id title sku price inventoryQuantity }
    userErrors { field message code }
  }
}"#;

const UPDATE: &str = r#"
mutation ($productId: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: $partial) {
    productVariants { sku price compareAtPrice barcode }
    userErrors { field message code }
  }
}"#;

const DELETE: &str = r#"
mutation ($productId: ID!, $ids: [ID!]!) {
  productVariantsBulkDelete(productId: $productId, variantsIds: $ids) {
    product { variantsCount { count } } userErrors { field message code }
  }
}"#;

fn row(size: &str, price: &str) -> Value {
    json!({
        "price": price, "inventoryItem": { "sku": format!("sku-{size}") },
        "optionValues": [{ "optionName": "Size", "name": size }],
    })
}

#[test]
fn new_variants_come_with_their_values_and_stock() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let mut m = row("m", "12.5");
    m["inventoryQuantities"] = json!([{ "locationId": app.location("Main"), "availableQuantity": 4 }]);
    let made = app.done(CREATE, json!({ "productId": product["id"], "variants": [m, row("l", "13")] }));
    assert_eq!(made["productVariants"][0]["price"], "12.50");
    assert_eq!(made["productVariants"][0]["inventoryQuantity"], 4);
    let effects: Vec<_> = app.sim.ledger().into_iter().filter_map(|effect| effect.name).collect();
    assert_eq!(effects, ["shirt", "sku-m", "sku-l"]);
}

#[test]
fn one_bad_new_variant_refuses_all() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let refused = app
        .payload(CREATE, json!({ "productId": product["id"], "variants": [row("m", "1"), row("s", "1")] }));
    assert_eq!(refused["productVariants"], Value::Null);
    assert_eq!(refused["userErrors"][0]["field"], json!(["variants", "1"]));
    assert_eq!(refused["userErrors"][0]["code"], "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE");
    assert_eq!(app.sim.ledger().len(), 1);
}

#[test]
fn the_standalone_variant_gives_way_when_asked() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let variables = |strategy: &str| json!({ "productId": product["id"], "variants": [row("m", "1")], "strategy": strategy });
    app.done(CREATE, variables("REMOVE_STANDALONE_VARIANT"));
    let kept = app.sim.product(product["id"].as_str().unwrap()).unwrap();
    assert_eq!(kept["variants"].as_array().unwrap().len(), 1);
    assert_eq!(kept["variants"][0]["item"]["sku"], "sku-m");
}

#[test]
fn the_default_variant_goes_with_its_value() {
    let app = App::new();
    let create =
        "mutation { productCreate(product: { title: \"Plain\" }) { product { id } userErrors { field } } }";
    let product = app.done(create, json!({}))["product"].clone();
    let mut row = row("x", "25");
    row["optionValues"] = json!([{ "optionName": "Title", "name": "Default Blue" }]);
    app.done(CREATE, json!({ "productId": product["id"], "variants": [row] }));
    let read = "query ($id: ID!) { product(id: $id) { options { optionValues { name hasVariants } } variants(first: 5) { nodes { title } } } }";
    let product = app.data(read, json!({ "id": product["id"] }))["product"].clone();
    assert_eq!(
        product["options"],
        json!([{ "optionValues": [{ "name": "Default Blue", "hasVariants": true }] }])
    );
    assert_eq!(product["variants"]["nodes"], json!([{ "title": "Default Blue" }]));
}

#[test]
fn an_update_is_all_or_nothing_unless_partial() {
    let app = App::new();
    let product = app.product("Shirt", &["s", "m"]);
    let id = |at: usize| product["variants"]["nodes"][at]["id"].clone();
    let good = json!({ "id": id(0), "price": "20", "compareAtPrice": "25", "barcode": "1" });
    let bad = json!({ "id": id(1), "price": "-1" });
    let both = json!({ "productId": product["id"], "variants": [good, bad] });
    let refused = app.payload(UPDATE, both.clone());
    assert_eq!(refused["userErrors"][0]["code"], "NEGATIVE_PRICE_VALUE");
    assert_eq!(app.sim.ledger().len(), 1);
    let mut partial = both;
    partial["partial"] = json!(true);
    let part = app.payload(UPDATE, partial);
    assert_eq!(
        part["productVariants"],
        json!([{ "sku": "s", "price": "20.00", "compareAtPrice": "25.00", "barcode": "1" }])
    );
    assert_eq!(app.sim.ledger().len(), 2);
    let clear = json!({ "productId": product["id"], "variants": [{ "id": id(0), "compareAtPrice": null }] });
    assert_eq!(app.done(UPDATE, clear)["productVariants"][0]["compareAtPrice"], Value::Null);
}

#[test]
fn stock_is_not_set_by_updating_variants() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let stock = json!([{ "locationId": app.location("Main"), "availableQuantity": 4 }]);
    let row = json!({ "id": product["variants"]["nodes"][0]["id"], "inventoryQuantities": stock });
    let refused = app.payload(UPDATE, json!({ "productId": product["id"], "variants": [row] }));
    assert_eq!(refused["userErrors"][0]["code"], "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE");
}

#[test]
fn variants_are_deleted_but_the_last() {
    let app = App::new();
    let product = app.product("Shirt", &["s", "m"]);
    let id = |at: usize| product["variants"]["nodes"][at]["id"].clone();
    let deleted = app.done(DELETE, json!({ "productId": product["id"], "ids": [id(0)] }));
    assert_eq!(deleted["product"]["variantsCount"]["count"], 1);
    let refused = app.payload(DELETE, json!({ "productId": product["id"], "ids": [id(1)] }));
    assert_eq!(refused["userErrors"][0]["code"], "CANNOT_DELETE_LAST_VARIANT");
    let refused = app.payload(DELETE, json!({ "productId": product["id"], "ids": [id(0)] }));
    let code = "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT";
    assert_eq!(refused["userErrors"][0]["code"], code);
}

const PICTURE: &str = r#"
mutation ($productId: ID!, $media: [CreateMediaInput!]!) {
  productCreateMedia(productId: $productId, media: $media) { media { id } userErrors { field message } }
}"#;

const DETACH: &str = r#"
mutation ($productId: ID!, $pairs: [ProductVariantDetachMediaInput!]!) {
  productVariantDetachMedia(productId: $productId, variantMedia: $pairs) {
    productVariants { media(first: 1) { nodes { id } } } userErrors { field message code }
  }
}"#;

#[test]
fn a_picture_is_a_variants_once_it_is_ready_and_is_taken_off_once() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let (id, variant) = (&product["id"], &product["variants"]["nodes"][0]["id"]);
    let media = json!([{ "originalSource": "https://pictures.example/1.png", "mediaContentType": "IMAGE" }]);
    let picture = app.done(PICTURE, json!({ "productId": id, "media": media }))["media"][0]["id"].clone();
    let given = json!({ "productId": id, "variants": [{ "id": variant, "mediaId": picture }] });
    let early = app.payload(UPDATE, given.clone());
    assert_eq!(early["userErrors"][0]["field"], json!(["variants", "0", "mediaId"]));
    app.clock.advance(std::time::Duration::from_secs(3));
    app.done(UPDATE, given);
    let pair = json!({ "variantId": variant, "mediaIds": [picture] });
    let many = json!({ "productId": id, "pairs": vec![pair.clone(); 101] });
    assert_eq!(app.payload(DETACH, many)["userErrors"][0]["code"], "MAXIMUM_VARIANT_MEDIA_PAIRS_EXCEEDED");
    let once = json!({ "productId": id, "pairs": [pair] });
    let detached = app.done(DETACH, once.clone());
    assert_eq!(detached["productVariants"][0]["media"]["nodes"], json!([]));
    let again = app.payload(DETACH, once);
    assert_eq!(again["userErrors"][0]["code"], "MEDIA_IS_NOT_ATTACHED_TO_VARIANT");
    assert_eq!(again["userErrors"][0]["field"], json!(["variantMedia", "0", "mediaIds"]));
}
