//! What becomes of an order.

use super::told;
use crate::simulator::{
    gid,
    order::{Order, Part, PartLine, Payment, Refund},
    shop::Shop,
};
use fusion_core::clock::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// What goes back to the buyer and to the shelf.
pub(in crate::simulator) struct Back {
    /// Parent and amount.
    pub(in crate::simulator) payments: Vec<(u64, i64)>,
    /// Line, count and kind of restocking.
    pub(in crate::simulator) pieces: Vec<(u64, i64, String)>,
    pub(in crate::simulator) note: Option<String>,
}

/// Moves pieces of a line: so many more available, so many more committed.
pub(in crate::simulator) fn move_stock(
    shop: &mut Shop,
    order: &Order,
    line: u64,
    available: i64,
    committed: i64,
    now: Timestamp,
) {
    let Some(line) = order.line(line) else { return };
    let Some((product, item)) = line.item.and_then(|item| Some((shop.item(item)?.0.clone(), item))) else {
        return;
    };
    let mut product = product;
    let variant = product.variants.iter_mut().find(|variant| variant.item.id == item);
    let Some(level) = variant.and_then(|variant| variant.item.levels.get_mut(&line.location)) else { return };
    level.available += available;
    level.committed += committed;
    level.updated_at = now;
    shop.put(product);
}

/// Lays out what is to be shipped: a part for each place.
pub(in crate::simulator) fn lay_out(shop: &mut Shop, order: &mut Order, now: Timestamp) {
    order.laid_out_at = None;
    let known: Vec<u64> = order.parts.iter().flat_map(|part| &part.lines).map(|row| row.line).collect();
    let mut places: BTreeMap<u64, Vec<PartLine>> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.current > 0 && !known.contains(&line.id)) {
        let row = PartLine { id: shop.new_id(), line: line.id, total: line.current, remaining: line.current };
        places.entry(line.location).or_default().push(row);
    }
    for (location, lines) in places {
        let id = shop.new_id();
        let status = "OPEN".to_owned();
        order.parts.push(Part { id, status, location, lines, created_at: now, updated_at: now });
        let body =
            json!({ "fulfillment_order": { "id": gid::of("FulfillmentOrder", id), "status": "open" } });
        shop.tell("FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE", &body, now);
    }
}

/// Gives money and pieces back; the id of the refund.
pub(in crate::simulator) fn give_back(shop: &mut Shop, order: &mut Order, back: Back, now: Timestamp) -> u64 {
    let id = shop.new_id();
    let mut lines = Vec::new();
    for (line, count, kind) in &back.pieces {
        let was_shipped = order.shipped(*line) - order.returned(*line);
        let open = order.line(*line).map_or(0, |it| it.current) - was_shipped.max(0);
        match kind.as_str() {
            "RETURN" => move_stock(shop, order, *line, *count, 0, now),
            "CANCEL" => {
                move_stock(shop, order, *line, *count, -count, now);
                order.call_off(*line, *count, now);
            }
            // Whatever of it hadn't left never will.
            _ => {
                let unshipped = (*count).min(open.max(0));
                move_stock(shop, order, *line, 0, -unshipped, now);
                order.call_off(*line, unshipped, now);
            }
        }
        if let Some(line) = order.line_mut(*line) {
            line.current -= count;
        }
        lines.push((shop.new_id(), *line, *count, kind.clone()));
    }
    let total = back.payments.iter().map(|(_, amount)| amount).sum();
    for (parent, amount) in back.payments {
        order.payments.push(Payment {
            id: shop.new_id(),
            kind: "REFUND".to_owned(),
            status: "SUCCESS".to_owned(),
            gateway: "bogus".to_owned(),
            parent: Some(parent),
            amount,
            refund: Some(id),
            created_at: now,
        });
    }
    order.refunds.push(Refund { id, note: back.note, total, lines, created_at: now });
    id
}

/// Everything that was paid and hasn't gone back, payment by payment.
pub(super) fn all_paid(order: &Order) -> Vec<(u64, i64)> {
    let came = order.payments.iter().filter(|one| one.kind != "REFUND" && one.status == "SUCCESS");
    let rest = came.map(|one| {
        let back =
            order.payments.iter().filter(|other| other.parent == Some(one.id) && other.kind == "REFUND");
        (one.id, one.amount - back.map(|other| other.amount).sum::<i64>())
    });
    rest.filter(|(_, rest)| *rest > 0).collect()
}

/// Cancels an order now; `false` when something stands in the way.
pub(super) fn cancel(
    shop: &mut Shop,
    mut order: Order,
    reason: &str,
    restock: bool,
    refund: bool,
    now: Timestamp,
) -> bool {
    let is_on_its_way = order.fulfillments.iter().any(|one| one.status == "SUCCESS");
    let is_returning = order.returns.iter().any(|one| one.status == "OPEN");
    if order.cancelled_at.is_some() || is_on_its_way || is_returning {
        return false;
    }
    if refund {
        let payments = all_paid(&order);
        if !payments.is_empty() {
            let id = give_back(shop, &mut order, Back { payments, pieces: Vec::new(), note: None }, now);
            let body = json!({ "id": id, "order_id": order.id,
                "admin_graphql_api_id": gid::of("Refund", id) });
            shop.tell("REFUNDS_CREATE", &body, now);
        }
    }
    for (line, count) in order.lines.iter().map(|line| (line.id, line.current)).collect::<Vec<_>>() {
        let back = if restock { count } else { 0 };
        move_stock(shop, &order, line, back, -count, now);
        order.call_off(line, count, now);
    }
    order.cancelled_at = Some(now);
    order.closed_at = Some(now);
    order.cancel_reason = Some(reason.to_owned());
    order.laid_out_at = None;
    order.updated_at = now;
    told(shop, order, &["ORDERS_CANCELLED", "ORDERS_UPDATED"], now);
    true
}

/// Does what is due: cancellations that were taken in, and parts that come later.
pub(in crate::simulator) fn settle(shop: &mut Shop, now: Timestamp) {
    let due: Vec<u64> = shop.desk.jobs.iter().filter(|(_, job)| job.is_due(now)).map(|(id, _)| *id).collect();
    for id in due {
        let Some(mut job) = shop.desk.jobs.get(&id).cloned() else { continue };
        if let Some(order) = shop.order(job.order).cloned() {
            cancel(shop, order, &job.reason, job.restock, job.refund, now);
        }
        job.done = true;
        shop.desk.jobs.insert(id, job);
        shop.touched.desk = true;
    }
    let is_due = |order: &&Order| order.laid_out_at.is_some_and(|at| at <= now);
    let due: Vec<Order> = shop.orders().filter(is_due).cloned().collect();
    for mut order in due {
        // As the platform does it: the order keeps its time of change.
        lay_out(shop, &mut order, now);
        shop.put_order(order);
    }
}
