//! What the catalogue holds is listed page by page, and never another tenant's.

use crate::world::World;
use fusion_core::{
    hub::{ListingsWanted, ProductsWanted},
    model::{MoveId, ProductId, ProductStatus},
};
use fusion_plugin_sdk::testkit::Script;
use std::time::Duration;

/// Ids tell their order by the millisecond.
async fn tick() {
    tokio::time::advance(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn products_come_page_by_page_each_once_and_end() {
    let world = World::new(Script::default()).await;
    let mut saved = Vec::new();
    for nth in 0..5 {
        saved.push(world.save(&format!("Mug {nth}"), 1).await);
        tick().await;
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = world.hub.products(&world.alice, ProductsWanted::All, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.id);
        listed.extend(page.iter().map(|product| product.id));
    }
    assert_eq!(listed, saved, "in the order in which they were made");
}

#[tokio::test(start_paused = true)]
async fn products_are_found_by_state_moment_sku_and_stock() {
    let world = World::new(Script::default()).await;
    let old = world.hub.product(&world.alice, world.save("Cup", 1).await).await.unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    let moment = world.hub.clock().now();
    let new = world.hub.product(&world.alice, world.save("Plate", 1).await).await.unwrap();
    let item = new.variants[0].consumes[0].item;
    let sku = new.variants[0].sku.clone().unwrap();
    let found = async |wanted| -> Vec<ProductId> {
        let found = world.hub.products(&world.alice, wanted, None, 10).await.unwrap();
        found.iter().map(|product| product.id).collect()
    };
    assert_eq!(found(ProductsWanted::ChangedSince(moment)).await, [new.id]);
    assert_eq!(found(ProductsWanted::WithSku(sku)).await, [new.id]);
    assert_eq!(found(ProductsWanted::Consuming(item)).await, [new.id]);
    assert_eq!(found(ProductsWanted::In(old.status)).await, [old.id, new.id]);
    assert_eq!(found(ProductsWanted::In(ProductStatus::Draft)).await, []);
}

#[tokio::test(start_paused = true)]
async fn listings_and_moves_are_found_and_stay_within_their_tenant() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    tick().await;
    world.adjust(item, -3, "till 1").await;
    tick().await;
    world.adjust(item, 2, "till 2").await;
    let id = listing.refs.current()[0].clone();
    let other = world.hub.tenant("other").unwrap().person("olga").unwrap();
    for wanted in [
        ListingsWanted::Of(listing.product),
        ListingsWanted::In(listing.store),
        ListingsWanted::Knowing(listing.store, id),
    ] {
        let found = world.hub.listings(&world.alice, wanted.clone(), None, 10).await.unwrap();
        assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [listing.id], "{wanted:?}");
        assert!(world.hub.listings(&other, wanted.clone(), None, 10).await.unwrap().is_empty(), "{wanted:?}");
        let rest = world.hub.listings(&world.alice, wanted, Some(listing.id), 10).await.unwrap();
        assert!(rest.is_empty());
    }
    let told = async |after: Option<MoveId>| {
        let moves = world.hub.moves(&world.alice, item, after, 2).await.unwrap();
        moves.into_iter().map(|step| (step.id, step.delta)).collect::<Vec<_>>()
    };
    let (first, rest) = (told(None).await, told(Some(told(None).await[1].0)).await);
    let deltas: Vec<i64> = first.iter().chain(&rest).map(|step| step.1).collect();
    assert_eq!(deltas, [40, -3, 2], "the opening level, then what was sold and brought back");
    assert!(world.hub.moves(&other, item, None, 10).await.unwrap().is_empty());
    assert!(world.hub.products(&other, ProductsWanted::All, None, 10).await.unwrap().is_empty());
    assert!(world.hub.locations(&other).await.unwrap().is_empty());
    assert!(!world.hub.locations(&world.alice).await.unwrap().is_empty());
}
