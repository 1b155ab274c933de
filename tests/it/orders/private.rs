//! The buyer's data: sealed, opened with a trace, erased for good.

use crate::world::World;
use fusion_core::{
    error::ErrorKind,
    model::Seen,
    storage::{PersonalValue, find},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};

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
