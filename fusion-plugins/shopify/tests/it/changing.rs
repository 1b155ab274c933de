use crate::bench::{Bench, big, done, id, listing, target_of, uuid};
use fusion_core::{
    error::ErrorKind,
    model::{Lifecycle, ListingEdit, Removal, Seen},
    plugin::{Change, PlatformPlugin, ProductQuery, Target, Work},
};
use fusion_plugin_shopify::simulator::Plan;
use serde_json::{Value, json};

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_nothing_else() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red", "Blue"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let before = bench.shop.product(id(&target.refs, "product")).unwrap();
    bench.bench.next_work("two");
    let change = edit(json!({"title": {"set": "Cup"}, "brand": "clear",
        "variants": [[uuid(101), {"price": {"set": "13.00 EUR"}, "sku": {"set": "CUP-1"}}]]}));
    let receipt = bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap();
    assert_eq!(receipt.losses, []);
    let placed = done(receipt);
    assert_eq!(placed.product.title.value().unwrap(), "Cup");
    assert_eq!(target_of(&placed).variants, target.variants);
    let after = bench.shop.product(id(&target.refs, "product")).unwrap();
    assert_eq!(after["variants"][1]["price"], "13.00");
    assert_eq!(after["variants"][1]["item"]["sku"], "CUP-1");
    for field in ["description_html", "tags", "media", "metafields", "options", "published"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["variants"][0], before["variants"][0]);
}

#[tokio::test]
async fn a_product_of_which_a_page_was_read_keeps_every_variant() {
    let mut bench = Bench::with(|shop| shop.plan(Plan::Plus)).await;
    let target = bench.publish("one", &Target::default(), &big(300)).await;
    let before = bench.shop.product(id(&target.refs, "product")).unwrap();
    // A walk tells 25 of the variants, and says that it hasn't read the rest.
    let page = bench.plugin.list_products(&bench.cx(), &ProductQuery::default()).await.unwrap();
    assert_eq!(page.items[0].value.variants, Seen::NotRead);
    bench.bench.next_work("two");
    let change = edit(json!({"title": {"set": "Cup"}}));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
    assert_eq!(placed.product.variants.value().unwrap().len(), 300);
    let after = bench.shop.product(id(&target.refs, "product")).unwrap();
    assert_eq!(after["title"], "Cup");
    assert_eq!(after["variants"], before["variants"]);
    assert_eq!(bench.effects().last().unwrap(), "productUpdate");
}

#[tokio::test]
async fn weights_codes_costs_and_prices_are_set_and_cleared_and_the_review_shows_them() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let set = json!({"weight": {"set": {"value": "1.250", "unit": "pound"}}, "codes": {"set": [
        {"kind": "mpn", "value": "X-1"}, {"kind": "barcode", "value": "INTERNAL"}]}, "compare_at": {"set": "20.00 EUR"},
        "cost": {"set": "3.20 EUR"}, "hs_code": {"set": "6912.00"}, "origin": {"set": "PT"}});
    let clear = json!({"weight": "clear", "codes": "clear", "compare_at": "clear", "sku": "clear",
        "cost": "clear", "hs_code": "clear", "origin": "clear"});
    let (none, cost, full) = (Value::Null, json!("3.20 EUR"), json!("20.00 EUR"));
    for (work, change, weight, barcode, [compare_at, cost], [hs_code, origin]) in [
        ("set", set, "1.25 pound", "INTERNAL", [full, cost], ["691200", "PT"]),
        ("clear", clear, "", "", [none.clone(), none], ["", ""]),
    ] {
        let change = edit(json!({"variants": [[uuid(100), change]]}));
        let command =
            bench.command(Change::UpdateProduct { listing: wanted.listing, edit: Box::new(change.clone()) });
        let work_of = Work { command: &command, target: &target };
        let shown = bench.plugin.snapshot(&bench.cx(), &[work_of]).await.unwrap().remove(0);
        let at = |field: &str| format!("variants.{}.{field}", uuid(100));
        assert_eq!(shown.wanted[&at("weight")], weight);
        assert_eq!(shown.wanted[&at("barcode")], barcode);
        bench.bench.next_work(work);
        let receipt = bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap();
        let lost: Vec<_> = receipt.losses.iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(lost.is_empty(), work == "clear", "a part number has no place: {lost:?}");
        done(receipt);
        // Everything that it has made is what it said that it would make.
        let fresh = bench.plugin.snapshot(&bench.cx(), &[work_of]).await.unwrap().remove(0);
        assert_eq!(fresh.fields, shown.wanted, "{work}");
        assert_eq!(fresh.fields[&at("compare_at")], compare_at);
        assert_eq!(fresh.fields[&at("cost")], cost);
        assert_eq!(
            (&fresh.fields[&at("hs_code")], &fresh.fields[&at("origin")]),
            (&json!(hs_code), &json!(origin))
        );
        assert_eq!(bench.effects().last().unwrap(), "productVariantsBulkUpdate");
    }
}

#[tokio::test]
async fn a_review_of_pictures_tells_what_stays_and_what_comes() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let product = id(&target.refs, "product").to_owned();
    let strange = |kept: &mut Value| {
        let mut strange = kept["media"][0].clone();
        strange["id"] = json!(990_099);
        strange["alt"] = json!("Theirs");
        kept["media"].as_array_mut().unwrap().push(strange);
    };
    bench.shop.edit_product(&product, strange).unwrap();
    let change = edit(json!({"media": {"set": [
        {"id": uuid(51), "source": "https://pictures.example/2.jpg", "role": "gallery", "alt": "From above"}]}}));
    let command =
        bench.command(Change::UpdateProduct { listing: wanted.listing, edit: Box::new(change.clone()) });
    let work = Work { command: &command, target: &target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    let told: Vec<_> = preview.changes.iter().map(|change| (&change.from, &change.to)).collect();
    assert_eq!(told, [(&Some(json!(["A mug", "Theirs"])), &Some(json!(["From above", "Theirs"])))]);
    bench.bench.next_work("two");
    done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, true), Vec::<String>::new());
}

#[tokio::test]
async fn variants_come_and_go_by_name() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red", "Blue"])).await;
    bench.bench.next_work("two");
    let mut new = serde_json::to_value(&listing(&["Grey", "Grey", "Green"]).variants[2]).unwrap();
    new["id"] = json!(uuid(110));
    let change = edit(json!({"add": [new], "remove": [uuid(100)]}));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
    let rows: Vec<String> = placed.variants.iter().map(|(row, _)| row.to_string()).collect();
    assert_eq!(rows, [uuid(101), uuid(110)]);
    // A repeated run is told from the journal; nothing is sent again.
    let effects = bench.effects().len();
    done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
    assert_eq!(bench.effects().len(), effects);
    // Removing what is gone already is fine, as another work finds it.
    bench.bench.next_work("three");
    let change = edit(json!({"title": {"set": "Cup"}, "remove": [uuid(100)]}));
    done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
}

#[tokio::test]
async fn pictures_are_changed_and_strange_ones_stay() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let product = id(&target.refs, "product").to_owned();
    bench
        .shop
        .edit_product(&product, |kept| {
            let mut strange = kept["media"][0].clone();
            strange["id"] = json!(990_099);
            kept["media"].as_array_mut().unwrap().push(strange);
        })
        .unwrap();
    bench.bench.next_work("two");
    let change = edit(
        json!({"media": {"set": [{"id": uuid(51), "source": "https://pictures.example/2.jpg", "role": "gallery"}]}}),
    );
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &change).await.unwrap());
    let kept = bench.shop.product(&product).unwrap();
    let sources: Vec<_> =
        kept["media"].as_array().unwrap().iter().map(|media| media["source"].clone()).collect();
    assert_eq!(sources, ["https://pictures.example/2.jpg", "https://pictures.example/mug.jpg"]);
    assert_eq!(placed.media.len(), 1, "the new picture's id is told: {:?}", placed.media);
    assert_eq!(placed.media[0].0.to_string(), uuid(51));
}

#[tokio::test]
async fn a_product_is_hidden_archived_and_deleted_and_gone_is_fine() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let product = target.refs.current()[0].clone();
    for (removal, expected) in [(Removal::Hide, Lifecycle::Hidden), (Removal::Archive, Lifecycle::Ended)] {
        for again in ["", " again"] {
            bench.bench.next_work(&format!("{removal:?}{again}"));
            done(bench.plugin.delete_product(&bench.cx(), &target, removal).await.unwrap());
            let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
            assert_eq!(live.state.lifecycle, expected);
        }
    }
    for again in ["", " again"] {
        for removal in [Removal::Delete, Removal::Archive, Removal::Hide] {
            bench.bench.next_work(&format!("gone {removal:?}{again}"));
            done(bench.plugin.delete_product(&bench.cx(), &target, removal).await.unwrap());
            let missing = bench.plugin.get_product(&bench.cx(), &product).await.unwrap_err();
            assert_eq!(missing.kind(), ErrorKind::NotFound);
        }
    }
}

#[tokio::test]
async fn a_shop_that_isnt_there_is_no_product_that_is_gone() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    bench.shop.inject(fusion_plugin_shopify::simulator::FaultKind::Status(404));
    bench.bench.next_work("two");
    let refused = bench.plugin.delete_product(&bench.cx(), &target, Removal::Delete).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn a_channel_that_is_gone_is_no_product_out_of_sight() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let gone = json!("gid://shopify/Publication/999999");
    bench.bench.store.facts.other.insert("publication".to_owned(), gone);
    bench.bench.next_work("two");
    let refused = bench.plugin.delete_product(&bench.cx(), &target, Removal::Hide).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
}
