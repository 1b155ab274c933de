//! A variant's own picture: one of the product's, given and taken off.

use crate::bench::{Bench, done, id, listing, target_of, uuid};
use fusion_core::{
    error::{ErrorKind, Fate, Retry},
    model::{ListingEdit, RemoteProduct, Seen},
    plugin::{Change, PlatformPlugin, Preview, Snapshot, Target, Work},
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

fn edit(value: Value) -> ListingEdit {
    serde_json::from_value(value).unwrap()
}

/// The listing's picture, and one more.
fn two() -> Value {
    json!([
        {"id": uuid(50), "source": "https://pictures.example/mug.jpg", "role": "gallery", "alt": "A mug"},
        {"id": uuid(51), "source": "https://pictures.example/red.jpg", "role": "gallery", "alt": "Red"},
    ])
}

fn given(nth: usize, media: &Value) -> Value {
    json!([[uuid(100 + nth), {"media": media}]])
}

async fn shown(bench: &Bench, target: &Target) -> RemoteProduct {
    bench.plugin.get_product(&bench.cx(), &target.refs.current()[0]).await.unwrap().value
}

/// What each variant shows, by its place among the product's pictures.
fn places(shown: &RemoteProduct) -> Vec<Option<usize>> {
    let pictures = shown.media.value().unwrap();
    let place = |own: &Seen<_>| {
        assert!(own.is_read());
        own.value().map(|own| pictures.iter().position(|one| one.refs.current().contains(own)).unwrap())
    };
    shown.variants.value().unwrap().iter().map(|variant| place(&variant.media)).collect()
}

async fn reviewed(bench: &Bench, target: &Target, edit: &ListingEdit) -> (Snapshot, Preview) {
    let change = Change::UpdateProduct { listing: listing(&[]).listing, edit: Box::new(edit.clone()) };
    let command = bench.command(change);
    let work = Work { command: &command, target };
    let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
    (shown, preview)
}

fn told(preview: &Preview, nth: usize) -> (Option<Value>, Option<Value>) {
    let path = format!("variants.{}.media", uuid(100 + nth));
    let change = preview.changes.iter().find(|change| change.path == path).unwrap();
    (change.from.clone(), change.to.clone())
}

#[tokio::test]
async fn a_variant_is_given_a_picture_that_comes_with_it_another_and_none_again() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red", "Blue"])).await;
    let coming = edit(json!({"media": {"set": two()}, "variants": given(0, &json!({"set": uuid(51)}))}));
    let (before, preview) = reviewed(&bench, &target, &coming).await;
    assert_eq!(told(&preview, 0), (None, Some(json!(uuid(51)))));
    bench.bench.next_work("two");
    let receipt = bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap();
    assert_eq!(receipt.losses, []);
    let target = target_of(&done(receipt));
    assert_eq!(places(&shown(&bench, &target).await), [Some(1), None]);
    let effects = bench.effects();
    assert_eq!(effects[effects.len() - 2..], ["productSet", "productVariantsBulkUpdate"]);
    let (fresh, _) = reviewed(&bench, &target, &coming).await;
    assert_eq!(before.stale_fields(&fresh, true), Vec::<String>::new());

    // One that the shop has: nothing else is sent.
    let other = edit(json!({"variants": given(0, &json!({"set": uuid(50)}))}));
    let (before, preview) = reviewed(&bench, &target, &other).await;
    assert_eq!(told(&preview, 0), (Some(json!(uuid(51))), Some(json!(uuid(50)))));
    bench.bench.next_work("three");
    done(bench.plugin.update_product(&bench.cx(), &target, &other).await.unwrap());
    assert_eq!(places(&shown(&bench, &target).await), [Some(0), None]);
    assert_eq!(bench.effects().len(), effects.len() + 1);
    let (fresh, _) = reviewed(&bench, &target, &other).await;
    assert_eq!(before.stale_fields(&fresh, true), Vec::<String>::new());
    assert_eq!(before.stale_fields(&fresh, false), [format!("variants.{}.media", uuid(100))]);

    let none = edit(json!({"variants": given(0, &json!("clear"))}));
    assert_eq!(told(&reviewed(&bench, &target, &none).await.1, 0), (Some(json!(uuid(50))), None));
    bench.bench.next_work("four");
    done(bench.plugin.update_product(&bench.cx(), &target, &none).await.unwrap());
    let after = shown(&bench, &target).await;
    assert_eq!(places(&after), [None, None]);
    assert_eq!(after.media.value().unwrap().len(), 2, "the product keeps it");
    assert_eq!(bench.effects().last().unwrap(), "productVariantDetachMedia");
}

#[tokio::test]
async fn a_new_variant_comes_with_its_picture() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let mut green = listing(&["Grey", "Green"]).variants.remove(1);
    green.media = Some(serde_json::from_value(json!(uuid(51))).unwrap());
    bench.bench.next_work("two");
    let coming = edit(json!({"media": {"set": two()}, "add": [green]}));
    let receipt = bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap();
    assert_eq!(receipt.losses, []);
    assert_eq!(places(&shown(&bench, &target_of(&done(receipt))).await), [None, Some(1)]);
}

#[tokio::test]
async fn a_picture_that_isnt_ready_puts_the_variant_off_and_a_later_run_goes_on() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let coming = edit(json!({"media": {"set": two()}, "variants": given(0, &json!({"set": uuid(51)}))}));
    bench.bench.next_work("two");
    bench.bench.time = Duration::from_millis(900);
    let waits = bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap_err();
    assert_eq!((waits.kind(), waits.fate()), (ErrorKind::Unavailable, Fate::Partial));
    assert_eq!(waits.retry(), Retry::Backoff);
    let sent = bench.effects().len();
    bench.bench.time = Duration::from_secs(60);
    bench.clock.advance(Duration::from_secs(3));
    let target = target_of(&done(bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap()));
    let after = shown(&bench, &target).await;
    assert_eq!(places(&after), [Some(1)]);
    assert_eq!(after.media.value().unwrap().len(), 2, "the pictures were sent once");
    assert_eq!(bench.effects().len(), sent + 1);
}

#[tokio::test]
async fn a_picture_that_the_shop_cant_take_over_ends_the_change_and_is_named() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let mut media = two();
    media[1]["source"] = json!("https://pictures.example/missing/red.jpg");
    let coming = edit(json!({"media": {"set": media}, "variants": given(0, &json!({"set": uuid(51)}))}));
    bench.bench.next_work("two");
    let refused = bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fate()), (ErrorKind::PlatformRefused, Fate::Partial));
    assert_eq!(refused.problems().len(), 1);
}

fn pictures(bench: &Bench, target: &Target) -> Vec<Value> {
    let product = bench.shop.product(id(&target.refs, "product")).unwrap();
    product["media"].as_array().unwrap().iter().map(|picture| picture["id"].clone()).collect()
}

#[tokio::test]
async fn pictures_are_made_once_even_if_the_answer_is_lost() {
    let mut made = Vec::new();
    for fault in [None, Some(FaultKind::ResetAfterWrite), Some(FaultKind::BadGatewayAfterEffect)] {
        let mut bench = Bench::new().await;
        let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
        bench.bench.next_work("two");
        if let Some(kind) = fault {
            bench.shop.inject(Fault::new(kind).on("productSet"));
        }
        let coming = edit(json!({"media": {"set": two()}}));
        let placed = done(bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap());
        assert_eq!(bench.effects().last().unwrap(), "productSet");
        made.push(pictures(&bench, &target_of(&placed)));
    }
    assert_eq!(made[0].len(), 2);
    assert!(made.iter().all(|ids| *ids == made[0]), "a second sending has made others: {made:?}");
}

#[tokio::test]
async fn a_change_of_pictures_that_broke_off_and_is_asked_for_anew_leaves_no_strangers() {
    let mut bench = Bench::new().await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let coming = edit(json!({"media": {"set": two()}, "variants": given(0, &json!({"set": uuid(51)}))}));
    bench.bench.next_work("two");
    bench.shop.inject(Fault::new(FaultKind::Status(403)).on("productVariantsBulkUpdate"));
    let broken = bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap_err();
    assert_eq!(broken.fate(), Fate::Partial);
    bench.clock.advance(Duration::from_secs(60));
    let sent = pictures(&bench, &target);
    assert_eq!(sent.len(), 2);

    // Nobody has kept what the shop calls them.
    let (before, preview) = reviewed(&bench, &target, &coming).await;
    assert!(!preview.changes.iter().any(|change| change.path == "media"), "{:?}", preview.changes);
    bench.bench.next_work("three");
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &coming).await.unwrap());
    let target = target_of(&placed);
    assert_eq!(pictures(&bench, &target), sent, "the same ones");
    assert_eq!(places(&shown(&bench, &target).await), [Some(1)]);
    let (fresh, _) = reviewed(&bench, &target, &coming).await;
    assert_eq!(before.stale_fields(&fresh, true), Vec::<String>::new());

    // Another one in the place of one that was sent and not kept takes its place.
    let mut other = two();
    other[1]["source"] = json!("https://pictures.example/blue.jpg");
    bench.bench.next_work("four");
    bench.shop.inject(Fault::new(FaultKind::Status(403)).on("productVariantsBulkUpdate"));
    let coming = |media: &Value| {
        edit(json!({"media": {"set": media}, "variants": given(0, &json!({"set": uuid(50)}))}))
    };
    bench.plugin.update_product(&bench.cx(), &target, &coming(&other)).await.unwrap_err();
    bench.clock.advance(Duration::from_secs(60));
    other[1]["source"] = json!("https://pictures.example/green.jpg");
    bench.bench.next_work("five");
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &coming(&other)).await.unwrap());
    assert_eq!(pictures(&bench, &target_of(&placed)).len(), 2);
}

#[tokio::test]
async fn taking_a_picture_off_is_safe_to_repeat() {
    for fault in [FaultKind::ResetBefore, FaultKind::ResetAfterWrite] {
        let mut bench = Bench::new().await;
        let mut wanted = listing(&["Red", "Blue"]);
        let own = wanted.media[0].id;
        wanted.variants.iter_mut().for_each(|variant| variant.media = Some(own));
        let target = bench.publish("one", &Target::default(), &wanted).await;
        assert_eq!(places(&shown(&bench, &target).await), [Some(0), Some(0)]);
        bench.bench.next_work("two");
        bench.shop.inject(Fault::new(fault.clone()).on("productVariantDetachMedia"));
        let none =
            edit(json!({"variants": [[uuid(100), {"media": "clear"}], [uuid(101), {"media": "clear"}]]}));
        done(bench.plugin.update_product(&bench.cx(), &target, &none).await.unwrap());
        let after = shown(&bench, &target).await;
        assert_eq!(places(&after), [None, None], "{fault:?}");
        assert_eq!(id(&target.refs, "product"), id(&after.refs, "product"));
    }
}
