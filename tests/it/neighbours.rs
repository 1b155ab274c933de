//! What has to wait for its budget keeps nobody else waiting: no other store, and no other job.

use crate::{scene::product_ref, world::World};
use fusion_core::{
    approval::Phase,
    clock::Cancel,
    hub::NewStore,
    model::{BundleId, Currency, ProductId, StoreId},
    plugin::{Bucket, BudgetUnit, Scope},
    storage::Storage,
};
use fusion_plugin_sdk::testkit::Script;
use std::time::Duration;

/// What each store allows at once, and then each second.
const AT_ONCE: u32 = 200;
const EACH_SECOND: u32 = 10;

/// Products whose calls the small store allows at once.
const SMALL: usize = 40;

const LOOK: Duration = Duration::from_millis(100);

fn script() -> Script {
    let bucket = |name: &'static str, scope| Bucket {
        name: name.into(),
        scope,
        unit: BudgetUnit::Requests,
        capacity: AT_ONCE,
        refill: EACH_SECOND,
        per: Duration::from_secs(1),
    };
    let buckets = vec![bucket("requests", Scope::Connection), bucket("writes", Scope::Store)];
    Script { buckets: Some(buckets), ..Script::default() }
}

async fn agreed(world: &World, store: StoreId, products: &[ProductId]) -> BundleId {
    let bundle = world.hub.publish(&world.alice, products.iter().copied(), [store]).await.unwrap();
    assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
    world.approve(&bundle).await;
    bundle.id
}

/// How long the small store's requests take, beside so many of a store that has used up what it allows at once.
async fn takes(big: usize) -> Duration {
    let world = World::new(script()).await;
    world.platform.add_store("small", "Small shop", Currency::new("EUR").unwrap());
    let new = NewStore::new("scripted", "Small shop").with_remote_id("small");
    let small = world.hub.register_store(&world.alice, new).await.unwrap();
    let mut products = Vec::new();
    for nth in 0..big.max(SMALL) {
        products.push(world.save(&format!("Mug {nth}"), 1).await);
    }
    let worker = world.worker();
    let stop = Cancel::default();
    let signal = stop.clone();
    let work = tokio::spawn(async move { worker.run(signal).await });
    if big > 0 {
        agreed(&world, world.store.id, &products[..big]).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
    let clock = world.memory.clock();
    let began = clock.elapsed();
    let asked = agreed(&world, small.id, &products[..SMALL]).await;
    while !is_done(&world, asked).await {
        tokio::time::sleep(LOOK).await;
    }
    let took = clock.elapsed().saturating_sub(began);
    stop.cancel();
    work.await.unwrap().unwrap();
    took
}

async fn is_done(world: &World, bundle: BundleId) -> bool {
    let now = world.hub.bundle(&world.bob, bundle).await.unwrap();
    now.items.iter().all(|item| item.phase == Phase::Done)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_waits_for_its_budget_does_not_slow_another() {
    let (alone, beside) = (takes(0).await, takes(300).await);
    assert!(beside <= alone + LOOK * 5, "{alone:?} alone, {beside:?} beside the other");
}

/// How long a stock push takes beside a pull of so many pages.
async fn push_takes(pages: usize) -> Duration {
    let bucket = |name: &'static str, scope, capacity, refill| Bucket {
        name: name.into(),
        scope,
        unit: BudgetUnit::Requests,
        capacity,
        refill,
        per: Duration::from_secs(1),
    };
    let buckets = vec![bucket("requests", Scope::Connection, 2, 1), bucket("writes", Scope::Store, 200, 100)];
    let world = World::new(Script { buckets: Some(buckets), page_size: 1, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    // Of a product that isn't ours: the pull moves no stock.
    let foreign = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    for _ in 0..pages {
        world.platform.place_order("main", &[(foreign.clone(), 1)]).unwrap();
    }
    // The bucket is full again.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let worker = world.worker();
    let stop = Cancel::default();
    let signal = stop.clone();
    let work = tokio::spawn(async move { worker.run(signal).await });
    if pages > 0 {
        world.hub.pull_orders(&world.alice, world.store.id).await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let clock = world.memory.clock();
    let began = clock.elapsed();
    world.adjust(item, -39, "sold elsewhere").await;
    while world.shown(&mug, 0) != Some(1) {
        tokio::time::sleep(LOOK).await;
    }
    let took = clock.elapsed().saturating_sub(began);
    stop.cancel();
    work.await.unwrap().unwrap();
    took
}

#[tokio::test(start_paused = true)]
async fn a_long_walk_keeps_no_other_job_of_its_store_waiting() {
    let (alone, beside) = (push_takes(0).await, push_takes(30).await);
    assert!(beside <= alone + Duration::from_secs(5), "{alone:?} alone, {beside:?} beside the walk");
}
