use crate::{clock::Timestamp, model::*};
use std::time::Duration;

const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_400_000);
const SECOND: Duration = Duration::from_secs(1);

/// An order that was placed then by the platform's clock, and stored then by ours.
fn order(placed: Timestamp, stored: Timestamp) -> Order {
    let millis = u64::try_from(stored.as_micros() / 1_000).unwrap();
    let id = OrderId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid());
    let facts = OrderFacts {
        refs: Refs::of([Ref::new(RefKind::of("order"), "1")]),
        number: None,
        role: OrderRole::Sale,
        locale: None,
        placed,
        updated: None,
        cancelled: None,
        edited: None,
        life: Axis::NotTold,
        payment: Axis::NotTold,
        shipment: Axis::NotTold,
        lines: Vec::new(),
        total: None,
        paid: None,
        charges: Vec::new(),
        fulfilments: Vec::new(),
        refunds: Vec::new(),
        extensions: Extensions::default(),
    };
    Order::new(id, StoreId::from_uuid(uuid::Uuid::nil()), facts, stored)
}

#[test]
fn a_stores_demand_is_about_what_was_placed_or_stored_by_then() {
    let demand = Erasure::new(StoreId::from_uuid(uuid::Uuid::nil()), None, NOON);
    let check = |placed, stored, covers| assert_eq!(demand.covers(&order(placed, stored)), covers);
    check(NOON - SECOND, NOON - SECOND, true);
    check(NOON - SECOND, NOON + SECOND, true);
    check(NOON + SECOND, NOON + SECOND, false);
    // The platform's clock is ahead.
    check(NOON + SECOND, NOON - SECOND, true);
    // It dates to the second.
    check(NOON - Duration::from_millis(400), NOON + SECOND, true);
}

#[test]
fn an_orders_demand_is_about_it_under_every_id_that_it_had_whenever_it_was_placed() {
    let store = StoreId::from_uuid(uuid::Uuid::nil());
    let mut late = order(NOON + SECOND, NOON + SECOND);
    late.facts.refs.set(Ref::new(RefKind::of("order"), "2"));
    for (id, covers) in [("1", true), ("2", true), ("3", false)] {
        let demand = Erasure::new(store, Some(Ref::new(RefKind::of("order"), id)), NOON);
        assert_eq!(demand.covers(&late), covers, "{id}");
    }
}

#[test]
fn no_two_demands_on_a_store_have_one_name() {
    let names = [("order", "1"), ("order", "2"), ("orde", "r1")]
        .map(|(kind, id)| Erasure::name_of(Some(&Ref::new(RefKind::of(kind), id))));
    let shared = Erasure::name_of(Some(&Ref::new(RefKind::shared("order"), "1")));
    let all: std::collections::BTreeSet<_> =
        names.into_iter().chain([shared, Erasure::name_of(None)]).collect();
    assert_eq!(all.len(), 5);
}
