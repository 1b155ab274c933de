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

/// The storefront `remote_id` on the authorisation that all demands here are told on.
fn store(remote_id: &str) -> Store {
    let facts = StoreFacts {
        account: "account".to_owned(),
        remote_id: remote_id.to_owned(),
        name: "Shop".to_owned(),
        currency: Currency::new("EUR").unwrap(),
        tax_basis: TaxBasis::Gross,
        locale: Locale::default(),
        locations: Vec::new(),
        scopes: Vec::new(),
        other: std::collections::BTreeMap::new(),
    };
    Store {
        id: StoreId::from_uuid(uuid::Uuid::nil()),
        connection: ConnectionId::from_uuid(uuid::Uuid::nil()),
        platform: "scripted".into(),
        name: "Shop".to_owned(),
        status: StoreStatus::Active,
        held: None,
        facts,
        facts_version: 1,
        locations: Vec::new(),
        learned: Vec::new(),
    }
}

fn demand(buyers: BuyersOf) -> Erasure {
    Erasure::new(ConnectionId::from_uuid(uuid::Uuid::nil()), buyers, NOON)
}

#[test]
fn a_storefronts_demand_is_about_what_was_placed_or_stored_by_then() {
    let demand = demand(BuyersOf::Storefront("main".to_owned()));
    let check = |placed, stored, covers| {
        assert_eq!(demand.covers(&store("main"), &order(placed, stored)), covers);
        assert!(!demand.covers(&store("second"), &order(placed, stored)));
    };
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
    let mut late = order(NOON + SECOND, NOON + SECOND);
    late.facts.refs.set(Ref::new(RefKind::of("order"), "2"));
    let elsewhere = Store { connection: ConnectionId::from_uuid(uuid::Uuid::max()), ..store("main") };
    for (id, covers) in [("1", true), ("2", true), ("3", false)] {
        let demand = demand(BuyersOf::Order(Ref::new(RefKind::of("order"), id)));
        assert_eq!(demand.covers(&store("main"), &late), covers, "{id}");
        assert!(!demand.covers(&elsewhere, &late), "{id}");
    }
}

#[test]
fn no_two_demands_on_an_authorisation_have_one_name() {
    let order = |kind, id| BuyersOf::Order(Ref::new(RefKind::of(kind), id)).name();
    let all = [
        order("order", "1"),
        order("order", "2"),
        order("orde", "r1"),
        order("storefront", "1"),
        BuyersOf::Order(Ref::new(RefKind::shared("order"), "1")).name(),
        BuyersOf::Storefront("1".to_owned()).name(),
        BuyersOf::Storefront("order1".to_owned()).name(),
    ];
    let names: std::collections::BTreeSet<_> = all.into_iter().collect();
    assert_eq!(names.len(), 7);
}
