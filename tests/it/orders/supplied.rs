//! Orders that were made for a sale, at a supplier or in its place, lose their buyer with it.

use crate::{
    kill::trap::{Side, Trap},
    world::World,
};
use fusion_core::{
    hub::{Hub, OrdersWanted},
    model::{Listing, OrderId, OrderRole, Ref, RefKind, Store},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script, kinds};
use fusion_queue::Worker;
use std::time::Duration;

/// How a sale's buyer is erased.
const WAYS: [&str; 3] = ["by hand", "buyer/erase", "store/erase"];

/// A sale that was read, and a supplier's storefront, which is registered.
struct Supplied {
    world: World,
    mug: Listing,
    sale: Ref,
    sold: OrderId,
    supplier: Store,
}

impl Supplied {
    async fn new() -> Self {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 1).await;
        let sale = world.order(&mug, 1);
        world.pull().await;
        let sold = world.order_id(&sale).await;
        world.order_beside(&mug);
        let supplier = world.register_beside(&world.hub).await;
        // Somebody else's, for no sale.
        world.pull_beside(supplier.id).await;
        Self { world, mug, sale, sold, supplier }
    }

    /// An order at the supplier.
    async fn ordered(&self, role: OrderRole) -> Ref {
        let wanted = [(crate::scene::variant_ref(&self.mug, 0), 1)];
        let order = self.world.platform.place_order("second", &wanted).unwrap();
        self.world.change(&order, OrderChange::Role(role)).await;
        self.world.tick().await;
        order
    }

    async fn supply(&self) -> Ref {
        self.ordered(OrderRole::Supply { sale: Some(self.sold) }).await
    }

    async fn erase(&self, way: &str) {
        self.world.tick().await;
        self.erase_by(&self.world.hub, way).await;
    }

    async fn erase_by(&self, hub: &Hub, way: &str) {
        let store = Ref::new(RefKind::of("store"), "main");
        match way {
            "by hand" => hub.erase(&self.world.alice, self.sold).await.unwrap(),
            "buyer/erase" => self.world.told_by(hub, way, &self.sale).await,
            _ => self.world.told_by(hub, way, &store).await,
        }
    }

    /// Of how many orders at the supplier the buyer is known, and was erased.
    async fn buyers(&self) -> (usize, usize) {
        self.world.buyers_of(self.supplier.id).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_for_a_sale_loses_its_buyer_with_it() {
    for way in WAYS {
        let supplied = Supplied::new().await;
        let supply = supplied.supply().await;
        supplied.world.pull_beside(supplied.supplier.id).await;
        let orders = |all: Vec<fusion_core::model::Order>| {
            all.into_iter().find(|order| order.facts.refs.knows(&supply)).unwrap().id
        };
        let wanted = fusion_core::hub::OrdersWanted::All;
        let (hub, alice) = (&supplied.world.hub, &supplied.world.alice);
        let supply = orders(hub.orders(alice, supplied.supplier.id, wanted, None, 100).await.unwrap());
        supplied.ordered(OrderRole::Replacement { of: Some(supply) }).await;
        supplied.ordered(OrderRole::Supply { sale: None }).await;
        supplied.world.pull_beside(supplied.supplier.id).await;
        assert_eq!(supplied.buyers().await, (4, 0));
        supplied.erase(way).await;
        supplied.world.run().await;
        assert_eq!(supplied.buyers().await, (2, 2), "{way}");
        assert!(!supplied.world.knows_buyer(supplied.sold).await, "{way}");
        assert_eq!(supplied.world.hub.unmet_erasures(alice).await.unwrap(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_read_for_a_sale_whose_buyer_is_erased_is_not_kept() {
    for way in WAYS {
        let supplied = Supplied::new().await;
        let nameless = supplied.ordered(OrderRole::Supply { sale: None }).await;
        supplied.world.pull_beside(supplied.supplier.id).await;
        assert_eq!(supplied.buyers().await, (2, 0), "nobody knows for which sale");
        supplied.erase(way).await;
        supplied.world.run().await;
        supplied.supply().await;
        let role = OrderRole::Supply { sale: Some(supplied.sold) };
        supplied.world.change(&nameless, OrderChange::Role(role)).await;
        supplied.world.pull_beside(supplied.supplier.id).await;
        assert_eq!(supplied.buyers().await, (1, 2), "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sale_that_is_erased_at_any_call_of_a_suppliers_pull_takes_its_order_along() {
    for (way, side) in WAYS.into_iter().flat_map(|way| [(way, Side::Before), (way, Side::After)]) {
        for nth in 1.. {
            let supplied = Supplied::new().await;
            supplied.supply().await;
            let world = &supplied.world;
            world.hub.pull_orders(&world.alice, supplied.supplier.id).await.unwrap();
            let trap = Trap::at(nth, side);
            let reader = Worker::of(&world.trapped_hub(&trap).await).with_name("reader");
            let reading = reader.run_until_idle();
            tokio::pin!(reading);
            let met = tokio::select! {
                biased;
                what = trap.sprung() => {
                    supplied.erase(way).await;
                    world.live(Duration::from_secs(1)).await;
                    trap.open();
                    let _ = reading.await.unwrap();
                    Some(what)
                }
                read = &mut reading => {
                    let _ = read.unwrap();
                    None
                }
            };
            if met.is_none() {
                supplied.erase(way).await;
            }
            world.run().await;
            world.pull_beside(supplied.supplier.id).await;
            assert_eq!(supplied.buyers().await, (1, 1), "{way} {side:?} {nth}, {met:?}");
            if met.is_none() {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_suppliers_order_that_is_read_at_any_call_of_an_erasure_loses_its_buyer() {
    for (way, side) in WAYS.into_iter().flat_map(|way| [(way, Side::Before), (way, Side::After)]) {
        for nth in 1.. {
            let supplied = Supplied::new().await;
            supplied.supply().await;
            let world = &supplied.world;
            let trap = Trap::at(nth, side);
            let hub = world.trapped_hub(&trap).await;
            let erasing = async {
                supplied.erase_by(&hub, way).await;
                let _ = Worker::of(&hub).with_name("eraser").run_until_idle().await.unwrap();
            };
            tokio::pin!(erasing);
            let met = tokio::select! {
                biased;
                what = trap.sprung() => {
                    world.hub.pull_orders(&world.alice, supplied.supplier.id).await.unwrap();
                    world.live(Duration::from_secs(1)).await;
                    trap.open();
                    erasing.await;
                    Some(what)
                }
                () = &mut erasing => None,
            };
            world.run().await;
            world.pull_beside(supplied.supplier.id).await;
            assert_eq!(supplied.buyers().await, (1, 1), "{way} {side:?} {nth}, {met:?}");
            if met.is_none() {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sale_that_gains_an_id_which_a_demand_named_takes_its_suppliers_order_along() {
    let it = Supplied::new().await;
    it.supply().await;
    it.world.pull_beside(it.supplier.id).await;
    assert_eq!(it.world.buyers_of(it.supplier.id).await, (2, 0));
    it.world.tick().await;
    it.world.told_by(&it.world.hub, "buyer/erase", &Ref::new(kinds::RECEIPT, "r-1")).await;
    it.world.run().await;
    it.world.change(&it.sale, OrderChange::Receipt("r-1".to_owned())).await;
    it.world.pull().await;
    assert!(!it.world.knows_buyer(it.sold).await);
    assert_eq!(it.world.buyers_of(it.supplier.id).await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_replacement_goes_with_an_order_that_is_known_only_later_to_be_for_an_erased_sale() {
    let it = Supplied::new().await;
    let supply = it.ordered(OrderRole::Supply { sale: None }).await;
    it.world.pull_beside(it.supplier.id).await;
    let all =
        it.world.hub.orders(&it.world.alice, it.supplier.id, OrdersWanted::All, None, 100).await.unwrap();
    let of = all.into_iter().find(|one| one.facts.refs.knows(&supply)).unwrap().id;
    it.ordered(OrderRole::Replacement { of: Some(of) }).await;
    it.world.pull_beside(it.supplier.id).await;
    it.world.hub.erase(&it.world.alice, it.sold).await.unwrap();
    it.world.run().await;
    assert_eq!(it.world.buyers_of(it.supplier.id).await, (3, 0), "nobody knows for which sale");
    it.world.change(&supply, OrderChange::Role(OrderRole::Supply { sale: Some(it.sold) })).await;
    it.world.pull_beside(it.supplier.id).await;
    assert_eq!(it.world.buyers_of(it.supplier.id).await, (1, 2));
}
