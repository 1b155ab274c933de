//! Answers against the platform's schema: types, lists, nulls and names.

use super::{
    contract::official,
    support::{App, SET, variant},
};
use crate::simulator::contract::Version;
use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::Type,
    executable::{Selection, SelectionSet},
    schema::ExtendedType,
    validation::Valid,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Every field of `ty` that needs no argument and isn't `skip`, `depth` levels deep.
pub(super) fn everything(schema: &Schema, ty: &str, depth: usize) -> String {
    let mut text = "__typename ".to_owned();
    let fields = match schema.types.get(ty) {
        Some(ExtendedType::Object(it)) => &it.fields,
        Some(ExtendedType::Interface(it)) => &it.fields,
        _ => return text,
    };
    for (name, field) in fields {
        if field.arguments.iter().any(|argument| argument.is_required()) {
            continue;
        }
        let inner = field.ty.inner_named_type().as_str();
        let leaf = schema.types.get(inner).is_some_and(ExtendedType::is_leaf);
        let is_page = inner.ends_with("Connection");
        if leaf {
            text.push_str(&format!("{name} "));
        } else if depth > 0 {
            let arguments = if is_page { "(first: 3)" } else { "" };
            let deeper = everything(schema, inner, if is_page { depth + 1 } else { depth } - 1);
            text.push_str(&format!("{name}{arguments} {{ {deeper} }} "));
        }
    }
    if ty == "Media" {
        text.push_str(&format!(
            "... on MediaImage {{ {} }} ",
            everything(schema, "MediaImage", depth.saturating_sub(1))
        ));
    }
    text
}

/// Checks `value` against `ty`, and everything below it that `set` selects.
fn check(
    schema: &Schema,
    document: &ExecutableDocument,
    value: &Value,
    ty: &Type,
    set: &SelectionSet,
    at: &str,
) {
    if value.is_null() {
        assert!(!ty.is_non_null(), "{at} is null");
        return;
    }
    if ty.is_list() {
        for (nth, item) in value.as_array().unwrap_or_else(|| panic!("{at} is no list")).iter().enumerate() {
            check(schema, document, item, ty.item_type(), set, &format!("{at}[{nth}]"));
        }
        return;
    }
    let name = ty.inner_named_type().as_str();
    match schema.types.get(name).unwrap() {
        ExtendedType::Enum(known) => {
            let value = value.as_str().unwrap_or_else(|| panic!("{at} is no enum value"));
            assert!(known.values.keys().any(|key| key.as_str() == value), "{at}: {value} is no {name}");
        }
        ExtendedType::Scalar(_) => {
            let fits = match name {
                "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                "Float" => value.is_number(),
                "Boolean" => value.is_boolean(),
                "JSON" => true,
                "DateTime" => {
                    value.as_str().is_some_and(|text| fusion_core::clock::Timestamp::parse(text).is_ok())
                }
                "Decimal" | "Money" => value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
                "UnsignedInt64" => value.as_str().is_some_and(|text| text.parse::<u64>().is_ok()),
                "URL" => value.as_str().is_some_and(|text| text.starts_with("https://")),
                _ => value.is_string(),
            };
            assert!(fits, "{at}: {value} is no {name}");
        }
        _ => {
            let runtime = value.get("__typename").and_then(Value::as_str).unwrap_or(name);
            assert!(runtime == name || schema.is_subtype(name, runtime), "{at}: {runtime} is no {name}");
            let mut expected = 0;
            object(schema, document, value, runtime, set, at, &mut expected);
            assert_eq!(
                value.as_object().unwrap().len(),
                expected,
                "{at} holds what wasn't selected: {value}"
            );
        }
    }
}

fn object(
    schema: &Schema,
    document: &ExecutableDocument,
    value: &Value,
    runtime: &str,
    set: &SelectionSet,
    at: &str,
    expected: &mut usize,
) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                let key = field.response_key().as_str();
                let inner = value.get(key).unwrap_or_else(|| panic!("{at}.{key} is missing"));
                if field.name != "__typename" {
                    let known = schema.type_field(runtime, &field.name).unwrap();
                    check(schema, document, inner, &known.ty, &field.selection_set, &format!("{at}.{key}"));
                }
                *expected += 1;
            }
            Selection::InlineFragment(inline) => {
                let condition = inline.type_condition.as_ref().unwrap();
                if condition == runtime || schema.is_subtype(condition, runtime) {
                    let already = inline.selection_set.fields().filter(|inner| {
                        set.fields().any(|outer| outer.response_key() == inner.response_key())
                    });
                    let doubled = already.count();
                    object(schema, document, value, runtime, &inline.selection_set, at, expected);
                    *expected -= doubled;
                }
            }
            Selection::FragmentSpread(_) => panic!("these documents have none"),
        }
    }
}

/// Sends a document and checks the answer against `schema`.
pub(super) fn ask(app: &App, schema: &Valid<Schema>, text: &str, variables: Value) -> Value {
    let document =
        ExecutableDocument::parse_and_validate(schema, text, "document").expect("valid at the platform");
    let data = app.data(text, variables);
    let operation = document.operations.iter().next().unwrap();
    let ty = Type::Named(operation.object_type().clone());
    check(schema, &document, &data, &ty, &operation.selection_set, "data");
    data
}

pub(super) fn shop(version: Version) -> App {
    let mut app = App::with(|builder| builder.plan(crate::simulator::Plan::Plus));
    app.version = version.name();
    app
}

#[test]
fn answers_have_the_platforms_shape_in_both_versions() {
    for version in [Version::July2026, Version::October2026] {
        let Some(official) = official(version) else { continue };
        let official = Valid::assume_valid(official);
        let ours = version.schema();
        let app = shop(version);
        let mut row = variant("s");
        row["inventoryItem"] = json!({
            "tracked": true, "cost": "4.5", "countryCodeOfOrigin": "DE", "harmonizedSystemCode": "6109.10",
            "measurement": { "weight": { "value": 0.2, "unit": "KILOGRAMS" } },
        });
        row["compareAtPrice"] = json!("12");
        let field =
            json!([{ "namespace": "fusion", "key": "ref", "type": "single_line_text_field", "value": "1" }]);
        row["metafields"] = field.clone();
        let files = json!([
            { "originalSource": "https://example.com/a.jpg", "alt": "A" },
            { "originalSource": "https://example.com/missing/b.jpg" },
        ]);
        row["file"] = json!({ "originalSource": "https://example.com/a.jpg" });
        let input = json!({
            "title": "Shirt", "descriptionHtml": "<b>x</b>", "seo": { "title": "t" }, "tags": ["a"], "files": files,
            "category": "gid://shopify/TaxonomyCategory/aa-1", "metafields": field,
            "productOptions": [{ "name": "Size", "values": [{ "name": "s" }] }], "variants": [row],
        });
        let payload = ask(&app, &official, SET, json!({ "input": input }))["productSet"].clone();
        assert_eq!(payload["userErrors"], json!([]));
        let product = payload["product"].clone();
        let publication = app.sim.publications()[0].0.clone();
        let publish = "mutation ($id: ID!, $p: ID!) { publishablePublish(id: $id, input: [{ publicationId: $p }]) { \
                       publishable { __typename ... on Product { title } } shop { name } userErrors { field message } } }";
        ask(&app, &official, publish, json!({ "id": product["id"], "p": publication }));
        ask(&app, &official, SET, json!({ "input": { "title": "Later" }, "synchronous": false }));
        app.clock.advance(Duration::from_secs(2));
        for (field, arguments) in [
            ("shop", ""),
            ("currentAppInstallation", ""),
            ("products", "(first: 3)"),
            ("productVariants", "(first: 3)"),
            ("inventoryItems", "(first: 3)"),
            ("locations", "(first: 3)"),
            ("publications", "(first: 3)"),
            ("productsCount", ""),
        ] {
            let ty = ours.type_field("QueryRoot", field).unwrap().ty.inner_named_type().as_str().to_owned();
            for depth in [1, 2] {
                let inner = everything(ours, &ty, depth);
                ask(&app, &official, &format!("{{ {field}{arguments} {{ {inner} }} }}"), json!({}));
                app.clock.advance(Duration::from_secs(60));
            }
        }
        let item = product["variants"]["nodes"][0]["inventoryItem"]["id"].clone();
        let stock = "mutation ($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) \
                     @idempotent(key: \"k\") { inventoryAdjustmentGroup { id createdAt reason referenceDocumentUri \
                     changes { name delta quantityAfterChange item { id } location { id } } } \
                     userErrors { field message code } } }";
        let rows = json!([{
            "inventoryItemId": item, "locationId": app.location("Main"), "quantity": 3, "changeFromQuantity": 0,
        }]);
        let input = json!({ "name": "available", "reason": "correction", "quantities": rows });
        ask(&app, &official, stock, json!({ "input": input }));
        let again = json!({ "name": "available", "reason": "nonsense", "quantities": rows });
        ask(&app, &official, stock, json!({ "input": again }));
        let level = "query ($id: ID!) { inventoryItem(id: $id) { inventoryLevels(first: 2) { edges { cursor node { \
                     quantities(names: [\"available\", \"committed\"]) { id name quantity updatedAt } } } } } }";
        ask(&app, &official, level, json!({ "id": item }));
    }
}

#[test]
fn every_refusal_has_the_platforms_shape() {
    for version in [Version::July2026, Version::October2026] {
        let Some(official) = official(version) else { continue };
        let official = Valid::assume_valid(official);
        let app = shop(version);
        for text in [
            "mutation { productCreate(product: { title: \"\" }) { product { id } shop { id } userErrors { field message } } }",
            "mutation { productDelete(input: { id: \"gid://shopify/Product/1\" }) { deletedProductId shop { id } userErrors { field message } } }",
            "mutation { productSet(input: { title: \"x\", handle: \"a\", productOptions: [] }) { product { id } userErrors { field message code } } }",
            "mutation { productVariantsBulkUpdate(productId: \"gid://shopify/Product/1\", variants: []) { productVariants { id } userErrors { field message code } } }",
            "mutation { productVariantsBulkDelete(productId: \"gid://shopify/Product/1\", variantsIds: []) { product { id } userErrors { field message code } } }",
            "mutation { productVariantDetachMedia(productId: \"gid://shopify/Product/1\", variantMedia: []) { product { id } productVariants { id } userErrors { field message code } } }",
            "mutation { productVariantsBulkCreate(productId: \"gid://shopify/Product/1\", variants: []) { product { id } userErrors { field message code } } }",
            "mutation { metafieldsSet(metafields: [{ ownerId: \"gid://shopify/Product/1\", key: \"k\", value: \"v\" }]) { metafields { id } userErrors { field message code } } }",
            "mutation { fileUpdate(files: [{ id: \"gid://shopify/MediaImage/1\" }]) { files { id } userErrors { field message code } } }",
            "mutation { productCreateMedia(productId: \"gid://shopify/Product/1\", media: []) { media { id } mediaUserErrors { field message code } userErrors { field message } } }",
            "mutation { publishablePublish(id: \"gid://shopify/Product/1\", input: []) { publishable { __typename } userErrors { field message } } }",
            "mutation { inventoryItemUpdate(id: \"gid://shopify/InventoryItem/1\", input: {}) { inventoryItem { id } userErrors { field message } } }",
            "mutation { inventoryActivate(inventoryItemId: \"gid://shopify/InventoryItem/1\", locationId: \"gid://shopify/Location/1\") @idempotent(key: \"k\") { inventoryLevel { id } userErrors { field message } } }",
        ] {
            let data = ask(&app, &official, text, json!({}));
            let payload = data.as_object().unwrap().values().next().unwrap();
            assert_ne!(payload["userErrors"], json!([]), "{text}");
        }
        assert!(app.sim.ledger().is_empty());
    }
}
