//! What is shown before something is done to an order, and what isn't done at all.

use super::{money, mugs, read, ship, stocked, stored};
use crate::bench::Bench;
use fusion_core::{
    error::{ErrorKind, Result, Severity},
    model::{ChargeKind, Order, OrderAction, Restock},
    plugin::{Change, PlatformPlugin, Preview, Snapshot, Support, Target, Work, guard},
};
use serde_json::{Value, json};

/// Shown from a snapshot with these fields, as the hub takes it.
fn shown(bench: &Bench, order: &Order, action: &OrderAction, fields: &[(&str, Value)]) -> Result<Preview> {
    let command = bench.command(Change::Order { order: order.id, action: action.clone() });
    let target = Target::of_order(order);
    let fields = fields.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    let snapshot = Snapshot { fields, ..Snapshot::default() };
    bench.plugin.preview(&bench.bench.store, Work { command: &command, target: &target }, &snapshot)
}

fn cancel(refund: bool, notify: bool) -> OrderAction {
    OrderAction::Cancel { lines: Vec::new(), reason: "fraud".into(), restock: Restock::Yes, refund, notify }
}

#[tokio::test]
async fn a_reviewer_sees_what_leaves_what_it_costs_and_whom_it_reaches() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let fields = [("number", json!("#1001")), ("paid", json!({ "shop": "37.50 EUR" }))];
    let preview = shown(&bench, &order, &ship(&[(&line, 2)], None), &fields).unwrap();
    assert_eq!(preview.summary, "ships 2 of order #1001 of Main shop");
    assert!(preview.changes.is_empty() && preview.charges.is_empty() && preview.calls[0].cost > 0);

    let preview = shown(&bench, &order, &cancel(true, true), &fields).unwrap();
    assert_eq!(
        (&preview.charges[0].kind, preview.charges[0].amount.shop),
        (&ChargeKind::Refund, money("37.50 EUR"))
    );
    let notes: Vec<_> = preview.notes.iter().map(|note| (note.code.as_str(), note.severity)).collect();
    assert_eq!(
        notes,
        [("final", Severity::Warning), ("message", Severity::Info), ("goes_back", Severity::Info)]
    );
    let preview = shown(&bench, &order, &cancel(false, false), &fields).unwrap();
    assert!(preview.charges.is_empty() && preview.notes.iter().any(|note| note.code == "kept"));

    let refund =
        OrderAction::Refund { total: money("12.50 EUR").into(), lines: vec![(line, 1, Restock::No)] };
    let preview = shown(&bench, &order, &refund, &fields).unwrap();
    assert_eq!(preview.summary, "gives 12.50 EUR back for order #1001 of Main shop");
    assert_eq!(preview.charges[0].amount.shop, money("12.50 EUR"));
}

#[tokio::test]
async fn an_order_without_number_or_amount_is_shown_without_them() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let preview = shown(&bench, &order, &cancel(true, false), &[("number", Value::Null)]).unwrap();
    assert_eq!((preview.summary.as_str(), preview.charges), ("cancels an order of Main shop", vec![]));
    let error = shown(&bench, &order, &cancel(true, false), &[("paid", json!("much"))]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_is_wrong_by_itself_is_told_before_anything_is_sent() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = |restock| ("x".to_owned(), 1, restock);
    let lines = vec![line(Restock::Unknown), line(Restock::Yes), line(Restock::Unknown)];
    let refund = OrderAction::Refund { total: money("1 EUR").into(), lines };
    let amend = OrderAction::AmendTracking { fulfilment: "gone".into(), carrier: None, tracking: " ".into() };
    let mut whim = cancel(true, false);
    if let OrderAction::Cancel { reason, .. } = &mut whim {
        *reason = "whim".to_owned();
    }
    for (action, paths) in
        [(refund, vec!["lines[0]", "lines[2]"]), (amend, vec!["tracking"]), (whim, vec!["reason"])]
    {
        let error = shown(&bench, &order, &action, &[]).unwrap_err();
        let told: Vec<_> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!((error.kind(), told), (ErrorKind::InvalidInput, paths));
    }
}

#[tokio::test]
async fn steps_that_the_platform_doesnt_have_are_refused_by_the_guard_and_by_the_plugin() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let before = read(&bench, &gid).await;
    let calls = bench.shop.calls();
    for action in [OrderAction::Acknowledge, OrderAction::Submit, OrderAction::Produce] {
        let command = bench.command(Change::Order { order: order.id, action: action.clone() });
        let refused = guard(bench.plugin.manifest(), &bench.bench.store, &command).unwrap_err();
        let error = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!((refused.kind(), error.kind()), (ErrorKind::Unsupported, ErrorKind::Unsupported));
        assert!(matches!(
            bench.plugin.manifest().support(action.operation()),
            Support::Unsupported { link, .. } if link.starts_with("https://")
        ));
    }
    assert_eq!((bench.shop.calls(), read(&bench, &gid).await), (calls, before));
}
