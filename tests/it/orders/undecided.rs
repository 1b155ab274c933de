//! What becomes of stock while nobody knows what became of our own act, and if somebody counts meanwhile.

use super::acting::{Bought, bought, bought_at, cancel, ship};
use crate::{
    kill::trap::{Side, Trap},
    world::World,
};
use fusion_core::{
    approval::{Phase, Verdict},
    model::{Money, OrderAction, RequestId, Restock},
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, OrderChange, Script};
use fusion_queue::Worker;
use std::time::Duration;

/// Three of one line, and a cancellation without restock of which nobody can tell whether it had its effect.
async fn doubtful(lines: Option<i64>, fault: Fault) -> (Bought, RequestId) {
    let it = bought_at(Script { look_up: LookUp::Doubtful, ..Script::default() }, 3).await;
    let lines: Vec<_> = lines.iter().map(|count| (it.line.as_str(), *count)).collect();
    let bundle = it.world.agreed_to(&it.order, cancel(&lines, Restock::No)).await;
    it.world.platform.fail_at("POST /orders/", fault);
    it.world.live(Duration::from_secs(3_600)).await;
    let id = bundle.items[0].id;
    assert!(matches!(it.world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    (it, id)
}

impl World {
    pub(super) async fn decided(&self, id: RequestId, verdict: Verdict) {
        self.hub.decide(&self.person("dora"), id, verdict, "I looked").await.unwrap();
        self.live(Duration::from_secs(3_600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pieces_cancelled_without_restock_stay_gone_whoever_says_that_it_was_done() {
    for (lines, left) in [(Some(1), (39, 2)), (None, (37, 0))] {
        for is_pulled_first in [true, false] {
            let (Bought { world, item, order, .. }, id) = doubtful(lines, Fault::ResetAfter).await;
            if is_pulled_first {
                world.pull_alone(&order).await;
                assert_eq!(world.stock(item).await, left, "nobody knows yet that it was us");
            }
            world.decided(id, Verdict::Done).await;
            assert_eq!((world.phase(id).await, world.stock(item).await), (Phase::Done, left));
            world.pull().await;
            assert_eq!(world.stock(item).await, left);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_person_says_is_done_counts_even_if_the_order_cannot_be_read() {
    let (Bought { world, item, .. }, id) = doubtful(None, Fault::ResetAfter).await;
    for _ in 0..20 {
        world.platform.fail_at("GET /orders/", Fault::Refused("broken"));
    }
    world.decided(id, Verdict::Done).await;
    assert_eq!(world.stock(item).await, (37, 0));
}

#[tokio::test(start_paused = true)]
async fn what_we_cancelled_is_not_on_sale_again_because_it_was_to_be_sent_once_more() {
    let (Bought { world, item, order, .. }, id) = doubtful(None, Fault::ResetAfter).await;
    world.decided(id, Verdict::Again).await;
    world.pull_alone(&order).await;
    assert!(world.phase(id).await.is_closed());
    assert_eq!((world.stock(item).await, world.platform.count("cancel_order")), ((37, 0), 1));
    assert_eq!(world.levels_in_doubt().await, 1, "others may have cancelled it, with restock");
}

#[tokio::test(start_paused = true)]
async fn what_had_no_effect_writes_nothing_off() {
    let (Bought { world, item, order, .. }, id) = doubtful(None, Fault::LostBefore).await;
    world.decided(id, Verdict::Failed).await;
    assert_eq!(world.stock(item).await, (40, 3));
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.levels_in_doubt().await), ((40, 0), 0));
    assert_eq!(world.taken(&order).await.write_offs, []);
}

#[tokio::test(start_paused = true)]
async fn pieces_that_others_cancelled_come_back_if_a_person_says_that_it_was_not_us() {
    let (Bought { world, item, order, .. }, id) = doubtful(None, Fault::LostBefore).await;
    world.change(&order, OrderChange::Cancel).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (37, 0), "it looks like ours");
    world.decided(id, Verdict::Failed).await;
    assert_eq!(world.stock(item).await, (40, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_the_platform_refuses_writes_nothing_off() {
    let Bought { world, item, order, .. } = bought(3).await;
    let bundle = world.agreed_to(&order, cancel(&[], Restock::No)).await;
    world.platform.fail_at("POST /orders/", Fault::Refused("broken"));
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Failed);
    assert_eq!((world.taken(&order).await.write_offs, world.stock(item).await), (Vec::new(), (40, 3)));
}

#[tokio::test(start_paused = true)]
async fn pieces_written_off_are_gone_besides_what_a_refund_writes_off() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    let rows = vec![(line, 1, Restock::No)];
    world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), rows)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (38, 1));
}

#[tokio::test(start_paused = true)]
async fn pieces_written_off_stay_gone_if_their_line_is_raised_again() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    world.change(&order, OrderChange::Edit(line, 4)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (39, 4));
}

/// What is left of forty if somebody counts, finds so many more, and the worker that has done `action` reports only
/// then.
async fn counted_meanwhile(it: Bought, action: OrderAction, delta: i64) -> ((i64, i64), usize) {
    let Bought { world, item, order, .. } = it;
    let bundle = world.agreed_to(&order, action).await;
    let trap = Trap::at_sent(1, Side::After);
    let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
    let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
    let _ = trap.sprung().await;
    world.tick().await;
    world.finds(item, delta).await;
    world.tick().await;
    trap.open();
    sleeper.await.unwrap().unwrap();
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    (world.stock(item).await, world.levels_in_doubt().await)
}

fn one_back(line: String) -> OrderAction {
    let total: Money = "10.50 EUR".parse().unwrap();
    OrderAction::Refund { total: total.into(), lines: vec![(line, 1, Restock::Yes)] }
}

#[tokio::test(start_paused = true)]
async fn what_we_sent_before_somebody_counted_is_in_the_count_though_we_know_of_it_later() {
    let it = bought(2).await;
    assert_eq!(counted_meanwhile(it, ship(&[]), -2).await, ((38, 0), 0));
    let it = bought(2).await;
    it.world.done(&it.order, ship(&[])).await;
    let action = one_back(it.line.clone());
    assert_eq!(counted_meanwhile(it, action, 1).await, ((39, 0), 0));
    // Which of the pieces lay there nobody tells.
    let it = bought(2).await;
    assert_eq!(counted_meanwhile(it, cancel(&[], Restock::No), 0).await, ((38, 0), 1));
}
