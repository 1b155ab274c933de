use super::*;
use crate::model::{
    Extensions, Fulfilment, Happened, OrderId, OrderRole, Paired, Payment, Refs, Refund, RequestId, Shipment,
    ShippedBy, StoreId,
};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// An order of `count`, placed at 1 and changed at `updated`, in microseconds.
fn order(count: i64, updated: i64) -> OrderFacts {
    OrderFacts {
        refs: Refs::default(),
        number: None,
        role: OrderRole::Sale,
        locale: None,
        placed: at(1),
        updated: Some(at(updated)),
        cancelled: None,
        edited: Some(false),
        life: Axis::Known(Life::Open),
        payment: Axis::Known(Payment::Paid),
        shipment: Axis::Known(Shipment::None),
        lines: vec![OrderLine {
            key: "1".to_owned(),
            refs: Refs::default(),
            variant: None,
            sku: None,
            title: "Mug".to_owned(),
            options: Default::default(),
            ordered: count,
            current: count,
            cancel_wanted: false,
            unit_price: None,
            charges: Vec::new(),
            costs: Vec::new(),
            nature: None,
            shipped_by: ShippedBy::Merchant,
            location: None,
        }],
        total: None,
        paid: None,
        charges: Vec::new(),
        fulfilments: Vec::new(),
        refunds: Vec::new(),
        extensions: Extensions::default(),
    }
}

fn cancelled(mut facts: OrderFacts, told: Option<i64>) -> OrderFacts {
    facts.life = Axis::Known(Life::Cancelled);
    facts.cancelled = told.map(at);
    facts.lines[0].current = 0;
    facts
}

fn wanted(mut facts: OrderFacts, ordered: i64, current: i64, edited: Option<bool>) -> OrderFacts {
    facts.edited = edited;
    (facts.lines[0].ordered, facts.lines[0].current) = (ordered, current);
    facts
}

fn sent(mut facts: OrderFacts, count: i64, told: Option<i64>) -> OrderFacts {
    facts.fulfilments.push(Fulfilment {
        key: format!("{count} at {told:?}"),
        refs: Refs::default(),
        lines: vec![("1".to_owned(), count)],
        carrier: None,
        tracking: Vec::new(),
        shipped: told.map(at),
        delivered: None,
    });
    facts
}

fn refunded(mut facts: OrderFacts, count: i64, restock: Restock, told: Option<i64>) -> OrderFacts {
    let total: Paired = "1 EUR".parse::<crate::model::Money>().unwrap().into();
    let lines = vec![("1".to_owned(), count, restock)];
    facts.refunds.push(Refund { key: format!("{restock:?}"), total, lines, at: told.map(at) });
    facts.lines[0].current -= count;
    facts
}

fn stored(facts: OrderFacts, seen: i64) -> Order {
    let (order, store) = (OrderId::from_uuid(uuid::Uuid::nil()), StoreId::from_uuid(uuid::Uuid::nil()));
    Order::new(order, store, facts, at(seen))
}

/// Sold, cancelled, shipped, returned and unsure by a count from 100 to 110.
fn stood(basis: Basis, facts: &OrderFacts, last: Option<&Order>) -> (i64, i64, i64, i64, i64) {
    let opening = Opening { read: at(100), until: at(110), basis };
    let Stood { tally, unsure } = opening.stood(&stored(facts.clone(), 300), &facts.lines[0], last);
    (tally.sold, tally.cancelled, tally.shipped, tally.returned, unsure)
}

#[test]
fn what_dates_tell_is_exact_for_a_count_of_what_can_be_sold() {
    let later = |facts: OrderFacts, updated| OrderFacts { updated: Some(at(updated)), ..facts };
    let cases = [
        ("unchanged", order(3, 5), (3, 0, 0, 0, 0)),
        ("touched since", order(3, 200), (3, 0, 0, 0, 0)),
        ("placed since", OrderFacts { placed: at(120), ..order(3, 200) }, (0, 0, 0, 0, 0)),
        ("cancelled before", cancelled(order(3, 50), None), (3, 3, 0, 0, 0)),
        ("cancelled before and touched since", cancelled(order(3, 200), Some(50)), (3, 3, 0, 0, 0)),
        ("cancelled since", cancelled(order(3, 200), Some(150)), (3, 0, 0, 0, 0)),
        ("back before", refunded(order(3, 200), 1, Restock::Yes, Some(50)), (3, 1, 0, 0, 0)),
        ("back since", refunded(order(3, 200), 1, Restock::Yes, Some(150)), (3, 0, 0, 0, 0)),
        ("back since, undated", refunded(order(3, 5), 1, Restock::Yes, Some(150)), (3, 0, 0, 0, 0)),
        ("edited before", wanted(order(3, 50), 3, 1, Some(true)), (3, 2, 0, 0, 0)),
        ("sent since", later(sent(order(3, 5), 2, Some(150)), 150), (3, 0, 2, 0, 0)),
    ];
    for (what, facts, expected) in cases {
        assert_eq!(stood(Basis::Sellable, &facts, None), expected, "{what}");
    }
}

#[test]
fn what_no_date_tells_offers_the_fewest_and_is_unsure() {
    let placed = OrderFacts { placed: at(105), ..order(3, 105) };
    let cases = [
        ("placed meanwhile", placed, (0, 0, 0, 0, 3)),
        ("cancelled at some time", cancelled(order(3, 200), None), (3, 3, 0, 0, 3)),
        ("cancelled meanwhile", cancelled(order(3, 200), Some(105)), (3, 3, 0, 0, 3)),
        ("back meanwhile", refunded(order(3, 200), 1, Restock::Yes, Some(105)), (3, 1, 0, 0, 1)),
        ("back at some time", refunded(order(3, 200), 1, Restock::Yes, None), (3, 1, 0, 0, 1)),
        ("lost at some time", refunded(order(3, 200), 1, Restock::No, None), (3, 0, 1, 0, 0)),
        ("fewer at some time", wanted(order(3, 200), 3, 1, Some(false)), (3, 2, 0, 0, 2)),
        ("edited at some time", wanted(order(3, 200), 3, 3, Some(true)), (0, 0, 0, 0, 3)),
        ("nobody tells of edits", wanted(order(3, 200), 3, 3, None), (0, 0, 0, 0, 3)),
        ("edited up at some time", wanted(order(1, 200), 1, 4, Some(true)), (0, 0, 0, 0, 4)),
    ];
    for (what, facts, expected) in cases {
        assert_eq!(stood(Basis::Sellable, &facts, None), expected, "{what}");
    }
}

#[test]
fn what_was_stored_narrows_what_no_date_tells() {
    let before = |facts| stored(facts, 60);
    let cases = [
        ("raised since", before(order(1, 50)), wanted(order(1, 200), 4, 4, Some(true)), (1, 0, 0, 0, 3)),
        ("as it was", before(order(3, 50)), wanted(order(3, 200), 3, 3, Some(true)), (3, 0, 0, 0, 0)),
        (
            "fewer, of which one was known",
            before(wanted(order(3, 50), 3, 2, Some(true))),
            wanted(order(3, 200), 3, 0, Some(true)),
            (3, 3, 0, 0, 2),
        ),
        (
            "cancelled when it was stored",
            before(cancelled(order(3, 50), None)),
            cancelled(order(3, 200), None),
            (3, 3, 0, 0, 0),
        ),
        (
            "read between the count and the change",
            stored(order(3, 50), 120),
            cancelled(order(3, 200), None),
            (3, 0, 0, 0, 0),
        ),
        (
            "stored since",
            stored(order(1, 150), 160),
            wanted(order(1, 200), 4, 4, Some(true)),
            (0, 0, 0, 0, 4),
        ),
    ];
    for (what, last, facts, expected) in cases {
        assert_eq!(stood(Basis::Sellable, &facts, Some(&last)), expected, "{what}");
    }
    let mut other = order(3, 50);
    other.lines[0].key = "2".to_owned();
    let joined = wanted(order(2, 200), 2, 2, Some(true));
    assert_eq!(
        stood(Basis::Sellable, &joined, Some(&stored(other, 120))),
        (0, 0, 0, 0, 0),
        "a line that joined"
    );
}

#[test]
fn of_what_lies_there_a_count_leaves_out_what_has_left() {
    let told = |shipment| OrderFacts { shipment: Axis::Known(shipment), ..order(3, 200) };
    let cases = [
        ("sent before", sent(order(3, 200), 2, Some(50)), (3, 0, 2, 0, 0)),
        ("sent since", sent(order(3, 200), 2, Some(150)), (3, 0, 0, 0, 0)),
        ("sent meanwhile", sent(order(3, 200), 2, Some(105)), (3, 0, 0, 0, 2)),
        ("sent at some time", sent(order(3, 200), 2, None), (3, 0, 0, 0, 2)),
        ("sent at some time, unnamed", told(Shipment::All), (3, 0, 0, 0, 3)),
        ("cancelled at some time", cancelled(order(3, 200), None), (3, 3, 0, 0, 0)),
        (
            "back since",
            refunded(sent(order(3, 200), 3, Some(50)), 1, Restock::Yes, Some(150)),
            (3, 0, 3, 0, 0),
        ),
        (
            "back at some time",
            refunded(sent(order(3, 200), 3, Some(50)), 1, Restock::Yes, None),
            (3, 0, 3, 1, 1),
        ),
        (
            "all sent since, and one back",
            refunded(sent(told(Shipment::All), 3, Some(150)), 1, Restock::Yes, Some(160)),
            (3, 0, 0, 0, 0),
        ),
        ("lost at some time", refunded(order(3, 200), 1, Restock::No, None), (3, 0, 0, 0, 1)),
        ("edited at some time", wanted(order(3, 200), 3, 3, Some(true)), (3, 0, 0, 0, 0)),
    ];
    for (what, facts, expected) in cases {
        assert_eq!(stood(Basis::OnShelf, &facts, None), expected, "{what}");
    }
    let known = stored(sent(order(3, 50), 2, None), 60);
    let facts = sent(order(3, 200), 2, None);
    assert_eq!(stood(Basis::OnShelf, &facts, Some(&known)), (3, 0, 2, 0, 0), "sent when it was stored");
}

#[test]
fn what_we_write_off_had_left_if_it_was_done_before_the_count() {
    let cases = [
        ("done before", 10, Some(50), (3, 2, 1, 0, 0)),
        ("known since", 10, Some(150), (3, 3, 0, 0, 1)),
        ("not known yet", 10, None, (3, 3, 0, 0, 1)),
        ("sent since", 120, Some(150), (3, 3, 0, 0, 0)),
    ];
    for (what, sent, over, expected) in cases {
        let mut order = stored(cancelled(order(3, 200), Some(20)), 300);
        let happened = over.map_or(Happened::Maybe, |over| Happened::Yes(at(over)));
        let request = RequestId::from_uuid(uuid::Uuid::nil());
        let of_line =
            WriteOff { request, line: "1".to_owned(), count: 1, beyond: 0, sent: at(sent), happened };
        order.write_offs.push(of_line);
        let opening = Opening { read: at(100), until: at(110), basis: Basis::OnShelf };
        let Stood { tally, unsure } = opening.stood(&order, &order.facts.lines[0], None);
        let Tally { sold, cancelled, shipped, returned, .. } = tally;
        assert_eq!((sold, cancelled, shipped, returned, unsure), expected, "{what}");
    }
}

#[test]
fn a_date_to_the_second_may_mean_any_moment_of_it() {
    let cases = [
        ((5_000_001, 5_000_002), true),
        ((5_000_002, 5_000_002), false),
        ((5_000_000, 5_700_000), false),
        ((5_000_000, 6_000_000), true),
    ];
    for ((told, moment), wanted) in cases {
        assert_eq!(is_before(at(told), at(moment)), wanted, "{told} before {moment}");
    }
}
