//! orderCancel.

use super::Work;
use crate::simulator::{
    desk::Job,
    gid,
    problem::Problem,
    query::invalid_id,
    read::{Arguments, text},
};
use serde_json::{Value, json};

/// Characters of a note.
const NOTE: usize = 255;

pub(super) fn cancel(work: &mut Work<'_>, arguments: &Arguments) -> Result<Value, Problem> {
    let id = text(arguments, "orderId").unwrap_or_default();
    let number = gid::number("Order", id).ok_or_else(|| invalid_id(id))?;
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    let is_on_its_way = work
        .shop
        .order(number)
        .is_some_and(|order| order.fulfillments.iter().any(|one| one.status == "SUCCESS"));
    let is_under_way = work.shop.desk.jobs.values().any(|job| job.order == number && !job.done);
    let refusal = match work.shop.order(number) {
        None => Some(("orderId", "Order does not exist", "NOT_FOUND")),
        _ if given("refund").is_some() && given("refundMethod").is_some() => {
            Some(("refund", "Only one of the arguments `refund` or `refund_method` is allowed.", "INVALID"))
        }
        _ if text(arguments, "staffNote").is_some_and(|note| note.chars().count() > NOTE) => {
            Some(("staffNote", "Staff note is too long. Maximum length is 255 characters.", "INVALID"))
        }
        Some(order) if order.cancelled_at.is_some() || is_under_way => {
            Some(("orderId", "Cannot cancel an order that has already been canceled", "INVALID"))
        }
        Some(_) if is_on_its_way => {
            Some(("orderId", "Cannot cancel an order that has outstanding fulfillments", "INVALID"))
        }
        Some(_) => None,
    };
    if let Some((field, message, code)) = refusal {
        return Ok(work.payload(json!({
            "job": null,
            "orderCancelUserErrors": [{ "field": [field], "message": message, "code": code }],
            "userErrors": [{ "field": [field], "message": message }],
        })));
    }
    let method = given("refundMethod").and_then(|method| method.get("originalPaymentMethodsRefund"));
    let job = work.shop.new_id();
    let refund = given("refund").or(method) == Some(&json!(true));
    let accepted = Job {
        order: number,
        reason: text(arguments, "reason").unwrap_or("OTHER").to_owned(),
        restock: given("restock") == Some(&json!(true)),
        refund,
        accepted_at: work.now,
        done: false,
    };
    work.shop.desk.jobs.insert(job, accepted);
    work.shop.touched.desk = true;
    let notified = given("notifyCustomer") == Some(&json!(true));
    work.effect(id.to_owned(), None, json!({ "cancelling": true, "refund": refund, "notified": notified }));
    let job = json!({ "id": gid::of("Job", job), "done": false });
    Ok(work.payload(json!({ "job": job, "orderCancelUserErrors": [], "userErrors": [] })))
}
