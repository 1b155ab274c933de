use crate::bench::{Bench, done, id, listing, target_of, uuid};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result},
    model::{ListingEdit, Media, NewListing, Seen},
    plugin::{Applied, Assets, Change, Placed, PlatformPlugin, Receipt, Target, Watch, Work, Written},
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nabc";

/// Bytes by source.
struct Files(BTreeMap<&'static str, &'static [u8]>);

#[async_trait]
impl Assets for Files {
    async fn open(&self, media: &Media) -> Result<Bytes> {
        let found = self.0.get(media.source.as_str());
        found
            .map(|bytes| Bytes::from_static(bytes))
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no such file"))
    }
}

fn media(source: &str) -> Media {
    serde_json::from_value(json!({"id": uuid(50), "source": source, "role": "gallery", "alt": "A mug"}))
        .unwrap()
}

fn with_source(source: &str) -> NewListing {
    NewListing { media: vec![media(source)], ..listing(&["Red"]) }
}

async fn bench(files: &[(&'static str, &'static [u8])]) -> Bench {
    let mut bench = Bench::new().await;
    bench.bench.media = Arc::new(Files(files.iter().copied().collect()));
    bench
}

fn pictures(bench: &Bench, target: &Target) -> Vec<Value> {
    let product = bench.shop.product(id(&target.refs, "product")).unwrap();
    product["media"].as_array().unwrap().clone()
}

fn uploads(bench: &Bench) -> u64 {
    bench.shop.calls().get("stagedUpload").copied().unwrap_or_default()
}

#[tokio::test]
async fn a_picture_that_comes_as_bytes_is_carried_over_once() {
    let mut bench = bench(&[("mug.png", PNG)]).await;
    let wanted = with_source("mug.png");
    let mut target = bench.publish("one", &Target::default(), &wanted).await;
    let before = pictures(&bench, &target);
    let source = before[0]["source"].as_str().unwrap();
    assert_eq!(bench.shop.uploaded(source).unwrap(), PNG);
    // Three further changes make no further picture and carry nothing.
    for work in ["two", "three", "four"] {
        target = bench.publish(work, &target, &NewListing { title: work.to_owned(), ..wanted.clone() }).await;
        assert_eq!(pictures(&bench, &target), before, "{work}");
    }
    assert_eq!(uploads(&bench), 1);
}

#[tokio::test]
async fn a_picture_that_shows_something_else_takes_the_place_of_the_old_one() {
    for (source, other) in [("mug.png", "mug.png"), ("https://a.example/1.png", "https://a.example/2.png")] {
        let mut bench = bench(&[("mug.png", PNG)]).await;
        let target = bench.publish("one", &Target::default(), &with_source(source)).await;
        let before = pictures(&bench, &target);
        bench.bench.media = Arc::new(Files([("mug.png", &b"GIF89a"[..])].into()));
        let target = bench.publish("two", &target, &with_source(other)).await;
        let after = pictures(&bench, &target);
        assert_eq!(after.len(), 1, "{source}");
        assert_ne!(after[0]["id"], before[0]["id"], "{source}");
        assert_eq!(id(&target.media[0].1, "media"), format!("gid://shopify/MediaImage/{}", after[0]["id"]));
    }
}

#[tokio::test]
async fn an_edit_carries_bytes_and_takes_away_a_text() {
    let mut bench = bench(&[("new.gif", b"GIF89a")]).await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    bench.bench.next_work("two");
    let first = Media { alt: None, ..listing(&["Red"]).media[0].clone() };
    let second = json!({"id": uuid(51), "source": "new.gif", "role": "gallery"});
    let edit: ListingEdit = serde_json::from_value(json!({"media": {"set": [second, first]}})).unwrap();
    let placed = done(bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap());
    let kept = pictures(&bench, &target);
    assert_eq!(kept.len(), 2);
    assert!(bench.shop.uploaded(kept[0]["source"].as_str().unwrap()).is_some());
    assert_eq!(kept[1]["alt"], "", "the text is gone");
    assert_eq!(placed.media.len(), 2);
}

#[tokio::test]
async fn bytes_of_a_change_that_broke_off_are_not_carried_again() {
    let mut bench = bench(&[("new.gif", b"GIF89a")]).await;
    let target = bench.publish("one", &Target::default(), &listing(&["Red"])).await;
    let new = json!({"id": uuid(51), "source": "new.gif", "role": "gallery"});
    let edit: ListingEdit = serde_json::from_value(json!({
        "media": {"set": [listing(&["Red"]).media[0], new]},
        "variants": [[uuid(100), {"media": {"set": uuid(51)}}]],
    }))
    .unwrap();
    bench.bench.next_work("two");
    bench.shop.inject(Fault::new(FaultKind::Status(403)).on("productVariantsBulkUpdate"));
    bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap_err();
    bench.clock.advance(Duration::from_secs(60));
    let sent = pictures(&bench, &target);
    bench.bench.next_work("three");
    done(bench.plugin.update_product(&bench.cx(), &target, &edit).await.unwrap());
    assert_eq!((uploads(&bench), sent.len()), (1, 2));
    assert_eq!(pictures(&bench, &target)[1]["id"], sent[1]["id"]);
}

#[tokio::test]
async fn what_is_no_picture_stops_the_change_before_anything_is_sent() {
    let bench = bench(&[("text.png", b"hello")]).await;
    for (source, code) in [("text.png", "not_a_picture"), ("absent.png", "not_there")] {
        let refused =
            bench.plugin.publish(&bench.cx(), &Target::default(), &with_source(source)).await.unwrap_err();
        let problem = &refused.problems()[0];
        assert_eq!((refused.kind(), refused.fate()), (ErrorKind::InvalidInput, Fate::NotSent), "{source}");
        assert_eq!((problem.path.as_str(), problem.code.as_str()), ("media[0]", code));
    }
    assert_eq!((bench.shop.products().len(), bench.bench.journal.rows().len()), (0, 0));
}

#[tokio::test]
async fn bytes_that_were_lost_on_the_way_are_carried_again() {
    let bench = bench(&[("mug.png", PNG)]).await;
    // The place is asked for, and the answer is lost: another place does as well.
    bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("stagedUploadsCreate"));
    let placed =
        done(bench.plugin.publish(&bench.cx(), &Target::default(), &with_source("mug.png")).await.unwrap());
    assert_eq!(pictures(&bench, &target_of(&placed)).len(), 1);
    assert_eq!(uploads(&bench), 1);
}

/// Publishes with so little time that nobody waits for pictures.
async fn hurried(bench: &mut Bench, wanted: &NewListing) -> (Placed, Watch) {
    bench.bench.time = Duration::from_millis(900);
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), wanted).await.unwrap();
    bench.bench.time = Duration::from_secs(60);
    let Written::Accepted { so_far: Some(placed), watch, .. } = receipt.result else { panic!("it is done") };
    (placed, watch)
}

async fn observe(
    bench: &Bench,
    wanted: &NewListing,
    placed: &Placed,
    watch: &Watch,
) -> Result<Receipt<Applied>> {
    let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
    let target = target_of(placed);
    bench.plugin.observe(&bench.cx(), Work { command: &command, target: &target }, watch).await
}

#[tokio::test]
async fn a_picture_that_takes_longer_is_asked_about_until_it_is_there() {
    let mut bench = Bench::new().await;
    let wanted = listing(&["Red"]);
    let (placed, watch) = hurried(&mut bench, &wanted).await;
    assert!(!placed.media.is_empty() && !placed.product.refs.is_empty(), "the ids are told at once");
    let receipt = observe(&bench, &wanted, &placed, &watch).await.unwrap();
    assert!(matches!(receipt.result, Written::Accepted { watch: now, .. } if now == watch));
    bench.clock.advance(Duration::from_secs(3));
    let Applied::Placed(after) = done(observe(&bench, &wanted, &placed, &watch).await.unwrap()) else {
        panic!()
    };
    assert!(after.product.media.value().unwrap()[0].url.value().is_some());
}

#[tokio::test]
async fn a_picture_that_the_platform_cant_take_over_is_a_failure_with_an_issue() {
    let mut bench = Bench::new().await;
    let wanted = with_source("https://a.example/missing/1.png");
    let receipt = bench.plugin.publish(&bench.cx(), &Target::default(), &wanted).await.unwrap();
    let Written::Accepted { so_far: Some(placed), watch, .. } = receipt.result else { panic!("it is done") };
    let failed = observe(&bench, &wanted, &placed, &watch).await.unwrap_err();
    assert_eq!((failed.kind(), failed.fate()), (ErrorKind::PlatformRefused, Fate::Rejected));
    assert_eq!(failed.problems()[0].path, id(&placed.media[0].1, "media"));
    let live = bench.plugin.get_product(&bench.cx(), &placed.product.refs.current()[0]).await.unwrap().value;
    assert_eq!(
        (live.issues[0].code.as_str(), live.issues[0].fields.as_slice()),
        ("media_failed", &["media[0]".to_owned()][..])
    );
    assert_eq!(live.media.value().unwrap()[0].url, Seen::Empty);
    // The mended one takes its place.
    let target = bench.publish("two", &target_of(&placed), &with_source("https://a.example/1.png")).await;
    assert_eq!(pictures(&bench, &target).len(), 1);
}

#[tokio::test]
async fn a_picture_for_the_shops_files_is_made_once() {
    for source in ["https://a.example/1.png", "mug.png"] {
        let mut bench = bench(&[("mug.png", PNG)]).await;
        bench.bench.time = Duration::from_secs(600);
        bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("fileCreate"));
        let receipt = bench.plugin.upload_media(&bench.cx(), &media(source)).await.unwrap();
        let Written::Accepted { so_far: Some(refs), watch, .. } = receipt.result else {
            panic!("{source}: it is done")
        };
        assert_eq!(bench.shop.files(), [id(&refs, "media")], "{source}: sent twice, made once");
        bench.clock.advance(Duration::from_secs(3));
        let wanted = with_source(source);
        let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
        let target = Target { media: vec![(wanted.media[0].id, refs.clone())], ..Target::default() };
        let work = Work { command: &command, target: &target };
        let ready = done(bench.plugin.observe(&bench.cx(), work, &watch).await.unwrap());
        assert!(matches!(ready, Applied::Uploaded(told) if id(&told, "media") == id(&refs, "media")));
        let video: Media =
            serde_json::from_value(json!({"id": uuid(60), "source": source, "role": "video"})).unwrap();
        let refused = bench.plugin.upload_media(&bench.cx(), &video).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }
}
