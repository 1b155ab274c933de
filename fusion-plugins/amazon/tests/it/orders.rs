//! Orders of both versions.

use crate::fixture::{Case, brazil, bytes, cases, japan, lost, uk, us};
use fusion_core::{
    error::ErrorKind,
    model::{
        Axis, ChargeKind, Collector, Converted, Life, OrderRole, Payment, RemoteOrder, Seen, Shipment,
        ShippedBy, StoreFacts,
    },
};
use fusion_plugin_amazon::{
    OrderExtras,
    convert::{OrderPart, OrderV0, order, order_v0, orders, orders_v0},
    kinds::EARLIER,
};
use serde_json::{Value, json};

fn read(answer: &Value, facts: &StoreFacts) -> Converted<RemoteOrder> {
    order(&bytes(&json!({"order": answer})), &OrderPart::ALL, facts).unwrap()
}

fn v0(order: &Value, items: Option<&Value>) -> Converted<RemoteOrder> {
    let (order, items) =
        (bytes(&json!({"payload": order})), items.map(|items| bytes(&json!({"payload": items}))));
    order_v0(&OrderV0 { order: &order, items: items.as_deref(), ..OrderV0::default() }, &us()).unwrap()
}

fn line(id: &str, sku: &str, pieces: i64) -> Value {
    json!({"orderItemId": id, "quantityOrdered": pieces, "product": {"asin": "B0", "sellerSku": sku, "title": "Mug"},
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": pieces}})
}

fn bare(status: &str, lines: Value) -> Value {
    json!({
        "orderId": "111-1", "createdTime": "2026-10-01T10:00:00Z", "lastUpdatedTime": "2026-10-01T11:00:00.123Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"}, "orderItems": lines,
    })
}

fn recorded(cases: &[Case], name: &str) -> Value {
    cases.iter().find(|case| case.name.contains(name)).unwrap_or_else(|| panic!("no {name}")).answer.clone()
}

#[test]
fn each_status_stands_on_three_axes_in_both_versions() {
    let known = |life, payment, shipment| (Axis::Known(life), payment, Axis::Known(shipment));
    let unpaid = Axis::Known(Payment::Pending);
    for (new, old, wanted) in [
        ("PENDING_AVAILABILITY", "PendingAvailability", known(Life::Pending, unpaid.clone(), Shipment::None)),
        ("PENDING", "Pending", known(Life::Pending, unpaid, Shipment::None)),
        ("UNSHIPPED", "Unshipped", known(Life::Open, Axis::NotTold, Shipment::None)),
        ("PARTIALLY_SHIPPED", "PartiallyShipped", known(Life::Open, Axis::NotTold, Shipment::Part)),
        ("SHIPPED", "Shipped", known(Life::Closed, Axis::NotTold, Shipment::All)),
        ("CANCELLED", "Canceled", known(Life::Cancelled, Axis::NotTold, Shipment::None)),
        ("UNFULFILLABLE", "Unfulfillable", known(Life::OnHold, Axis::NotTold, Shipment::Blocked)),
        ("InvoiceUnconfirmed", "InvoiceUnconfirmed", known(Life::OnHold, Axis::NotTold, Shipment::All)),
        (
            "TELEPORTED",
            "TELEPORTED",
            (Axis::Unknown("TELEPORTED".into()), Axis::NotTold, Axis::Unknown("TELEPORTED".into())),
        ),
    ] {
        let old = json!({"AmazonOrderId": "1", "PurchaseDate": "2026-10-01T10:00:00Z",
            "LastUpdateDate": "2026-10-01T10:00:00Z", "OrderStatus": old, "MarketplaceId": "ATVPDKIKX0DER"});
        for facts in [read(&bare(new, json!([])), &us()).value.facts, v0(&old, None).value.facts] {
            assert_eq!((facts.life, facts.payment, facts.shipment), wanted, "{new}");
        }
    }
    let mut untold = bare("PENDING", json!([]));
    untold["fulfillment"] = Value::Null;
    let facts = read(&untold, &us()).value.facts;
    assert_eq!((facts.life, facts.shipment), (Axis::NotTold, Axis::NotTold));
}

#[test]
fn a_pending_order_has_no_prices_and_reserves_all_the_same() {
    let mut line = line("1", "MUG-1", 2);
    line["fulfillment"] = json!({"quantityFulfilled": 0, "quantityUnfulfilled": 0});
    let read = read(&bare("PENDING", json!([line])), &us());
    let facts = read.value.facts;
    assert_eq!((facts.total, facts.charges.len()), (None, 0));
    assert_eq!((facts.lines[0].unit_price, facts.lines[0].ordered, facts.lines[0].current), (None, 2, 2));
    assert!(lost(&read.losses).is_empty(), "{:?}", read.losses);
}

#[test]
fn tax_that_amazon_collects_is_not_the_merchants() {
    let amount = |text: &str| json!({"amount": text, "currencyCode": "USD"});
    let mut line = line("1", "MUG-1", 1);
    line["proceeds"] = json!({"proceedsTotal": amount("11.01"), "breakdowns": [
        {"type": "ITEM", "subtotal": amount("10.00")}, {"type": "TAX", "subtotal": amount("1.01")},
        {"type": "DISCOUNT", "subtotal": amount("-1.00")}, {"type": "WINDFALL", "subtotal": amount("1.00")}]});
    let collector = |tax: Value| {
        let mut line = line.clone();
        line["tax"] = tax;
        let facts = read(&bare("UNSHIPPED", json!([line])), &us()).value.facts;
        let kinds: Vec<ChargeKind> =
            facts.lines[0].charges.iter().map(|charge| charge.kind.clone()).collect();
        let other = ChargeKind::Other("WINDFALL".to_owned());
        assert_eq!(kinds, [ChargeKind::Items, ChargeKind::Tax, ChargeKind::Discount, other]);
        facts.lines[0].charges[1].collector
    };
    let facilitator =
        json!({"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "A"}]});
    assert_eq!(collector(facilitator), Collector::Platform);
    assert_eq!(collector(json!({"taxCollections": []})), Collector::Unknown);
    assert_eq!(collector(Value::Null), Collector::Unknown);

    let old = json!({"AmazonOrderId": "1", "PurchaseDate": "2026-10-01T10:00:00Z",
        "LastUpdateDate": "2026-10-01T10:00:00Z", "OrderStatus": "Unshipped"});
    let amount = |text: &str| json!({"Amount": text, "CurrencyCode": "USD"});
    let items = json!({"AmazonOrderId": "1", "OrderItems": [{"ASIN": "B0", "OrderItemId": "1", "QuantityOrdered": 2,
        "ItemPrice": amount("20.00"), "ItemTax": amount("1.01"), "PromotionDiscount": amount("2.00"),
        "TaxCollection": {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."}}]});
    let line = v0(&old, Some(&items)).value.facts.lines.remove(0);
    assert_eq!(line.unit_price.unwrap().shop.to_string(), "10.00 USD");
    let told: Vec<(String, Collector)> =
        line.charges.iter().map(|charge| (charge.amount.shop.to_string(), charge.collector)).collect();
    assert_eq!(
        told,
        [
            ("20.00 USD".to_owned(), Collector::Merchant),
            ("1.01 USD".to_owned(), Collector::Platform),
            ("-2.00 USD".to_owned(), Collector::Merchant)
        ]
    );
}

#[test]
fn whether_prices_hold_the_tax_is_told_by_the_total() {
    let included = |total: &str| {
        let amount = |text: &str| json!({"amount": text, "currencyCode": "GBP"});
        let mut order = bare("SHIPPED", json!([line("1", "MUG-1", 1)]));
        order["salesChannel"]["marketplaceId"] = json!("A1F83G8C2ARO7P");
        order["orderItems"][0]["proceeds"] = json!({"proceedsTotal": amount(total), "breakdowns": [
            {"type": "ITEM", "subtotal": amount("12.00")}, {"type": "TAX", "subtotal": amount("2.00")}]});
        read(&order, &uk()).value.facts.lines[0].charges[1].included
    };
    assert!(!included("14.00"), "beside");
    assert!(included("12.00"), "within");
}

#[test]
fn what_is_known_of_a_buyer_stands_in_private_values_alone() {
    let Some(cases) = cases() else { return };
    let answer = recorded(&cases, "sandbox orders_2026-01-01/getOrder 200");
    let read = order(&bytes(&answer), &OrderPart::ALL, &brazil()).unwrap();
    let buyer = &read.value.buyer;
    let Seen::Value(address) = &buyer.ship_to else { panic!("there is one") };
    assert_eq!(address.reveal().name.as_deref(), Some("Maria Silva Santos"));
    assert_eq!(address.reveal().lines, ["Rua das Flores, 123", "Apartamento 45"]);
    let texts: Vec<&str> = buyer.texts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(texts, ["lines[17198765432109].gift_message", "buyer_name"]);
    assert_eq!(buyer.bill_to, Seen::NotRead);
    let open = format!("{:?} {} {:?}", read.value, json!(read.value.facts), read.losses);
    for personal in ["Maria", "Flores", "98765-4321", "Feliz", "buyer-email"] {
        assert!(!open.contains(personal), "{personal} in {open}");
    }
    let mut silent = answer;
    for part in ["buyer", "recipient"] {
        silent["order"].as_object_mut().unwrap().remove(part);
    }
    let asked = order(&bytes(&silent), &OrderPart::ALL, &brazil()).unwrap().value.buyer;
    assert!(matches!((&asked.ship_to, &asked.email), (Seen::Withheld(_), Seen::Withheld(_))));
    let unasked = order(&bytes(&silent), &[OrderPart::Proceeds], &brazil()).unwrap().value.buyer;
    assert_eq!((unasked.ship_to, unasked.email), (Seen::NotRead, Seen::NotRead));
}

#[test]
fn a_line_is_cancelled_and_asked_to_be_on_its_own() {
    let mut done = line("1", "MUG-1", 2);
    done["cancellation"] = json!({"cancellationExecution": {"cancelledBy": "BUYER"}});
    done["fulfillment"] = json!({"quantityFulfilled": 0, "quantityUnfulfilled": 0});
    let mut wished = line("2", "MUG-1", 1);
    wished["cancellation"] =
        json!({"cancellationRequest": {"requester": "BUYER", "cancelReason": "Too dear"}});
    let mut part = line("3", "MUG-3", 5);
    part["fulfillment"] = json!({"quantityFulfilled": 2, "quantityUnfulfilled": 1});
    let read = read(&bare("PARTIALLY_SHIPPED", json!([done, wished, part])), &us());
    let told: Vec<(&str, i64, i64, bool)> = read
        .value
        .facts
        .lines
        .iter()
        .map(|line| (line.key.as_str(), line.ordered, line.current, line.cancel_wanted))
        .collect();
    // Two lines of one SKU stay two.
    assert_eq!(told, [("1", 2, 0, false), ("2", 1, 1, true), ("3", 5, 3, false)]);
    assert_eq!(lost(&read.losses), ["orderItems[2].fulfillment"], "two pieces nobody speaks of");
    assert_eq!(read.value.buyer.texts[0].0, "lines[2].cancel_reason");
    assert_eq!(
        read.value.facts.fulfilments[0].lines,
        [("3".to_owned(), 2)],
        "sent in no package that is told"
    );

    let all = self::read(&bare("CANCELLED", json!([line("1", "A", 2)])), &us()).value.facts;
    assert_eq!((all.lines[0].ordered, all.lines[0].current), (2, 0));
}

#[test]
fn packages_are_fulfilments_and_what_is_in_them_counts_once() {
    let Some(cases) = cases() else { return };
    let answer = recorded(&cases, "example orders_2026-01-01 get /orders/2026-01-01/orders 200");
    let page = orders(&bytes(&answer), &OrderPart::ALL, &us()).unwrap();
    let order = &page.items[0].value;
    assert_eq!(order.facts.fulfilments.len(), 1);
    let packed = &order.facts.fulfilments[0];
    assert_eq!(packed.tracking, [("1Z999AA1234567890".to_owned(), None)]);
    assert_eq!(packed.lines, [("12345678901234".to_owned(), 2), ("12345678901235".to_owned(), 1)]);
    assert_eq!(order.facts.role, OrderRole::Replacement { of: None });
    assert_eq!(order.facts.refs.get(&EARLIER), Some("123-4567890-1234566"));
    assert_eq!(order.facts.total.unwrap().shop.to_string(), "154.99 USD");
    let tips: Vec<&ChargeKind> = order.facts.charges.iter().map(|charge| &charge.kind).collect();
    assert_eq!(tips, [&ChargeKind::Tip], "the sums of the lines aren't counted twice");
    let extras: OrderExtras = order.facts.extensions.get().unwrap().unwrap();
    assert_eq!(extras.ship_by.unwrap().to_string(), "2024-12-27T23:59:59Z");
    assert_eq!((page.next.is_some(), page.watermark), (true, None), "a page in between covers nothing");
}

#[test]
fn amazon_ships_from_no_place_of_the_merchants() {
    let Some(cases) = cases() else { return };
    let answer = recorded(&cases, "sandbox orders_2026-01-01/searchOrders 200");
    let page = orders(&bytes(&answer), &OrderPart::ALL, &japan()).unwrap();
    let line = &page.items[0].value.facts.lines[1];
    assert_eq!((line.shipped_by, &line.location), (ShippedBy::Platform, &None));
    assert_eq!(line.unit_price.unwrap().shop.to_string(), "6980 JPY");
}

#[test]
fn an_order_of_v0_is_put_together_from_its_answers() {
    let Some(cases) = cases() else { return };
    let answer = |operation: &str| bytes(&recorded(&cases, &format!("sandbox ordersV0/{operation} 200")));
    let (head, items, address, buyer) =
        (answer("getOrder"), answer("getOrderItems"), answer("getOrderAddress"), answer("getOrderBuyerInfo"));
    let whole = OrderV0 {
        order: &head,
        items: Some(&items),
        address: Some(&address),
        buyer: Some(&buyer),
        item_buyers: None,
    };
    let read = order_v0(&whole, &us()).unwrap().value;
    let line = &read.facts.lines[0];
    assert_eq!((line.key.as_str(), line.cancel_wanted), ("05015851154158", true));
    assert_eq!(read.facts.total.unwrap().shop.to_string(), "11.01 USD");
    assert!(matches!((&read.buyer.ship_to, &read.buyer.email), (Seen::Value(_), Seen::Value(_))));
    let only = order_v0(&OrderV0 { order: &head, ..OrderV0::default() }, &us()).unwrap().value;
    assert_eq!((only.buyer.ship_to, only.facts.lines.len()), (Seen::NotRead, 0));

    let mut hidden: Value = serde_json::from_slice(&address).unwrap();
    hidden["payload"].as_object_mut().unwrap().remove("ShippingAddress");
    let hidden = bytes(&hidden);
    let read = order_v0(&OrderV0 { address: Some(&hidden), ..whole }, &us()).unwrap().value;
    assert!(matches!(read.buyer.ship_to, Seen::Withheld(_)));

    let mut others: Value = serde_json::from_slice(&items).unwrap();
    others["payload"]["AmazonOrderId"] = json!("902-0000000-0000000");
    let others = bytes(&others);
    let mixed = order_v0(&OrderV0 { items: Some(&others), ..whole }, &us()).unwrap_err();
    assert_eq!(mixed.kind(), ErrorKind::Protocol);
    let mut first: Value = serde_json::from_slice(&items).unwrap();
    first["payload"]["NextToken"] = json!("more");
    let first = bytes(&first);
    let cut = order_v0(&OrderV0 { items: Some(&first), ..whole }, &us()).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Protocol, "half of the lines aren't an order");
}

#[test]
fn a_price_of_a_line_that_cannot_be_shared_out_is_no_price_of_one() {
    let old = json!({"AmazonOrderId": "1", "PurchaseDate": "2026-10-01T10:00:00Z",
        "LastUpdateDate": "2026-10-01T10:00:00Z", "OrderStatus": "Unshipped"});
    let items = json!({"AmazonOrderId": "1", "OrderItems": [{"ASIN": "B0", "OrderItemId": "1", "QuantityOrdered": 3,
        "ItemPrice": {"Amount": "10.00", "CurrencyCode": "USD"}}]});
    let read = v0(&old, Some(&items));
    assert_eq!(read.value.facts.lines[0].unit_price, None);
    assert_eq!(read.value.facts.lines[0].charges[0].amount.shop.to_string(), "10.00 USD");
    assert_eq!(lost(&read.losses), ["OrderItems[0].ItemPrice"]);
}

#[test]
fn one_unreadable_order_stops_no_other_and_is_named() {
    let list: Vec<Value> = (0..100)
        .map(|nth| {
            let mut order = bare("UNSHIPPED", json!([line("1", "MUG-1", 1)]));
            order["orderId"] = json!(format!("111-{nth}"));
            match nth {
                57 => order["programs"] = json!(["DISTRIBUTOR_PRICE"]),
                58 => order["orderItems"][0]["quantityOrdered"] = json!({"of": 1}),
                59 => order["salesChannel"]["marketplaceId"] = json!("A1PA6795UKMFR9"),
                _ => {}
            }
            order
        })
        .collect();
    let answer = json!({"orders": list, "lastUpdatedBefore": "2026-10-01T12:00:00Z"});
    let page = orders(&bytes(&answer), &OrderPart::ALL, &us()).unwrap();
    assert_eq!(page.items.len(), 98, "one can't be read, one is another store's");
    let [unread] = page.unreadable.as_slice() else { panic!("{:?}", page.unreadable) };
    assert_eq!(unread.record.as_ref().unwrap().id, "111-58");
    assert_eq!(page.watermark.unwrap().to_string(), "2026-10-01T12:00:00Z");
    let programs = &page.items[57].value.facts.extensions.get::<OrderExtras>().unwrap().unwrap().programs;
    assert_eq!(programs, &["DISTRIBUTOR_PRICE"]);

    let old = json!({"payload": {"Orders": [{"AmazonOrderId": "902-1"}, 7], "NextToken": "more"}});
    let page = orders_v0(&bytes(&old), &us()).unwrap();
    assert_eq!((page.items.len(), page.unreadable.len(), page.next.as_deref()), (0, 2, Some("more")));
}
