//! Cancellations: taken in at once, carried out later, watched until then.

use super::{available, money, mugs, read, ship, stocked, stored};
use crate::bench::{Bench, done};
use fusion_core::{
    error::{ErrorKind, Fate, Severity},
    model::{Axis, Life, Order, OrderAction, Payment, Refs, Restock},
    plugin::{Applied, Change, PlatformPlugin, Receipt, Target, Watch, Work, Written},
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind, Restocked};
use std::time::Duration;

fn cancel(restock: Restock, refund: bool) -> OrderAction {
    OrderAction::Cancel { lines: Vec::new(), reason: "customer".to_owned(), restock, refund, notify: false }
}

fn watch(receipt: Receipt<Refs>) -> Watch {
    match receipt.result {
        Written::Accepted { watch, .. } => watch,
        Written::Done(_) => panic!("it is done already"),
    }
}

async fn observe(
    bench: &Bench,
    order: &Order,
    watch: &Watch,
) -> fusion_core::error::Result<Receipt<Applied>> {
    let command = bench.command(Change::Order { order: order.id, action: cancel(Restock::Yes, true) });
    let target = Target::of_order(order);
    bench.plugin.observe(&bench.cx(), Work { command: &command, target: &target }, watch).await
}

#[tokio::test]
async fn a_cancellation_is_accepted_watched_and_gives_pieces_and_money_back_once() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    let action = cancel(Restock::Yes, true);
    let watch = watch(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    let still = observe(&bench, &order, &watch).await.unwrap();
    assert!(matches!(still.result, Written::Accepted { .. }));
    assert_eq!(read(&bench, &gid).await.facts.life, Axis::Known(Life::Open));
    bench.clock.advance(Duration::from_secs(2));
    let over = done(observe(&bench, &order, &watch).await.unwrap());
    assert!(matches!(over, Applied::Order(refs) if !refs.is_empty()));
    let facts = read(&bench, &gid).await.facts;
    assert_eq!(
        (&facts.life, &facts.payment),
        (&Axis::Known(Life::Cancelled), &Axis::Known(Payment::Refunded))
    );
    assert_eq!((facts.refunds[0].total.shop, available(&bench, &target, 0)), (money("25.00 EUR"), 10));
    // The same work again asks nobody.
    let calls = bench.shop.calls()["orderCancel"];
    bench.plugin.process_order(&bench.cx(), &order, &action).await.map(drop).unwrap();
    assert_eq!(bench.shop.calls()["orderCancel"], calls);
}

#[tokio::test]
async fn pieces_and_money_stay_where_they_are_when_that_is_said() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    let taken = bench.plugin.process_order(&bench.cx(), &order, &cancel(Restock::No, false)).await.unwrap();
    bench.clock.advance(Duration::from_secs(2));
    done(observe(&bench, &order, &watch(taken)).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((facts.refunds.len(), &facts.payment), (0, &Axis::Known(Payment::Paid)));
    assert_eq!(available(&bench, &target, 0), 8);
}

#[tokio::test]
async fn a_cancellation_that_the_platform_gives_up_is_a_refusal_and_no_success() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let taken = bench.plugin.process_order(&bench.cx(), &order, &cancel(Restock::Yes, false)).await.unwrap();
    let watch = watch(taken);
    bench.shop.open_return(&gid, 1).unwrap();
    bench.clock.advance(Duration::from_secs(2));
    let error = observe(&bench, &order, &watch).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::PlatformRefused, Fate::Rejected));
    assert_eq!(read(&bench, &gid).await.facts.life, Axis::Known(Life::Open));
    let strange = Watch { kind: watch.kind, handle: serde_json::json!({}) };
    assert_eq!(observe(&bench, &order, &strange).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_order_that_is_cancelled_already_is_done_with_a_warning() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    bench.shop.cancel_order(&gid, Restocked::Yes).unwrap();
    let receipt = bench.plugin.process_order(&bench.cx(), &order, &cancel(Restock::Yes, true)).await.unwrap();
    assert_eq!(
        (receipt.issues[0].code.as_str(), receipt.issues[0].severity),
        ("already_cancelled", Severity::Warning)
    );
    done(receipt);
    assert_eq!(available(&bench, &target, 0), 10);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_cancels_once() {
    let (bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("orderCancel"));
    let receipt = bench.plugin.process_order(&bench.cx(), &order, &cancel(Restock::Yes, true)).await.unwrap();
    // The second sending is told that the order is cancelled already.
    assert_eq!(receipt.issues.len(), 1);
    bench.clock.advance(Duration::from_secs(2));
    assert_eq!(read(&bench, &gid).await.facts.life, Axis::Known(Life::Cancelled));
    assert_eq!(available(&bench, &target, 0), 10);
    let taken = bench.effects().iter().filter(|field| *field == "orderCancel").count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn what_the_platform_has_no_words_for_is_refused_before_the_network() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let said = |lines: &[(&str, i64)], reason: &str, restock| OrderAction::Cancel {
        lines: lines.iter().map(|(line, count)| ((*line).to_owned(), *count)).collect(),
        reason: reason.to_owned(),
        restock,
        refund: false,
        notify: false,
    };
    for (action, path) in [
        (said(&[(&line, 1)], "other", Restock::Yes), "lines"),
        (said(&[], "bored", Restock::Yes), "reason"),
        (said(&[], "other", Restock::Unknown), "restock"),
    ] {
        let error = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::InvalidInput, path));
    }
    assert!(!bench.shop.calls().contains_key("orderCancel"));
    bench.bench.next_work("ship");
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[(&line, 1)], None)).await.unwrap());
    bench.bench.next_work("cancel");
    let error =
        bench.plugin.process_order(&bench.cx(), &order, &said(&[], "other", Restock::Yes)).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::PlatformRefused, Fate::Rejected));
}
