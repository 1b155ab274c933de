//! Orders: three axes, reprints, shipments, whose money it is, and who buys.

use super::{
    super::*,
    support::{address, buyer, facts, id, money, refusal, sale, supplier, supply},
};
use crate::{Supply, kinds};
use fusion_core::{error::ErrorKind, model::*};
use serde_json::{Value, json};

fn answer(changes: Value) -> Value {
    let mut answer = json!({
        "id": "5a96f649b2439217d070f507", "status": "in-production", "created_at": "2026-09-05 15:00:00+00:00",
        "address_to": { "first_name": "Ada", "last_name": "O'Neill", "country": "United States", "phone": 574 },
        "line_items": [
            { "product_id": "5b05842f3921c9547531758d", "variant_id": 17887, "print_provider_id": 5,
              "quantity": 1, "cost": 1050, "shipping_cost": 400, "status": "in-production",
              "metadata": { "title": "Mug", "price": 2200 } },
        ],
        "metadata": { "order_type": "api", "shop_order_id": 1_370_762_297 },
        "total_price": 0, "total_shipping": 0, "total_tax": 0,
    });
    for (member, value) in changes.as_object().unwrap() {
        answer[member] = value.clone();
    }
    answer
}

fn read(changes: Value) -> Converted<RemoteOrder> {
    order(&answer(changes), &facts()).unwrap()
}

#[test]
fn every_word_for_a_state_is_three_axes() {
    use {Life::*, Shipment as S};
    let known = [
        ("pending", Pending, S::None),
        ("cost-calculation", Pending, S::None),
        ("source-check-failed", Pending, S::None),
        ("on-hold", OnHold, S::None),
        ("payment-not-received", OnHold, S::None),
        ("sending-to-production", Open, S::InProduction),
        ("sending_to_production_delegate", Open, S::InProduction),
        ("sending_to_production_delegate_sync", Open, S::InProduction),
        ("in-production", Open, S::InProduction),
        ("checking-quality", Open, S::InProduction),
        ("quality-declined", Open, S::InProduction),
        ("quality-approved", Open, S::InProduction),
        ("ready-for-production", Open, S::InProduction),
        ("callback-received", Open, S::InProduction),
        ("partially-fulfilled", Open, S::Part),
        ("fulfilled", Closed, S::All),
        ("canceled", Cancelled, S::None),
        ("has-issues", Open, S::Blocked),
        ("unfulfillable", Open, S::Blocked),
    ];
    for (status, life, shipment) in known {
        let facts = read(json!({ "status": status })).value.facts;
        assert_eq!((facts.life, facts.shipment), (Axis::Known(life), Axis::Known(shipment)), "{status}");
        let failed = status == "payment-not-received";
        assert_eq!(facts.payment == Axis::Known(Payment::Failed), failed, "{status}");
        assert_eq!(facts.payment == Axis::NotTold, !failed, "{status}");
    }
    let facts = read(json!({ "status": "beamed-up" })).value.facts;
    let word = || "beamed-up".to_owned();
    assert_eq!((facts.life, facts.shipment), (Axis::Unknown(word()), Axis::Unknown(word())));
    let extra: Supply = facts.extensions.get().unwrap().unwrap();
    assert_eq!(extra.status, "beamed-up");
}

#[test]
fn our_own_order_knows_its_sale_and_a_channels_does_not() {
    let ours = "01920000-0000-7000-8000-00000000004d";
    for place in [
        json!({ "external_id": ours }),
        json!({ "metadata": { "shop_order_id": ours, "shop_order_label": "1001" } }),
    ] {
        let facts = read(place.clone()).value.facts;
        assert_eq!(facts.role, OrderRole::Supply { sale: Some(id(77)) }, "{place}");
    }
    let facts = read(json!({})).value.facts;
    assert_eq!(facts.role, OrderRole::Supply { sale: None });
    assert_eq!(facts.refs.get(&kinds::CHANNEL_ORDER), Some("1370762297"));
}

#[test]
fn a_reprint_replaces_an_order_and_is_no_second_sale() {
    let metadata =
        json!({ "shop_order_id": "1370762297", "is_reprint": true, "reprinted_order_ids": ["a", "b"] });
    let read = read(json!({ "metadata": metadata }));
    assert_eq!(read.value.facts.role, OrderRole::Replacement { of: None });
    assert_eq!(read.value.facts.refs.get(&kinds::REPRINT_OF), Some("a"));
    assert_eq!(read.value.facts.refs.get(&kinds::CHANNEL_ORDER), Some("1370762297"));
    let lost: Vec<_> = read.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(lost, ["metadata.reprinted_order_ids[1]"]);
    let first = self::read(json!({ "metadata": { "child_reprinted_order_ids": ["r1"] } })).value.facts;
    assert_eq!(first.role, OrderRole::Supply { sale: None });
    assert_eq!(first.extensions.get::<Supply>().unwrap().unwrap().reprints, ["r1"]);
}

#[test]
fn what_the_supplier_takes_is_no_charge_of_the_buyer() {
    let facts = read(json!({ "total_price": 2200, "total_shipping": 400, "total_tax": 150 })).value.facts;
    assert_eq!(facts.total, Some(money("22.00 EUR").into()));
    let charges: Vec<_> = facts.charges.iter().map(|one| (one.kind.clone(), one.amount.shop)).collect();
    assert_eq!(charges, [(ChargeKind::Shipping, money("4 EUR")), (ChargeKind::Tax, money("1.5 EUR"))]);
    let line = &facts.lines[0];
    assert!(line.charges.is_empty());
    let costs: Vec<_> = line.costs.iter().map(|one| one.amount.shop).collect();
    assert_eq!(costs, [money("10.50 USD"), money("4.00 USD")]);
}

#[test]
fn a_cost_of_several_pieces_is_said_to_be_a_guess() {
    let lines = json!([{ "quantity": 2, "cost": 1050, "id": 7 }]);
    let read = read(json!({ "line_items": lines }));
    assert_eq!(read.value.facts.lines[0].key, "7");
    let lost: Vec<_> = read.losses.iter().map(|loss| (loss.path.as_str(), loss.kind)).collect();
    assert_eq!(lost, [("line_items[0].cost", LossKind::Guessed)]);
}

#[test]
fn lines_and_parcels_without_an_id_get_one() {
    let lines = json!([{ "quantity": 1, "status": "canceled" }, { "quantity": 2, "status": "fulfilled" }]);
    let shipments = json!([
        { "carrier": "usps", "number": 940, "url": "https://a.example/940", "delivered_at": "1970-01-01 00:00:00+00:00" },
        { "carrier": "ups" },
    ]);
    let read = read(json!({ "line_items": lines, "shipments": shipments, "status": "canceled" }));
    let facts = read.value.facts;
    let seen: Vec<_> =
        facts.lines.iter().map(|line| (line.key.as_str(), line.ordered, line.current)).collect();
    assert_eq!(seen, [("5a96f649b2439217d070f507#0", 1, 0), ("5a96f649b2439217d070f507#1", 2, 2)]);
    // One line had left before the rest was cancelled.
    assert_eq!((facts.life, facts.shipment), (Axis::Known(Life::Cancelled), Axis::Known(Shipment::Part)));
    let parcels: Vec<_> = facts.fulfilments.iter().map(|one| (one.key.as_str(), one.delivered)).collect();
    assert_eq!(parcels, [("5a96f649b2439217d070f507/940", None), ("5a96f649b2439217d070f507/1", None)]);
    assert_eq!(read.losses.last().unwrap().path, "shipments");
}

#[test]
fn the_buyer_stands_in_private_values_alone() {
    let read = read(json!({}));
    let address = read.value.buyer.ship_to.value().unwrap().reveal();
    assert_eq!((address.name.as_deref(), address.phone.as_deref()), (Some("Ada O'Neill"), Some("574")));
    assert_eq!(address.country.as_deref(), Some("United States"));
    let shown = format!("{read:?}{}", serde_json::to_string(&read.value.facts).unwrap());
    assert!(!shown.contains("O'Neill") && !shown.contains("United States"));
    let error = order(&answer(json!({ "address_to": ["Ada O'Neill"] })), &facts()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Neill"));
    assert_eq!(error.problems()[0].path, "address_to");
    let error = order(&answer(json!({ "address_to": { "city": ["Springfield"] } })), &facts()).unwrap_err();
    assert_eq!(error.problems()[0].path, "address_to.city");
    assert!(!format!("{error} {error:?}").contains("Springfield"));
}

#[test]
fn what_a_sale_lacks_is_named_without_the_buyers_words() {
    let refs = supplier();
    let check = |sale: OrderFacts, buyer: Buyer, lines: &[SupplyLine<'_>], paths: &[&str]| {
        let error = supplied(id(77), &sale, &buyer, lines, Method::Standard).unwrap_err();
        let found: Vec<_> = error.problems().iter().map(|one| one.path.as_str()).collect();
        assert_eq!(found, paths);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(!format!("{error} {error:?}").contains("Example"));
    };
    let lines = [supply(&refs, 2)];
    let cancelled = OrderFacts { life: Axis::Known(Life::Cancelled), ..sale() };
    check(cancelled, buyer(address()), &lines, &["life"]);
    check(
        OrderFacts { role: OrderRole::Supply { sale: None }, ..sale() },
        buyer(address()),
        &lines,
        &["role"],
    );
    check(sale(), buyer(address()), &[], &["lines"]);
    check(sale(), buyer(address()), &[supply(&refs, 3)], &["lines[0].quantity"]);
    let unbound = Refs::default();
    check(sale(), buyer(address()), &[supply(&refs, 1), supply(&unbound, 1)], &["lines[1].refs"]);
    let bare = Address { lines: address().lines, country: Some("Belgium".into()), ..Address::default() };
    check(
        sale(),
        buyer(bare),
        &lines,
        &["ship_to.name", "ship_to.city", "ship_to.postal", "ship_to.country"],
    );
    let unread = Buyer { ship_to: Seen::Withheld("no scope".into()), ..buyer(address()) };
    check(sale(), unread, &lines, &["ship_to"]);
}

#[test]
fn a_refusal_is_read_by_status_and_code_and_keeps_no_words() {
    use fusion_core::error::Fate;
    let body = r#"{"status":"error","code":8150,"errors":{"reason":"12 Elm Street","code":8103}}"#;
    let error = crate::judge(&refusal(400, body)).unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::InvalidInput, Fate::Rejected));
    assert_eq!((error.platform_code(), error.problems()[0].path.as_str()), (Some("8103"), "ship_to"));
    assert!(!format!("{error:?}").contains("Elm"));
    for (status, body, kind, fate) in [
        (400, r#"{"code":8104}"#, ErrorKind::NotFound, Fate::Rejected),
        (400, r#"{"code":8254}"#, ErrorKind::Unsupported, Fate::Rejected),
        (401, "{}", ErrorKind::Unauthenticated, Fate::Rejected),
        (409, r#"{"code":8503}"#, ErrorKind::AlreadyExists, Fate::Rejected),
        (429, "<html>", ErrorKind::RateLimited, Fate::Unknown),
        (502, "", ErrorKind::Unavailable, Fate::Unknown),
    ] {
        let error = crate::judge(&refusal(status, body)).unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{status}");
    }
}
