//! fulfillmentCreate, fulfillmentTrackingInfoUpdate.

use super::{Work, object, refusal, rows};
use crate::simulator::{
    gid,
    order::{Fulfillment, Order},
    orders,
    problem::Problem,
    read::{Arguments, order, text},
};
use serde_json::{Map, Value, json};

/// What one call takes from one part: its row and the count.
struct Taken {
    order: u64,
    part: u64,
    rows: Vec<(u64, i64)>,
}

fn invalid() -> Problem {
    Problem::new("RESOURCE_NOT_FOUND", "invalid id")
}

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = object(arguments, "fulfillment").cloned().unwrap_or_default();
    let refused = |work: &Work<'_>, refusal: Value| {
        Ok(work.payload(json!({ "fulfillment": null, "userErrors": [refusal] })))
    };
    let mut taken: Vec<Taken> = Vec::new();
    for (nth, given) in rows(&input, "lineItemsByFulfillmentOrder").iter().enumerate() {
        let Some(given) = given.as_object() else { continue };
        match take(work, given, nth)? {
            Ok(part) => taken.push(part),
            Err(refusal) => return refused(work, refusal),
        }
    }
    let Some(first) = taken.first() else {
        return refused(work, refusal(&["fulfillment"], "Fulfillment order does not exist.", None));
    };
    let Some(mut order) = work.shop.order(first.order).cloned() else {
        return refused(work, refusal(&["fulfillment"], "Fulfillment order does not exist.", None));
    };
    let place = |id: u64| order.parts.iter().find(|part| part.id == id).map(|part| part.location);
    let location = place(first.part);
    if taken.iter().any(|other| other.order != order.id || place(other.part) != location) {
        let message = "All fulfillment orders must belong to the same order and the same location.";
        return refused(work, refusal(&["fulfillment"], message, None));
    }
    let tracking = object(&input, "trackingInfo").cloned().unwrap_or_default();
    let id = work.shop.new_id();
    let made = ship(work, &mut order, &taken, location.unwrap_or_default(), &tracking, id);
    order.updated_at = work.now;
    let body = json!({ "id": id, "order_id": order.id, "admin_graphql_api_id": gid::of("Fulfillment", id),
        "status": "success" });
    orders::told(work.shop, order.clone(), &["ORDERS_UPDATED"], work.now);
    work.shop.tell("FULFILLMENTS_CREATE", &body, work.now);
    let pieces: i64 = made.lines.iter().map(|(.., count)| count).sum();
    let notified = input.get("notifyCustomer") == Some(&json!(true));
    let summary = json!({ "fulfilled": pieces, "notified": notified });
    work.effect(gid::of("Order", order.id), Some(&format!("#{}", order.number)), summary);
    let shown = order::fulfillment(&order, &made);
    Ok(work.payload(json!({ "fulfillment": shown, "userErrors": [] })))
}

/// Checks what is asked of one part.
fn take(work: &Work<'_>, given: &Map<String, Value>, nth: usize) -> Result<Result<Taken, Value>, Problem> {
    let id = text(given, "fulfillmentOrderId").unwrap_or_default();
    let id = gid::number("FulfillmentOrder", id).ok_or_else(invalid)?;
    let found = work
        .shop
        .orders()
        .find_map(|order| order.parts.iter().find(|part| part.id == id).map(|part| (order.id, part)));
    let Some((order, part)) = found else {
        return Ok(Err(refusal(&["fulfillment"], "Fulfillment order does not exist.", None)));
    };
    if !matches!(part.status.as_str(), "OPEN" | "IN_PROGRESS") {
        let status = part.status.to_lowercase();
        let message = format!("Fulfillment order {id} has an unfulfillable status= {status}.");
        return Ok(Err(refusal(&["fulfillment"], message, None)));
    }
    let mut rows_taken = Vec::new();
    let named = rows(given, "fulfillmentOrderLineItems");
    for (row, given) in named.iter().enumerate() {
        let count = given.get("quantity").and_then(Value::as_i64).unwrap_or(0);
        if count <= 0 {
            let (nth, row) = (nth.to_string(), row.to_string());
            let path = [
                "fulfillment",
                "lineItemsByFulfillmentOrder",
                &nth,
                "fulfillmentOrderLineItems",
                &row,
                "quantity",
            ];
            return Ok(Err(refusal(&path, "Quantity must be greater than 0", None)));
        }
        let id = given.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = gid::number("FulfillmentOrderLineItem", id).ok_or_else(invalid)?;
        let fits = part.lines.iter().any(|line| line.id == id && line.remaining >= count);
        if !fits {
            let message = "Invalid fulfillment order line item quantity requested.";
            return Ok(Err(refusal(&["fulfillment"], message, None)));
        }
        rows_taken.push((id, count));
    }
    if named.is_empty() {
        rows_taken =
            part.lines.iter().filter(|row| row.remaining > 0).map(|row| (row.id, row.remaining)).collect();
    }
    Ok(Ok(Taken { order, part: id, rows: rows_taken }))
}

fn ship(
    work: &mut Work<'_>,
    order: &mut Order,
    taken: &[Taken],
    location: u64,
    tracking: &Map<String, Value>,
    id: u64,
) -> Fulfillment {
    let mut lines = Vec::new();
    for Taken { part, rows, .. } in taken {
        let Some(part) = order.parts.iter_mut().find(|known| known.id == *part) else { continue };
        for (row, count) in rows {
            if let Some(row) = part.lines.iter_mut().find(|known| known.id == *row) {
                row.remaining -= count;
                lines.push((work.shop.new_id(), row.line, *count));
            }
        }
        part.updated_at = work.now;
        let is_empty = part.lines.iter().all(|row| row.remaining == 0);
        part.status = if is_empty { "CLOSED" } else { "IN_PROGRESS" }.to_owned();
    }
    for (_, line, count) in &lines {
        orders::move_stock(work.shop, order, *line, 0, -count, work.now);
    }
    let text_of = |name: &str| text(tracking, name).map(str::to_owned);
    let made = Fulfillment {
        id,
        status: "SUCCESS".to_owned(),
        location,
        company: text_of("company"),
        number: text_of("number"),
        url: text_of("url"),
        lines,
        created_at: work.now,
        updated_at: work.now,
        delivered_at: None,
    };
    order.fulfillments.push(made.clone());
    made
}

pub(super) fn track(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = text(arguments, "fulfillmentId").unwrap_or_default();
    let id = gid::number("Fulfillment", id).ok_or_else(invalid)?;
    let found = work.shop.orders().find(|order| order.fulfillments.iter().any(|one| one.id == id)).cloned();
    let input = object(arguments, "trackingInfoInput").cloned().unwrap_or_default();
    let Some(mut order) = found else {
        let refusal = refusal(&["fulfillmentId"], "Fulfillment does not exist.", None);
        return Ok(work.payload(json!({ "fulfillment": null, "userErrors": [refusal] })));
    };
    let mut made = None;
    if let Some(one) = order.fulfillments.iter_mut().find(|one| one.id == id) {
        one.company = text(&input, "company").map(str::to_owned);
        one.number = text(&input, "number").map(str::to_owned);
        one.url = text(&input, "url").map(str::to_owned);
        one.updated_at = work.now;
        made = Some(one.clone());
    }
    order.updated_at = work.now;
    let name = format!("#{}", order.number);
    work.effect(gid::of("Fulfillment", id), Some(&name), json!({ "tracking": text(&input, "number") }));
    orders::told(work.shop, order.clone(), &["ORDERS_UPDATED"], work.now);
    let shown = made.map(|made| order::fulfillment(&order, &made));
    Ok(work.payload(json!({ "fulfillment": shown, "userErrors": [] })))
}
