//! Orders: pulled once each, counted once each, worked on like everything else.

mod acted;
mod acting;
mod counting;
mod delivering;
mod demanded;
mod doubtful;
mod killed;
mod later;
mod matching;
mod opening;
mod private;
mod pulling;
mod racing;
mod random;
mod sent;
mod stocktaking;
mod supplied;
mod undecided;
mod written_off;

use crate::{scene::variant_ref, world::World};
use fusion_core::{
    hub::OrdersWanted,
    model::{Listing, Order, OrderId, Ref, StockItemId, StockLevel, Takings},
};
use fusion_plugin_sdk::testkit::OrderChange;
use std::time::Duration;

impl World {
    /// Time passes, as between any two things that happen at a platform.
    pub(crate) async fn tick(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// A worker reads what has changed, and does what follows.
    pub(crate) async fn pull(&self) {
        self.tick().await;
        self.hub.pull_orders(&self.alice, self.store.id).await.unwrap();
        self.run().await;
    }

    /// The buyer of so many of the first variant.
    pub(crate) fn order(&self, listing: &Listing, count: i64) -> Ref {
        self.platform.place_order("main", &[(variant_ref(listing, 0), count)]).unwrap()
    }

    pub(crate) async fn change(&self, order: &Ref, change: OrderChange) {
        self.tick().await;
        self.platform.change_order(order, change).unwrap();
    }

    pub(crate) async fn orders(&self) -> Vec<Order> {
        self.hub.orders(&self.alice, self.store.id, OrdersWanted::All, None, 1_000).await.unwrap()
    }

    /// The order that the platform calls so.
    pub(crate) async fn taken(&self, order: &Ref) -> Order {
        let mut orders = self.orders().await;
        orders.retain(|one| one.facts.refs.knows(order));
        assert_eq!(orders.len(), 1, "one order of {order}");
        orders.remove(0)
    }

    pub(crate) async fn order_id(&self, order: &Ref) -> OrderId {
        self.taken(order).await.id
    }

    /// On hand and committed, in all places.
    pub(crate) async fn stock(&self, item: StockItemId) -> (i64, i64) {
        let levels = self.hub.levels(&self.alice, item).await.unwrap();
        let sum = |of: fn(&StockLevel) -> i64| levels.iter().map(of).sum();
        (sum(|level| level.on_hand), sum(|level| level.committed))
    }

    /// What was taken in, in all currencies.
    pub(crate) async fn takings(&self) -> Vec<String> {
        let mut takings = Takings::default();
        for order in self.orders().await {
            assert!(takings.add(&order.facts), "{:?}", order.facts.number);
        }
        takings.sums().iter().map(ToString::to_string).collect()
    }
}
