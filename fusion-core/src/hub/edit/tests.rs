use super::*;
use crate::hub::listing::edited;
use serde_json::{Value, json};

fn uuid(n: u32) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

fn row(n: u32, colour: &str) -> Value {
    json!({
        "id": uuid(100 + n), "variant": uuid(200 + n), "options": [["Colour", colour]], "sku": format!("S-{n}"),
        "offered": true, "counted": true, "offer": {"price": "12.50 EUR", "compare_at": "15.00 EUR", "tax": "gross"},
        "shipping": {"weight": {"value": "1", "unit": "gram"}},
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

/// A listing whose first rows the platform knows.
fn placed(rows: u32) -> Listing {
    let row = |n: u32| {
        json!({"id": uuid(100 + n), "variant": uuid(200 + n), "offered": true, "shipped_by": "merchant",
            "refs": {"current": [{"kind": "variant", "id": n.to_string()}]}})
    };
    let rows: Vec<Value> = (0..rows).map(row).collect();
    read(json!({"id": uuid(1), "store": uuid(3), "product": uuid(2), "variants": rows,
        "refs": {"current": [{"kind": "product", "id": "1"}]}, "state": {"lifecycle": "live"}}))
}

fn between(change: impl FnOnce(&mut Value)) -> Option<ListingEdit> {
    let before: NewListing = read(shown());
    let mut after = shown();
    change(&mut after);
    let after: NewListing = read(after);
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
