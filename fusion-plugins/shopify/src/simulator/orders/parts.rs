//! What is to be shipped, as the platform and people in the shop's admin rearrange it.

use super::{admin::not_found, change::move_stock};
use crate::simulator::{
    Simulator, gid,
    order::{Fulfillment, Part, PartLine},
};
use fusion_core::error::Result;

impl Simulator {
    /// Holds back what is to be shipped, or releases it: `ON_HOLD` and `OPEN`.
    ///
    /// # Errors
    /// `NotFound` when there is no such order.
    pub fn set_parts(&self, order: &str, status: &str) -> Result<()> {
        self.change_order(order, &["ORDERS_UPDATED"], |_, order, now| {
            for part in order.parts.iter_mut().filter(|part| part.status != "CLOSED") {
                part.status = status.to_owned();
                part.updated_at = now;
            }
            Ok(())
        })
    }

    /// Splits each part of an order in two: of every line one half goes to a part with a new id. The order keeps
    /// its time of change.
    ///
    /// # Errors
    /// `NotFound` when there is no such order.
    pub fn split_parts(&self, order: &str) -> Result<()> {
        let mut world = self.0.world();
        let now = self.0.clock.now();
        let id = gid::number("Order", order).ok_or_else(not_found)?;
        let mut known = world.shop.order(id).cloned().ok_or_else(not_found)?;
        let mut new = Vec::new();
        for part in known.parts.iter_mut().filter(|part| part.status == "OPEN") {
            let mut lines = Vec::new();
            for row in &mut part.lines {
                let half = row.remaining / 2;
                row.remaining -= half;
                row.total -= half;
                if half > 0 {
                    let id = world.shop.new_id();
                    lines.push(PartLine { id, total: half, remaining: half, ..row.clone() });
                }
            }
            if !lines.is_empty() {
                let id = world.shop.new_id();
                new.push(Part { id, lines, created_at: now, ..part.clone() });
            }
        }
        known.parts.extend(new);
        world.shop.put_order(known);
        world.write_down()
    }

    /// Ships everything that is open, as somebody in the shop's admin would.
    ///
    /// # Errors
    /// `NotFound` when there is no such order.
    pub fn fulfil_order(&self, order: &str) -> Result<()> {
        self.change_order(order, &["ORDERS_UPDATED"], |shop, order, now| {
            let mut made = Vec::new();
            for part in
                order.parts.iter_mut().filter(|part| matches!(part.status.as_str(), "OPEN" | "IN_PROGRESS"))
            {
                let mut lines = Vec::new();
                for row in part.lines.iter_mut().filter(|row| row.remaining > 0) {
                    lines.push((shop.new_id(), row.line, row.remaining));
                    row.remaining = 0;
                }
                part.status = "CLOSED".to_owned();
                made.push(Fulfillment {
                    id: shop.new_id(),
                    status: "SUCCESS".to_owned(),
                    location: part.location,
                    company: None,
                    number: None,
                    url: None,
                    lines,
                    created_at: now,
                    updated_at: now,
                    delivered_at: None,
                });
            }
            for (_, line, count) in made.iter().flat_map(|one| &one.lines) {
                move_stock(shop, order, *line, 0, -count, now);
            }
            order.fulfillments.extend(made);
            Ok(())
        })
    }
}
