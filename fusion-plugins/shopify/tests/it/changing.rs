use crate::bench::{Bench, done, id, listing, target_of, uuid};
use fusion_core::{
    error::ErrorKind,
    model::{Lifecycle, ListingEdit, Removal},
    plugin::{PlatformPlugin, Target},
};
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
            let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap();
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
