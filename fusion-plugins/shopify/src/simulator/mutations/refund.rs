//! refundCreate.

use super::{Work, object, refusal, rows};
use crate::simulator::{
    gid, money,
    order::Order,
    orders::{self, Back},
    problem::Problem,
    query::invalid_id,
    read::{Arguments, order, text},
};
use serde_json::{Map, Value, json};

pub(super) fn create(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let input = object(arguments, "input").cloned().unwrap_or_default();
    let id = text(&input, "orderId").unwrap_or_default();
    let number = gid::number("Order", id).ok_or_else(|| invalid_id(id))?;
    let Some(mut order) = work.shop.order(number).cloned() else {
        let refusal = refusal(&["orderId"], "Order does not exist", None);
        return Ok(work.payload(json!({ "order": null, "refund": null, "userErrors": [refusal] })));
    };
    let asked = payments(&order, &input).and_then(|payments| Ok((payments, pieces(&order, &input)?)));
    let (payments, pieces) = match asked {
        Ok(asked) => asked,
        Err(refusal) => {
            let shown = order::order(&work.view(), &order);
            return Ok(work.payload(json!({ "order": shown, "refund": null, "userErrors": [refusal] })));
        }
    };
    let back = Back { payments, pieces, note: text(&input, "note").map(str::to_owned) };
    let total: i64 = back.payments.iter().map(|(_, amount)| amount).sum();
    let refund = orders::give_back(work.shop, &mut order, back, work.now);
    order.updated_at = work.now;
    orders::told(work.shop, order.clone(), &["ORDERS_UPDATED"], work.now);
    let body = json!({ "id": refund, "order_id": number, "admin_graphql_api_id": gid::of("Refund", refund) });
    work.shop.tell("REFUNDS_CREATE", &body, work.now);
    work.effect(
        id.to_owned(),
        Some(&format!("#{}", order.number)),
        json!({ "refunded": money::text(total.into()) }),
    );
    let view = work.view();
    let made = order.refunds.iter().find(|one| one.id == refund).map(|one| order::refund(&view, &order, one));
    let shown = order::order(&view, &order);
    Ok(work.payload(json!({ "order": shown, "refund": made, "userErrors": [] })))
}

/// Parent and amount, in the shop's currency, of each payment that goes back.
fn payments(order: &Order, input: &Map<String, Value>) -> Result<Vec<(u64, i64)>, Value> {
    let mut all = Vec::new();
    for given in rows(input, "transactions").iter().filter_map(Value::as_object) {
        let kind = text(given, "kind").unwrap_or_default();
        if kind != "REFUND" {
            let message = format!("Kind {} is not a valid transaction", kind.to_lowercase());
            return Err(json!({ "field": null, "message": message }));
        }
        let parent = text(given, "parentId").and_then(|id| gid::number("OrderTransaction", id));
        let is_parent =
            |one: &&crate::simulator::order::Payment| Some(one.id) == parent && one.kind != "REFUND";
        let Some(parent) = order.payments.iter().find(is_parent) else {
            let message = "Transactions require a parent_id associated with the order";
            return Err(refusal(&["transactions"], message, None));
        };
        let amount = text(given, "amount").and_then(money::cents).and_then(|cents| i64::try_from(cents).ok());
        let amount = order.in_books(amount.unwrap_or(0));
        all.push((parent.id, amount));
    }
    let total: i64 = all.iter().map(|(_, amount)| amount).sum();
    // A hundredth more may come from going over to another currency and back.
    if total > order.received() - order.refunded() + i64::from(order.shown_in.is_some()) {
        let message = "Refund amount is greater than the amount that can be refunded";
        return Err(refusal(&["transactions"], message, None));
    }
    Ok(all)
}

fn pieces(order: &Order, input: &Map<String, Value>) -> Result<Vec<(u64, i64, String)>, Value> {
    let mut all: Vec<(u64, i64, String)> = Vec::new();
    for (nth, given) in rows(input, "refundLineItems").iter().enumerate() {
        let Some(given) = given.as_object() else { continue };
        let nth = nth.to_string();
        let line = text(given, "lineItemId").and_then(|id| gid::number("LineItem", id));
        let line = line.and_then(|id| order.line(id));
        let Some(line) = line else {
            let message = "Refund line items line item does not belong to the order";
            return Err(refusal(&["refundLineItems", &nth, "lineItemId"], message, None));
        };
        let count = given.get("quantity").and_then(Value::as_i64).unwrap_or(0);
        let before: i64 = all.iter().filter(|(id, ..)| *id == line.id).map(|(_, count, _)| count).sum();
        let kind = text(given, "restockType").unwrap_or("NO_RESTOCK");
        let open = line.current - (order.shipped(line.id) - order.returned(line.id)).max(0);
        let most = if kind == "CANCEL" { open } else { line.current };
        if count < 1 || before + count > line.current || count > most {
            let message = "Refund line items quantity cannot refund more items than were purchased";
            return Err(refusal(&["refundLineItems", &nth, "quantity"], message, None));
        }
        all.push((line.id, count, kind.to_owned()));
    }
    Ok(all)
}
