//! Pictures that somebody else puts into a product while ours are on their way.

use crate::bench::{Bench, big, done, id, listing, target_of, uuid};
use fusion_core::{
    model::ListingEdit,
    plugin::{Applied, Change, PlatformPlugin, Target, Work, Written},
};
use serde_json::{Value, json};
use std::time::Duration;

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

fn picture(nth: usize, name: &str) -> Value {
    json!({"id": uuid(nth), "source": format!("https://pictures.example/{name}.jpg"), "role": "gallery", "alt": name})
}

fn pictures(bench: &Bench, target: &Target) -> Vec<Value> {
    let product = bench.shop.product(id(&target.refs, "product")).unwrap();
    product["media"].as_array().unwrap().iter().map(|picture| picture["alt"].clone()).collect()
}

/// Somebody adds a picture of their own, in front of all others.
fn put_first(bench: &Bench, product: &str) {
    let put = |kept: &mut Value| {
        let mut theirs = kept["media"][0].clone();
        (theirs["id"], theirs["alt"], theirs["filename"]) =
            (json!(990_099), json!("theirs"), json!("theirs.jpg"));
        theirs["source"] = json!("https://elsewhere.example/theirs.jpg");
        kept["media"].as_array_mut().unwrap().insert(0, theirs);
    };
    bench.shop.edit_product(product, put).unwrap();
}

/// A run that waits for a picture is done later; meanwhile somebody puts a picture of their own first.
#[tokio::test]
async fn a_picture_that_somebody_puts_first_while_an_edit_waits_stays_theirs() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let both = json!([picture(50, "mug"), picture(51, "red")]);
    let coming =
        edit(json!({"media": {"set": both}, "variants": [[uuid(100), {"media": {"set": uuid(51)}}]]}));
    bench.bench.next_work("two");
    bench.bench.time = Duration::from_millis(900);
    bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap_err();
    put_first(&bench, id(&target.refs, "product"));
    bench.bench.time = Duration::from_secs(60);
    bench.clock.advance(Duration::from_secs(600));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap());
    let target = target_of(&placed);
    assert_eq!(pictures(&bench, &target), ["theirs", "mug", "red"]);
    bench.bench.next_work("three");
    let less = edit(json!({"media": {"set": [picture(51, "red")]}}));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &less).await.unwrap());
    let mut left: Vec<_> =
        pictures(&bench, &target_of(&placed)).iter().map(|alt| alt.as_str().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["red", "theirs"]);
}

/// As the last, while a publication is looked at whose picture takes longer.
#[tokio::test]
async fn a_picture_that_somebody_puts_first_while_a_publication_is_watched_stays_theirs() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    bench.bench.time = Duration::from_millis(900);
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap();
    bench.bench.time = Duration::from_secs(60);
    let Written::Accepted { so_far: Some(placed), watch, .. } = receipt.result else { panic!("it is done") };
    let target = target_of(&placed);
    put_first(&bench, id(&target.refs, "product"));
    bench.clock.advance(Duration::from_secs(60));
    let command = bench.command(Change::Publish { listing: Box::new(wanted) });
    let work = Work { command: &command, target: &target };
    let Applied::Placed(placed) = done(bench.plugin.observe(&bench.cx(), work, &watch).await.unwrap()) else {
        panic!("another thing")
    };
    let target = target_of(&placed);
    bench.bench.next_work("two");
    let other = edit(json!({"media": {"set": [picture(52, "blue")]}}));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &other).await.unwrap());
    assert_eq!(pictures(&bench, &target_of(&placed)), ["blue", "theirs"]);
}

/// The write of a large product answers no ids of pictures: they are known by their names later.
#[tokio::test]
async fn a_picture_that_somebody_puts_first_into_a_large_product_stays_theirs() {
    let mut bench = Bench::new().await;
    bench.bench.time = Duration::from_secs(8);
    let wanted = big(300);
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap();
    let Written::Accepted { watch, .. } = receipt.result else { panic!("waited longer than it had time") };
    bench.bench.time = Duration::from_secs(60);
    bench.clock.advance(Duration::from_secs(30));
    let product = format!("gid://shopify/Product/{}", bench.shop.products()[0]["id"]);
    put_first(&bench, &product);
    let command = bench.command(Change::Publish { listing: Box::new(wanted) });
    let work = Work { command: &command, target: &Target::default() };
    let Applied::Placed(placed) = done(bench.plugin.observe(&bench.cx(), work, &watch).await.unwrap()) else {
        panic!("another thing")
    };
    bench.clock.advance(Duration::from_secs(60));

    bench.bench.next_work("two");
    let given = edit(json!({"variants": [[uuid(100), {"media": {"set": uuid(50)}}]]}));
    let receipt = bench.plugin.update_product(&bench.cx(), &target_of(&placed), &given).await.unwrap();
    assert_eq!(receipt.losses, []);
    let shown = done(receipt).product;
    let own = shown.variants.value().unwrap()[0].media.value().unwrap().clone();
    assert!(shown.media.value().unwrap()[1].refs.current().contains(&own), "ours, not theirs");

    bench.bench.next_work("three");
    let other = edit(json!({"media": {"set": [picture(50, "mug"), picture(52, "blue")]}}));
    let placed = done(bench.plugin.update_product(&bench.cx(), &target_of(&placed), &other).await.unwrap());
    assert_eq!(pictures(&bench, &target_of(&placed)), ["mug", "blue", "theirs"]);
}
