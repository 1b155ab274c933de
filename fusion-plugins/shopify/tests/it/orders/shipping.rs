//! Shipments: whole, in parts, from one place, and never twice.

use super::{mugs, read, ship, stocked, stocked_by, stored};
use crate::bench::{Bench, done, id};
use fusion_core::{
    clock::Timestamp,
    error::{ErrorKind, Fate, Retry},
    model::{Axis, LocationId, OrderAction, Ref, Repeat, Shipment},
    plugin::{Found, PlatformPlugin, SentStep, Target, Work},
};
use fusion_plugin_sdk::testkit::StepRow;
use fusion_plugin_shopify::simulator::{Fault, FaultKind, NewOrder};
use std::time::Duration;

/// What a hub knows of a step that nobody has answered.
fn sent(row: &StepRow) -> SentStep<'_> {
    SentStep { name: &row.name, request: &row.request, at: Timestamp::EPOCH }
}

fn fulfilments(bench: &Bench) -> usize {
    bench.effects().iter().filter(|field| *field == "fulfillmentCreate").count()
}

#[tokio::test]
async fn an_order_is_shipped_in_two_parts_each_under_its_number() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    bench.bench.next_work("first");
    let first = ship(&[(&line, 2)], Some("T1"));
    let refs = done(bench.plugin.process_order(&bench.cx(), &order, &first).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((&facts.shipment, facts.fulfilments.len()), (&Axis::Known(Shipment::Part), 1));
    assert_eq!(facts.fulfilments[0].key, id(&refs, "fulfillment"));
    assert_eq!(facts.fulfilments[0].lines, [(line.clone(), 2)]);
    assert_eq!(facts.fulfilments[0].tracking, [("T1".to_owned(), None)]);
    bench.bench.next_work("rest");
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[], Some("T2"))).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!((facts.shipment, facts.fulfilments[1].lines[0].1), (Axis::Known(Shipment::All), 1));
    bench.bench.next_work("again");
    let error = bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::Conflict, Fate::NotSent));
}

#[tokio::test]
async fn a_run_that_goes_on_after_a_kill_ships_nothing_a_second_time() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(3)).unwrap();
    let order = stored(&bench, &gid).await;
    let action = ship(&[(&order.facts.lines[0].key, 2)], Some("T1"));
    let first = done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    // The same work again, under the same journal: two of the three are gone, and that is what was asked.
    let again = done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    assert_eq!((first, fulfilments(&bench)), (again, 1));
}

#[tokio::test]
async fn an_unanswered_shipment_is_found_by_what_it_ships_or_is_known_not_to_have_left() {
    for (fault, left) in [(FaultKind::ResetAfterWrite, true), (FaultKind::ResetBefore, false)] {
        let (mut bench, _) = stocked().await;
        let gid = bench.shop.place_order(mugs(4)).unwrap();
        let order = stored(&bench, &gid).await;
        let line = order.facts.lines[0].key.clone();
        bench.bench.next_work("like it");
        // One like it was there before.
        done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[(&line, 2)], None)).await.unwrap());
        bench.bench.next_work("lost");
        bench.shop.inject(Fault::new(fault).on("fulfillmentCreate"));
        let action = ship(&[(&line, 2)], None);
        let error = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown);
        let again = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!((again.kind(), fulfilments(&bench)), (ErrorKind::Conflict, 1 + usize::from(left)));
        let row = bench.bench.journal.rows().pop().unwrap();
        assert_eq!(row.repeat, Repeat::Once);
        let command = bench.command(fusion_core::plugin::Change::Order { order: order.id, action });
        let target = Target::of_order(&order);
        let work = Work { command: &command, target: &target };
        let found = bench.plugin.find_by_reference(&bench.cx(), work, sent(&row)).await.unwrap();
        match found {
            Found::Applied(answer) => {
                assert!(left && String::from_utf8_lossy(&answer.body).contains("gid://shopify/Fulfillment/"));
            }
            Found::NotApplied { settled } => assert!(settled && !left),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn two_shipments_that_could_be_it_are_a_doubt_for_a_person() {
    let (bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(4)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    let action = ship(&[(&line, 2)], None);
    bench.shop.inject(Fault::new(FaultKind::ResetAfterWrite).on("fulfillmentCreate"));
    bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
    let row = bench.bench.journal.rows().pop().unwrap();
    // Somebody ships the other two by hand, in just the same way.
    bench.shop.fulfil_order(&gid).unwrap();
    let command = bench.command(fusion_core::plugin::Change::Order { order: order.id, action });
    let target = Target::of_order(&order);
    let work = Work { command: &command, target: &target };
    let found = bench.plugin.find_by_reference(&bench.cx(), work, sent(&row)).await.unwrap();
    assert!(matches!(&found, Found::Doubtful(both) if both.len() == 2), "{found:?}");
}

#[tokio::test]
async fn what_comes_later_is_waited_for_and_what_is_held_back_is_said() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1).laid_out_after(Duration::from_secs(600))).unwrap();
    let order = stored(&bench, &gid).await;
    let error = bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::Conflict, Fate::NotSent));
    assert!(matches!(error.retry(), Retry::When(_)), "{error:?}");
    let before = read(&bench, &gid).await.facts.updated;
    bench.clock.advance(Duration::from_secs(600));
    bench.shop.set_parts(&gid, "ON_HOLD").unwrap();
    let error = bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::PlatformRefused, Retry::AfterUserAction));
    assert!(error.message().contains("ON_HOLD"));
    bench.shop.set_parts(&gid, "OPEN").unwrap();
    bench.bench.next_work("released");
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap());
    assert!(read(&bench, &gid).await.facts.updated > before);
}

#[tokio::test]
async fn parts_that_split_meanwhile_are_read_anew() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(4)).unwrap();
    let order = stored(&bench, &gid).await;
    bench.shop.split_parts(&gid).unwrap();
    bench.shop.split_parts(&gid).unwrap();
    bench.bench.next_work("three of four parts");
    let line = order.facts.lines[0].key.clone();
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[(&line, 3)], None)).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    let shipped: i64 = facts.fulfilments[0].lines.iter().map(|(_, count)| count).sum();
    assert_eq!((shipped, facts.shipment), (3, Axis::Known(Shipment::Part)));
}

#[tokio::test]
async fn a_parcel_leaves_from_one_place_and_an_order_at_two_needs_two() {
    let (mut bench, target) = stocked_by(|shop| shop.locations(["Shop", "Cellar"])).await;
    let gid =
        bench.shop.place_order(NewOrder::of([("MUG-0", 1)]).from_location("MUG-1", 1, "Cellar")).unwrap();
    let order = stored(&bench, &gid).await;
    let error = bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].code.as_str()), (ErrorKind::InvalidInput, "ambiguous"));
    let cellar = LocationId::new(&*bench.clock);
    let place = bench.shop.locations().into_iter().find(|(_, name)| name == "Cellar").unwrap().0;
    let from = |location: Option<LocationId>| match ship(&[], Some("T")) {
        OrderAction::Ship { lines, carrier, tracking, notify, .. } => {
            OrderAction::Ship { lines, carrier, tracking, location, notify }
        }
        other => other,
    };
    let unknown = bench.plugin.process_order(&bench.cx(), &order, &from(Some(cellar))).await.unwrap_err();
    assert_eq!(unknown.problems()[0].path, "location");
    bench.bench.store.locations =
        vec![(cellar, Ref::new(fusion_core::model::RefKind::of("location"), place))];
    bench.bench.next_work("cellar");
    done(bench.plugin.process_order(&bench.cx(), &order, &from(Some(cellar))).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!(facts.fulfilments[0].lines, [(order.facts.lines[1].key.clone(), 1)]);
    // What is left lies at one place now.
    bench.bench.next_work("shop");
    done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[], None)).await.unwrap());
    assert_eq!(read(&bench, &gid).await.facts.shipment, Axis::Known(Shipment::All));
    assert_eq!(super::available(&bench, &target, 0), 9);
}

#[tokio::test]
async fn more_than_is_left_and_lines_of_others_are_refused_and_nothing_is_sent() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(2)).unwrap();
    let order = stored(&bench, &gid).await;
    let line = order.facts.lines[0].key.clone();
    for (lines, kind) in [
        (vec![(line.as_str(), 3)], ErrorKind::Conflict),
        (vec![(line.as_str(), 1), (line.as_str(), 2)], ErrorKind::Conflict),
        (vec![("gid://shopify/LineItem/1", 1)], ErrorKind::Conflict),
        (vec![(line.as_str(), 0)], ErrorKind::InvalidInput),
    ] {
        bench.bench.next_work("each");
        let action = ship(&lines, None);
        let error = bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, Fate::NotSent), "{lines:?}");
    }
    assert_eq!(fulfilments(&bench), 0);
}

#[tokio::test]
async fn tracking_is_amended_without_telling_the_buyer() {
    let (mut bench, _) = stocked().await;
    let gid = bench.shop.place_order(mugs(1)).unwrap();
    let order = stored(&bench, &gid).await;
    let refs = done(bench.plugin.process_order(&bench.cx(), &order, &ship(&[], Some("T1"))).await.unwrap());
    let fulfilment = id(&refs, "fulfillment").to_owned();
    bench.bench.next_work("amend");
    let amend = |fulfilment: &str, tracking: &str| OrderAction::AmendTracking {
        fulfilment: fulfilment.to_owned(),
        carrier: Some("UPS".to_owned()),
        tracking: tracking.to_owned(),
    };
    let action = amend(&fulfilment, "T2");
    done(bench.plugin.process_order(&bench.cx(), &order, &action).await.unwrap());
    let facts = read(&bench, &gid).await.facts;
    assert_eq!(facts.fulfilments[0].tracking, [("T2".to_owned(), None)]);
    assert_eq!(facts.fulfilments[0].carrier.as_deref(), Some("UPS"));
    bench.bench.next_work("nothing");
    let error = bench.plugin.process_order(&bench.cx(), &order, &amend(&fulfilment, " ")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = bench
        .plugin
        .process_order(&bench.cx(), &order, &amend("gid://shopify/Fulfillment/1", "T"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::NotFound, Fate::Rejected));
}
