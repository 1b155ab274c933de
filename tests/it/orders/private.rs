//! The buyer's data: sealed, opened with a trace, erased for good.

use crate::world::{WEBHOOK_SECRET, World};
use fusion_core::{
    error::ErrorKind,
    hub::Delivered,
    model::{OrderId, Ref, RefKind, Seen},
    storage::{PersonalValue, find},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script, kinds};

impl World {
    async fn knows_buyer(&self, order: OrderId) -> bool {
        self.hub.buyer(&self.bob, order).await.is_ok()
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
async fn a_demand_to_erase_is_met_when_it_is_taken_and_every_demand_is_on_record() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
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
    assert_eq!(told("buyer/erase", &first).await, Delivered::Duplicate);
    assert_eq!(told("buyer/erase", &Ref::new(kinds::ORDER, "unheard-of")).await, Delivered::Taken);
    assert_eq!(told("store/erase", &Ref::new(RefKind::of("store"), "another")).await, Delivered::Taken);
    assert_eq!(known().await, [false, true, true], "one shop's end is no other's");
    assert_eq!(told("store/erase", &Ref::new(RefKind::of("store"), "main")).await, Delivered::Taken);
    assert_eq!(known().await, [false; 3]);
    let demands = world.privacy_demands().await;
    let demands: Vec<_> = demands.iter().map(|(asks, orders)| (asks.as_str(), *orders)).collect();
    let (buyer, store) = ("erase_buyer", "erase_store");
    assert_eq!(demands, [("answer", 0), (buyer, 1), (buyer, 1), (buyer, 0), (store, 0), (store, 3)]);
    assert_eq!(world.actions().await.iter().filter(|action| **action == "personal_erased").count(), 3);
    for order in [&first, &second] {
        world.change(order, OrderChange::Close).await;
    }
    world.pull().await;
    assert_eq!(known().await, [false; 3], "and a later pull brings nothing back");
}
