//! Shops and products of other shapes.

use super::scene::{PIECES, Scene, mug, version};
use fusion_core::{
    error::{ErrorKind, Failure},
    hub::StockChange,
    model::{MoveKind, NewProduct, NewVariant},
};
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test(start_paused = true)]
async fn a_store_with_two_locations_shows_the_stock_of_each() {
    let scene = Scene::with(|shop| shop.locations(["Shop", "Cellar"]), Value::Null).await;
    let (product, bundle) = scene.published(1).await;
    let bound = scene.store.locations.clone();
    assert_eq!(bound.len(), 2, "{bound:?}");
    let item = scene.item(&product, 0);
    let known = scene.hub.levels(&scene.alice, item).await.unwrap();
    let cellar = bound.iter().find(|(_, remote)| remote.id == scene.shop.locations()[1].0).unwrap();
    let before: i64 =
        known.iter().filter(|level| level.location == cellar.0).map(|level| level.on_hand).sum();
    let change = StockChange {
        item,
        location: Some(cellar.0),
        kind: MoveKind::Adjust,
        delta: 7,
        cause: "delivery 1".to_owned(),
    };
    scene.hub.move_stock(&scene.alice, change).await.unwrap();
    scene.work().await;
    let listing = scene.listing().await;
    let remote = listing.variants[0].refs.current().iter().find(|one| one.kind.as_str() == "inventory_item");
    let remote = remote.unwrap().id.clone();
    assert_eq!(scene.shop.quantity(&remote, &cellar.1.id), Some(before + 7));
    let total: i64 =
        scene.hub.levels(&scene.alice, item).await.unwrap().iter().map(|level| level.on_hand).sum();
    assert_eq!(total, PIECES + 7);
    scene.assert_done(&bundle, "two locations").await;
    let drift = scene.hub.drift(&scene.alice, scene.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_older_version_of_the_platform_does_the_same() {
    let scene = Scene::with(|shop| shop, version("2026-07")).await;
    let (product, bundle) = scene.published(2).await;
    scene.change(scene.item(&product, 0), None, -1, "order 1").await;
    scene.work().await;
    let effects = [("inventorySetQuantities", 3), ("productSet", 1), ("publishablePublish", 1)];
    scene.assert_whole(&bundle, &effects, "2026-07").await;
    assert_eq!(scene.pieces(), [PIECES - 1, PIECES]);
}

/// Why a product is skipped; the shop isn't asked.
async fn refused(product: NewProduct) -> Failure {
    let scene = Scene::new().await;
    let product = scene.hub.save_product(&scene.alice, product).await.unwrap();
    let before = scene.shop.calls();
    let mut bundle = scene.hub.publish(&scene.alice, [product.id], [scene.store.id]).await.unwrap();
    assert_eq!(scene.shop.calls(), before, "nothing is asked");
    assert_eq!((bundle.items.len(), bundle.skipped.len()), (0, 1));
    bundle.skipped.remove(0).failure
}

fn paths(failure: &Failure) -> BTreeSet<&str> {
    failure.problems.iter().map(|problem| problem.path.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn everything_that_the_platform_would_refuse_is_named_at_once_before_any_call() {
    let mut wrong = mug(0);
    wrong.wording.title = "M".repeat(256);
    for nth in 0..2_049_u32 {
        let variant = NewVariant::new(format!("MUG-{nth}"), "9.90 USD".parse().unwrap(), 1);
        let variant = variant
            .option("Size", format!("size {}", nth % 200))
            .option("Colour", format!("colour {}", nth / 200))
            .option("Glaze", "matt")
            .option("Handle", "left");
        wrong = wrong.with_variant(variant);
    }
    let failure = refused(wrong).await;
    assert_eq!(failure.kind, ErrorKind::InvalidInput);
    let (prices, named): (BTreeSet<&str>, BTreeSet<&str>) =
        paths(&failure).into_iter().partition(|path| path.ends_with(".offer.price"));
    assert_eq!(named, BTreeSet::from(["options", "title", "variants"]));
    assert_eq!(prices.len(), 2_049, "the shop sells in EUR");
}
