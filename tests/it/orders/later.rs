//! Demands to erase buyers of a storefront that is registered only afterwards.

use crate::{
    kill::trap::{Side, Trap},
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    hub::{Delivered, Hub, NewStore, OrdersWanted},
    model::{Currency, Listing, Ref, RefKind, Store, StoreId},
    plugin::Delivery,
};
use fusion_plugin_sdk::testkit::Script;
use fusion_queue::Worker;
use std::time::Duration;

const TOPICS: [&str; 2] = ["buyer/erase", "store/erase"];

impl World {
    /// A second storefront of the authorisation, which nobody has registered, with an order.
    pub(super) fn order_beside(&self, listing: &Listing) -> Ref {
        self.platform.add_store("second", "second", Currency::new("EUR").unwrap());
        self.platform.place_order("second", &[(crate::scene::variant_ref(listing, 0), 1)]).unwrap()
    }

    pub(super) async fn register_beside(&self, hub: &Hub) -> Store {
        let new = NewStore::new("scripted", "Second shop").with_connection(self.store.connection);
        hub.register_store(&self.alice, new).await.unwrap()
    }

    /// It is demanded that the buyer of this order, or those of the second storefront, be erased.
    async fn demand_beside(&self, hub: &Hub, topic: &str, order: &Ref) {
        let store = Ref::new(RefKind::of("store"), "second");
        self.told_by(hub, topic, if topic == "store/erase" { &store } else { order }).await;
    }

    /// A demand is delivered to this hub.
    pub(super) async fn told_by(&self, hub: &Hub, topic: &str, about: &Ref) {
        let (headers, body) = self.platform.delivery(topic, [about], WEBHOOK_SECRET);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let delivery = Delivery { headers: &headers, body: &body };
        let taken = hub.deliver(self.acme.tenant(), self.store.connection, delivery).await.unwrap();
        assert_eq!(taken, Delivered::Taken);
    }

    pub(super) async fn pull_beside(&self, store: StoreId) {
        self.tick().await;
        self.hub.pull_orders(&self.alice, store).await.unwrap();
        self.run().await;
    }

    /// Of how many orders of a store the buyer is known, and was erased.
    pub(super) async fn buyers_of(&self, store: StoreId) -> (usize, usize) {
        let (mut known, mut erased) = (0, 0);
        for order in self.hub.orders(&self.alice, store, OrdersWanted::All, None, 1_000).await.unwrap() {
            known += usize::from(self.knows_buyer(order.id).await);
            erased += usize::from(order.erased.is_some());
        }
        (known, erased)
    }
}

#[tokio::test(start_paused = true)]
async fn a_demand_holds_for_a_storefront_that_is_registered_after_it() {
    for topic in TOPICS {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let order = world.order_beside(&mug);
        world.tick().await;
        world.demand_beside(&world.hub, topic, &order).await;
        world.run().await;
        let second = world.register_beside(&world.hub).await;
        world.pull_beside(second.id).await;
        assert_eq!(world.buyers_of(second.id).await, (0, 1), "{topic}");
        world.platform.place_order("second", &[(crate::scene::variant_ref(&mug, 0), 1)]).unwrap();
        world.pull_beside(second.id).await;
        assert_eq!(world.buyers_of(second.id).await, (1, 1), "{topic}: whoever came after it isn't meant");
    }
}

#[tokio::test(start_paused = true)]
async fn a_demand_that_comes_while_its_storefront_is_registered_and_read_is_met() {
    for (topic, side) in TOPICS.into_iter().flat_map(|topic| [(topic, Side::Before), (topic, Side::After)]) {
        for nth in 1.. {
            let world = World::new(Script::default()).await;
            let mug = world.published("Mug", 1).await;
            let order = world.order_beside(&mug);
            world.tick().await;
            let trap = Trap::at(nth, side);
            let hub = world.trapped_hub(&trap).await;
            let registering = async {
                let second = world.register_beside(&hub).await;
                hub.pull_orders(&world.alice, second.id).await.unwrap();
                Worker::of(&hub).with_name("reader").run_until_idle().await.unwrap();
                second
            };
            tokio::pin!(registering);
            let (second, met) = tokio::select! {
                biased;
                what = trap.sprung() => {
                    world.demand_beside(&world.hub, topic, &order).await;
                    // Its job is over before the reader goes on.
                    world.live(Duration::from_secs(1)).await;
                    trap.open();
                    (registering.await, Some(what))
                }
                second = &mut registering => {
                    world.demand_beside(&world.hub, topic, &order).await;
                    (second, None)
                }
            };
            world.run().await;
            world.pull_beside(second.id).await;
            assert_eq!(world.buyers_of(second.id).await, (0, 1), "{topic} {side:?} {nth}, {met:?}");
            if met.is_none() {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_demand_is_met_whose_storefront_is_registered_and_read_while_it_is_taken() {
    for (topic, side) in TOPICS.into_iter().flat_map(|topic| [(topic, Side::Before), (topic, Side::After)]) {
        for nth in 1.. {
            let world = World::new(Script::default()).await;
            let mug = world.published("Mug", 1).await;
            let order = world.order_beside(&mug);
            world.tick().await;
            let trap = Trap::at(nth, side);
            let hub = world.trapped_hub(&trap).await;
            let taking = world.demand_beside(&hub, topic, &order);
            tokio::pin!(taking);
            let (second, met) = tokio::select! {
                biased;
                what = trap.sprung() => {
                    let second = world.register_beside(&world.hub).await;
                    world.hub.pull_orders(&world.alice, second.id).await.unwrap();
                    world.live(Duration::from_secs(1)).await;
                    trap.open();
                    taking.await;
                    (second, Some(what))
                }
                () = &mut taking => (world.register_beside(&world.hub).await, None),
            };
            world.run().await;
            world.pull_beside(second.id).await;
            assert_eq!(world.buyers_of(second.id).await, (0, 1), "{topic} {side:?} {nth}, {met:?}");
            if met.is_none() {
                break;
            }
        }
    }
}
