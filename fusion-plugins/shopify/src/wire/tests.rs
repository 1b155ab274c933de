use super::{
    answer::Answer,
    documents,
    input::{
        Detached, File, Identifier, InventoryItem, Measurement, Metafield, Named, NewFile, OptionSet,
        OptionValue, ProductSetInput, ProductUpdate, PublicationRow, QuantityRow, Seo, SetQuantities,
        StagedUpload, VariantBulk, VariantSet, Weight,
    },
    told::Told,
    variables::{self, Variables, body},
};
use apollo_compiler::{ExecutableDocument, Schema, request::coerce_variable_values, validation::Valid};
use fusion_plugin_sdk::testkit::specs;
use serde_json::{Value, value::RawValue};
use std::sync::OnceLock;

mod orders;

const VERSIONS: [&str; 2] = ["2026-10", "2026-07"];

type Versioned = Vec<(&'static str, Valid<Schema>)>;

/// Both schemas; parsing one takes half a second, so all tests share them.
fn schemas() -> Option<&'static Versioned> {
    static SCHEMAS: OnceLock<Option<Versioned>> = OnceLock::new();
    let read = || {
        let folder = specs("shopify")?;
        Some(
            VERSIONS
                .map(|version| {
                    let path = folder.join(format!("admin-{version}.graphql"));
                    let mut text = std::fs::read_to_string(&path).unwrap();
                    // Part of the language by now, but not yet known to the compiler, and no server prints
                    // it.
                    text.push_str("\ndirective @oneOf on INPUT_OBJECT\n");
                    (version, Schema::parse_and_validate(text, path).unwrap())
                })
                .into(),
        )
    };
    SCHEMAS.get_or_init(read).as_ref()
}

fn some<T>(value: T) -> Told<T> {
    Told::Is(value)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn item() -> InventoryItem {
    InventoryItem {
        sku: some("MUG".into()),
        tracked: Some(true),
        requires_shipping: Some(true),
        cost: some("3.20".into()),
        harmonized_system_code: some("691200".into()),
        country_code_of_origin: some("PT".into()),
        measurement: Some(Measurement {
            weight: Weight { unit: "GRAMS", value: RawValue::from_string("0.5".into()).unwrap() },
        }),
    }
}

fn choice() -> Vec<OptionValue> {
    vec![OptionValue { option_name: "Colour".into(), name: "Red".into() }]
}

fn bulk() -> Vec<VariantBulk> {
    vec![VariantBulk {
        id: text("gid://shopify/ProductVariant/1"),
        option_values: choice(),
        barcode: Told::Null,
        price: text("12.50"),
        compare_at_price: Told::Null,
        inventory_item: Some(item()),
        media_id: text("gid://shopify/MediaImage/1"),
    }]
}

fn file() -> File {
    File {
        id: text("gid://shopify/MediaImage/1"),
        original_source: text("https://a.example/1.png"),
        alt: text("a"),
        content_type: Some("IMAGE"),
        filename: text("a.png"),
        duplicate_resolution_mode: Some("REPLACE"),
    }
}

fn set_input() -> ProductSetInput {
    ProductSetInput {
        handle: text("mug"),
        redirect_new_handle: Some(true),
        gift_card: Some(false),
        seo: Some(Seo { title: text("A mug"), description: text("Buy it") }),
        title: text("Mug"),
        description_html: text("<p>Mug</p>"),
        vendor: text("Acme"),
        product_type: text("Mugs"),
        category: Told::Null,
        status: Some("DRAFT"),
        tags: Some(vec!["red".into()]),
        product_options: Some(vec![OptionSet {
            name: "Colour".into(),
            position: 1,
            values: vec![Named { name: "Red".into() }],
        }]),
        variants: Some(vec![VariantSet {
            id: text("gid://shopify/ProductVariant/1"),
            option_values: choice(),
            sku: some("MUG".into()),
            barcode: some("4006381333931".into()),
            price: text("12.50"),
            compare_at_price: some("15.00".into()),
            inventory_item: Some(InventoryItem { sku: Told::Absent, ..item() }),
            file: Some(file()),
        }]),
        files: Some(vec![file()]),
        metafields: Some(vec![Metafield {
            namespace: "$app:fusion".into(),
            key: "step".into(),
            kind: "single_line_text_field",
            value: "k".into(),
        }]),
    }
}

fn update() -> ProductUpdate {
    ProductUpdate {
        metafields: vec![Metafield {
            namespace: "custom".into(),
            key: "material".into(),
            kind: "multi_line_text_field",
            value: "clay".into(),
        }],
        id: "gid://shopify/Product/1".into(),
        title: text("Mug"),
        description_html: text(""),
        vendor: text(""),
        product_type: text(""),
        category: Told::Null,
        status: Some("ARCHIVED"),
        tags: Some(vec![]),
    }
}

/// Every document with variables in which everything that can be sent is sent.
fn requests() -> Vec<(&'static str, bytes::Bytes)> {
    fn request<V: Variables>(variables: V) -> (&'static str, bytes::Bytes) {
        (V::DOCUMENT, body(&variables))
    }
    let id = || "gid://shopify/Product/1".to_owned();
    let publication = || vec![PublicationRow { publication_id: "gid://shopify/Publication/1".into() }];
    let products = vec![
        request(variables::Shop {}),
        request(variables::Locations { after: text("c") }),
        request(variables::Publications {}),
        request(variables::Locales {}),
        request(variables::Products {
            first: 50,
            after: text("c"),
            query: text("updated_at:>='2026-01-01'"),
            channels: true,
        }),
        request(variables::Product { id: id(), channels: true }),
        request(variables::Variants { id: id(), after: "c".into() }),
        request(variables::Newest { namespace: "$app:fusion", key: "step", after: text("c") }),
        request(variables::Pictures { ids: vec![id()] }),
        request(variables::Stage {
            input: vec![StagedUpload {
                resource: "IMAGE",
                filename: "mug.png".into(),
                mime_type: "image/png",
                http_method: "POST",
                file_size: "1024".into(),
            }],
        }),
        request(variables::CreateFile {
            files: vec![NewFile {
                original_source: "https://a.example/1.png".into(),
                alt: text("a"),
                content_type: "IMAGE",
                filename: "fusion-1.png".into(),
                duplicate_resolution_mode: "REPLACE",
            }],
        }),
        request(variables::Operation { id: id() }),
        request(variables::ProductSet {
            identifier: None,
            input: set_input(),
            synchronous: false,
            channels: true,
        }),
        request(variables::ProductSet {
            identifier: Some(Identifier { id: id() }),
            input: ProductSetInput::default(),
            synchronous: true,
            channels: true,
        }),
        request(variables::UpdateProduct { product: update() }),
        request(variables::UpdateVariants { product_id: id(), variants: bulk() }),
        request(variables::CreateVariants { product_id: id(), variants: bulk() }),
        request(variables::DeleteVariants { product_id: id(), variants_ids: vec![id()] }),
        request(variables::DetachMedia {
            product_id: id(),
            variant_media: vec![Detached { variant_id: id(), media_ids: [id()] }],
        }),
        request(variables::DeleteProduct { input: Identifier { id: id() }, synchronous: false }),
        request(variables::Publish { id: id(), input: publication() }),
        request(variables::Unpublish { id: id(), input: publication() }),
        request(variables::Quantities {
            input: SetQuantities {
                name: "available",
                reason: "correction",
                reference_document_uri: "fusion://step/k".into(),
                quantities: vec![QuantityRow {
                    inventory_item_id: id(),
                    location_id: id(),
                    quantity: 5,
                    change_from_quantity: None,
                }],
            },
            key: "k".into(),
        }),
        request(variables::Activate {
            inventory_item_id: id(),
            location_id: id(),
            available: 5,
            key: "k".into(),
        }),
    ];
    products.into_iter().chain(orders::requests()).collect()
}

#[test]
fn every_document_is_valid_in_every_supported_version() {
    let Some(schemas) = schemas() else { return };
    for (version, schema) in schemas {
        for (document, _) in requests() {
            ExecutableDocument::parse_and_validate(schema, document, "document.graphql")
                .unwrap_or_else(|error| panic!("{version}: {error}"));
        }
    }
}

#[test]
fn what_is_sent_is_declared_and_what_is_declared_is_sent() {
    let Some(schemas) = schemas() else { return };
    let (_, schema) = &schemas[0];
    for (document, body) in requests() {
        let document = ExecutableDocument::parse_and_validate(schema, document, "document.graphql").unwrap();
        let operation = document.operations.iter().next().unwrap();
        let mut declared: Vec<&str> = operation.variables.iter().map(|it| it.name.as_str()).collect();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut sent: Vec<&str> = body["variables"].as_object().unwrap().keys().map(String::as_str).collect();
        declared.sort_unstable();
        sent.sort_unstable();
        assert_eq!(sent, declared, "{:?}", operation.name);
    }
}

#[test]
fn every_input_object_fits_the_types_of_every_supported_version() {
    let Some(schemas) = schemas() else { return };
    for (version, schema) in schemas {
        for (document, body) in requests() {
            let document =
                ExecutableDocument::parse_and_validate(schema, document, "document.graphql").unwrap();
            let operation = document.operations.iter().next().unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let values = serde_json::from_value(body["variables"].clone()).unwrap();
            coerce_variable_values(schema, operation, &values)
                .unwrap_or_else(|error| panic!("{version} {:?}: {error:?}", operation.name));
        }
    }
}

#[test]
fn the_quantity_to_compare_with_is_sent_even_when_there_is_none() {
    let row = QuantityRow {
        inventory_item_id: "i".into(),
        location_id: "l".into(),
        quantity: 1,
        change_from_quantity: None,
    };
    assert!(serde_json::to_string(&row).unwrap().contains(r#""changeFromQuantity":null"#));
}

#[test]
fn stock_is_never_sent_without_its_key() {
    for document in [documents::SET_QUANTITIES, documents::ACTIVATE] {
        assert!(document.contains("@idempotent(key: $key)"));
    }
}

#[test]
fn errors_are_read_in_every_shape_they_come_in() {
    let count = |body: &str| {
        let answer: Answer<Value> = serde_json::from_str(body).unwrap();
        answer.errors.0.iter().map(|error| error.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(count(r#"{"data":{}}"#), Vec::<String>::new());
    assert_eq!(count(r#"{"errors":"Not Found"}"#), ["Not Found"]);
    assert_eq!(count(r#"{"errors":["a",{"message":"b"}]}"#), ["a", "b"]);
    assert_eq!(count(r#"{"errors":{"order":"missing"}}"#), ["missing"]);
}
