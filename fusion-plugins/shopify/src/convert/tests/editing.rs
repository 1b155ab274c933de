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
        serde_json::to_value(&calls.variants[0].bulk).unwrap(),
        json!({"id": variant_id(1), "price": "13.00", "inventoryItem": {"sku": null}})
    );
    assert_eq!(calls.variants.len(), 1);
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
        let sent = serde_json::to_value(&calls.variants[0].bulk).unwrap();
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
        (serde_json::to_value(&sent.value.variants[0].bulk).unwrap()["compareAtPrice"].clone(), lost)
    };
    let (shown, lost) = change(json!({"set": {"price": "9.00 EUR"}}));
    assert_eq!((shown, lost), (json!("12.50"), vec!["variants[0].compare_at".to_owned()]));
    assert_eq!(change(json!("clear")), (json!("15.00"), vec![]));
}

#[test]
fn a_reduction_that_ends_with_nothing_said_of_the_full_price_is_said_to_be_guessed() {
    let there = read(&live(&["Red"]));
    for (compare_at, lost) in [(json!("keep"), true), (json!("clear"), false)] {
        let change = edit(json!({"variants": [[uuid(100), {"sale": "clear", "compare_at": compare_at}]]}));
        let sent = edited(&change, &Staged::default(), &target(&[0]), Some(&there), &shop_facts()).unwrap();
        let of = |loss: &Loss| loss.path == "variants[0].compare_at" && loss.kind == LossKind::Guessed;
        assert_eq!(sent.losses.iter().any(of), lost, "{compare_at}");
    }
}

#[test]
fn costs_and_customs_facts_are_sent_and_emptied() {
    let there = read(&live(&["Red"]));
    let sent = |change: Value| {
        let change = edit(json!({"variants": [[uuid(100), change]]}));
        let calls = edited(&change, &Staged::default(), &target(&[0]), Some(&there), &shop_facts()).unwrap();
        let lost: Vec<String> = calls.losses.iter().map(|loss| loss.path.clone()).collect();
        let item = calls.value.variants.first().map(|row| serde_json::to_value(&row.bulk).unwrap());
        (item.map(|sent| sent["inventoryItem"].clone()), lost)
    };
    let item = |item: Value| (Some(item), Vec::new());
    assert_eq!(sent(json!({"cost": {"set": "3.20 EUR"}})), item(json!({"cost": "3.20"})));
    assert_eq!(
        sent(json!({"hs_code": {"set": "6912.00"}, "origin": {"set": "PT"}})),
        item(json!({"harmonizedSystemCode": "691200", "countryCodeOfOrigin": "PT"}))
    );
    assert_eq!(
        sent(json!({"cost": "clear", "hs_code": "clear", "origin": "clear"})),
        item(json!({"cost": null, "harmonizedSystemCode": null, "countryCodeOfOrigin": null}))
    );
    assert_eq!(sent(json!({"cost": {"set": "3.20 USD"}})), (None, vec!["variants[0].cost".to_owned()]));
}

/// A listing's picture that the shop has as 7, and a red variant that shows it.
fn pictured() -> (RemoteProduct, Target) {
    let mut there = live(&["Red"]);
    let shown = |id: u8| json!({"id": format!("gid://shopify/MediaImage/{id}"), "image": {"url": "https://c.example/7"}});
    there["media"]["nodes"] = json!([shown(7), shown(8)]);
    there["variants"]["nodes"][0]["media"] =
        json!({"nodes": [{"id": "gid://shopify/MediaImage/7"}], "pageInfo": {"hasNextPage": false}});
    let mut target = target(&[0]);
    let refs = Refs::of([Ref::new(MEDIA, "gid://shopify/MediaImage/7")]);
    target.media = vec![(listing(&["Red"]).media[0].id, refs)];
    (read(&there), target)
}

#[test]
fn a_variants_picture_is_one_of_the_products_by_its_id_or_by_its_place_among_those_that_are_sent() {
    let (there, target) = pictured();
    let sent = |change: Value| {
        edited(&edit(change), &Staged::default(), &target, Some(&there), &shop_facts())
            .map(|calls| calls.value.variants.into_iter().next().unwrap())
    };
    let given = |id: usize| json!([[uuid(100), {"media": {"set": uuid(id)}}]]);
    let row = sent(json!({"variants": given(50)})).unwrap();
    assert_eq!(row.bulk.media_id.as_deref(), Some("gid://shopify/MediaImage/7"));
    let media = json!([
        {"id": uuid(52), "source": "media:52", "role": "video"},
        {"id": uuid(50), "source": "https://pictures.example/mug.jpg", "role": "gallery"},
        {"id": uuid(51), "source": "https://pictures.example/new.jpg", "role": "gallery"},
    ]);
    for (id, place) in [(50, 0), (51, 1)] {
        let row = sent(json!({"media": {"set": media}, "variants": given(id)})).unwrap();
        assert_eq!((row.bulk.media_id, row.picture), (None, Some(place)), "{id}");
    }
}

#[test]
fn a_picture_that_the_shop_neither_has_nor_takes_is_lost_and_the_rest_of_the_edit_goes() {
    let (there, target) = pictured();
    let film = json!([{"id": uuid(52), "source": "media:52", "role": "video"}]);
    for (media, given) in
        [(json!("keep"), 51), (json!("keep"), 52), (json!("clear"), 50), (json!({"set": film}), 52)]
    {
        let row = json!({"media": {"set": uuid(given)}, "price": {"set": "13.00 EUR"}});
        let change = edit(json!({"media": media, "variants": [[uuid(100), row]]}));
        for live in [None, Some(&there)] {
            let calls = edited(&change, &Staged::default(), &target, live, &shop_facts()).unwrap();
            let lost = |loss: &Loss| loss.path == "variants[0].media" && loss.kind == LossKind::Dropped;
            assert!(calls.losses.iter().any(lost), "{media}, {given}");
            let row = &calls.value.variants[0];
            assert_eq!((&row.bulk.media_id, row.picture), (&None, None), "{media}, {given}");
            assert_eq!(row.bulk.price.as_deref(), Some("13.00"));
        }
    }
}

#[test]
fn a_picture_is_taken_off_a_variant_unless_the_product_loses_it_too() {
    let (there, target) = pictured();
    let keeping = json!({"id": uuid(50), "source": "https://pictures.example/mug.jpg", "role": "gallery"});
    for (media, taken_off) in [(json!("keep"), 1), (json!({"set": [keeping]}), 1), (json!("clear"), 0)] {
        let change = edit(json!({"media": media, "variants": [[uuid(100), {"media": "clear"}]]}));
        let calls = edited(&change, &Staged::default(), &target, Some(&there), &shop_facts()).unwrap().value;
        assert!(calls.variants.is_empty());
        assert_eq!(calls.detach.len(), 1, "one call at most");
        assert_eq!(calls.detach[0].len(), taken_off, "{media}");
    }
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
    let target =
        Target { refs: Refs::of([Ref::new(PRODUCT, "p")]), variants: Vec::new(), ..Target::default() };
    let sent = edited(&edit, &Staged::default(), &target, None, &shop_facts()).unwrap();
    assert!(sent.value.product.is_none(), "nothing is called for it");
    assert_eq!(sent.losses.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["bullets"]);
}
