//! What buyers do, and people in the shop's admin.

use super::{
    change::{Back, all_paid, cancel, give_back, lay_out, move_stock},
    new::NewOrder,
    place::{cents, line_of, pay, place},
    told,
};
use crate::simulator::{
    Simulator, gid,
    order::{Exchange, Order, Return},
    shop::Shop,
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
};
use serde_json::{Value, json};

pub(super) fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "the simulated shop has no such order or line")
}

impl Simulator {
    /// Places an order as a buyer would; its global id. Stock falls, and whoever asked for it is told.
    ///
    /// # Errors
    /// `NotFound` for a variant or location that the shop doesn't have, `InvalidInput` for what is no amount.
    pub fn place_order(&self, order: NewOrder) -> Result<String> {
        let mut world = self.0.world();
        let now = self.0.clock.now();
        let id = place(&mut world.shop, &order, now)?;
        world.write_down()?;
        Ok(gid::of("Order", id))
    }

    /// An order as the shop keeps it; the form is the simulator's own, not the API's.
    pub fn order(&self, gid: &str) -> Option<Value> {
        let mut world = self.0.world();
        self.settled(&mut world);
        serde_json::to_value(world.shop.order(gid::number("Order", gid)?)?).ok()
    }

    /// Global ids of all orders, oldest first.
    pub fn orders(&self) -> Vec<String> {
        self.0.world().shop.orders().map(|order| gid::of("Order", order.id)).collect()
    }

    /// Pays what is still owed.
    ///
    /// # Errors
    /// `NotFound` when there is no such order.
    pub fn pay_order(&self, order: &str) -> Result<()> {
        self.change_order(order, &["ORDERS_PAID", "ORDERS_UPDATED"], |shop, order, now| {
            pay(shop, order, now);
            Ok(())
        })
    }

    /// Edits the order so that so many of its `line`-th line are wanted; one that was never there is added by
    /// [`add_to_order`](Self::add_to_order).
    ///
    /// # Errors
    /// `NotFound` when there is no such order or line.
    pub fn edit_order(&self, order: &str, line: usize, quantity: u32) -> Result<()> {
        self.change_order(order, &["ORDERS_EDITED", "ORDERS_UPDATED"], |shop, order, now| {
            let known = order.lines.get(line).map(|line| (line.id, line.current)).ok_or_else(not_found)?;
            let (id, wanted) = (known.0, i64::from(quantity));
            let more = wanted - known.1;
            move_stock(shop, order, id, -more, more, now);
            if more < 0 {
                order.call_off(id, -more, now);
            } else if let Some(part) =
                order.parts.iter_mut().find(|part| part.lines.iter().any(|row| row.line == id))
            {
                for row in part.lines.iter_mut().filter(|row| row.line == id) {
                    row.total += more;
                    row.remaining += more;
                }
                part.status = "OPEN".to_owned();
            }
            order.edited = true;
            if let Some(line) = order.line_mut(id) {
                line.current = wanted;
                line.quantity += more.max(0);
            }
            Ok(())
        })
    }

    /// Edits the order so that a variant is added to it.
    ///
    /// # Errors
    /// `NotFound` when there is no such order or variant.
    pub fn add_to_order(&self, order: &str, variant: &str, count: u32) -> Result<()> {
        self.change_order(order, &["ORDERS_EDITED", "ORDERS_UPDATED"], |shop, order, now| {
            order.edited = true;
            add(shop, order, variant, i64::from(count), now).map(drop)
        })
    }

    /// Cancels the order at once, giving back what was paid.
    ///
    /// # Errors
    /// `NotFound` when there is no such order, `Conflict` when a part is on its way.
    pub fn cancel_order(&self, order: &str, restock: Restocked) -> Result<()> {
        let mut world = self.0.world();
        let now = self.0.clock.now();
        let id = gid::number("Order", order).ok_or_else(not_found)?;
        let known = world.shop.order(id).cloned().ok_or_else(not_found)?;
        if !cancel(&mut world.shop, known, "CUSTOMER", restock == Restocked::Yes, true, now) {
            return Err(Error::new(ErrorKind::Conflict, "the order can't be cancelled any more"));
        }
        world.write_down()
    }

    /// Gives `amount` back, and so many pieces of lines by their place, with the platform's word for what becomes
    /// of them: `CANCEL`, `RETURN` or `NO_RESTOCK`.
    ///
    /// # Errors
    /// `NotFound` when there is no such order or line, `InvalidInput` for more money than was paid.
    pub fn refund_order(&self, order: &str, amount: &str, lines: &[(usize, u32, &str)]) -> Result<String> {
        let mut refund = 0;
        self.change_order(order, &["ORDERS_UPDATED"], |shop, order, now| {
            let mut left = cents(amount)?;
            let mut payments = Vec::new();
            for (parent, rest) in all_paid(order) {
                let part = rest.min(left);
                if part > 0 {
                    payments.push((parent, part));
                    left -= part;
                }
            }
            if left > 0 {
                return Err(Error::new(ErrorKind::InvalidInput, "so much wasn't paid"));
            }
            let piece = |(line, count, kind): &(usize, u32, &str)| {
                let line = order.lines.get(*line).ok_or_else(not_found)?;
                Ok((line.id, i64::from(*count), (*kind).to_owned()))
            };
            let pieces = lines.iter().map(piece).collect::<Result<Vec<_>>>()?;
            refund = give_back(shop, order, Back { payments, pieces, note: None }, now);
            let body = json!({ "id": refund, "order_id": order.id,
                "admin_graphql_api_id": gid::of("Refund", refund) });
            shop.tell("REFUNDS_CREATE", &body, now);
            Ok(())
        })?;
        Ok(gid::of("Refund", refund))
    }

    /// Takes pieces of the `line`-th line back and sends others out in their place. No money moves: the refund that
    /// the platform makes of it is net, and never below nothing.
    ///
    /// # Errors
    /// `NotFound` when there is no such order, line or variant.
    pub fn exchange(&self, order: &str, line: usize, count: u32, variant: &str) -> Result<()> {
        self.change_order(order, &["ORDERS_UPDATED"], |shop, order, now| {
            let back = order.lines.get(line).map(|line| line.id).ok_or_else(not_found)?;
            let count = i64::from(count);
            let new = add(shop, order, variant, count, now)?;
            let pieces = vec![(back, count, "RETURN".to_owned())];
            give_back(shop, order, Back { payments: Vec::new(), pieces, note: None }, now);
            let of = order.line(new).and_then(|line| line.variant);
            let exchange = Exchange { id: shop.new_id(), variant: of, quantity: count, line: Some(new) };
            let id = shop.new_id();
            order.returns.push(Return { id, status: "CLOSED".to_owned(), exchanges: vec![exchange] });
            Ok(())
        })
    }

    /// Opens a return in whose place something else is to go out, which nobody has processed yet. While it is open
    /// the order can't be cancelled.
    ///
    /// # Errors
    /// `NotFound` when there is no such order.
    pub fn open_return(&self, order: &str, count: u32) -> Result<()> {
        self.change_order(order, &["ORDERS_UPDATED"], |shop, order, _| {
            let exchange =
                Exchange { id: shop.new_id(), variant: None, quantity: i64::from(count), line: None };
            let id = shop.new_id();
            order.returns.push(Return { id, status: "OPEN".to_owned(), exchanges: vec![exchange] });
            Ok(())
        })
    }

    pub(super) fn change_order(
        &self,
        order: &str,
        topics: &[&str],
        change: impl FnOnce(&mut Shop, &mut Order, Timestamp) -> Result<()>,
    ) -> Result<()> {
        let mut world = self.0.world();
        self.settled(&mut world);
        let now = self.0.clock.now();
        let id = gid::number("Order", order).ok_or_else(not_found)?;
        let mut known = world.shop.order(id).cloned().ok_or_else(not_found)?;
        change(&mut world.shop, &mut known, now)?;
        known.updated_at = now;
        told(&mut world.shop, known, topics, now);
        world.write_down()
    }
}

/// Whether what an order held goes back on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restocked {
    /// It does.
    Yes,
    /// It is lost.
    No,
}

/// Adds a line, lays it out and takes its stock.
fn add(shop: &mut Shop, order: &mut Order, variant: &str, count: i64, now: Timestamp) -> Result<u64> {
    let line = line_of(shop, variant, count, None)?;
    let id = line.id;
    order.lines.push(line);
    move_stock(shop, order, id, -count, count, now);
    if order.laid_out_at.is_none() {
        lay_out(shop, order, now);
    }
    Ok(id)
}
