//! Every request body is what the platform's contract says.

use super::{
    super::*,
    specs::check,
    support::{
        address, buyer, facts, id, listing, live, money, row, sale, supplier, supply, target, variant,
    },
};
use crate::{Made, Pattern};
use fusion_core::{
    error::{Error, ErrorKind},
    model::*,
};
use serde_json::json;

#[test]
fn a_new_product_has_everything_that_the_platform_needs() {
    let mut listing = listing();
    let mut made: Made = listing.extensions.get().unwrap().unwrap();
    made.areas[0].artwork[0].images[0].pattern =
        Some(Pattern { spacing_x: "1".into(), spacing_y: "2".into(), scale: "3".into(), offset: "0".into() });
    listing.extensions.set(&made).unwrap();
    listing.variants[1].offered = false;
    listing.description = RichText::plain("a < b");
    let body = created(&listing, &facts()).unwrap();
    assert_eq!(body.losses, []);
    check("createProductRequest", &body.value);
    assert_eq!(body.value["description"], "a &lt; b");
    assert_eq!(body.value["print_areas"][0]["variant_ids"], json!([100, 101]));
    assert_eq!(body.value["print_areas"][0]["placeholders"][0]["images"][0]["y"], json!(0.5000090815098948));
    assert_eq!(
        body.value["variants"][1],
        json!({ "id": 101, "price": 3999, "is_enabled": false, "sku": "MUG-15oz" })
    );
}

#[test]
fn a_change_sends_what_it_names() {
    let all = ListingEdit {
        title: Edit::Set("Cup".into()),
        description: Edit::Clear,
        tags: Edit::Set(vec!["cup".into()]),
        variants: vec![(row(10), VariantEdit { price: Edit::Set(money("9.99 EUR")), ..Default::default() })],
        add: vec![variant(12, "20oz", "15 EUR")],
        remove: vec![row(11)],
        ..Default::default()
    };
    let body = edited(&all, &target(), &live(), &facts()).unwrap();
    assert_eq!(body.losses, []);
    let body = body.value.unwrap();
    check("updateProductRequest", &body);
    let expected = json!({
        "title": "Cup", "description": "", "tags": ["cup"],
        "variants": [
            { "id": 100, "price": 999, "is_enabled": true },
            { "id": 101, "price": 3999, "is_enabled": false },
            { "id": 102, "price": 1500, "is_enabled": true, "sku": "MUG-20oz" },
        ],
        // What comes isn't printed on yet, and artwork is sent whole or not at all.
        "print_areas": body["print_areas"],
    });
    assert_eq!(body, expected);
    assert_eq!(body["print_areas"][0]["variant_ids"], json!([100, 101, 102]));
}

#[test]
fn publishing_is_told_in_the_platforms_words() {
    check("publishRequest", &publication(None).unwrap());
    let edit = ListingEdit { remove: vec![row(10)], tags: Edit::Clear, ..Default::default() };
    let body = publication(Some(&edit)).unwrap();
    check("publishRequest", &body);
    assert_eq!(
        (&body["variants"], &body["tags"], &body["title"]),
        (&json!(true), &json!(true), &json!(false))
    );
    check("publishingSucceededRequest", &succeeded("7", "https://example.com/7").unwrap());
    check(
        "publishingFailedRequest",
        &failed(&Error::new(ErrorKind::Timeout, "the deadline is over")).unwrap(),
    );
    assert_eq!(failed(&Error::new(ErrorKind::Internal, "")).unwrap()["reason"], "no reason was given");
    assert_eq!(succeeded("7", " ").unwrap_err().problems()[0].path, "address");
}

#[test]
fn a_sale_is_passed_on_with_a_key_that_makes_it_safe_to_repeat() {
    let refs = supplier();
    let lines = [supply(&refs, 2)];
    let body = supplied(id(77), &sale(), &buyer(address()), &lines, Method::Economy).unwrap();
    assert_eq!(body.losses, []);
    check("submitOrderRequest", &body.value);
    let expected = json!({
        "external_id": "01920000-0000-7000-8000-00000000004d", "label": "1370762297",
        "line_items": [{
            "product_id": "5bfd0b66a342bcc9b5563216", "variant_id": 17887, "quantity": 2,
            "external_id": "line-1",
        }],
        "shipping_method": 4, "send_shipping_notification": false,
        "address_to": {
            "first_name": "Ada Maria", "last_name": "O'Neill", "address1": "13 O'Example Street",
            "address2": "Apt 4B", "city": "St. John's", "region": "", "zip": "2470", "country": "BE",
            "phone": "0574 69 21 90", "email": "ada@example.com",
        },
    });
    assert_eq!(body.value, expected);
}

#[test]
fn artwork_is_uploaded_by_its_address() {
    let media = |source: &str, role| Media { id: id(5), source: source.into(), role, alt: None };
    let body = upload_request(&media("https://a.example/art/front.png?v=2", MediaRole::Gallery)).unwrap();
    check("uploadImageFromUrl", &body);
    assert_eq!(body["file_name"], "front.png");
    for (source, role, path) in [
        ("/home/me/front.png", MediaRole::Gallery, "source"),
        ("https://a.example/a", MediaRole::Video, "role"),
    ] {
        assert_eq!(upload_request(&media(source, role)).unwrap_err().problems()[0].path, path);
    }
}
