//! What a merchant does all day, with two processes over one server and the simulated shop.

use super::Schema;
use crate::shopify::scene::mug;
use fusion_core::{
    approval::{Phase, Policy},
    canonical::EphemeralKeys,
    clock::{Clock, Timestamp},
    hub::{Hub, NewStore, OrdersWanted, StockChange},
    model::MoveKind,
};
use fusion_plugins::shopify::{Shopify, simulator::NewOrder};
use fusion_queue::{Postgres, TokioClock, Worker};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_product_is_published_its_stock_pushed_and_its_order_counted_over_a_server() {
    let schema = Schema::new();
    sells_all_day(async |clock| schema.open(clock).await).await;
}

/// Over processes that `open` makes.
pub(super) async fn sells_all_day(open: impl AsyncFn(Arc<dyn Clock>) -> Postgres) {
    let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), 100));
    let shop = Shopify::simulator(clock.clone()).build().unwrap();
    let keys = Arc::new(EphemeralKeys::new(&*clock));
    let hub = async || {
        Hub::builder(open(clock.clone()).await)
            .plugin(Shopify::simulated_by(&shop))
            .policy(Policy::two_people())
            .keys(keys.clone())
            .build()
            .await
            .unwrap()
    };
    let (here, there) = (hub().await, hub().await);
    let work = async || {
        let (one, other) = (Worker::of(&here), Worker::of(&there).with_name("other"));
        let (one, other) = tokio::join!(one.run_until_idle(), other.run_until_idle());
        one.unwrap();
        other.unwrap();
    };
    let acme = here.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = here.register_store(&alice, NewStore::new("shopify", "Main shop")).await.unwrap();
    let product = here.save_product(&alice, mug(2)).await.unwrap();
    let bundle = here.publish(&alice, [product.id], [store.id]).await.unwrap();
    let bundle = if bundle.is_ready() { bundle } else { here.prepare(&alice, bundle.id).await.unwrap() };
    there.approve(&bob, &bundle).await.unwrap().all().unwrap();
    work().await;
    let done = there.bundle(&alice, bundle.id).await.unwrap();
    assert_eq!(done.items[0].phase, Phase::Done, "{:?}", done.items[0].failure);

    let item = product.variants[0].consumes[0].item;
    let (kind, cause) = (MoveKind::Adjust, "a box".to_owned());
    let counted = StockChange { item, location: None, kind, delta: 3, cause };
    here.move_stock(&alice, counted).await.unwrap();
    work().await;
    let drift = there.drift(&alice, store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]), "the shop was told");

    shop.place_order(NewOrder::of([("MUG-0", 2)])).unwrap();
    there.pull_orders(&alice, store.id).await.unwrap();
    work().await;
    let orders = here.orders(&alice, store.id, OrdersWanted::All, None, 10).await.unwrap();
    assert_eq!(orders.len(), 1);
    let levels = here.levels(&alice, item).await.unwrap();
    assert_eq!((levels[0].on_hand, levels[0].committed), (7, 2));
    let drift = here.drift(&alice, store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]), "the shop agrees with the order counted");
    let verified = there.verify_audit(&alice, None).await.unwrap();
    assert_eq!(*verified.range.start(), 1);
}
