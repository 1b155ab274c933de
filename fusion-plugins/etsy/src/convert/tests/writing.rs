//! New listings, as the platform takes them.

use super::{contract, facts, listing, named, new_listing, platform, stock_row, target, variant};
use crate::convert::{Beside, Created, created, product, variation_images};
use fusion_core::{
    error::ErrorKind,
    model::{Loss, LossSubject, NewListing, RemoteProduct, StockRow},
};
use serde_json::{Value, json};

pub(super) fn sent(value: &Value, stock: &[StockRow]) -> (Created, Vec<Loss>) {
    let made = created(&new_listing(value), stock, &facts());
    let (made, losses) = named(LossSubject::Listing, made.unwrap_or_else(|error| panic!("{error:?}")));
    contract::takes_form("createDraftListing", &made.draft);
    contract::takes("updateListingInventory", &serde_json::to_value(&made.inventory).unwrap());
    for (_, image) in &made.images {
        contract::takes_fields("uploadListingImage", &image.fields());
    }
    (made, losses)
}

pub(super) fn read_back(made: &Created) -> RemoteProduct {
    let inventory = platform::inventory(&made.inventory);
    let beside = Beside { inventory: Some(&inventory), ..Beside::default() };
    named(LossSubject::Product, product(&platform::listing(made), beside, &facts()).unwrap()).0
}

fn field<'a>(made: &'a Created, name: &str) -> &'a str {
    made.draft.fields().iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
}

fn problems(value: &Value) -> Vec<String> {
    let error = created(&new_listing(value), &[], &facts()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.problems().iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
}

#[test]
fn two_sellable_of_four_combinations_are_four_rows_and_read_back_as_two() {
    let listing = listing(&[
        variant(1, &[("Colour", "Red"), ("Size", "S")], Some("RS"), "9.00 EUR"),
        variant(2, &[("Colour", "Blue"), ("Size", "M")], Some("BM"), "9.50 EUR"),
    ]);
    let stock = [stock_row(1, &json!({}), 4, Some(800)), stock_row(2, &json!({}), 6, Some(801))];
    let (made, losses) = sent(&listing, &stock);
    let body = serde_json::to_value(&made.inventory).unwrap();
    let rows: Vec<_> = body["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["sku"].as_str().unwrap(),
                &row["offerings"][0]["is_enabled"],
                &row["offerings"][0]["quantity"],
            )
        })
        .map(|(sku, enabled, quantity)| (sku, enabled.as_bool().unwrap(), quantity.as_i64().unwrap()))
        .collect();
    assert_eq!(rows, [("RS", true, 4), ("BM", true, 6), ("", false, 0), ("", false, 0)]);
    assert_eq!((field(&made, "quantity"), field(&made, "price"), losses), ("10", "9.00", vec![]));
    let back = read_back(&made);
    let skus: Vec<_> =
        back.variants.value().unwrap().iter().map(|one| one.sku.value().unwrap().as_str()).collect();
    assert_eq!(skus, ["RS", "BM"]);
}

#[test]
fn columns_name_the_fewest_properties_that_explain_them() {
    let row =
        |nth, colour, size, sku, price| variant(nth, &[("Colour", colour), ("Size", size)], Some(sku), price);
    let value = listing(&[
        row(1, "Red", "S", "S", "9.00 EUR"),
        row(2, "Blue", "S", "S", "11.00 EUR"),
        row(3, "Red", "M", "M", "9.00 EUR"),
        row(4, "Blue", "M", "M", "11.00 EUR"),
    ]);
    let pools = [(1, 800), (2, 800), (3, 801), (4, 801)];
    let stock: Vec<_> = pools.map(|(nth, pool)| stock_row(nth, &json!({}), 5, Some(pool))).into();
    let body = serde_json::to_value(sent(&value, &stock).0.inventory).unwrap();
    assert_eq!(body["price_on_property"], json!([513]));
    assert_eq!(body["sku_on_property"], json!([514]));
    assert_eq!(body["quantity_on_property"], json!([514]));
    assert_eq!(body["readiness_state_on_property"], json!([]));
}

#[test]
fn equal_numbers_alone_are_no_common_stock() {
    let value = listing(&[
        variant(1, &[("Size", "S")], Some("S"), "9.00 EUR"),
        variant(2, &[("Size", "M")], Some("M"), "9.00 EUR"),
    ]);
    let check = |pools: [Option<usize>; 2], expected: Value| {
        let stock = [stock_row(1, &json!({}), 5, pools[0]), stock_row(2, &json!({}), 5, pools[1])];
        let body = serde_json::to_value(sent(&value, &stock).0.inventory).unwrap();
        assert_eq!(body["quantity_on_property"], expected, "{pools:?}");
    };
    check([Some(800), Some(800)], json!([]));
    check([Some(800), Some(801)], json!([513]));
    check([None, None], json!([513]));
}

#[test]
fn a_stock_that_cannot_be_shared_there_is_told() {
    let row = |nth, colour, size| variant(nth, &[("Colour", colour), ("Size", size)], None, "9.00 EUR");
    let value = listing(&[row(1, "Red", "S"), row(2, "Blue", "S"), row(3, "Red", "M"), row(4, "Blue", "M")]);
    // Crosswise: no property tells the two stocks apart.
    let pools = [(1, 800), (2, 801), (3, 801), (4, 800)];
    let stock: Vec<_> = pools.map(|(nth, pool)| stock_row(nth, &json!({}), 5, Some(pool))).into();
    let (made, losses) = sent(&value, &stock);
    assert_eq!(serde_json::to_value(made.inventory).unwrap()["quantity_on_property"], json!([513, 514]));
    assert!(losses.iter().any(|loss| loss.path == "stock[].pool"), "{losses:?}");
}

#[test]
fn prices_travel_as_the_digits_that_were_written() {
    let value = listing(&[variant(1, &[], Some("A"), "12.10 EUR")]);
    let body = serde_json::to_string(&sent(&value, &[]).0.inventory).unwrap();
    assert!(body.contains(r#""price":12.1,"#), "{body}");
    assert!(body.contains(r#""property_values":[]"#), "{body}");
}

#[test]
fn a_file_needs_no_profiles_and_has_no_weight() {
    let mut value = listing(&[variant(1, &[], Some("A"), "3.00 EUR")]);
    value["nature"] = json!("digital");
    value["variants"][0]["shipping"] = json!({ "weight": { "value": "3", "unit": "gram" } });
    value["extensions"]["etsy.listing"]["value"] = json!({ "who_made": "i_did", "when_made": "2010_2019" });
    let (made, losses) = sent(&value, &[]);
    assert_eq!((field(&made, "type"), field(&made, "item_weight")), ("download", ""));
    assert!(losses.iter().any(|loss| loss.path == "variants[].shipping.weight"));
}

#[test]
fn everything_that_the_platform_would_refuse_is_told_at_once() {
    let mut value = listing(&[
        variant(1, &[("Size", "S (small)")], Some("A"), "9.00 USD"),
        variant(2, &[("Size", "M")], Some("B"), "9.001 EUR"),
    ]);
    value["title"] = json!("50% off, 20% more");
    value["description"]["text"] = json!("");
    value["categories"] = json!([]);
    value["extensions"] = json!({});
    assert_eq!(
        problems(&value),
        [
            "title repeated_character",
            "description required",
            "categories required",
            "extensions.etsy.listing.who_made required",
            "extensions.etsy.listing.when_made required",
            "extensions.etsy.listing.shipping_profile_id required",
            "extensions.etsy.listing.readiness_state_id required",
            "variants[0].offer.price foreign_currency",
            "variants[1].offer.price too_precise",
            "variants[0] parentheses",
        ]
    );
}

#[test]
fn a_table_that_is_too_big_is_refused_before_it_is_made() {
    let many = |name: &str, count: usize| -> Vec<(String, String)> {
        (0..count).map(|nth| (name.to_owned(), format!("{name}{nth}"))).collect()
    };
    let variants: Vec<Value> = many("A", 30)
        .iter()
        .zip(many("B", 30))
        .enumerate()
        .map(|(nth, (a, b))| variant(nth, &[(&a.0, &a.1), (&b.0, &b.1)], None, "9.00 EUR"))
        .collect();
    assert_eq!(problems(&listing(&variants)), ["options too_many"]);
}

#[test]
fn one_sku_with_two_stocks_is_refused_and_with_one_it_is_not() {
    let value = listing(&[
        variant(1, &[("Size", "S")], Some("MUG"), "9.00 EUR"),
        variant(2, &[("Size", "M")], Some("MUG"), "9.00 EUR"),
        variant(3, &[("Size", "L")], Some("MUG"), "9.00 EUR"),
    ]);
    let rows =
        |third| [(1, 5), (2, 5), (3, third)].map(|(nth, count)| stock_row(nth, &json!({}), count, Some(800)));
    sent(&value, &rows(5));
    let error = created(&new_listing(&value), &rows(4), &facts()).unwrap_err();
    assert_eq!(error.problems()[0].code, "repeated_sku");
}

#[test]
fn pictures_of_variants_become_pictures_of_values() {
    let mut value = listing(&[
        variant(1, &[("Colour", "Red"), ("Size", "S")], Some("RS"), "9.00 EUR"),
        variant(2, &[("Colour", "Red"), ("Size", "M")], Some("RM"), "9.00 EUR"),
        variant(3, &[("Colour", "Blue"), ("Size", "S")], Some("BS"), "9.00 EUR"),
    ]);
    let media =
        |nth: usize| json!({ "id": super::uuid(nth), "source": "https://a.test/1.jpg", "role": "gallery" });
    value["media"] = json!([media(31), media(32)]);
    for (nth, own) in [(0, 31), (1, 31), (2, 32)] {
        value["variants"][nth]["media"] = json!(super::uuid(own));
    }
    let made = sent(&value, &[]).0;
    let inventory = platform::inventory(&made.inventory);
    let mut target = target(&read_back(&made), &[1, 2, 3]);
    target.media = [31, 32]
        .map(|nth| {
            let refs = json!({ "current": [{ "kind": "image", "id": (3000 + nth).to_string() }] });
            (serde_json::from_value(json!(super::uuid(nth))).unwrap(), serde_json::from_value(refs).unwrap())
        })
        .into();
    let of = |listing: &NewListing| {
        named(LossSubject::Listing, variation_images(listing, &inventory, &target).unwrap())
    };
    let (body, losses) = of(&new_listing(&value));
    let body = serde_json::to_value(body.unwrap()).unwrap();
    contract::takes("updateVariationImages", &body);
    let row = |value: i64, image: i64| json!({ "property_id": 513, "value_id": value, "image_id": image });
    assert_eq!(body["variation_images"], json!([row(500, 3031), row(503, 3032)]));
    assert_eq!(losses, []);
    // A picture that depends on both options has no value that it could stand for.
    value["variants"][1]["media"] = json!(super::uuid(32));
    let (none, losses) = of(&new_listing(&value));
    assert_eq!((none, losses.len()), (None, 1));
}
