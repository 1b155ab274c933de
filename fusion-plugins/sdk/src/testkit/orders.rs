//! What the platform does with orders.

use super::{
    products::page,
    server::{Answer, body, no, yes},
    state::State,
    wire::{Order, OrderLine, OrderState, Shipment, Write},
};
use fusion_core::{
    clock::Timestamp,
    model::{Decimal, Money, OrderAction, OrderRole, Paired, Ref},
};
use serde_json::json;

/// Gives the money of an order back that is going to be cancelled.
pub(super) const PAY_BACK: &str = "pay_back";

impl State {
    pub(super) fn place_order(&mut self, store: &str, wanted: &[(Ref, i64)], now: Timestamp) -> Option<Ref> {
        let lines = wanted
            .iter()
            .map(|(variant, count)| {
                let variants = self.products.values().flat_map(|product| {
                    product.variants.iter().map(move |variant| (product.title.clone(), variant))
                });
                let (title, variant) = variants.into_iter().find(|(_, one)| one.id == variant.id)?;
                Some((title, variant.clone(), *count))
            })
            .collect::<Option<Vec<_>>>()?;
        let id = self.id("order");
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(title, variant, count)| OrderLine {
                id: self.id("line"),
                variant: variant.id,
                sku: variant.sku,
                title,
                ordered: count,
                current: count,
                price: variant.price,
            })
            .collect();
        for line in &lines {
            self.ordered(&line.variant, line.current);
        }
        let total = worth(&lines)?;
        let order = Order {
            id: id.clone(),
            store: store.to_owned(),
            state: OrderState::Open,
            role: OrderRole::Sale,
            acknowledged: false,
            lines,
            shipments: Vec::new(),
            refunds: Vec::new(),
            total,
            paid: total,
            tells_payment: true,
            placed: now,
            updated: now,
            cancelled: None,
            edited: false,
            tells_history: self.script.tells_history,
            email: Some(format!("buyer-of-{id}@example.test")),
            receipt: None,
        };
        self.orders.insert(id.clone(), order);
        Some(Ref::new(super::kinds::ORDER, id))
    }

    pub(super) fn move_level(&mut self, variant: &str, by: i64) {
        if let Some(pool) = self.pool_of(variant)
            && let Some(level) = self.levels.get_mut(&pool)
        {
            *level = level.saturating_add(by);
        }
    }

    /// So many pieces are sold; a negative count: they can be sold again.
    pub(super) fn ordered(&mut self, variant: &str, count: i64) {
        self.move_level(variant, -count);
    }

    pub(super) fn list_orders(
        &self,
        store: &str,
        since: Option<Timestamp>,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Answer {
        let found = self
            .orders
            .values()
            .filter(|order| order.store == store && since.is_none_or(|since| order.updated >= since));
        let records = found.map(|order| (&order.id, order));
        page(records, |order| self.shown_order(order), cursor, self.script.page_size, now)
    }

    /// The order as it is shown; lines that are a number no reader of the format takes.
    pub(super) fn shown_order(&self, order: &Order) -> serde_json::Value {
        match self.spoilt.contains(&order.id) {
            true => json!({ "id": order.id, "lines": 7 }),
            false => json!(order),
        }
    }

    /// `action` is the operation's name, or `pay_back` for the money of a cancellation; the body is the action itself.
    pub(super) fn act(&mut self, id: &str, action: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(wanted) = body::<OrderAction>(write) else { return no(400, "bad_body") };
        let Some(mut order) = self.orders.get(id).cloned() else { return no(404, "no_order") };
        let made = match action {
            PAY_BACK => Ok(self.pay_back(&mut order, now)),
            _ => self.perform(&mut order, wanted, now),
        };
        let made = match made {
            Ok(made) => made,
            Err(refusal) => return refusal,
        };
        order.updated = now;
        self.orders.insert(id.to_owned(), order);
        self.record(now, action, id, &write.reference);
        yes(json!({ "made": made }))
    }

    /// The ref of what was made, if anything was.
    fn perform(
        &mut self,
        order: &mut Order,
        action: OrderAction,
        now: Timestamp,
    ) -> Result<Option<Ref>, Answer> {
        let cancelled = order.state == OrderState::Cancelled;
        match action {
            OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {
                order.acknowledged = true;
                Ok(None)
            }
            OrderAction::Ship { .. } if cancelled => Err(no(409, "cancelled")),
            OrderAction::Ship { lines, carrier, tracking, .. } => {
                let lines = if lines.is_empty() { whole(order) } else { lines };
                let shipment = Shipment { id: self.id("shipment"), lines, carrier, tracking, at: now };
                let made = Ref::new(super::kinds::FULFILMENT, shipment.id.clone());
                order.shipments.push(shipment);
                Ok(Some(made))
            }
            OrderAction::AmendTracking { fulfilment, carrier, tracking } => {
                let shipment = order.shipments.iter_mut().find(|shipment| shipment.id == fulfilment);
                let shipment = shipment.ok_or_else(|| no(404, "no_shipment"))?;
                shipment.carrier = carrier.or(shipment.carrier.take());
                shipment.tracking = Some(tracking);
                Ok(None)
            }
            OrderAction::Cancel { .. } if !order.shipments.is_empty() => Err(no(409, "shipped")),
            OrderAction::Cancel { lines, .. } => {
                let lines = if lines.is_empty() { whole(order) } else { lines };
                if lines.iter().any(|(key, _)| !order.lines.iter().any(|line| line.id == *key)) {
                    return Err(no(404, "no_line"));
                }
                for (key, count) in lines {
                    let Some(line) = order.lines.iter_mut().find(|line| line.id == key) else { continue };
                    let back = count.min(line.current);
                    line.current -= back;
                    self.ordered(&line.variant, -back);
                }
                if order.lines.iter().all(|line| line.current == 0) {
                    order.state = OrderState::Cancelled;
                    order.cancelled = Some(now);
                }
                Ok(None)
            }
            OrderAction::Refund { total, lines } => {
                let id = self.refund(order, total, lines, now);
                Ok(Some(Ref::new(super::kinds::REFUND, id)))
            }
        }
    }
}

impl State {
    /// Gives back what was paid and hasn't gone back yet, but for what the platform keeps.
    fn pay_back(&mut self, order: &mut Order, now: Timestamp) -> Option<Ref> {
        let currency = order.paid.shop.currency();
        let kept = self.script.keeps.map_or(Decimal::ZERO, |keeps| keeps.amount());
        let back: Decimal = order.refunds.iter().map(|refund| refund.total.shop.amount()).sum();
        let left = order.paid.shop.amount() - back - kept;
        (left > Decimal::ZERO).then(|| {
            let id = self.refund(order, Money::new(left, currency).into(), Vec::new(), now);
            Ref::new(super::kinds::REFUND, id)
        })
    }
}

/// What the lines cost together.
fn worth(lines: &[OrderLine]) -> Option<Paired> {
    let cost = |line: &OrderLine| {
        let count = Decimal::from(line.ordered);
        Some(Money::new(line.price.amount().checked_mul(count)?, line.price.currency()))
    };
    let (first, rest) = lines.split_first()?;
    let total = rest.iter().try_fold(cost(first)?, |sum, line| sum.checked_add(cost(line)?))?;
    Some(total.into())
}

fn whole(order: &Order) -> Vec<(String, i64)> {
    let open = |line: &OrderLine| {
        let rows = order.shipments.iter().flat_map(|shipment| &shipment.lines);
        line.current - rows.filter(|(id, _)| *id == line.id).map(|(_, count)| count).sum::<i64>()
    };
    let all = order.lines.iter().map(|line| (line.id.clone(), open(line)));
    all.filter(|(_, count)| *count > 0).collect()
}
