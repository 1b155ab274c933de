use super::*;
use crate::convert::tests::named;
use fusion_core::{
    error::ErrorKind,
    model::{Axis, Life, LossSubject, Nature, Payment, Seen, Shipment, ShippedBy},
};
use fusion_plugin_sdk::testkit::specs;
use serde_json::{Value, json};

pub(in crate::convert) mod losing;

/// Reads an order, and holds what is lost against the table.
fn order(read: wire::Order, hidden: &BTreeSet<String>) -> Result<Converted<RemoteOrder>> {
    named(LossSubject::Order, super::order(read, hidden))
}

fn bag(amount: &str) -> Value {
    let money = json!({ "amount": amount, "currencyCode": "EUR" });
    json!({ "shopMoney": money, "presentmentMoney": money })
}

fn page(nodes: Value) -> Value {
    json!({ "nodes": nodes, "pageInfo": { "hasNextPage": false, "endCursor": null } })
}

fn line(id: &str) -> Value {
    json!({
        "id": id, "name": "Mug - Red", "title": "Mug", "sku": "MUG-0", "quantity": 2, "currentQuantity": 2,
        "requiresShipping": true, "isGiftCard": false, "customAttributes": [],
        "product": { "id": "gid://shopify/Product/1" },
        "variant": { "id": "gid://shopify/ProductVariant/2", "selectedOptions": [{ "name": "Colour", "value": "Red" }] },
        "originalUnitPriceSet": bag("12.5"), "discountedUnitPriceAfterAllDiscountsSet": bag("12.5"),
        "priceAfterAllDiscountsBeforeTaxesSet": bag("25.0"),
    })
}

fn part(location: &str, is_service: bool) -> Value {
    json!({
        "id": "gid://shopify/FulfillmentOrder/1", "status": "OPEN", "supportedActions": [],
        "assignedLocation": { "location": { "id": location, "isFulfillmentService": is_service } },
        "lineItems": page(json!([{ "id": "r", "remainingQuantity": 2, "lineItem": { "id": "L1" } }])),
    })
}

/// An order as the document asks for it.
fn written() -> Value {
    json!({
        "id": "gid://shopify/Order/1", "name": "#1001", "processedAt": "2026-10-01T00:00:00Z",
        "updatedAt": "2026-10-01T00:00:01Z", "cancelledAt": null, "cancelReason": null, "closedAt": null,
        "edited": false, "test": false, "customerLocale": "de-DE", "requiresShipping": true, "taxesIncluded": false,
        "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED", "email": "a@example.test",
        "phone": null, "note": null, "customAttributes": [],
        "shippingAddress": { "firstName": "Ada", "lastName": "Muster", "address1": "Weg 1", "city": "Berlin",
            "countryCodeV2": "DE" },
        "billingAddress": null,
        "currentTotalPriceSet": bag("25.0"), "totalReceivedSet": bag("25.0"), "currentShippingPriceSet": bag("0.0"),
        "totalTipReceivedSet": bag("0.0"), "currentTotalDutiesSet": null, "currentTotalAdditionalFeesSet": null,
        "currentTaxLines": [], "lineItems": page(json!([line("L1")])),
        "fulfillmentOrders": page(json!([part("gid://shopify/Location/1", false)])),
        "fulfillments": [], "refunds": [], "returns": page(json!([])),
    })
}

fn read_hiding(value: &Value, hidden: &[&str]) -> Result<Converted<RemoteOrder>> {
    let hidden = hidden.iter().map(|field| (*field).to_owned()).collect();
    order(serde_json::from_value(value.clone()).unwrap(), &hidden)
}

/// The order after `change`, and where it lost something.
fn read(change: impl FnOnce(&mut Value)) -> (RemoteOrder, Vec<String>) {
    let mut value = written();
    change(&mut value);
    let read = read_hiding(&value, &[]).unwrap();
    (read.value, read.losses.into_iter().map(|loss| loss.path).collect())
}

#[test]
fn words_of_tomorrow_are_kept_and_null_is_not_told() {
    let (order, losses) = read(|order| {
        order["displayFinancialStatus"] = json!("BARTERED");
        order["displayFulfillmentStatus"] = json!("TELEPORTED");
    });
    assert_eq!(order.facts.payment, Axis::Unknown("BARTERED".to_owned()));
    assert_eq!(order.facts.shipment, Axis::Unknown("TELEPORTED".to_owned()));
    assert!(losses.is_empty());
    let (order, _) = read(|order| order["displayFinancialStatus"] = Value::Null);
    assert_eq!(order.facts.payment, Axis::NotTold);
}

#[test]
fn every_word_of_the_platform_has_its_place() {
    for (word, payment, is_exact) in [
        ("PENDING", Payment::Pending, true),
        ("AUTHORIZED", Payment::Authorised, true),
        ("EXPIRED", Payment::Voided, false),
        ("PARTIALLY_PAID", Payment::PartlyPaid, true),
        ("PARTIALLY_REFUNDED", Payment::PartlyRefunded, true),
        ("REFUNDED", Payment::Refunded, true),
        ("VOIDED", Payment::Voided, true),
    ] {
        let (order, losses) = read(|order| order["displayFinancialStatus"] = json!(word));
        assert_eq!((order.facts.payment, losses.is_empty()), (Axis::Known(payment), is_exact), "{word}");
    }
    for (word, shipment, is_exact) in [
        ("OPEN", Shipment::None, true),
        ("SCHEDULED", Shipment::None, false),
        ("PENDING_FULFILLMENT", Shipment::None, false),
        ("IN_PROGRESS", Shipment::None, false),
        ("PARTIALLY_FULFILLED", Shipment::Part, true),
        ("FULFILLED", Shipment::All, true),
        ("FULFILLMENT_NOT_REQUIRED", Shipment::NotNeeded, true),
        ("RESTOCKED", Shipment::NotNeeded, false),
        ("ON_HOLD", Shipment::Blocked, true),
        ("REQUEST_DECLINED", Shipment::Blocked, false),
    ] {
        let (order, losses) = read(|order| order["displayFulfillmentStatus"] = json!(word));
        assert_eq!((order.facts.shipment, losses.is_empty()), (Axis::Known(shipment), is_exact), "{word}");
    }
    let (order, _) = read(|order| order["closedAt"] = json!("2026-10-02T00:00:00Z"));
    assert_eq!(order.facts.life, Axis::Known(Life::Closed));
}

#[test]
fn an_order_tells_when_it_was_cancelled_and_whether_more_may_have_come_to_it() {
    let told = |change: fn(&mut Value)| {
        let facts = read(change).0.facts;
        (facts.cancelled.map(|at| at.to_string()), facts.edited)
    };
    assert_eq!(told(|_| ()), (None, Some(false)));
    let cancelled = |order: &mut Value| order["cancelledAt"] = json!("2026-10-02T00:00:00Z");
    assert_eq!(told(cancelled), (Some("2026-10-02T00:00:00Z".to_owned()), Some(false)));
    assert_eq!(told(|order| order["edited"] = json!(true)), (None, Some(true)));
}

#[test]
fn a_total_is_what_the_platform_says_and_no_sum_of_ours() {
    let (plain, _) = read(|_| ());
    for total in ["88.00", "90.00", "0.00"] {
        let (order, _) = read(|order| order["currentTotalPriceSet"] = bag(total));
        assert_eq!(order.facts.total.unwrap().shop, format!("{total} EUR").parse().unwrap());
        assert_eq!((&order.facts.lines, &order.facts.charges), (&plain.facts.lines, &plain.facts.charges));
    }
}

#[test]
fn a_tax_says_who_collects_it_and_whether_prices_hold_it() {
    let (order, _) = read(|order| {
        order["taxesIncluded"] = json!(true);
        order["currentTaxLines"] = json!([
            { "channelLiable": true, "priceSet": bag("1.0") },
            { "channelLiable": false, "priceSet": bag("2.0") },
            { "channelLiable": null, "priceSet": bag("3.0") },
            { "channelLiable": true, "priceSet": bag("0.0") },
        ]);
        order["currentTotalDutiesSet"] = bag("4.0");
        order["currentTotalAdditionalFeesSet"] = bag("5.0");
        order["totalTipReceivedSet"] = bag("6.0");
    });
    let found: Vec<_> =
        order.facts.charges.iter().map(|one| (&one.kind, one.collector, one.included)).collect();
    assert_eq!(
        found,
        [
            (&ChargeKind::Tip, Collector::Merchant, false),
            (&ChargeKind::Duty, Collector::Merchant, false),
            (&ChargeKind::Other("additional_fees".to_owned()), Collector::Merchant, false),
            (&ChargeKind::Tax, Collector::Platform, true),
            (&ChargeKind::Tax, Collector::Merchant, true),
            (&ChargeKind::Tax, Collector::Unknown, true),
        ]
    );
}

#[test]
fn a_line_whose_variant_is_gone_keeps_the_name_that_tells_it() {
    let (order, _) = read(|order| {
        let line = &mut order["lineItems"]["nodes"][0];
        (line["variant"], line["product"], line["sku"]) = (Value::Null, Value::Null, json!(""));
        (line["requiresShipping"], line["isGiftCard"]) = (json!(false), json!(true));
    });
    let line = &order.facts.lines[0];
    assert!(line.refs.is_empty() && line.options.is_empty() && line.sku.is_none());
    assert_eq!((line.title.as_str(), line.nature), ("Mug - Red", Some(Nature::Digital)));
    let (order, _) = read(|_| {});
    assert_eq!(order.facts.lines[0].title, "Mug");
}

#[test]
fn a_line_says_who_ships_it_from_where_and_several_places_are_a_loss() {
    let (order, losses) = read(|order| order["fulfillmentOrders"]["nodes"][0] = part("S", true));
    let line = &order.facts.lines[0];
    assert_eq!((line.shipped_by, losses.len()), (ShippedBy::Supplier, 0));
    let (order, losses) = read(|order| {
        order["fulfillmentOrders"] = page(json!([part("A", false), part("B", false)]));
    });
    assert_eq!((&order.facts.lines[0].location, losses), (&None, vec!["lineItems[0].location".to_owned()]));
    let (order, losses) = read(|order| order["fulfillmentOrders"] = page(json!([])));
    assert_eq!((&order.facts.lines[0].location, losses.len()), (&None, 0));
}

#[test]
fn only_what_has_left_counts_as_shipped() {
    let shipment = |status: &str| {
        json!({
            "id": status, "status": status, "createdAt": "2026-10-01T00:00:00Z", "deliveredAt": null,
            "trackingInfo": [{ "company": "DHL", "number": "T1", "url": null }, { "company": null, "number": "T2", "url": "https://t.example/T2" }],
            "fulfillmentLineItems": page(json!([{ "quantity": 1, "lineItem": { "id": "L1" } }])),
        })
    };
    let (order, losses) = read(|order| {
        order["fulfillments"] =
            json!(["SUCCESS", "CANCELLED", "ERROR", "FAILURE", "OPEN", "PENDING", "BEAMED"].map(shipment));
    });
    assert_eq!((order.facts.fulfilments.len(), losses.len()), (1, 6));
    let one = &order.facts.fulfilments[0];
    let tracking = [("T1".to_owned(), None), ("T2".to_owned(), Some("https://t.example/T2".to_owned()))];
    assert_eq!((one.carrier.as_deref(), one.tracking.as_slice()), (Some("DHL"), &tracking[..]));
}

#[test]
fn what_a_refund_does_with_pieces_is_told_or_unknown() {
    let (order, losses) = read(|order| {
        let row = |kind: &str| json!({ "quantity": 1, "restockType": kind, "lineItem": { "id": "L1" } });
        let rows = json!(["CANCEL", "RETURN", "LEGACY_RESTOCK", "NO_RESTOCK", "RECYCLED"].map(row));
        order["refunds"] = json!([{ "id": "R", "createdAt": null, "totalRefundedSet": bag("1"), "refundLineItems": page(rows) }]);
    });
    let restocks: Vec<_> = order.facts.refunds[0].lines.iter().map(|(_, _, restock)| *restock).collect();
    assert_eq!(restocks, [Restock::Yes, Restock::Yes, Restock::Yes, Restock::No, Restock::Unknown]);
    assert_eq!(losses, ["refunds[0].refundLineItems"]);
}

#[test]
fn what_the_app_may_not_see_is_withheld() {
    let mut value = written();
    value["shippingAddress"] = Value::Null;
    value["email"] = Value::Null;
    value["requiresShipping"] = json!(false);
    let of = |value: &Value, hidden: &[&str]| read_hiding(value, hidden).unwrap().value.buyer;
    let seen = |hidden: &[&str]| of(&value, hidden);
    assert_eq!((seen(&[]).ship_to, seen(&[]).email), (Seen::Empty, Seen::Empty));
    let hidden = seen(&["email"]);
    assert!(matches!(hidden.email, Seen::Withheld(_)) && hidden.ship_to == Seen::Empty);
    let hidden = seen(&["shippingAddress"]);
    assert!(matches!((hidden.ship_to, hidden.email), (Seen::Withheld(_), Seen::Withheld(_))));
    // With approval for less an address comes with holes where its people are.
    value["shippingAddress"] = json!({ "countryCodeV2": "DE", "provinceCode": "BE" });
    assert!(matches!(of(&value, &[]).ship_to, Seen::Withheld(_)));
}

#[test]
fn what_cant_be_read_names_its_place_and_quotes_nobody() {
    for (pointer, value, path) in [
        ("/id", json!(""), "id"),
        ("/processedAt", json!("yesterday"), "processedAt"),
        ("/currentTotalPriceSet/shopMoney/amount", json!("1e9"), "currentTotalPriceSet"),
        (
            "/lineItems/nodes/0/originalUnitPriceSet/shopMoney/currencyCode",
            json!("???"),
            "lineItems[0].originalUnitPriceSet",
        ),
        ("/lineItems/nodes/0/currentQuantity", json!(3), "lineItems[0].currentQuantity"),
        ("/lineItems/nodes/0/currentQuantity", json!(-1), "lineItems[0].currentQuantity"),
        ("/lineItems/nodes/0/id", json!(""), "lineItems[0].id"),
        (
            "/lineItems/nodes/0/originalUnitPriceSet",
            json!({
            "shopMoney": { "amount": "79228162514264337593543950335", "currencyCode": "EUR" },
            "presentmentMoney": { "amount": "79228162514264337593543950335", "currencyCode": "EUR" } }),
            "lineItems[0]",
        ),
    ] {
        let mut order = written();
        *order.pointer_mut(pointer).unwrap() = value;
        let error = read_hiding(&order, &[]).unwrap_err();
        assert_eq!(
            (error.kind(), error.problems()[0].path.as_str()),
            (ErrorKind::Protocol, path),
            "{pointer}"
        );
        assert!(!format!("{error:?}").contains("yesterday"));
    }
}

/// Puts every amount in one currency, as an order has it.
fn recolour(value: &mut Value, currency: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(code) = fields.get_mut("currencyCode") {
                *code = json!(currency);
            }
            fields.values_mut().for_each(|inner| recolour(inner, currency));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| recolour(inner, currency)),
        _ => {}
    }
}

/// Puts what was recorded over an order as we ask for it.
fn overlay(onto: &mut Value, recorded: &Value) {
    match (onto, recorded) {
        (Value::Object(onto), Value::Object(recorded)) => {
            for (name, value) in recorded {
                if let Some(known) = onto.get_mut(name) {
                    overlay(known, value);
                }
            }
        }
        (Value::Array(onto), Value::Array(recorded)) => {
            let Some(template) = onto.first().cloned() else { return };
            *onto = recorded
                .iter()
                .map(|value| {
                    let mut entry = template.clone();
                    overlay(&mut entry, value);
                    entry
                })
                .collect();
        }
        (onto, recorded) => onto.clone_from(recorded),
    }
}

fn orders<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
            if id.starts_with("gid://shopify/Order/") && fields.len() > 3 {
                found.push(value);
            }
            fields.values().for_each(|inner| orders(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| orders(inner, found)),
        _ => {}
    }
}

#[test]
fn every_recorded_order_is_read() {
    let Some(folder) = specs("shopify") else { return };
    let mut count = 0;
    for file in std::fs::read_dir(folder.join("fixtures")).unwrap() {
        let path = file.unwrap().path();
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut found = Vec::new();
        orders(&recorded, &mut found);
        for one in found {
            let mut value = written();
            value["refunds"] = json!([{ "id": "R", "createdAt": null, "totalRefundedSet": bag("1"),
                "refundLineItems": page(json!([{ "quantity": 1, "restockType": "CANCEL", "lineItem": { "id": "L1" } }])) }]);
            // Most of them were asked for fewer fields.
            value["lineItems"]["nodes"][0]["currentQuantity"] = json!(0);
            overlay(&mut value, one);
            recolour(&mut value, "CAD");
            let read = serde_json::from_value(value).map(|read| order(read, &BTreeSet::new()));
            let read = read.unwrap_or_else(|error| panic!("{}: {error}\n{one}", path.display())).unwrap();
            assert_eq!(read.value.facts.refs.current()[0].id, one["id"].as_str().unwrap());
            let is_known = |axis: bool| assert!(axis, "{}: {one}", path.display());
            is_known(!matches!(read.value.facts.payment, Axis::Unknown(_)));
            is_known(!matches!(read.value.facts.shipment, Axis::Unknown(_)));
            count += 1;
        }
    }
    assert!(count > 50, "{count} orders were read");
}
