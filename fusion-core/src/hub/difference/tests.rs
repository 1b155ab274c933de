use super::*;
use crate::{hub::listing::edited, model::Listing};
use serde_json::{Value, json};

fn uuid(n: u32) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

fn row(n: u32, colour: &str) -> Value {
    json!({
        "id": uuid(100 + n), "variant": uuid(200 + n), "options": [["Colour", colour]], "sku": format!("S-{n}"),
        "offered": true, "counted": true, "offer": {"price": "12.50 EUR", "compare_at": "15.00 EUR", "tax": "gross"},
        "shipping": {"weight": {"value": "1", "unit": "gram"}, "hs_code": "481910", "origin": "PT"},
        "cost": "3 EUR", "media": uuid(50),
    })
}

fn shown() -> Value {
    json!({
        "listing": uuid(1), "product": uuid(2), "locale": "en", "title": "Mug",
        "description": {"format": "plain", "text": "A mug"}, "brand": "Acme", "nature": "physical",
        "tags": ["a"], "categories": [], "options": [{"name": "Colour", "values": ["Red", "Blue"]}],
        "variants": [row(0, "Red"), row(1, "Blue")],
        "media": [{"id": uuid(50), "source": "https://a.example/1.jpg", "role": "gallery"}],
    })
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// What the platform calls a listing whose first rows it has.
fn placed(rows: u32) -> Target {
    let row = |n: u32| {
        json!({"id": uuid(100 + n), "variant": uuid(200 + n), "offered": true, "shipped_by": "merchant",
            "refs": {"current": [{"kind": "variant", "id": n.to_string()}]}})
    };
    let rows: Vec<Value> = (0..rows).map(row).collect();
    let listing: Listing =
        read(json!({"id": uuid(1), "store": uuid(3), "product": uuid(2), "variants": rows,
        "refs": {"current": [{"kind": "product", "id": "1"}]}, "state": {"lifecycle": "live"}}));
    Target::of(&listing)
}

fn between(change: impl FnOnce(&mut Value)) -> Option<ListingEdit> {
    let mut after = shown();
    change(&mut after);
    told_from(&shown(), &after)
}

fn told_from(before: &Value, after: &Value) -> Option<ListingEdit> {
    let before: NewListing = read(before.clone());
    let after: NewListing = read(after.clone());
    let edit = difference(&before, &after, &placed(2))?;
    // Done to the one, it makes the other: nothing is left to be told.
    let mut made = before;
    edited(&mut made, &edit);
    let left = difference(&made, &after, &placed(3)).unwrap();
    assert_eq!(left, ListingEdit::default(), "{edit:?}");
    Some(edit)
}

#[test]
fn nothing_changed_is_nothing_to_tell() {
    assert_eq!(between(|_| {}).unwrap(), ListingEdit::default());
}

#[test]
fn each_field_is_told_alone_and_what_is_gone_is_cleared() {
    for (path, value, told) in [
        ("/title", json!("Cup"), json!({"title": {"set": "Cup"}})),
        ("/brand", Value::Null, json!({"brand": "clear"})),
        ("/tags", json!([]), json!({"tags": "clear"})),
        ("/tags", json!(["b"]), json!({"tags": {"set": ["b"]}})),
        ("/media", json!([]), json!({"media": "clear"})),
        ("/variants/0/sku", Value::Null, json!({"variants": [[uuid(100), {"sku": "clear"}]]})),
        (
            "/variants/1/offer/price",
            json!("9 EUR"),
            json!({"variants": [[uuid(101), {"price": {"set": "9 EUR"}}]]}),
        ),
        (
            "/variants/1/offer/compare_at",
            Value::Null,
            json!({"variants": [[uuid(101), {"compare_at": "clear"}]]}),
        ),
        ("/variants/1/shipping/weight", Value::Null, json!({"variants": [[uuid(101), {"weight": "clear"}]]})),
        (
            "/variants/1/shipping/hs_code",
            json!("691200"),
            json!({"variants": [[uuid(101), {"hs_code": {"set": "691200"}}]]}),
        ),
        ("/variants/1/shipping/origin", Value::Null, json!({"variants": [[uuid(101), {"origin": "clear"}]]})),
        ("/variants/0/cost", json!("4 EUR"), json!({"variants": [[uuid(100), {"cost": {"set": "4 EUR"}}]]})),
        ("/variants/0/media", Value::Null, json!({"variants": [[uuid(100), {"media": "clear"}]]})),
        (
            "/variants/1/offered",
            json!(false),
            json!({"variants": [[uuid(101), {"offered": {"set": false}}]]}),
        ),
    ] {
        let edit = between(|after| *after.pointer_mut(path).unwrap() = value).unwrap();
        assert_eq!(edit, read::<ListingEdit>(told), "{path}");
    }
}

#[test]
fn around_a_reduction_the_whole_offer_is_told() {
    let sale = json!({"price": "9 EUR"});
    let whole = |price: &str, compare_at: Value, sale: Value| json!({"variants": [[uuid(100), {"price": {"set": price}, "compare_at": compare_at, "sale": sale}]]});
    let offer = |price: &str, compare_at: Value, sale: &Value| json!({"price": price, "compare_at": compare_at, "sale": sale, "tax": "gross"});
    let (none, full) = (Value::Null, json!("15 EUR"));
    for (was, is, told) in [
        // It begins, goes on beside another price, and ends beside an unchanged full price or none.
        (
            offer("12.5 EUR", full.clone(), &none),
            offer("12.5 EUR", full.clone(), &sale),
            whole("12.5 EUR", json!({"set": "15 EUR"}), json!({"set": sale})),
        ),
        (
            offer("12.5 EUR", full.clone(), &sale),
            offer("13 EUR", full.clone(), &sale),
            whole("13 EUR", json!({"set": "15 EUR"}), json!({"set": sale})),
        ),
        (
            offer("12.5 EUR", full.clone(), &sale),
            offer("12.5 EUR", full, &none),
            whole("12.5 EUR", json!({"set": "15 EUR"}), json!("clear")),
        ),
        (
            offer("12.5 EUR", none.clone(), &sale),
            offer("12.5 EUR", none.clone(), &none),
            whole("12.5 EUR", json!("clear"), json!("clear")),
        ),
    ] {
        let mut before = shown();
        before["variants"][0]["offer"] = was;
        let mut after = before.clone();
        after["variants"][0]["offer"] = is;
        assert_eq!(told_from(&before, &after).unwrap(), read::<ListingEdit>(told), "{after}");
        assert_eq!(told_from(&after, &after).unwrap(), ListingEdit::default());
    }
}

#[test]
fn variants_come_and_go_by_name_and_their_values_with_them() {
    let edit = between(|after| {
        after["variants"] = json!([row(0, "Red"), row(2, "Green")]);
        after["options"][0]["values"] = json!(["Red", "Green"]);
    });
    let edit = edit.unwrap();
    assert_eq!(serde_json::to_value(edit.remove).unwrap(), json!([uuid(101)]));
    assert_eq!(serde_json::to_value(edit.add[0].id).unwrap(), json!(uuid(102)));
    assert!(edit.variants.is_empty());
    // One that isn't on offer and was never made is nobody's business.
    let hidden = between(|after| {
        let mut new = row(2, "Green");
        new["offered"] = json!(false);
        after["variants"].as_array_mut().unwrap().push(new);
    });
    assert_eq!(hidden.unwrap(), ListingEdit::default());
}

#[test]
fn what_no_edit_can_tell_is_told_as_a_whole() {
    for (path, value) in [
        ("/nature", json!("digital")),
        ("/locale", json!("de")),
        ("/options/0/name", json!("Color")),
        ("/options/0/values", json!(["Blue", "Red"])),
        ("/variants/0/counted", json!(false)),
        ("/variants/0/options", json!([["Colour", "Blue"]])),
        ("/variants/0/offer/tax", json!("net")),
    ] {
        let found = between(|after| *after.pointer_mut(path).unwrap() = value);
        assert_eq!(found, None, "{path}");
    }
}
