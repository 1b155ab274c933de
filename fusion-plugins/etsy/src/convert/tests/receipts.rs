//! Receipts, payments and notifications as the platform tells them.

use super::{named, read, uuid};
use crate::{
    ReceiptExtras,
    convert::{fees, hint, order, orders},
    judge,
    kinds::{CHOICE, LISTING, PRODUCT},
};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{
        Axis, Charge, ChargeKind, Collector, Decimal, Life, Listing, Loss, LossSubject, Meant, Nature,
        Payment, Ref, Refs, RemoteOrder, RowKnown, Seen, Shipment, Variant, match_line,
    },
    plugin::{Asks, Matter, WireResponse},
};
use serde_json::{Value, json};

fn euros(cents: i64) -> Value {
    json!({ "amount": cents, "divisor": 100, "currency_code": "EUR" })
}

pub(super) fn receipt() -> Value {
    let line = json!({
        "transaction_id": 99999, "title": "Mug &amp; spoon", "quantity": 2, "is_digital": false,
        "listing_id": 11111, "product_id": 70707, "sku": "MUG-1", "price": euros(1_250),
        "expected_ship_date": 1_641_600_000, "shipping_upgrade": null,
        "variations": [
            { "property_id": 513, "value_id": 5, "formatted_name": "Colour", "formatted_value": "Red" },
            { "property_id": 54, "value_id": null, "formatted_name": "Personalization", "formatted_value": "Zoe" },
            { "property_id": 513, "value_id": 1, "formatted_name": "Engraving", "formatted_value": "Zoe 2",
              "question_id": 7 },
        ],
        "product_data": [{ "property_id": 513, "property_name": "Colour", "value_ids": [5], "values": ["Red"] }],
    });
    let mut receipt = json!({
        "receipt_id": 22222, "status": "Paid", "is_paid": true, "is_shipped": false, "is_gift": true,
        "created_timestamp": 1_640_995_200, "updated_timestamp": 1_640_995_300, "buyer_email": "b@example.com",
        "name": "Ann O&#39;Neil", "first_line": "1 Rue &quot;X&quot;", "second_line": null, "city": "Paris",
        "state": "", "zip": "75001", "country_iso": "FR", "formatted_address": "…", "payment_method": "cc",
        "message_from_buyer": "Quick, please", "gift_message": "Happy birthday, Zoe", "gift_sender": "Ann",
        "shipments": [], "refunds": [], "transactions": [line],
    });
    for (name, cents) in [
        ("grandtotal", 3_150),
        ("total_shipping_cost", 500),
        ("total_tax_cost", 100),
        ("total_vat_cost", 417),
        ("discount_amt", 200),
        ("gift_wrap_price", 250),
    ] {
        receipt[name] = euros(cents);
    }
    receipt
}

fn of(receipt: &Value) -> (RemoteOrder, Vec<Loss>) {
    named(LossSubject::Order, order(&read(receipt)).unwrap())
}

fn with(changes: Value) -> RemoteOrder {
    let mut receipt = receipt();
    for (name, value) in changes.as_object().unwrap() {
        receipt[name] = value.clone();
    }
    of(&receipt).0
}

/// A listing of ours with one row, and the variant that it stands for.
fn ours(listing: usize, refs: &Refs, colour: &str) -> (Listing, Variant) {
    let row = json!({ "id": uuid(listing + 1), "variant": uuid(listing + 2), "refs": refs, "offered": true });
    let listing_refs = Refs::of([Ref::new(LISTING, listing.to_string())]);
    let listing = json!({
        "id": uuid(listing), "store": uuid(1), "product": uuid(2), "refs": listing_refs, "variants": [row],
        "state": { "lifecycle": "live" },
    });
    let variant = json!({
        "id": listing["variants"][0]["variant"], "options": [["Colour", colour]], "offered": true,
        "base_price": "1.00 EUR",
    });
    (serde_json::from_value(listing).unwrap(), serde_json::from_value(variant).unwrap())
}

#[test]
fn a_receipt_that_names_a_retired_id_finds_its_variant_and_no_other_listing_s() {
    let line = of(&receipt()).0.facts.lines.remove(0);
    let mut rewritten = Refs::of([Ref::new(PRODUCT, "70707")]);
    rewritten.set(Ref::new(PRODUCT, "80808"));
    let chosen = Refs::of([Ref::new(PRODUCT, "80808"), Ref::new(CHOICE, "11111/513=Red")]);
    for refs in [rewritten, chosen] {
        let mine = ours(11_111, &refs, "Crimson");
        // Another listing offers the same choice.
        let other = ours(22_222, &Refs::of([Ref::new(CHOICE, "22222/513=Red")]), "Red");
        let rows = [&other, &mine].map(|(listing, variant)| RowKnown {
            listing,
            row: &listing.variants[0],
            variant,
        });
        assert_eq!(match_line(&line, &rows), Meant::Row(mine.0.variants[0].id), "{refs:?}");
    }
    assert_eq!((line.sku.as_deref(), line.options.get("Colour")), (Some("MUG-1"), Some("Red")));
    assert_eq!((line.key.as_str(), line.ordered, line.title.as_str()), ("99999", 2, "Mug & spoon"));
    assert_eq!(line.nature, Some(Nature::Physical));
}

#[test]
fn a_line_of_a_listing_that_is_gone_keeps_what_there_is() {
    let mut receipt = receipt();
    let line = &mut receipt["transactions"][0];
    for field in ["listing_id", "product_id", "sku", "title"] {
        line[field] = Value::Null;
    }
    line["product_data"] = json!([]);
    let order = of(&receipt).0;
    let line = &order.facts.lines[0];
    assert!(line.refs.is_empty() && line.sku.is_none());
    assert_eq!(line.options.get("Colour"), Some("Red"), "what was picked from a list is still told");
    assert_eq!(line.options.iter().count(), 1);
}

#[test]
fn what_the_buyer_wrote_stands_in_private_values_alone() {
    let (order, losses) = of(&receipt());
    let open = format!("{} {losses:?} {order:?}", serde_json::to_string(&order.facts).unwrap());
    for secret in ["Zoe", "Ann", "Rue", "b@example.com", "Quick", "75001"] {
        assert!(!open.contains(secret), "{secret} in {open}");
    }
    let texts: Vec<_> =
        order.buyer.texts.iter().map(|(name, text)| (name.as_str(), text.reveal().as_str())).collect();
    assert_eq!(
        texts,
        [
            ("message_from_buyer", "Quick, please"),
            ("gift_message", "Happy birthday, Zoe"),
            ("gift_sender", "Ann"),
            ("personalisation/99999/1/question", "Personalization"),
            ("personalisation/99999/1/answer", "Zoe"),
            ("personalisation/99999/2/question", "Engraving"),
            ("personalisation/99999/2/answer", "Zoe 2"),
        ]
    );
    let Seen::Value(address) = &order.buyer.ship_to else { panic!("{:?}", order.buyer.ship_to) };
    assert_eq!(address.reveal().name.as_deref(), Some("Ann O'Neil"));
    assert_eq!(address.reveal().lines, ["1 Rue \"X\""]);
    assert_eq!((address.reveal().region.as_deref(), address.reveal().country.as_deref()), (None, Some("FR")));
    let extras: ReceiptExtras = order.facts.extensions.get().unwrap().unwrap();
    assert_eq!((extras.is_gift, extras.ship_by["99999"]), (true, 1_641_600_000));
}

#[test]
fn a_receipt_in_memory_prints_no_buyer() {
    let read: crate::wire::Receipt = read(&receipt());
    assert_eq!(format!("{read:?} {:?}", read.transactions), "Receipt(22222) [Transaction(99999)]");
}

#[test]
fn a_withheld_address_is_not_an_empty_one() {
    let gone = json!({ "first_line": null, "city": null, "zip": null, "country_iso": null,
        "formatted_address": null, "buyer_email": null });
    let buyer = with(gone).buyer;
    assert!(matches!((&buyer.ship_to, &buyer.email), (Seen::Withheld(_), Seen::Withheld(_))), "{buyer:?}");
    assert_eq!(with(json!({ "buyer_email": "" })).buyer.email, Seen::Empty);
}

#[test]
fn charges_name_who_collects_them_and_make_the_sum_with_the_lines() {
    let (order, losses) = of(&receipt());
    let charge = |kind: ChargeKind, amount: &str, collector: Collector, included: bool| Charge {
        kind,
        amount: amount.parse::<fusion_core::model::Money>().unwrap().into(),
        collector,
        included,
    };
    assert_eq!(
        order.facts.charges,
        [
            charge(ChargeKind::Shipping, "5 EUR", Collector::Merchant, false),
            charge(ChargeKind::Tax, "1 EUR", Collector::Unknown, false),
            charge(ChargeKind::Tax, "4.17 EUR", Collector::Unknown, true),
            charge(ChargeKind::Discount, "-2 EUR", Collector::Merchant, false),
            charge(ChargeKind::GiftWrap, "2.50 EUR", Collector::Merchant, false),
        ]
    );
    assert_eq!(losses, []);
    let line =
        order.facts.lines[0].unit_price.unwrap().shop.amount() * Decimal::from(order.facts.lines[0].ordered);
    let on_top = order
        .facts
        .charges
        .iter()
        .filter(|charge| !charge.included)
        .map(|charge| charge.amount.shop.amount());
    assert_eq!(order.facts.total.unwrap().shop.amount(), on_top.fold(line, |sum, amount| sum + amount));
}

#[test]
fn fees_are_the_platform_s_and_belong_to_a_receipt() {
    let payment = json!({ "receipt_id": 22222, "amount_fees": euros(350), "adjusted_fees": euros(300) });
    let (receipt, charge) = fees(&read(&payment)).unwrap();
    assert_eq!((receipt.id.as_str(), charge.amount.shop.to_string().as_str()), ("22222", "3.00 EUR"));
    assert_eq!(
        (charge.kind, charge.collector, charge.included),
        (ChargeKind::Fee, Collector::Platform, true)
    );
}

#[test]
fn one_word_becomes_three_axes() {
    let check =
        |status: &str, paid: bool, shipped: bool, expected: (Axis<Life>, Axis<Payment>, Axis<Shipment>)| {
            let facts = with(json!({ "status": status, "is_paid": paid, "is_shipped": shipped })).facts;
            assert_eq!((facts.life, facts.payment, facts.shipment), expected, "{status} {paid} {shipped}");
        };
    use {Axis::Known, Life as L, Payment as P, Shipment as S};
    check("Paid", true, false, (Known(L::Open), Known(P::Paid), Known(S::None)));
    check("paid", true, true, (Known(L::Open), Known(P::Paid), Known(S::All)));
    check("Completed", true, true, (Known(L::Closed), Known(P::Paid), Known(S::All)));
    check("open", false, false, (Known(L::Pending), Known(P::Pending), Known(S::None)));
    check("Payment Processing", false, false, (Known(L::Pending), Known(P::Pending), Known(S::None)));
    check("Canceled", false, false, (Known(L::Cancelled), Axis::NotTold, Known(S::None)));
    check("Fully Refunded", true, false, (Known(L::Open), Known(P::Refunded), Known(S::None)));
    check("Partially Refunded", true, true, (Known(L::Closed), Known(P::PartlyRefunded), Known(S::All)));
    check("Haunted", true, false, (Axis::Unknown("Haunted".into()), Known(P::Paid), Known(S::None)));
    assert_eq!(with(json!({ "status": "Canceled" })).facts.lines[0].current, 0);
}

#[test]
fn files_are_not_shipped() {
    let mut receipt = receipt();
    receipt["transactions"][0]["is_digital"] = json!(true);
    let facts = of(&receipt).0.facts;
    assert_eq!(
        (facts.shipment, facts.lines[0].nature),
        (Axis::Known(Shipment::NotNeeded), Some(Nature::Digital))
    );
}

#[test]
fn refunds_without_ids_get_keys_and_move_the_payment() {
    let refund = |cents| json!({ "amount": euros(cents), "created_timestamp": 7, "reason": "late", "status": "settled" });
    let check = |refunds: Value, keys: &[&str], payment: Payment| {
        let order = with(json!({ "refunds": refunds }));
        assert_eq!(order.facts.refunds.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), keys);
        assert_eq!(order.facts.payment, Axis::Known(payment));
    };
    check(json!([refund(100), refund(100)]), &["7/1.00", "7/1.00/1"], Payment::PartlyRefunded);
    check(json!([refund(100), refund(3_050)]), &["7/1.00", "7/30.50"], Payment::Refunded);
}

#[test]
fn parcels_without_ids_get_keys() {
    let parcel = json!({ "receipt_shipping_id": null, "shipment_notification_timestamp": 7, "carrier_name": "ups",
        "tracking_code": "1Z" });
    let facts = with(json!({ "is_shipped": true, "shipments": [parcel] })).facts;
    assert_eq!(facts.fulfilments[0].key, "0/7");
    assert_eq!(facts.fulfilments[0].tracking, [("1Z".to_owned(), None)]);
}

#[test]
fn one_bad_receipt_never_stops_a_page_and_is_named() {
    let mut bad = receipt();
    bad["receipt_id"] = json!(3);
    bad["transactions"][0]["quantity"] = json!("two");
    let page = json!({ "count": 50, "results": [receipt(), bad, 7, receipt()] });
    let page = orders(page.to_string().as_bytes(), 10).unwrap();
    assert_eq!((page.items.len(), page.unreadable.len(), page.next.as_deref()), (2, 2, Some("14")));
    assert_eq!(page.unreadable[0].record.as_ref().map(|id| id.id.as_str()), Some("3"));
    assert_eq!(page.unreadable[1].record, None);
    let last = orders(br#"{"count": 0, "results": []}"#, 0).unwrap();
    assert_eq!(last.next, None);
    assert!(orders(br#"{"error": "Server Error"}"#, 0).is_err());
}

#[test]
fn a_refusal_is_judged_by_its_status_and_keeps_the_words() {
    let check = |status: u16, body: Value, kind: ErrorKind, path: &str| {
        let answer = WireResponse { status, headers: Vec::new(), body: body.to_string().into_bytes().into() };
        let error = judge(&answer).unwrap_err();
        assert_eq!((error.kind(), error.problems()[0].path.as_str()), (kind, path), "{body}");
        error.fate()
    };
    let price = json!({ "error": "There was a problem with /price : must be above min price ₫4,420 VND" });
    check(400, price, ErrorKind::InvalidInput, "price");
    check(
        401,
        json!({ "error": "invalid_token", "error_description": "expired" }),
        ErrorKind::Unauthenticated,
        "",
    );
    check(400, json!({ "error": "invalid_grant" }), ErrorKind::Unauthenticated, "");
    assert_eq!(check(500, json!({ "error": "Server Error" }), ErrorKind::Unavailable, ""), Fate::Unknown);
}

/// Etsy passes on no privacy demand: whatever a notification calls itself, it erases nothing.
#[test]
fn a_notification_wakes_a_look_at_orders_and_erases_nothing() {
    let asks = |topic: &str, of: &str| {
        let url = format!("https://openapi.etsy.com/v3/application/shops/1/{of}/2");
        let body = json!({ "event_type": topic, "resource_url": url, "shop_id": 1 }).to_string();
        hint(body.as_bytes()).unwrap().1.asks
    };
    for topic in ["order.paid", "order.canceled", "order.shipped", "order.delivered", "buyer.erase"] {
        assert_eq!(asks(topic, "receipts"), Asks::Look(Matter::Orders), "{topic}");
    }
    assert_eq!(asks("buyer.erase", "buyers"), Asks::Look(Matter::Unknown));
}

#[test]
fn a_notification_names_its_receipt_whatever_the_form_of_its_shop() {
    let told = |url: &str, shop: Value| {
        hint(
            json!({ "event_type": "order.paid", "resource_url": url, "shop_id": shop })
                .to_string()
                .as_bytes(),
        )
        .unwrap()
    };
    let (shop, about) =
        told("https://openapi.etsy.com/v3/application/shops/12345/receipts/54321", json!("42"));
    assert_eq!((shop.as_str(), about.about.unwrap().id.as_str()), ("42", "54321"));
    let (shop, about) = told("https://elsewhere.test/receipts/../secret", json!(42));
    assert_eq!((shop.as_str(), about.about), ("42", None));
}
