//! Edits: what is named is sent, and nothing else.

use super::*;

#[test]
fn an_edit_sends_what_it_names_and_nothing_else() {
    let there = read(&live(&["Red", "Green"]));
    let change = edit(json!({"title": {"set": "Cup"}, "tags": "clear",
        "variants": [[uuid(101), {"price": {"set": "13.00 EUR"}, "sku": "clear"}]]}));
    let calls =
        edited(&change, &Staged::default(), &target(&[0, 1]), Some(&there), &shop_facts()).unwrap().value;
    assert_eq!(
        serde_json::to_value(&calls.product).unwrap(),
        json!({"id": "gid://shopify/Product/1", "title": "Cup", "tags": []})
    );
    assert_eq!(
        serde_json::to_value(&calls.variants).unwrap(),
        json!([{"id": variant_id(1), "price": "13.00", "inventoryItem": {"sku": null}}])
    );
    assert!(calls.files.is_none() && calls.add.is_empty() && calls.remove.is_empty());
}

#[test]
fn a_reduction_strikes_the_full_price_through_and_gives_it_back() {
    let mut there = live(&["Red"]);
    let change = |there: &Value, change: Value| {
        let change = edit(json!({"variants": [[uuid(100), {"sale": change}]]}));
        let calls = edited(&change, &Staged::default(), &target(&[0]), Some(&read(there)), &shop_facts())
            .unwrap()
            .value;
        let sent = serde_json::to_value(&calls.variants[0]).unwrap();
        (sent["price"].clone(), sent["compareAtPrice"].clone())
    };
    assert_eq!(change(&there, json!({"set": {"price": "9.00 EUR"}})), (json!("9.00"), json!("12.50")));
    there["variants"]["nodes"][0]["price"] = json!("9.00");
    there["variants"]["nodes"][0]["compareAtPrice"] = json!("12.50");
    assert_eq!(change(&there, json!({"set": {"price": "8.00 EUR"}})), (json!("8.00"), json!("12.50")));
    assert_eq!(change(&there, json!("clear")), (json!("12.50"), Value::Null));
}

#[test]
fn a_struck_through_price_beside_a_reduction_is_said_to_be_lost_and_shown_once_it_ends() {
    let there = read(&live(&["Red"]));
    let change = |sale: Value| {
        let both = json!({"sale": sale, "compare_at": {"set": "15.00 EUR"}});
        let change = edit(json!({"variants": [[uuid(100), both]]}));
        let sent = edited(&change, &Staged::default(), &target(&[0]), Some(&there), &shop_facts()).unwrap();
        let lost: Vec<String> = sent.losses.iter().map(|loss| loss.path.clone()).collect();
        (serde_json::to_value(&sent.value.variants[0]).unwrap()["compareAtPrice"].clone(), lost)
    };
    let (shown, lost) = change(json!({"set": {"price": "9.00 EUR"}}));
    assert_eq!((shown, lost), (json!("12.50"), vec!["variants[0].compare_at".to_owned()]));
    assert_eq!(change(json!("clear")), (json!("15.00"), vec![]));
}

#[test]
fn a_preview_names_the_media_that_an_edit_loses() {
    let mut media = vec![serde_json::to_value(&listing(&["Red"]).media[0]).unwrap()];
    media.push(json!({"id": uuid(51), "source": "media:51", "role": "video"}));
    let change = edit(json!({"media": {"set": media}}));
    let there = read(&live(&["Red"]));
    for live in [None, Some(&there)] {
        let sent = edited(&change, &Staged::default(), &target(&[0]), live, &shop_facts()).unwrap();
        let lost: Vec<&str> = sent.losses.iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(lost, ["media[1]"], "read: {}", live.is_some());
    }
}

#[test]
fn an_edit_of_a_variant_that_was_never_placed_is_refused() {
    let change = edit(json!({"remove": [uuid(140)]}));
    let refused = edited(&change, &Staged::default(), &target(&[0]), None, &shop_facts()).unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].path.as_str()), (ErrorKind::InvalidInput, "remove[0]"));
}

#[test]
fn an_edit_of_selling_points_says_that_they_are_lost() {
    let edit: ListingEdit = serde_json::from_value(json!({"bullets": {"set": ["Holds tea"]}})).unwrap();
    let target = Target { refs: Refs::of([Ref::new(PRODUCT, "p")]), variants: Vec::new(), media: Vec::new() };
    let sent = edited(&edit, &Staged::default(), &target, None, &shop_facts()).unwrap();
    assert!(sent.value.product.is_none(), "nothing is called for it");
    assert_eq!(sent.losses.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["bullets"]);
}
