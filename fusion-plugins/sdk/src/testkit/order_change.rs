//! What becomes of an order without the program's doing.

use super::{
    state::State,
    wire::{Order, OrderLine, OrderState, Refund, Shipment},
};
use fusion_core::{
    clock::Timestamp,
    model::{Decimal, Money, OrderRole, Paired, Ref, Restock},
};

/// Something that the buyer, the merchant or the platform does to an order; lines are named by key.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderChange {
    /// It isn't final yet, and nothing is paid.
    Pend,
    /// It is final, and all is paid.
    Confirm,
    /// It is over.
    Close,
    /// It doesn't stand; what wasn't shipped can be sold again.
    Cancel,
    /// So many of a line leave.
    Ship(Vec<(String, i64)>),
    /// So many of a line are still wanted.
    Edit(String, i64),
    /// A line more, as by an exchange.
    Add(Ref, i64),
    /// Money goes back, for the pieces of these lines, which then aren't wanted any more unless nobody tells
    /// where they are, and can be sold again if they are on the shelf.
    Refund(Money, Vec<(String, i64, Restock)>),
    /// What it costs and what was paid, in amounts alone.
    Pay(Paired, Paired),
    /// Whose order it is.
    Role(OrderRole),
    /// The buyer's e-mail address; `None`: it is withheld.
    Email(Option<String>),
    /// It goes by one more id.
    Receipt(String),
}

impl State {
    pub(super) fn change_order(&mut self, id: &str, change: OrderChange, now: Timestamp) -> Option<()> {
        let mut order = self.orders.get(id).cloned()?;
        match change {
            OrderChange::Pend => {
                order.state = OrderState::Pending;
                order.paid = Money::new(Decimal::ZERO, order.total.shop.currency()).into();
            }
            OrderChange::Confirm => {
                order.state = OrderState::Open;
                order.paid = order.total;
            }
            OrderChange::Close => order.state = OrderState::Closed,
            OrderChange::Cancel => {
                order.state = OrderState::Cancelled;
                order.cancelled = order.cancelled.or(Some(now));
                for line in &mut order.lines {
                    let shipped = shipped(&order.shipments, &line.id).min(line.current);
                    let back = std::mem::replace(&mut line.current, shipped) - shipped;
                    self.ordered(&line.variant, -back);
                }
            }
            OrderChange::Ship(lines) => {
                let id = self.id("shipment");
                order.shipments.push(Shipment { id, lines, carrier: None, tracking: None, at: now });
            }
            OrderChange::Edit(key, current) => {
                order.edited = true;
                let line = order.lines.iter_mut().find(|line| line.id == key)?;
                let back = std::mem::replace(&mut line.current, current) - current;
                line.ordered += (-back).max(0);
                self.ordered(&line.variant, -back);
            }
            OrderChange::Add(variant, count) => {
                order.edited = true;
                let sold = self.products.values().flat_map(|product| &product.variants);
                let sold = sold.into_iter().find(|one| one.id == variant.id)?;
                let (price, sku) = (sold.price, sold.sku.clone());
                let id = self.id("line");
                self.ordered(&variant.id, count);
                order.lines.push(OrderLine {
                    id,
                    variant: variant.id,
                    sku,
                    title: "added".to_owned(),
                    ordered: count,
                    current: count,
                    price,
                });
            }
            OrderChange::Refund(total, lines) => {
                self.refund(&mut order, total.into(), lines, now);
            }
            OrderChange::Pay(total, paid) => {
                (order.total, order.paid, order.tells_payment) = (total, paid, false);
            }
            OrderChange::Role(role) => order.role = role,
            OrderChange::Email(email) => order.email = email,
            OrderChange::Receipt(receipt) => order.receipt = Some(receipt),
        }
        order.updated = now;
        self.orders.insert(id.to_owned(), order);
        Some(())
    }

    /// The id of the refund.
    pub(super) fn refund(
        &mut self,
        order: &mut Order,
        total: Paired,
        lines: Vec<(String, i64, Restock)>,
        now: Timestamp,
    ) -> String {
        for (key, count, restock) in &lines {
            if let Some(line) =
                order.lines.iter_mut().find(|line| line.id == *key && *restock != Restock::Unknown)
            {
                line.current = (line.current - count).max(0);
                if *restock == Restock::Yes {
                    self.ordered(&line.variant, -count);
                }
            }
        }
        let id = self.id("refund");
        order.refunds.push(Refund { id: id.clone(), total, lines, at: now });
        id
    }
}

fn shipped(shipments: &[Shipment], line: &str) -> i64 {
    let rows = shipments.iter().flat_map(|shipment| &shipment.lines);
    rows.filter(|(id, _)| id == line).map(|(_, count)| count).sum()
}
