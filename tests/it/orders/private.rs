//! The buyer's data: sealed, opened with a trace, erased for good.

use crate::{
    kill::trap::Side,
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    error::ErrorKind,
    hub::Delivered,
    model::{OrderId, Ref, RefKind, Seen},
    storage::{PersonalValue, find},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script, kinds};

impl World {
    pub(super) async fn knows_buyer(&self, order: OrderId) -> bool {
        self.hub.buyer(&self.bob, order).await.is_ok()
    }

    pub(super) async fn erased(&self) -> usize {
        self.orders().await.iter().filter(|order| order.erased.is_some()).count()
    }

    async fn privacy_demands(&self) -> Vec<(String, u64)> {
        let entries = self.hub.audit(&self.alice, 0, 100_000).await.unwrap();
        let demands = entries.iter().filter(|entry| entry.entry.action.as_str() == "privacy_demanded");
        let told = demands.map(|entry| {
            let details = entry.entry.details();
            (details["asks"].as_str().unwrap().to_owned(), details["orders"].as_u64().unwrap())
        });
        told.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn the_buyer_is_sealed_opened_with_a_trace_and_erased_for_good() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    world.pull().await;
    let taken = world.taken(&order).await;
    let email = format!("buyer-of-{}@example.test", order.id);
    assert!(!serde_json::to_string(&taken).unwrap().contains("example.test"));
    let kept = taken.buyer.clone().unwrap();
    let buyer = world.hub.buyer(&world.bob, taken.id).await.unwrap();
    let Seen::Value(shown) = &buyer.email else { panic!("no e-mail") };
    assert_eq!(shown.reveal(), &email);
    assert!(!format!("{buyer:?}").contains("example.test"));
    assert_eq!(world.actions().await.iter().filter(|action| **action == "personal_opened").count(), 1);

    world.hub.erase(&world.bob, taken.id).await.unwrap();
    world.hub.erase(&world.bob, taken.id).await.unwrap();
    assert_eq!(world.hub.buyer(&world.bob, taken.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    world.change(&order, OrderChange::Close).await;
    world.pull().await;
    let closed = world.taken(&order).await;
    assert!(!closed.is_open(), "an erased order goes on");
    assert_eq!(closed.buyer, Some(kept.clone()), "what was hashed stays right");
    let value = find::<PersonalValue>(&world.memory, world.acme.tenant(), kept.id).await.unwrap();
    assert_eq!(value, None, "and a later pull brings nothing back");
    assert_eq!(world.actions().await.iter().filter(|action| **action == "personal_erased").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_withheld_when_the_order_was_erased_is_not_kept_later() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let order = world.order(&mug, 1);
    world.change(&order, OrderChange::Email(None)).await;
    world.pull().await;
    let taken = world.taken(&order).await;
    assert_eq!(taken.buyer, None, "nothing was told");
    world.hub.erase(&world.bob, taken.id).await.unwrap();
    world.hub.erase(&world.bob, taken.id).await.unwrap();
    assert_eq!(world.actions().await.iter().filter(|action| **action == "personal_erased").count(), 1);
    world.change(&order, OrderChange::Email(Some("late@example.test".to_owned()))).await;
    world.pull().await;
    assert_eq!(world.taken(&order).await.buyer, None);
    assert_eq!(world.hub.buyer(&world.bob, taken.id).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_demand_to_erase_is_met_for_good_and_every_demand_is_on_record() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let (first, second, third) = (world.order(&mug, 1), world.order(&mug, 1), world.order(&mug, 1));
    world.pull().await;
    let ids = [world.order_id(&first).await, world.order_id(&second).await, world.order_id(&third).await];
    let told = async |topic: &str, about: &Ref| world.told(topic, Some(about), WEBHOOK_SECRET).await;
    let known = async || {
        [world.knows_buyer(ids[0]).await, world.knows_buyer(ids[1]).await, world.knows_buyer(ids[2]).await]
    };
    assert_eq!(told("buyer/disclose", &first).await, Delivered::Taken);
    assert_eq!(known().await, [true; 3], "a person answers that");
    assert_eq!(told("buyer/erase", &first).await, Delivered::Taken);
    assert_eq!(known().await, [false, true, true]);
    assert_eq!(told("buyer/erase", &first).await, Delivered::Taken);
    assert_eq!(told("buyer/erase", &Ref::new(kinds::ORDER, "unheard-of")).await, Delivered::Taken);
    assert_eq!(told("store/erase", &Ref::new(RefKind::of("store"), "another")).await, Delivered::Taken);
    assert_eq!(known().await, [false, true, true], "one shop's end is no other's");
    assert_eq!(told("store/erase", &Ref::new(RefKind::of("store"), "main")).await, Delivered::Taken);
    assert_eq!(known().await, [false, true, true], "as many as there are, by a job");
    world.run().await;
    assert_eq!(known().await, [false; 3]);
    // What was sold and counted stays.
    assert_eq!((world.orders().await.len(), world.stock(item).await), (3, (40, 3)));
    let demands = world.privacy_demands().await;
    let demands: Vec<_> = demands.iter().map(|(asks, orders)| (asks.as_str(), *orders)).collect();
    let (buyer, store) = ("erase_buyer", "erase_store");
    assert_eq!(demands, [("answer", 0), (buyer, 1), (buyer, 1), (buyer, 0), (store, 0), (store, 0)]);
    assert_eq!(world.actions().await.iter().filter(|action| **action == "personal_erased").count(), 3);
    for order in [&first, &second] {
        world.change(order, OrderChange::Close).await;
    }
    world.pull().await;
    assert_eq!(known().await, [false; 3], "and a later pull brings nothing back");
}

/// A store with so many orders whose buyers shall be erased.
async fn ending(orders: usize) -> World {
    let world = World::new(Script { page_size: 250, ..Script::default() }).await;
    let mug = world.published("Mug", 1).await;
    for _ in 0..orders {
        world.order(&mug, 1);
    }
    world.pull().await;
    let store = Ref::new(RefKind::of("store"), "main");
    assert_eq!(world.told("store/erase", Some(&store), WEBHOOK_SECRET).await, Delivered::Taken);
    assert_eq!((world.orders().await.len(), world.erased().await), (orders, 0));
    world
}

async fn assert_met(world: &World, orders: usize, at: &str) {
    assert_eq!(world.erased().await, orders, "{at}");
    let entries = world.hub.audit(&world.alice, 0, 100_000).await.unwrap();
    let of = |action: &'static str| entries.iter().filter(move |entry| entry.entry.action.as_str() == action);
    assert_eq!(of("personal_erased").count(), orders, "each once, {at}");
    let met: Vec<_> = of("privacy_met").map(|entry| entry.entry.details()["orders"].clone()).collect();
    assert_eq!(met, [orders], "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_whole_stores_buyers_are_erased_step_by_step_and_a_killed_job_goes_on() {
    let mut calls = 0;
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let world = ending(3).await;
            let Some(what) = world.kill(at, side).await else { break };
            world.work(&world.other_worker().await).await;
            assert_met(&world, 3, &what).await;
            calls += 1;
        }
    }
    assert!(calls > 10, "{calls} calls were met");
    let mut steps = std::collections::BTreeSet::new();
    for at in 1.. {
        let world = ending(205).await;
        let Some(what) = world.kill(at, Side::After).await else { break };
        steps.insert(world.erased().await);
        world.work(&world.other_worker().await).await;
        assert_met(&world, 205, &what).await;
    }
    assert!(steps.is_subset(&[0, 100, 200, 205].into()) && steps.len() > 2, "{steps:?}");
}
