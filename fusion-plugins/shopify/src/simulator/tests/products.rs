use super::support::App;
use serde_json::{Value, json};
use std::time::Duration;

const CREATE: &str = r#"
mutation Create($product: ProductCreateInput, $media: [CreateMediaInput!]) {
  productCreate(product: $product, media: $media) {
    product {
      id title handle vendor tags status hasOnlyDefaultVariant
      options { name values optionValues { name hasVariants } }
      variants(first: 10) { nodes { title selectedOptions { name value } inventoryItem { tracked } } }
      media(first: 10) { nodes { id status alt ... on MediaImage { image { url } } } }
    }
    userErrors { field message }
  }
}"#;

#[test]
fn a_product_is_created_with_the_first_variant_alone() {
    let app = App::new();
    let options = json!([
        { "name": "Size", "values": [{ "name": "S" }, { "name": "M" }] },
        { "name": "Color", "values": [{ "name": "Red" }] },
    ]);
    let tags = json!(["b", " A ", "a", "B"]);
    let input = json!({ "title": "Blue Shirt", "productOptions": options, "tags": tags });
    let product = app.done(CREATE, json!({ "product": input }))["product"].clone();
    assert_eq!(product["handle"], "blue-shirt");
    assert_eq!(product["vendor"], "fusion-demo");
    assert_eq!(product["tags"], json!(["A", "b"]));
    assert_eq!(product["variants"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(product["variants"]["nodes"][0]["title"], "S / Red");
    assert_eq!(product["options"][0]["values"], json!(["S"]));
    assert_eq!(product["options"][0]["optionValues"][1], json!({ "name": "M", "hasVariants": false }));
}

#[test]
fn a_derived_handle_gives_way_and_a_given_one_does_not() {
    let app = App::new();
    let handle = |input: Value| app.done(CREATE, json!({ "product": input }))["product"]["handle"].clone();
    assert_eq!(handle(json!({ "title": "Shirt" })), "shirt");
    assert_eq!(handle(json!({ "title": "Shirt" })), "shirt-1");
    assert_eq!(handle(json!({ "title": "X", "handle": "  Weird Handle / 100%  " })), "weird-handle-100");
    assert_eq!(handle(json!({ "title": "X", "handle": "%%%" })), "product");
    let payload = app.payload(CREATE, json!({ "product": { "title": "Other", "handle": "shirt" } }));
    assert_eq!(payload["product"], Value::Null);
    assert_eq!(
        payload["userErrors"][0]["message"],
        "Handle 'shirt' already in use. Please provide a new handle."
    );
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "handle"]));
}

#[test]
fn a_blank_title_is_refused_without_effect() {
    let app = App::new();
    let payload = app.payload(CREATE, json!({ "product": { "title": "" } }));
    assert_eq!(payload["userErrors"], json!([{ "field": ["title"], "message": "Title can't be blank" }]));
    assert!(app.sim.ledger().is_empty() && app.sim.products().is_empty());
}

#[test]
fn exactly_one_input_is_wanted() {
    let app = App::new();
    let body = app.ask(CREATE, json!({}));
    assert_eq!(body["errors"][0]["extensions"]["code"], "INVALID_FIELD_ARGUMENTS");
    assert_eq!(body["data"], json!({ "productCreate": null }));
    assert_eq!(body["errors"][0]["path"], json!(["productCreate"]));
}

#[test]
fn pictures_are_fetched_after_the_answer() {
    let app = App::new();
    let media = json!([
        { "originalSource": "https://example.com/a.jpg", "mediaContentType": "IMAGE", "alt": "A" },
        { "originalSource": "https://example.com/missing/b.jpg", "mediaContentType": "IMAGE" },
    ]);
    let product =
        app.done(CREATE, json!({ "product": { "title": "Shirt" }, "media": media }))["product"].clone();
    let status = |product: &Value, at: usize| product["media"]["nodes"][at]["status"].clone();
    assert_eq!((status(&product, 0), status(&product, 1)), (json!("PROCESSING"), json!("PROCESSING")));
    app.clock.advance(Duration::from_secs(2));
    let query = r#"query ($id: ID!) { product(id: $id) {
      media(first: 5) { nodes { status mediaErrors { code } ... on MediaImage { image { url } } } } } }"#;
    let product = app.data(query, json!({ "id": product["id"] }))["product"].clone();
    assert_eq!((status(&product, 0), status(&product, 1)), (json!("READY"), json!("FAILED")));
    assert!(product["media"]["nodes"][0]["image"]["url"].is_string());
    assert_eq!(product["media"]["nodes"][1]["mediaErrors"][0]["code"], "IMAGE_DOWNLOAD_FAILURE");
}

#[test]
fn an_update_changes_what_it_names() {
    let app = App::new();
    let id = app.product("Shirt", &["s"])["id"].clone();
    let query = r#"
mutation ($product: ProductUpdateInput!) {
  productUpdate(product: $product) { product { title status descriptionHtml } userErrors { field message } }
}"#;
    app.done(query, json!({ "product": { "id": id, "descriptionHtml": "<p>x</p>" } }));
    let payload = app.done(query, json!({ "product": { "id": id, "status": "DRAFT" } }));
    assert_eq!(
        payload["product"],
        json!({ "title": "Shirt", "status": "DRAFT", "descriptionHtml": "<p>x</p>" })
    );
    let unknown = app.payload(query, json!({ "product": { "id": "gid://shopify/Product/1", "title": "x" } }));
    assert_eq!(unknown["userErrors"], json!([{ "field": ["id"], "message": "Product does not exist" }]));
}

#[test]
fn deleting_twice_is_refused_the_second_time() {
    let app = App::new();
    let id = app.product("Shirt", &["s"])["id"].clone();
    let query = r#"
mutation ($id: ID!, $now: Boolean) {
  productDelete(input: { id: $id }, synchronous: $now) {
    deletedProductId productDeleteOperation { id } shop { name } userErrors { field message }
  }
}"#;
    assert_eq!(app.done(query, json!({ "id": id }))["deletedProductId"], id);
    let again = app.payload(query, json!({ "id": id }));
    assert_eq!(again["userErrors"], json!([{ "field": ["id"], "message": "Product does not exist" }]));
    assert_eq!(app.sim.product(id.as_str().unwrap()), None);
    let other = app.product("Other", &["s"])["id"].clone();
    app.done(query, json!({ "id": other, "now": false }));
    assert!(app.sim.product(other.as_str().unwrap()).is_some());
    let busy = app.payload(query, json!({ "id": other, "now": false }));
    assert!(
        busy["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("Another operation already in progress")
    );
    app.clock.advance(Duration::from_secs(2));
    assert!(app.sim.product(other.as_str().unwrap()).is_none());
}

#[test]
fn publishing_is_a_second_call_and_again_is_no_effect() {
    let app = App::new();
    let id = app.product("Shirt", &["s"])["id"].clone();
    let publication = app.sim.publications()[0].0.clone();
    let query = r#"
mutation ($id: ID!, $input: [PublicationInput!]!, $publication: ID!) {
  publishablePublish(id: $id, input: $input) {
    publishable { publishedOnPublication(publicationId: $publication) resourcePublicationsCount { count } }
    userErrors { field message }
  }
}"#;
    let variables =
        json!({ "id": id, "input": [{ "publicationId": publication }], "publication": publication });
    let payload = app.done(query, variables.clone());
    assert_eq!(
        payload["publishable"],
        json!({ "publishedOnPublication": true, "resourcePublicationsCount": { "count": 1 } })
    );
    let effects = app.sim.ledger().len();
    app.clock.advance(Duration::from_secs(5));
    app.done(query, variables);
    assert_eq!(app.sim.ledger().len(), effects);
    let query = query.replace("publishablePublish", "publishableUnpublish");
    let payload = app.done(
        &query,
        json!({ "id": id, "input": [{ "publicationId": publication }], "publication": publication }),
    );
    assert_eq!(payload["publishable"]["publishedOnPublication"], false);
}

#[test]
fn metafields_are_set_together_or_not_at_all() {
    let app = App::new();
    let product = app.product("Shirt", &["s"]);
    let variant = product["variants"]["nodes"][0]["id"].clone();
    let query = r#"
mutation ($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { namespace key value ownerType compareDigest } userErrors { field message code }
  }
}"#;
    let row = |owner: &Value, value: &str| json!({ "ownerId": owner, "namespace": "fusion", "key": "ref", "type": "single_line_text_field", "value": value });
    let both = app.done(query, json!({ "metafields": [row(&product["id"], "p"), row(&variant, "v")] }));
    assert_eq!(both["metafields"][1]["ownerType"], "PRODUCTVARIANT");
    let before = app.sim.ledger().len();
    let refused =
        app.payload(query, json!({ "metafields": [row(&product["id"], "new"), row(&variant, "")] }));
    assert_eq!(refused["userErrors"][0]["code"], "BLANK");
    let mut stale = row(&product["id"], "new");
    stale["compareDigest"] = json!("nonsense");
    let refused = app.payload(query, json!({ "metafields": [stale] }));
    assert_eq!(refused["userErrors"][0]["code"], "STALE_OBJECT");
    assert_eq!(app.sim.ledger().len(), before);
    let read =
        "query ($id: ID!) { product(id: $id) { metafield(namespace: \"fusion\", key: \"ref\") { value } } }";
    assert_eq!(app.data(read, json!({ "id": product["id"] }))["product"]["metafield"]["value"], "p");
}
