//! What is done to orders by request.

use crate::{kill::trap::Side, world::World};
use fusion_core::{
    approval::Phase,
    error::ErrorKind,
    hub::BundleView,
    model::{Axis, Life, Listing, OrderAction, Paired, Ref, Restock, Shipment, StockItemId},
};
use fusion_plugin_sdk::testkit::{Fault, OrderChange, Script};

pub(super) fn ship(lines: &[(&str, i64)]) -> OrderAction {
    OrderAction::Ship {
        lines: lines.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect(),
        carrier: Some("post".to_owned()),
        tracking: Some("T1".to_owned()),
        location: None,
        notify: false,
    }
}

pub(super) fn cancel(lines: &[(&str, i64)], restock: Restock) -> OrderAction {
    OrderAction::Cancel {
        lines: lines.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect(),
        reason: "buyer".to_owned(),
        restock,
        refund: false,
        notify: false,
    }
}

/// An order of some pieces in one line, that a pull has read.
pub(super) struct Bought {
    pub(super) world: World,
    pub(super) mug: Listing,
    pub(super) item: StockItemId,
    pub(super) order: Ref,
    pub(super) line: String,
}

pub(super) async fn bought(count: i64) -> Bought {
    bought_at(Script::default(), count).await
}

pub(super) async fn bought_at(script: Script, count: i64) -> Bought {
    let world = World::new(script).await;
    let mug = world.published("Mug", 1).await;
    let item = world.item(mug.product, 0).await;
    let order = world.order(&mug, count);
    let line = world.platform.lines_of(&order).remove(0);
    world.pull().await;
    Bought { world, mug, item, order, line }
}

impl World {
    pub(super) async fn act(&self, order: &Ref, action: OrderAction) -> BundleView {
        self.tick().await;
        let order = self.order_id(order).await;
        self.hub.act_on_order(&self.alice, order, action).await.unwrap()
    }

    /// Asked for and agreed to, where that takes people.
    pub(super) async fn agreed_to(&self, order: &Ref, action: OrderAction) -> BundleView {
        let bundle = self.act(order, action).await;
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        if matches!(bundle.items[0].phase, Phase::Pending(_)) {
            self.approve(&bundle).await;
        }
        bundle
    }

    /// Asked for, agreed to and done.
    pub(super) async fn done(&self, order: &Ref, action: OrderAction) {
        let bundle = self.agreed_to(order, action).await;
        self.run().await;
        let view = self.view(bundle.items[0].id).await;
        assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_is_shipped_in_two_parts_and_its_own_echo_changes_nothing() {
    let Bought { world, mug, item, order, line } = bought(3).await;
    world.done(&order, ship(&[(&line, 1)])).await;
    assert_eq!((world.stock(item).await, world.platform.count("ship_order")), ((39, 2), 1));
    assert_eq!(world.taken(&order).await.facts.shipment, Axis::Known(Shipment::Part));
    world.pull_alone(&order).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (39, 2), "our own echo");
    world.done(&order, ship(&[])).await;
    assert_eq!((world.stock(item).await, world.platform.count("ship_order")), ((37, 0), 2));
    let taken = world.taken(&order).await.facts;
    assert_eq!((taken.shipment, taken.fulfilments.len()), (Axis::Known(Shipment::All), 2));
    assert_eq!(world.shown(&mug, 0), Some(37));
}

#[tokio::test(start_paused = true)]
async fn what_was_done_counts_at_once_even_if_the_order_cannot_be_read_again() {
    let Bought { world, item, order, .. } = bought(2).await;
    let bundle = world.agreed_to(&order, ship(&[])).await;
    // Read once more before it is sent, and then no longer.
    world.platform.fail_nth("GET /orders/", 1, Fault::Refused("broken"));
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!(world.stock(item).await, (38, 0));
}

#[tokio::test(start_paused = true)]
async fn tracking_is_amended_and_an_order_acknowledged() {
    let Bought { world, order, .. } = bought(1).await;
    world.done(&order, OrderAction::Acknowledge).await;
    world.done(&order, ship(&[])).await;
    let fulfilment = world.taken(&order).await.facts.fulfilments[0].key.clone();
    let amend = OrderAction::AmendTracking { fulfilment, carrier: None, tracking: "T2".to_owned() };
    world.done(&order, amend).await;
    let sent = world.taken(&order).await.facts.fulfilments.remove(0);
    assert_eq!((sent.carrier.as_deref(), sent.tracking), (Some("post"), vec![("T2".to_owned(), None)]));
}

#[tokio::test(start_paused = true)]
async fn an_order_is_cancelled_in_part_and_whole_and_gives_back_each_piece_once() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::Yes)).await;
    assert_eq!(world.stock(item).await, (40, 2));
    world.done(&order, cancel(&[], Restock::Yes)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (40, 0));
    assert_eq!(world.taken(&order).await.facts.life, Axis::Known(Life::Cancelled));
}

#[tokio::test(start_paused = true)]
async fn pieces_that_are_cancelled_without_restock_never_come_back_on_sale() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, cancel(&[(&line, 1)], Restock::No)).await;
    assert_eq!(world.stock(item).await, (39, 2));
    world.pull().await;
    assert_eq!(world.stock(item).await, (39, 2), "the platform doesn't tell it, and it stays so");
    world.done(&order, cancel(&[], Restock::Yes)).await;
    world.pull().await;
    assert_eq!(world.stock(item).await, (39, 0), "the others go back on the shelf");
}

#[tokio::test(start_paused = true)]
async fn a_refund_gives_money_and_pieces_back_once() {
    let Bought { world, item, order, line, .. } = bought(2).await;
    world.done(&order, ship(&[])).await;
    let total: Paired = "10.50 EUR".parse::<fusion_core::model::Money>().unwrap().into();
    let refund = OrderAction::Refund { total, lines: vec![(line, 1, Restock::Yes)] };
    world.done(&order, refund).await;
    world.pull().await;
    assert_eq!((world.stock(item).await, world.takings().await), ((39, 0), vec!["10.50 EUR".to_owned()]));
    assert_eq!(world.platform.count("refund_order"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_changed_after_it_was_shown_is_stale() {
    let Bought { world, order, line, .. } = bought(2).await;
    let bundle = world.act(&order, ship(&[])).await;
    let shown: Vec<_> = bundle.items[0].preview.changes.iter().map(|change| change.path.clone()).collect();
    assert_eq!(shown, [format!("lines.{line}.shipped")]);
    world.change(&order, OrderChange::Edit(line, 1)).await;
    if matches!(bundle.items[0].phase, Phase::Pending(_)) {
        world.approve(&bundle).await;
    }
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Stale);
    assert_eq!(world.platform.count("ship_order"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_an_order_does_not_allow_is_refused_with_every_reason() {
    let Bought { world, order, line, .. } = bought(2).await;
    let codes = async |action| {
        let bundle = world.act(&order, action).await;
        assert!(bundle.items.is_empty());
        let failure = &bundle.skipped[0].failure;
        assert_eq!(failure.kind, ErrorKind::InvalidInput);
        failure.problems.iter().map(|problem| problem.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(codes(ship(&[(&line, 3), ("?", 1)])).await, ["wrong_count", "unknown"]);
    let twice = ship(&[(&line, 1), (&line, 2)]);
    assert_eq!(codes(twice).await, ["wrong_count"], "a line that is named twice is asked for both");
    let amend =
        OrderAction::AmendTracking { fulfilment: "?".to_owned(), carrier: None, tracking: "T".to_owned() };
    assert_eq!(codes(amend).await, ["unknown"]);
    let much: Paired = "21.01 EUR".parse::<fusion_core::model::Money>().unwrap().into();
    let refund = OrderAction::Refund { total: much, lines: vec![(line.clone(), 3, Restock::No)] };
    assert_eq!(codes(refund).await, ["wrong_amount", "wrong_count"]);
    let little: Paired = "1 EUR".parse::<fusion_core::model::Money>().unwrap().into();
    let rows = vec![(line.clone(), 2, Restock::No), (line, 1, Restock::Yes)];
    assert_eq!(codes(OrderAction::Refund { total: little, lines: rows }).await, ["wrong_count"]);
    let foreign: Paired = "1 USD".parse::<fusion_core::model::Money>().unwrap().into();
    let refund = OrderAction::Refund { total: foreign, lines: Vec::new() };
    assert_eq!(codes(refund).await, ["wrong_amount"]);
    world.change(&order, OrderChange::Cancel).await;
    assert_eq!(codes(ship(&[])).await, ["cancelled", "nothing_left"]);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_of_which_the_platform_keeps_a_part_goes_on_after_a_kill() {
    let keeps = Some("2.50 EUR".parse().unwrap());
    for is_whole in [true, false] {
        let mut calls = 0;
        for side in [Side::Before, Side::After] {
            for at in 1.. {
                let world = World::new(Script { keeps, ..Script::default() }).await;
                let mug = world.published("Mug", 1).await;
                let item = world.item(mug.product, 0).await;
                let order = world.order(&mug, 2);
                let line = world.platform.lines_of(&order).remove(0);
                world.pull().await;
                let lines = if is_whole { vec![] } else { vec![(line.as_str(), 1)] };
                let mut action = cancel(&lines, Restock::Yes);
                if let OrderAction::Cancel { refund, .. } = &mut action {
                    *refund = true;
                }
                let bundle = world.act(&order, action).await;
                world.approve(&bundle).await;
                let Some(what) = world.kill(at, side).await else { break };
                world.work(&world.other_worker().await).await;
                let end = world.view(bundle.items[0].id).await;
                assert_eq!(end.phase, Phase::Done, "{what}: {:?}", end.failure);
                let left = if is_whole { (40, 0) } else { (40, 1) };
                assert_eq!(
                    (world.platform.count("cancel_order"), world.stock(item).await),
                    (1, left),
                    "{what}"
                );
                assert_eq!(world.takings().await, ["2.50 EUR"], "{what}");
                calls += 1;
            }
        }
        assert!(calls > 20, "{calls} calls were met");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_names_a_line_twice_gives_both_counts_back() {
    let Bought { world, item, order, line, .. } = bought(3).await;
    world.done(&order, ship(&[])).await;
    let total: Paired = "20 EUR".parse::<fusion_core::model::Money>().unwrap().into();
    let lines = vec![(line.clone(), 1, Restock::Yes), (line.clone(), 1, Restock::No)];
    let bundle = world.act(&order, OrderAction::Refund { total, lines }).await;
    let path = format!("lines.{line}.current");
    let changes = &bundle.items[0].preview.changes;
    let shown = changes.iter().find(|change| change.path == path).unwrap();
    assert_eq!((shown.from.clone(), shown.to.clone()), (Some(3.into()), Some(1.into())));
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!((world.stock(item).await, world.taken(&order).await.facts.lines[0].current), ((38, 0), 1));
}
