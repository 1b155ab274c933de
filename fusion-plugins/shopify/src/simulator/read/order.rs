//! Orders and everything in them, as plain objects.

use super::View;
use crate::simulator::{
    desk::Subscription,
    gid, money,
    order::{Exchange, Fulfillment, Line, Order, Part, Payment, Refund, Return},
    slot::{Slot, page, reference, time},
};
use fusion_core::clock::Timestamp;
use serde_json::{Value, json};

fn at(time_of: Option<Timestamp>) -> Value {
    time_of.map_or(Value::Null, |at| json!(time(at)))
}

fn amount(cents: i64) -> String {
    money::decimal(&money::text(i128::from(cents)))
}

/// An amount in both currencies.
fn bag(view: &View<'_>, order: &Order, cents: i64) -> Value {
    let shop = &view.shop.currency;
    let shown = order.shown_in.as_ref().map_or(shop, |(currency, _)| currency);
    json!({
        "shopMoney": { "amount": amount(cents), "currencyCode": shop },
        "presentmentMoney": { "amount": amount(order.shown(cents)), "currencyCode": shown },
    })
}

fn attributes(all: &[(String, String)]) -> Value {
    all.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

pub(in crate::simulator) fn order(view: &View<'_>, it: &Order) -> Value {
    let bag = |cents| bag(view, it, cents);
    let shown = it.shown_in.as_ref().map_or(&view.shop.currency, |(currency, _)| currency);
    let tax = it.tax.as_ref().map(|tax| {
        json!({
            "title": tax.title, "channelLiable": tax.channel_liable, "priceSet": bag(it.tax()),
            "ratePercentage": tax.rate as f64 / 100.0,
        })
    });
    let private = |value: Value| if view.hides_buyers { Value::Null } else { value };
    let address = |value: &Option<Value>, nth: u64| {
        let mut value = value.clone()?;
        let id = json!(gid::of("MailingAddress", it.id * 2 + nth));
        value.as_object_mut()?.insert("id".to_owned(), id);
        Some(value)
    };
    let mut read = json!({
        "__typename": "Order", "id": gid::of("Order", it.id), "legacyResourceId": it.id.to_string(),
        "name": format!("#{}", it.number), "createdAt": time(it.created_at), "processedAt": time(it.created_at),
        "updatedAt": time(it.updated_at), "cancelledAt": at(it.cancelled_at), "cancelReason": it.cancel_reason,
        "closed": it.closed_at.is_some(), "closedAt": at(it.closed_at), "confirmed": true, "edited": it.edited,
        "test": it.test,
        "customerLocale": it.locale, "taxesIncluded": it.taxes_included,
        "requiresShipping": it.lines.iter().any(|line| line.requires_shipping),
        "displayFinancialStatus": it.financial_status(), "displayFulfillmentStatus": it.fulfillment_status(),
        "currencyCode": view.shop.currency, "presentmentCurrencyCode": shown,
        "email": private(json!(it.email)), "phone": private(json!(it.phone)),
        "note": it.note, "customAttributes": attributes(&it.attributes),
        "shippingAddress": private(json!(address(&it.ship_to, 0))),
        "billingAddress": private(json!(address(&it.bill_to, 1))),
        "currentTotalDutiesSet": null, "currentTotalAdditionalFeesSet": null,
        "currentTaxLines": tax.into_iter().collect::<Vec<_>>(),
    });
    let mut put = |name: &str, value: Value| {
        if let Some(fields) = read.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    for (name, cents) in [
        ("currentTotalPriceSet", it.total()),
        ("currentShippingPriceSet", it.shipping),
        ("totalTipReceivedSet", it.tip),
        ("totalReceivedSet", it.received()),
        ("totalRefundedSet", it.refunded()),
        ("netPaymentSet", it.received() - it.refunded()),
    ] {
        put(name, bag(cents));
    }
    let lists: [(&str, Value); 6] = [
        ("lineItems", page(it.lines.iter().map(|one| line_of(one.id)))),
        ("fulfillmentOrders", page(it.parts.iter().map(|one| part(view, it, one)))),
        ("fulfillments", it.fulfillments.iter().map(|one| fulfillment(it, one)).collect()),
        ("refunds", it.refunds.iter().map(|one| refund(view, it, one)).collect()),
        ("returns", page(it.returns.iter().map(|one| returned(it, one)))),
        ("transactions", it.payments.iter().map(|one| payment(view, it, one)).collect()),
    ];
    for (name, list) in lists {
        put(name, list);
    }
    read
}

fn line(view: &View<'_>, order: &Order, it: &Line) -> Value {
    let name = match &it.variant_title {
        Some(title) => format!("{} - {title}", it.title),
        None => it.title.clone(),
    };
    json!({
        "__typename": "LineItem", "id": gid::of("LineItem", it.id), "title": it.title, "name": name,
        "variantTitle": it.variant_title, "sku": it.sku, "quantity": it.quantity, "currentQuantity": it.current,
        "unfulfilledQuantity": (it.current - order.shipped(it.id) + order.returned(it.id)).max(0),
        "requiresShipping": it.requires_shipping, "isGiftCard": it.gift_card,
        "customAttributes": attributes(&it.attributes),
        "product": it.product.map(|id| reference(&gid::of("Product", id))),
        "variant": it.variant.map(|id| reference(&gid::of("ProductVariant", id))),
        "originalUnitPriceSet": bag(view, order, it.unit),
        "discountedUnitPriceAfterAllDiscountsSet": bag(view, order, it.unit - it.less),
        "priceAfterAllDiscountsBeforeTaxesSet": bag(view, order, order.before_tax(it)),
    })
}

/// One field of a line.
pub(super) fn line_field(view: &View<'_>, order: &Order, it: &Line, name: &str) -> Option<Slot> {
    line(view, order, it).get(name).map(Slot::of)
}

fn line_of(id: u64) -> Value {
    reference(&gid::of("LineItem", id))
}

pub(in crate::simulator) fn part(view: &View<'_>, order: &Order, it: &Part) -> Value {
    let rows = it.lines.iter().map(|row| {
        let line = order.line(row.line);
        json!({
            "__typename": "FulfillmentOrderLineItem", "id": gid::of("FulfillmentOrderLineItem", row.id),
            "totalQuantity": row.total, "remainingQuantity": row.remaining,
            "lineItem": line_of(row.line),
            "requiresShipping": line.is_none_or(|line| line.requires_shipping),
            "sku": line.and_then(|line| line.sku.clone()),
            "productTitle": line.map(|line| line.title.clone()).unwrap_or_default(),
            "variantTitle": line.and_then(|line| line.variant_title.clone()),
            "inventoryItemId": line.and_then(|line| line.item).map(|id| gid::of("InventoryItem", id)),
        })
    });
    let actions: &[&str] = match it.status.as_str() {
        "OPEN" | "IN_PROGRESS" => &["CREATE_FULFILLMENT", "HOLD", "MOVE", "SPLIT"],
        "ON_HOLD" => &["RELEASE_HOLD"],
        _ => &[],
    };
    let name = view.shop.locations.get(&it.location).map(|location| location.name.clone());
    json!({
        "__typename": "FulfillmentOrder", "id": gid::of("FulfillmentOrder", it.id), "status": it.status,
        "requestStatus": "UNSUBMITTED", "createdAt": time(it.created_at), "updatedAt": time(it.updated_at),
        "orderId": gid::of("Order", order.id), "orderName": format!("#{}", order.number),
        "supportedActions": actions.iter().map(|action| json!({ "action": action })).collect::<Vec<_>>(),
        "assignedLocation": {
            "countryCode": "DE", "name": name.unwrap_or_default(),
            "location": reference(&gid::of("Location", it.location)),
        },
        "lineItems": page(rows),
    })
}

pub(in crate::simulator) fn fulfillment(order: &Order, it: &Fulfillment) -> Value {
    let rows = it.lines.iter().map(|(id, line, count)| {
        json!({
            "__typename": "FulfillmentLineItem", "id": gid::of("FulfillmentLineItem", *id),
            "quantity": count, "lineItem": line_of(*line),
        })
    });
    let tracking = (it.company.is_some() || it.number.is_some())
        .then(|| json!({ "company": it.company, "number": it.number, "url": it.url }));
    json!({
        "__typename": "Fulfillment", "id": gid::of("Fulfillment", it.id), "legacyResourceId": it.id.to_string(),
        "name": format!("#{}-F{}", order.number, it.id), "status": it.status,
        "createdAt": time(it.created_at), "updatedAt": time(it.updated_at), "deliveredAt": at(it.delivered_at),
        "totalQuantity": it.lines.iter().map(|(.., count)| count).sum::<i64>(),
        "location": reference(&gid::of("Location", it.location)),
        "trackingInfo": tracking.into_iter().collect::<Vec<_>>(),
        "fulfillmentLineItems": page(rows),
    })
}

pub(in crate::simulator) fn refund(view: &View<'_>, order: &Order, it: &Refund) -> Value {
    let rows = it.lines.iter().map(|(id, line, count, kind)| {
        json!({
            "__typename": "RefundLineItem", "id": gid::of("RefundLineItem", *id), "quantity": count,
            "restockType": kind, "restocked": kind != "NO_RESTOCK", "lineItem": line_of(*line),
        })
    });
    let payments = order.payments.iter().filter(|one| one.refund == Some(it.id));
    json!({
        "__typename": "Refund", "id": gid::of("Refund", it.id), "legacyResourceId": it.id.to_string(),
        "note": it.note, "createdAt": time(it.created_at), "updatedAt": time(it.created_at),
        "totalRefundedSet": bag(view, order, it.total), "refundLineItems": page(rows),
        "transactions": page(payments.map(|one| payment(view, order, one))),
    })
}

pub(in crate::simulator) fn returned(order: &Order, it: &Return) -> Value {
    let row = |one: &Exchange| {
        let done = if one.line.is_some() { one.quantity } else { 0 };
        json!({
            "__typename": "ExchangeLineItem", "id": gid::of("ExchangeLineItem", one.id),
            "quantity": one.quantity, "processedQuantity": done, "unprocessedQuantity": one.quantity - done,
            "variantId": one.variant.map(|id| gid::of("ProductVariant", id)),
            "lineItems": one.line.map(|id| vec![line_of(id)]),
        })
    };
    json!({
        "__typename": "Return", "id": gid::of("Return", it.id), "status": it.status,
        "name": format!("#{}-R{}", order.number, it.id), "exchangeLineItems": page(it.exchanges.iter().map(row)),
    })
}

fn payment(view: &View<'_>, order: &Order, it: &Payment) -> Value {
    let parent = it.parent.and_then(|id| order.payments.iter().find(|one| one.id == id));
    json!({
        "__typename": "OrderTransaction", "id": gid::of("OrderTransaction", it.id), "kind": it.kind,
        "status": it.status, "gateway": it.gateway, "createdAt": time(it.created_at),
        "amountSet": bag(view, order, it.amount),
        "parentTransaction": parent.map(|one| payment(view, order, one)),
    })
}

pub(in crate::simulator) fn subscription(id: u64, it: &Subscription) -> Value {
    json!({
        "__typename": "WebhookSubscription", "id": gid::of("WebhookSubscription", id),
        "legacyResourceId": id.to_string(), "topic": it.topic, "uri": it.uri, "format": it.format,
        "filter": "", "includeFields": [], "metafieldNamespaces": [], "name": it.name,
        "createdAt": time(it.created_at), "updatedAt": time(it.updated_at),
    })
}
