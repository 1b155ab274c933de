//! What is shown before something is done to an order, and what isn't done at all.

use super::{money, mugs, read, ship, stocked, stored};
use crate::bench::Bench;
use fusion_core::{
    error::{ErrorKind, Result, Severity},
    model::{ChargeKind, Order, OrderAction, Restock},
    plugin::{Change, PlatformPlugin, Preview, Snapshot, Support, Target, Work, guard},
};
use serde_json::json;

async fn shown(bench: &Bench, order: &Order, action: &OrderAction) -> Result<(Snapshot, Preview)> {
    let command = bench.command(Change::Order { order: order.id, action: action.clone() });
    let target = Target::of_order(order);
    let work = Work { command: &command, target: &target };
    let snapshot = bench.plugin.snapshot(&bench.cx(), &[work]).await?.remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &snapshot)?;
    Ok((snapshot, preview))
}

fn cancel(refund: bool, notify: bool) -> OrderAction {
    OrderAction::Cancel { lines: Vec::new(), reason: "fraud".into(), restock: Restock::Yes, refund, notify }
}

#[tokio::test]
async fn a_reviewer_sees_what_leaves_what_it_costs_and_whom_it_reaches() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(3).buyer("ada@example.test")).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let (snapshot, preview) = shown(&bench, &order, &ship(&[(&line, 2)], None)).await.unwrap();
    assert_eq!(preview.summary, "ships 2 of order #1001 of Main shop");
    let change = &preview.changes[0];
    assert_eq!((change.from.clone(), change.to.clone()), (Some(json!(3)), Some(json!(1))));
    assert!(preview.charges.is_empty() && preview.calls[0].cost > 0);
    assert!(!serde_json::to_string(&(snapshot, preview)).unwrap().contains("ada"));

    let (_, preview) = shown(&bench, &order, &cancel(true, true)).await.unwrap();
    assert_eq!(
        (&preview.charges[0].kind, preview.charges[0].amount.shop),
        (&ChargeKind::Refund, money("37.50 EUR"))
    );
    let notes: Vec<_> = preview.notes.iter().map(|note| (note.code.as_str(), note.severity)).collect();
    assert_eq!(
        notes,
        [("final", Severity::Warning), ("message", Severity::Info), ("goes_back", Severity::Info)]
    );
    let (_, preview) = shown(&bench, &order, &cancel(false, false)).await.unwrap();
    assert!(preview.charges.is_empty() && preview.notes.iter().any(|note| note.code == "kept"));

    let refund =
        OrderAction::Refund { total: money("12.50 EUR").into(), lines: vec![(line, 1, Restock::No)] };
    let (_, preview) = shown(&bench, &order, &refund).await.unwrap();
    assert_eq!(preview.charges[0].amount.shop, money("12.50 EUR"));
    assert_eq!(
        preview.changes.iter().find(|change| change.path == "paid").unwrap().to,
        Some(json!({"shop": "25.00 EUR"}))
    );
}

#[tokio::test]
async fn a_change_of_the_order_makes_a_preview_stale_and_our_own_doesnt() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let action = ship(&[(&line, 2)], None);
    let (before, _) = shown(&bench, &order, &action).await.unwrap();
    bench.shop.pay_order(&gid).unwrap();
    let (same, _) = shown(&bench, &order, &action).await.unwrap();
    assert!(before.stale_fields(&same, false).is_empty());
    bench.plugin.process_order(&bench.cx(), &order, &action).await.map(drop).unwrap();
    let command = bench.command(Change::Order { order: order.id, action });
    let target = Target::of_order(&order);
    let work = Work { command: &command, target: &target };
    let after = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert!(before.stale_fields(&after, true).is_empty());
    assert_eq!(before.stale_fields(&after, false), [format!("lines.{line}.open")]);
}

#[tokio::test]
async fn every_problem_is_told_before_anything_is_sent() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let action = ship(&[(&line, 2), ("gid://shopify/LineItem/1", 1), (&line, 0)], None);
    let error = shown(&bench, &order, &action).await.unwrap_err();
    let codes: Vec<_> = error.problems().iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!((error.kind(), codes), (ErrorKind::InvalidInput, vec!["too_many", "unknown", "too_few"]));
    let amend =
        OrderAction::AmendTracking { fulfilment: "gone".into(), carrier: None, tracking: String::new() };
    let error = shown(&bench, &order, &amend).await.unwrap_err();
    assert_eq!(error.problems().len(), 2);
    // A snapshot that isn't this plugin's says nothing about lines, so only what is wrong by itself is told.
    let command = bench.command(Change::Order { order: order.id, action: ship(&[("x", 2)], None) });
    let target = Target::of_order(&order);
    let work = Work { command: &command, target: &target };
    assert!(bench.plugin.preview(&bench.bench.store, work, &Snapshot::default()).is_ok());
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
