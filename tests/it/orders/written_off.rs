//! Lives of orders in which we act ourselves, answers are lost, people decide and people count, held against single
//! pieces.

mod beside;
mod lives;

use super::acting::{Bought, bought_at, cancel};
use crate::kill::trap::{Side, Trap};
use fusion_core::{
    approval::{Phase, Verdict},
    model::{RequestId, Restock},
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, Script};
use fusion_queue::Worker;
use std::time::Duration;

/// The answer to a cancellation of so many of the line is lost, and nobody can tell whether it had its effect.
async fn lost_in(it: &Bought, lines: Option<i64>, restock: Restock, fault: Fault) -> RequestId {
    let lines: Vec<_> = lines.iter().map(|count| (it.line.as_str(), *count)).collect();
    let bundle = it.world.agreed_to(&it.order, cancel(&lines, restock)).await;
    it.world.platform.fail_at("POST /orders/", fault);
    it.world.live(Duration::from_secs(3_600)).await;
    let id = bundle.items[0].id;
    assert!(matches!(it.world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    id
}

/// The stock is right, or no more is offered than there is and somebody is asked.
fn right_or_asked(stock: (i64, i64), doubts: usize, wanted: (i64, i64)) {
    let is_safe = doubts > 0 && stock.0 - stock.1 <= wanted.0 - wanted.1;
    assert!(stock == wanted || is_safe, "{stock:?}, right is {wanted:?}, {doubts} in doubt");
}

/// Somebody counts, and only then we cancel: the pieces lay there.
#[tokio::test(start_paused = true)]
async fn pieces_written_off_after_a_count_leave_once_whoever_sees_it_first() {
    for is_pulled_first in [true, false] {
        let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 3).await;
        it.world.tick().await;
        it.world.finds(it.item, 2).await;
        it.world.tick().await;
        let id = lost_in(&it, Some(1), Restock::No, Fault::ResetAfter).await;
        let Bought { world, item, order, .. } = it;
        if is_pulled_first {
            world.pull_alone(&order).await;
            assert_eq!(world.stock(item).await, (41, 2));
        }
        world.decided(id, Verdict::Done).await;
        world.pull().await;
        assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((41, 2), 0));
    }
}

/// One of four has come back before; whether the one of ours lay there when somebody counted nobody can tell.
#[tokio::test(start_paused = true)]
async fn pieces_written_off_around_a_count_are_in_doubt_beside_others_that_had_come_back() {
    for found in [0, -1] {
        let it = bought_at(Script::default(), 3).await;
        it.world.done(&it.order, cancel(&[(&it.line, 1)], Restock::Yes)).await;
        let Bought { world, item, order, line, .. } = it;
        let bundle = world.agreed_to(&order, cancel(&[(&line, 1)], Restock::No)).await;
        let trap = Trap::at_sent(1, Side::After);
        let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
        let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
        let _ = trap.sprung().await;
        world.tick().await;
        world.finds(item, found).await;
        world.tick().await;
        trap.open();
        sleeper.await.unwrap().unwrap();
        world.run().await;
        world.pull().await;
        assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
        let (stock, doubts) = (world.stock(item).await, world.levels_in_doubt().await);
        right_or_asked(stock, doubts, (39, 1));
    }
}
