//! What each action reads of an order, and what it makes of it.

use super::{Fields, chosen, kept, less, put};
use crate::{
    error::Result,
    model::{Axis, Life, OrderFacts, Paired, Restock},
};
use serde::Serialize;

/// What an action reads of an order, and what it makes of it.
#[derive(Default)]
pub(super) struct Told {
    pub(super) fields: Fields,
    pub(super) wanted: Fields,
}

impl Told {
    pub(super) fn reads(&mut self, path: &str, value: &impl Serialize) -> Result<()> {
        put(&mut self.fields, path, value)
    }

    pub(super) fn makes(&mut self, path: &str, value: &impl Serialize) -> Result<()> {
        put(&mut self.wanted, path, value)
    }

    pub(super) fn shipped(&mut self, facts: &OrderFacts, lines: &[(String, i64)]) -> Result<()> {
        for (line, count) in chosen(facts, lines) {
            let shipped = facts.shipped_of(line);
            self.reads(&format!("lines.{}.current", line.key), &line.current)?;
            self.reads(&format!("lines.{}.shipped", line.key), &shipped)?;
            self.makes(&format!("lines.{}.shipped", line.key), &shipped.saturating_add(count))?;
        }
        Ok(())
    }

    pub(super) fn tracked(
        &mut self,
        facts: &OrderFacts,
        fulfilment: &str,
        carrier: Option<&str>,
        tracking: &str,
    ) -> Result<()> {
        let known = facts.fulfilments.iter().find(|known| known.key == fulfilment);
        let numbers = known.map(|known| known.tracking.iter().map(|(number, _)| number).collect::<Vec<_>>());
        let path = |field: &str| format!("fulfilments.{fulfilment}.{field}");
        self.reads(&path("tracking"), &numbers)?;
        self.reads(&path("carrier"), &known.map(|known| &known.carrier))?;
        self.makes(&path("tracking"), &[tracking])?;
        carrier.map_or(Ok(()), |carrier| self.makes(&path("carrier"), &carrier))
    }

    pub(super) fn cancelled(&mut self, facts: &OrderFacts, lines: &[(String, i64)]) -> Result<()> {
        if lines.is_empty() {
            self.makes("life", &Axis::Known(Life::Cancelled))?;
        }
        for (line, count) in chosen(facts, lines) {
            self.reads(&format!("lines.{}.current", line.key), &line.current)?;
            self.reads(&format!("lines.{}.shipped", line.key), &facts.shipped_of(line))?;
            self.makes(&format!("lines.{}.current", line.key), &line.current.saturating_sub(count))?;
        }
        Ok(())
    }

    /// The money of a refund.
    pub(super) fn paid_back(&mut self, facts: &OrderFacts, total: Paired) -> Result<()> {
        let back = facts.refunds.iter().map(|refund| refund.total.shop).collect::<Vec<_>>();
        let after = back.iter().copied().chain([total.shop]).collect::<Vec<_>>();
        if let Some(paid) = kept(facts) {
            // As the action says it: what the buyer saw is told only if the action names it.
            let paid =
                Paired { presentment: paid.presentment.filter(|_| total.presentment.is_some()), ..paid };
            self.reads("paid", &paid)?;
            self.makes("paid", &less(paid, total))?;
        }
        self.reads("refunds", &back)?;
        self.makes("refunds", &after)
    }

    /// The pieces of a refund.
    pub(super) fn given_back(&mut self, facts: &OrderFacts, lines: &[(String, i64, Restock)]) -> Result<()> {
        for line in &facts.lines {
            let rows = || lines.iter().filter(|(key, ..)| *key == line.key);
            if rows().next().is_none() {
                continue;
            }
            self.reads(&format!("lines.{}.current", line.key), &line.current)?;
            // One that is named twice goes back by both counts.
            let back = rows().filter(|(.., restock)| *restock != Restock::Unknown);
            let back = back.fold(0_i64, |sum, (_, count, _)| sum.saturating_add(*count));
            if back > 0 {
                self.makes(&format!("lines.{}.current", line.key), &line.current.saturating_sub(back))?;
            }
        }
        Ok(())
    }
}
