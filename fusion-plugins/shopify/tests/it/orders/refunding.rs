//! Refunds: by the way the money came, once, in the buyer's currency.

use super::{available, counts, money, mugs, read, ship, stocked, stored};
use crate::bench::{done, id};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{Axis, OrderAction, Paired, Payment, Restock},
    plugin::PlatformPlugin,
};
use fusion_plugin_shopify::simulator::{Fault, FaultKind};

fn refund(total: &str, lines: &[(&str, i64, Restock)]) -> OrderAction {
    OrderAction::Refund {
        total: money(total).into(),
        lines: lines.iter().map(|(line, count, restock)| ((*line).to_owned(), *count, *restock)).collect(),
    }
}

#[tokio::test]
async fn money_goes_back_and_a_piece_comes_back_as_what_it_is() {
    let (mut bench, target) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[(&line, 1)], None)).await.unwrap());
    // Two are still in the house: they are called off. The third was shipped: it is returned.
    bench.bench.next_work("refund");
    let action = refund("37.50 EUR", &[(&line, 3, Restock::Yes)]);
    let refs = done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!(facts.refunds[0].key, id(&refs, "refund"));
    let lines: Vec<_> = facts.refunds[0].lines.iter().map(|(_, count, restock)| (*count, *restock)).collect();
    assert_eq!(lines, [(2, Restock::Yes), (1, Restock::Yes)]);
    assert_eq!((counts(&facts), &facts.payment), (vec![(3, 0)], &Axis::Known(Payment::Refunded)));
    assert_eq!(available(&bench, &target, 0), 10);
    let again = done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    assert_eq!((refs, read(&bench, &gid).await.facts.refunds.len()), (again, 1));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_its_key_and_pays_once() {
    for fault in [FaultKind::ResetAfterWrite, FaultKind::ResetBefore, FaultKind::InternalAfterEffect] {
        let (mut bench, _) = stocked().await;
        let gid = bench.shop.place_order(mugs(2)).unwrap();
        let order = stored(&bench, &gid).await;
        bench.bench.next_work("lost");
        bench.shop.inject(Fault::new(fault.clone()).on("refundCreate"));
        done(bench.plugin.process_order(&bench.cx(), &order, &refund("12.50 EUR", &[])).await.unwrap());
        let facts = read(&bench, &gid).await.facts;
        assert_eq!((facts.refunds.len(), facts.refunds[0].total.shop), (1, money("12.50 EUR")));
        let bodies: Vec<_> = bench.bench.journal.rows().iter().map(|row| row.request.body.clone()).collect();
        assert!(bodies.iter().all(|body| *body == bodies[0]) && bodies.len() == 2, "{fault:?} {bodies:?}");
    }
}

#[tokio::test]
async fn more_than_was_paid_and_doubtful_pieces_are_refused_and_nothing_is_sent() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    for (action, path) in [
        (refund("25.01 EUR", &[]), "total"),
        (refund("-1 EUR", &[]), "total"),
        (refund("1 USD", &[]), "total.presentment"),
        (refund("1 EUR", &[(&line, 1, Restock::Unknown)]), "lines[0]"),
        (refund("1 EUR", &[(&line, 0, Restock::No)]), "lines[0]"),
    ] {
        bench.bench.next_work("each");
        let error = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!((error.kind(), error.problems()[0].path.as_str()), (ErrorKind::InvalidInput, path));
        assert_eq!(error.fate(), Fate::NotSent);
    }
    assert!(!bench.shop.calls().contains_key("refundCreate"));
    bench.bench.next_work("too many");
    let error = bench
        .plugin
        .process_order(&bench.cx(), &order, &refund("1 EUR", &[(&line, 3, Restock::No)]))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::InvalidInput, Fate::Rejected));
}

#[tokio::test]
async fn several_payments_go_back_each_by_its_own_way() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    bench.shop.add_to_order(&gid, "MUG-1", 1).unwrap();
    bench.shop.pay_order(&gid).unwrap();
    let order = stored(&bench, &gid).await;
    done(bench.plugin.process_order(&bench.cx(), &order, &refund("20 EUR", &[])).await.unwrap());
    let kept = bench.shop.order(&gid).unwrap();
    let back = kept["payments"].as_array().unwrap().iter().filter(|one| one["kind"] == "REFUND");
    assert_eq!(back.map(|one| one["amount"].as_i64().unwrap()).collect::<Vec<_>>(), [1250, 750]);
}

#[tokio::test]
async fn money_goes_back_in_the_currency_that_was_paid() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(2).shown_in("CAD", "1.50")).unwrap();
    let order = stored(&bench, &gid).await;
    let error = bench.plugin.process_order(&bench.cx(), &order, &refund("12.50 EUR", &[])).await.unwrap_err();
    assert_eq!(error.problems()[0].path, "total.presentment");
    bench.bench.next_work("both");
    let total = Paired { shop: money("12.50 EUR"), presentment: Some(money("18.75 CAD")) };
    let action = OrderAction::Refund { total, lines: Vec::new() };
    done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    assert_eq!(read(&bench, &gid).await.facts.refunds[0].total, total);
}
