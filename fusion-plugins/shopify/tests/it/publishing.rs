use crate::bench::{Bench, big, done, id, listing, target_of};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{Lifecycle, Seen},
    plugin::{Applied, Change, PlatformPlugin, Target, Work, Written},
};
use serde_json::json;

#[tokio::test]
async fn a_new_product_is_a_draft_that_nobody_sees() {
    let bench = Bench::new().await;
    let placed = bench.create(&listing(&["Red", "Blue"])).await;
    assert_eq!(placed.product.state.lifecycle, Lifecycle::Draft);
    assert_eq!(placed.variants.len(), 2);
    assert_eq!(placed.media.len(), 1);
    let kept = bench.shop.product(id(&placed.product.refs, "product")).unwrap();
    assert_eq!((&kept["status"], &kept["published"]), (&json!("DRAFT"), &json!({})));
    assert_eq!(kept["handle"], "mug");
    for (_, refs) in &placed.variants {
        let location = &bench.shop.locations()[0].0;
        assert!(matches!(bench.shop.quantity(id(refs, "inventory_item"), location), None | Some(0)));
    }
}

#[tokio::test]
async fn publishing_makes_a_product_and_shows_it_in_the_channel() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let product = target.refs.current()[0].clone();
    let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    assert_eq!(live.state.lifecycle, Lifecycle::Live);
    assert_eq!(bench.effects().iter().filter(|field| *field == "productSet").count(), 1);
}

#[tokio::test]
async fn publishing_again_brings_the_product_in_line() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red", "Blue"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let product = target.refs.current()[0].clone();
    bench
        .shop
        .edit_product(&product.id, |kept| {
            kept["title"] = json!("Changed by hand");
            kept["status"] = json!("DRAFT");
            kept["variants"][0]["price"] = json!("99.00");
        })
        .unwrap();
    let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    assert!(!bench.plugin.drift(&wanted, &target, &live).is_empty());
    bench.publish("two", &target, &wanted).await;
    let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    assert_eq!(bench.plugin.drift(&wanted, &target, &live), []);
    assert_eq!(live.state.lifecycle, Lifecycle::Live);
    assert_eq!(live.media.value().unwrap().len(), 1, "the same picture is there once");
}

#[tokio::test]
async fn a_variant_and_a_picture_from_the_shops_admin_survive_a_repair() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let target = bench.publish("one", &Target::default(), &wanted).await;
    let product = target.refs.current()[0].clone();
    // Another program adds both.
    let mut theirs = wanted.clone();
    theirs.options[0].values.push("Green".to_owned());
    theirs.variants.extend(listing(&["Grey", "Green"]).variants.into_iter().skip(1));
    theirs.media.extend(
        serde_json::from_value::<Vec<_>>(json!([{"id": crate::bench::uuid(51),
        "source": "https://pictures.example/theirs.jpg", "role": "gallery"}]))
        .unwrap(),
    );
    bench.publish("theirs", &target, &theirs).await;

    bench.bench.next_work("two");
    let receipt = bench.plugin.publish(&bench.cx(), &target, &wanted).await.unwrap();
    assert_eq!(receipt.issues.len(), 1);
    assert!(receipt.issues[0].message.contains("Green"), "{:?}", receipt.issues);
    let live = bench.plugin.get_product(&bench.cx(), &product).await.unwrap().value;
    assert_eq!(live.variants.value().unwrap().len(), 2);
    assert_eq!(live.media.value().unwrap().len(), 2);
}

#[tokio::test]
async fn a_new_row_of_the_listing_becomes_a_variant_and_the_old_keep_their_ids() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let grown = bench.publish("two", &target, &listing(&["Red", "Blue"])).await;
    assert_eq!(grown.variants.len(), 2);
    assert_eq!(grown.variants[0], target.variants[0]);
}

#[tokio::test]
async fn without_a_channel_nothing_is_made() {
    let mut bench = Bench::with(|shop| shop.publications(["Point of Sale", "Wholesale"])).await;
    bench.bench.next_work("one");
    let refused =
        bench.plugin.publish(&bench.cx(), &Target::default(), &listing(&["Red"])).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fate()), (ErrorKind::InvalidConfig, Fate::NotSent));
    assert!(bench.shop.products().is_empty());
}

#[tokio::test]
async fn a_large_product_is_made_later_and_then_read_whole() {
    let bench = Bench::new().await;
    let wanted = big(300);
    let placed = bench.create(&wanted).await;
    assert_eq!(placed.variants.len(), 300);
    let Seen::Value(variants) = &placed.product.variants else { panic!("not read whole") };
    assert_eq!(variants.len(), 300);
}

#[tokio::test]
async fn a_large_product_that_takes_too_long_is_accepted_and_shown_when_it_stands() {
    let mut bench = Bench::new().await;
    bench.bench.time = std::time::Duration::from_secs(8);
    let wanted = big(300);
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap();
    let Written::Accepted { watch, .. } = receipt.result else { panic!("waited longer than it had time") };
    bench.bench.time = std::time::Duration::from_secs(60);
    let command = bench.command(Change::Publish { listing: Box::new(wanted) });
    let target = Target::default();
    bench.clock.advance(std::time::Duration::from_secs(30));
    let receipt =
        bench.plugin.observe(&bench.cx(), Work { command: &command, target: &target }, &watch).await.unwrap();
    let Applied::Placed(placed) = done(receipt) else { panic!("another kind of outcome") };
    assert_eq!(placed.variants.len(), 300);
    assert_eq!(placed.product.state.lifecycle, Lifecycle::Live);
    assert_eq!(target_of(&placed).variants.len(), 300);
}
