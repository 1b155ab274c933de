//! What happens to an order while we do something to it ourselves.

use super::acting::{Bought, bought, cancel, ship};
use crate::{
    kill::trap::{Side, Trap},
    scene::product_ref,
    world::World,
};
use fusion_core::{
    approval::Phase,
    model::{Candidate, Choice, Money, OrderAction, Paired, Ref, Restock},
};
use fusion_plugin_sdk::testkit::{Fault, OrderChange, Script};
use fusion_queue::Worker;

/// A worker sleeps when the platform has answered, others change the order, another worker reads it, and then the first
/// goes on; the order can't be read again. How often its line was counted.
async fn echoed(world: &World, order: &Ref, action: OrderAction, others: Vec<OrderChange>) -> u32 {
    let bundle = world.agreed_to(order, action).await;
    let trap = Trap::at_sent(1, Side::After);
    let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
    let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
    let _ = trap.sprung().await;
    for other in others {
        world.change(order, other).await;
    }
    world.pull_alone(order).await;
    world.platform.fail_nth("GET /orders/", 0, Fault::Refused("broken"));
    trap.open();
    sleeper.await.unwrap().unwrap();
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    world.taken(order).await.ledger[0].turn
}

/// Sold once and changed once.
const ONCE: u32 = 2;

/// Three of one line, which a pull has read; what `act` makes of that line is seen by a pull first.
async fn three_seen_first(
    act: impl FnOnce(String) -> (OrderAction, Vec<OrderChange>),
) -> (World, Ref, (i64, i64), u32) {
    let Bought { world, item, order, line, .. } = bought(3).await;
    let (action, others) = act(line);
    let turns = echoed(&world, &order, action, others).await;
    let stock = world.stock(item).await;
    (world, order, stock, turns)
}

fn euros(amount: &str) -> Money {
    format!("{amount} EUR").parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_shipment_that_a_pull_saw_first_counts_once() {
    for (lines, stock) in [(Some(1), (39, 2)), (None, (37, 0))] {
        let act = |line: String| {
            let lines: Vec<_> = lines.iter().map(|count| (line.as_str(), *count)).collect();
            (ship(&lines), Vec::new())
        };
        let (world, order, left, turns) = three_seen_first(act).await;
        assert_eq!((left, turns), (stock, ONCE));
        assert_eq!(world.taken(&order).await.facts.fulfilments.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shipment_that_a_pull_saw_first_together_with_anothers_counts_once() {
    let act = |line: String| (ship(&[(&line, 1)]), vec![OrderChange::Ship(vec![(line, 1)])]);
    let (world, order, stock, turns) = three_seen_first(act).await;
    assert_eq!((stock, turns), ((38, 1), ONCE));
    assert_eq!(world.taken(&order).await.facts.fulfilments.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_a_pull_saw_first_counts_once() {
    for (others, left, takings) in [(false, (40, 2), "21.00 EUR"), (true, (40, 2), "20.00 EUR")] {
        let act = |line| {
            let total: Paired = euros("10.50").into();
            let other = OrderChange::Refund(euros("1"), Vec::new());
            let others = others.then_some(other).into_iter().collect();
            (OrderAction::Refund { total, lines: vec![(line, 1, Restock::Yes)] }, others)
        };
        let (world, _, stock, turns) = three_seen_first(act).await;
        assert_eq!((stock, turns), (left, ONCE));
        assert_eq!(world.takings().await, [takings]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_a_pull_saw_first_counts_once() {
    for (count, stock) in [(Some(1), (40, 2)), (None, (40, 0))] {
        let act = |line: String| {
            let lines: Vec<_> = count.iter().map(|count| (line.as_str(), *count)).collect();
            (cancel(&lines, Restock::Yes), Vec::new())
        };
        let (_, _, left, turns) = three_seen_first(act).await;
        assert_eq!((left, turns), (stock, ONCE));
    }
}

#[tokio::test(start_paused = true)]
async fn pieces_that_are_cancelled_without_restock_are_written_off_even_if_a_pull_saw_it_first() {
    for (count, stock) in [(Some(1), (39, 2)), (None, (37, 0))] {
        let act = |line: String| {
            let lines: Vec<_> = count.iter().map(|count| (line.as_str(), *count)).collect();
            (cancel(&lines, Restock::No), Vec::new())
        };
        let (world, order, left, _) = three_seen_first(act).await;
        assert_eq!(left, stock);
        assert_eq!(world.taken(&order).await.ledger[0].tally.written_off, 40 - stock.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_cancellation_writes_off_what_was_left_when_it_was_asked_for() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::Yes)).await;
    echoed(&world, &order, cancel(&[], Restock::No), Vec::new()).await;
    assert_eq!(world.stock(item).await, (38, 0));
    assert_eq!(world.taken(&order).await.ledger[0].tally.written_off, 2);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_wakes_after_its_lease_counts_a_shipment_once() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let Bought { world, item, order, line, .. } = bought(3).await;
            let bundle = world.agreed_to(&order, ship(&[(&line, 1)])).await;
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
            let shipped = world.platform.count("ship_order");
            // What sleeps on its way to the platform arrives after it was looked up, and sent again.
            let is_late = fell_asleep.as_ref().is_some_and(|what| what.contains("Before POST"));
            assert!(shipped <= if is_late { 2 } else { 1 }, "{at}: shipped {shipped} times");
            if shipped != 1 {
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
    let Bought { world, item, order, .. } = bought(3).await;
    let bundle = world.agreed_to(&order, ship(&[])).await;
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
