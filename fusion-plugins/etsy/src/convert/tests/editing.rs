//! Changes of what stands there.

use super::{contract, facts, inventory, named, read, shown, target, variant};
use crate::{
    convert::{Beside, Edited, EditedImage, edited, product},
    wire,
};
use fusion_core::{
    error::Result,
    model::{Loss, LossSubject},
};
use serde_json::{Value, json};

fn four() -> Value {
    let row = |id, colour, size, sku, cents, enabled| {
        shown(id, &[(513, "Colour", colour), (514, "Size", size)], sku, 5, cents, enabled)
    };
    let mut live = inventory(
        &[
            row(1, "Red", "S", "RS", 900, true),
            row(3, "Red", "M", "RM", 900, true),
            row(5, "Blue", "S", "BS", 900, true),
            row(7, "Blue", "M", "", 900, false),
        ],
        &[513, 514],
    );
    live["products"][3]["offerings"][0]["quantity"] = json!(0);
    live
}

/// Our variants 1, 2, 3 are the live ones of [`four`]; our pictures 31 and 32 are the platform's 31 and 32.
pub(super) fn apply(edit: &Value, live: &Value) -> Result<(Edited, Vec<Loss>)> {
    let image = |id: i64, alt: &str| json!({ "listing_image_id": id, "rank": id, "alt_text": alt });
    let shown = json!({ "listing_id": 9, "images": [image(31, "Red"), image(32, "")] });
    let (listing, live): (wire::Listing, wire::Inventory) = (read(&shown), read(live));
    let beside = Beside { inventory: Some(&live), ..Beside::default() };
    let mut target = target(&product(&listing, beside, &facts())?.value, &[1, 2, 3]);
    target.media = [31, 32]
        .map(|nth| {
            let refs = json!({ "current": [{ "kind": "image", "id": nth.to_string() }] });
            (serde_json::from_value(json!(super::uuid(nth))).unwrap(), serde_json::from_value(refs).unwrap())
        })
        .into();
    let edit = serde_json::from_value(edit.clone()).unwrap();
    let (made, losses) = named(LossSubject::Edit, edited(&edit, &target, &listing, &live, &facts())?);
    contract::takes_form("updateListing", &made.listing);
    if let Some(body) = &made.inventory {
        contract::takes("updateListingInventory", &serde_json::to_value(body).unwrap());
    }
    Ok((made, losses))
}

fn done(edit: &Value) -> Edited {
    apply(edit, &four()).unwrap_or_else(|error| panic!("{error:?}")).0
}

/// SKU, price, count and whether it can be bought of each row.
fn rows(made: &Edited) -> Vec<(String, String, i64, bool)> {
    let body = serde_json::to_value(made.inventory.as_ref().unwrap()).unwrap();
    let row = |row: &Value| {
        let offering = &row["offerings"][0];
        (
            row["sku"].as_str().unwrap().to_owned(),
            offering["price"].to_string(),
            offering["quantity"].as_i64().unwrap(),
            offering["is_enabled"].as_bool().unwrap(),
        )
    };
    body["products"].as_array().unwrap().iter().map(row).collect()
}

fn of(sku: &str, price: &str, count: i64, enabled: bool) -> (String, String, i64, bool) {
    (sku.to_owned(), price.to_owned(), count, enabled)
}

#[test]
fn a_text_alone_touches_no_inventory() {
    let made = done(&json!({ "title": { "set": "Big mug" }, "tags": "clear" }));
    assert_eq!(made.listing.fields(), [("title", "Big mug".to_owned()), ("tags", String::new())]);
    assert_eq!((made.inventory, made.images), (None, None));
}

#[test]
fn a_price_change_keeps_stock_skus_and_the_other_prices() {
    let made = done(&json!({ "variants": [[super::uuid(2), { "price": { "set": "9.50 EUR" } }]] }));
    assert!(made.listing.is_empty());
    assert_eq!(
        rows(&made),
        [of("RS", "9", 5, true), of("RM", "9.5", 5, true), of("BS", "9", 5, true), of("", "9.5", 0, false)]
    );
    let body = serde_json::to_value(made.inventory).unwrap();
    // The price depends on the size alone, and the row that fills the table follows.
    assert_eq!(body["price_on_property"], json!([514]));
}

#[test]
fn a_removed_variant_leaves_a_row_only_where_the_table_needs_one() {
    let made = done(&json!({ "remove": [super::uuid(2)] }));
    assert_eq!(rows(&made), [of("RS", "9", 5, true), of("BS", "9", 5, true)]);
    let made = done(&json!({ "remove": [super::uuid(1)] }));
    assert_eq!(rows(&made).iter().map(|row| row.3).collect::<Vec<_>>(), [false, true, true, false]);
}

#[test]
fn an_added_variant_takes_the_place_of_the_row_that_filled_the_table() {
    let new = variant(9, &[("Colour", "Blue"), ("Size", "M")], Some("BM"), "9.50 EUR");
    let made = done(&json!({ "add": [new] }));
    assert_eq!(rows(&made)[3], of("BM", "9.5", 0, true));
    assert_eq!(rows(&made).len(), 4);
}

#[test]
fn an_added_variant_with_a_new_value_joins_the_stock_that_all_share() {
    let live = inventory(
        &[
            shown(1, &[(514, "Size", "S")], "A", 5, 900, true),
            shown(3, &[(514, "Size", "M")], "B", 5, 900, true),
            shown(5, &[(514, "Size", "L")], "C", 5, 900, true),
        ],
        &[],
    );
    let new = variant(9, &[("Size", "XL")], Some("D"), "9.00 EUR");
    let (made, _) = apply(&json!({ "add": [new] }), &live).unwrap();
    assert_eq!(rows(&made).iter().map(|row| row.2).collect::<Vec<_>>(), [5; 4]);
    let body = serde_json::to_value(made.inventory).unwrap();
    assert_eq!(body["quantity_on_property"], json!([]));
    assert_eq!(body["products"][3]["property_values"][0]["value_ids"], json!([]));
}

#[test]
fn known_pictures_stay_and_a_new_text_needs_a_new_upload() {
    let media = |nth: usize, alt: Option<&str>| json!({ "id": super::uuid(nth), "source": "https://a.test/1.jpg", "role": "gallery", "alt": alt });
    let made =
        done(&json!({ "media": { "set": [media(32, None), media(31, Some("Blue")), media(33, None)] } }));
    let images = made.images.unwrap();
    assert_eq!(images[0], EditedImage::Known(32));
    for (nth, image) in images.iter().enumerate().skip(1) {
        let EditedImage::New(_, upload) = image else { panic!("{image:?}") };
        contract::takes_fields("uploadListingImage", &upload.fields());
        assert_eq!(upload.rank, nth + 1);
    }
}

#[test]
fn an_edit_that_the_platform_would_refuse_is_refused_whole() {
    let check = |edit: Value, path: &str, code: &str| {
        let error = apply(&edit, &four()).unwrap_err();
        let first = &error.problems()[0];
        assert_eq!((first.path.as_str(), first.code.as_str()), (path, code), "{edit}");
    };
    let price = |price: Value| json!({ "variants": [[super::uuid(1), { "price": price }]] });
    check(json!({ "title": "clear" }), "title", "required");
    check(json!({ "media": "clear" }), "media", "required");
    check(json!({ "categories": "clear" }), "categories", "required");
    check(price(json!("clear")), "variants[0].price", "required");
    check(price(json!({ "set": "9.00 USD" })), "variants[0].price", "foreign_currency");
    check(json!({ "remove": [super::uuid(77)] }), "remove[0]", "not_there");
    check(json!({ "remove": [super::uuid(1), super::uuid(2), super::uuid(3)] }), "variants", "required");
    check(
        json!({ "add": [variant(9, &[("Colour", "Grey")], None, "9.00 EUR")] }),
        "add[0].options",
        "other_options",
    );
    let twin = variant(9, &[("Colour", "Red"), ("Size", "S")], None, "9.00 EUR");
    check(json!({ "add": [twin] }), "add[0]", "repeated");
}
