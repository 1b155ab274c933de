//! The flow on the simulated Shopify.

mod accounts;
mod changed;
mod faults;
mod importing;
mod killed;
mod notified;
mod orders;
mod others;
pub(crate) mod scene;
mod shapes;

use fusion_core::{
    approval::{Phase, Policy},
    hub::{Hub, NewStore, StockChange},
    model::{MoveKind, NewProduct, NewVariant},
    storage::Storage,
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Memory, TokioClock, Worker};
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn a_product_reaches_a_shopify_shop_with_its_stock() {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let shop = Shopify::simulator(memory.clock()).build().unwrap();
    let hub = Hub::builder(memory)
        .plugin(Shopify::simulated_by(&shop))
        .policy(Policy::two_people())
        .build()
        .await
        .unwrap();
    let acme = hub.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await.unwrap();
    let small = NewVariant::new("MUG-S", "9.90 EUR".parse().unwrap(), 4).option("Size", "Small");
    let large = NewVariant::new("MUG-L", "12.50 EUR".parse().unwrap(), 40).option("Size", "Large");
    let mug = NewProduct::new("Mug").with_variant(small).with_variant(large);
    let mug = hub.save_product(&alice, mug).await.unwrap();
    let bundle = hub.publish(&alice, [mug.id], [store.id]).await.unwrap();
    assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
    assert!(shop.ledger().is_empty(), "nothing is sent before people have agreed");
    hub.approve(&bob, &bundle).await.unwrap().all().unwrap();
    Worker::of(&hub).run_until_idle().await.unwrap();
    let now = hub.bundle(&alice, bundle.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Done, "{:?}", now.items[0].failure);
    assert_eq!(shop.products().len(), 1);
    let drift = hub.drift(&alice, store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]));

    let item = mug.variants[0].consumes[0].item;
    let change =
        StockChange { item, location: None, kind: MoveKind::Ship, delta: 3, cause: "order 1".into() };
    hub.move_stock(&alice, change).await.unwrap();
    Worker::of(&hub).run_until_idle().await.unwrap();
    let drift = hub.drift(&alice, store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]));

    // Again, with nothing to change: the shop is left alone, and nobody is asked.
    let before = shop.ledger().len();
    let again = hub.publish(&alice, [mug.id], [store.id]).await.unwrap();
    assert!(again.skipped.is_empty(), "{:?}", again.skipped);
    Worker::of(&hub).run_until_idle().await.unwrap();
    let now = hub.bundle(&alice, again.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Withdrawn, "{:?}", now.items[0].failure);
    assert_eq!(shop.ledger().len(), before);
    assert_eq!(shop.products().len(), 1);
}
