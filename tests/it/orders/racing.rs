//! What happens to an order while we do something to it ourselves.

use super::acting::ship;
use crate::{
    kill::trap::{Side, Trap},
    scene::product_ref,
    world::World,
};
use fusion_core::{
    approval::Phase,
    model::{Candidate, Choice, Money, OrderAction, Paired, Restock},
};
use fusion_plugin_sdk::testkit::{Fault, Script};
use fusion_queue::Worker;

/// A worker sleeps when the platform has answered, another one reads the order, and then the first goes on; the order
/// can't be read again.
async fn echoed(world: &World, order: &fusion_core::model::Ref, action: OrderAction) {
    let bundle = world.act(order, action).await;
    if matches!(bundle.items[0].phase, Phase::Pending(_)) {
        world.approve(&bundle).await;
    }
    let trap = Trap::at_sent(1, Side::After);
    let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
    let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
    let _ = trap.sprung().await;
    world.pull_alone(order).await;
    world.platform.fail_nth("GET /orders/", 0, Fault::Refused("broken"));
    trap.open();
    sleeper.await.unwrap().unwrap();
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    let ledger = world.taken(order).await.ledger.remove(0);
    assert_eq!(ledger.turn, 2, "sold once and changed once: {ledger:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shipment_that_a_pull_saw_first_counts_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 3);
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    echoed(&world, &order, ship(&[(&line, 1)])).await;
    assert_eq!(world.stock(item).await, (39, 2));
    assert_eq!(world.taken(&order).await.facts.fulfilments.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_a_pull_saw_first_counts_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 3);
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    let total: Paired = "10.50 EUR".parse::<Money>().unwrap().into();
    echoed(&world, &order, OrderAction::Refund { total, lines: vec![(line, 1, Restock::Yes)] }).await;
    assert_eq!((world.stock(item).await, world.takings().await), ((40, 2), vec!["21.00 EUR".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_a_pull_saw_first_counts_once() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 3);
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    let cancel = OrderAction::Cancel {
        lines: vec![(line, 1)],
        reason: "buyer".to_owned(),
        restock: Restock::Yes,
        refund: false,
        notify: false,
    };
    echoed(&world, &order, cancel).await;
    assert_eq!(world.stock(item).await, (40, 2));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_wakes_after_its_lease_counts_a_shipment_once() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let world = World::new(Script::default()).await;
            let mug = world.published("Mug", 1).await;
            let item = world.item(mug.product, 0).await;
            let order = world.order(&mug, 3);
            let line = world.platform.lines_of(&order).remove(0);
            world.pull().await;
            let bundle = world.act(&order, ship(&[(&line, 1)])).await;
            if matches!(bundle.items[0].phase, Phase::Pending(_)) {
                world.approve(&bundle).await;
            }
            let trap = Trap::at(nth, side);
            let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
            let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
            let fell_asleep = tokio::select! {
                biased;
                what = trap.sprung() => Some(what),
                () = world.ended(&bundle) => None,
            };
            let at = format!("{side:?} call {nth}, {fell_asleep:?}");
            let other = world.other_worker().await;
            world.work(&other).await;
            for _ in 0..5 {
                world.platform.fail_at("GET /orders/", Fault::Refused("broken"));
            }
            trap.open();
            sleeper.await.unwrap().unwrap();
            world.work(&other).await;
            if world.platform.count("ship_order") != 1 {
                continue;
            }
            assert_eq!(world.stock(item).await, (39, 2), "{at}");
            assert_eq!(world.taken(&order).await.facts.fulfilments.len(), 1, "{at}");
            assert_eq!(world.taken(&order).await.ledger[0].turn, 2, "{at}");
            if fell_asleep.is_none() {
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_a_person_has_named_counts_even_if_the_platform_has_forgotten_the_order() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let foreign = world.platform.list_foreign(&product_ref(&mug)).unwrap();
    let _ = world.platform.place_order("main", &[(foreign, 3)]).unwrap();
    world.pull().await;
    let doubts = world.hub.doubts(&world.alice).await.unwrap();
    let it = Choice::This(Candidate::Row(mug.variants[0].id));
    world.platform.fail_at("GET /orders/", Fault::Refused("gone"));
    world.hub.resolve(&world.bob, doubts[0].id, it).await.unwrap();
    world.run().await;
    assert_eq!(world.stock(item).await, (40, 3));
}

#[tokio::test(start_paused = true)]
async fn a_shipment_whose_count_meets_another_is_counted_all_the_same() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, 3);
    world.pull().await;
    let bundle = world.act(&order, ship(&[])).await;
    if matches!(bundle.items[0].phase, Phase::Pending(_)) {
        world.approve(&bundle).await;
    }
    let trap = Trap::open_with_failures();
    trap.clash_orders(2);
    // What is read afterwards says nothing: only our own act counts.
    for _ in 0..5 {
        world.platform.fail_nth("GET /orders/", 1, Fault::Refused("broken"));
    }
    Worker::of(&world.trapped_hub(&trap).await).run_until_idle().await.unwrap();
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!((world.stock(item).await, world.platform.count("ship_order")), ((37, 0), 1));
}
