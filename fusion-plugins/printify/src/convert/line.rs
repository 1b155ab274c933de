//! Lines of an order: what the channel took for them, and what the supplier takes.

use super::{
    money::Scale,
    order::charge,
    read::{At, filled, unreadable},
};
use crate::{
    kinds::{PRINT_PROVIDER, PRODUCT, VARIANT},
    supply::Supply,
    wire::{self, Told},
};
use fusion_core::{
    error::Result,
    model::{Charge, ChargeKind, Collector, LossKind, Losses, Nature, OrderLine, Ref, Refs, ShippedBy},
};

pub(super) struct Lines<'a> {
    pub(super) order: &'a str,
    pub(super) prices: Scale,
    pub(super) costs: Option<Scale>,
}

impl Lines<'_> {
    pub(super) fn read(
        &self,
        told: Told<Vec<Told<wire::Line>>>,
        at: &At,
        extra: &mut Supply,
        losses: &mut Losses,
    ) -> Result<Vec<OrderLine>> {
        let lines = told.each(at)?;
        let one = |(nth, (at, line))| self.line(nth, &at, line, extra, losses);
        lines.into_iter().enumerate().map(one).collect()
    }

    fn line(
        &self,
        nth: usize,
        at: &At,
        line: wire::Line,
        extra: &mut Supply,
        losses: &mut Losses,
    ) -> Result<OrderLine> {
        let id = line.id.maybe(&at.member("id"))?;
        let key = id.map_or_else(|| format!("{}#{nth}", self.order), |id| id.0);
        let told = line.metadata.maybe(&at.member("metadata"))?.unwrap_or_default();
        let meta = at.member("metadata");
        let quantity = line.quantity.need(&at.member("quantity"))?;
        if quantity < 0 {
            return Err(unreadable(&at.member("quantity"), "it is negative"));
        }
        let mut refs = Refs::default();
        if let Some(product) = filled(line.product_id.maybe(&at.member("product_id"))?) {
            refs.set(Ref::new(PRODUCT, product));
        }
        if let Some(variant) = line.variant_id.maybe(&at.member("variant_id"))? {
            refs.set(Ref::new(VARIANT, variant.to_string()));
        }
        let status = line.status.maybe(&at.member("status"))?;
        let is_cancelled = status.as_deref() == Some("canceled");
        if let Some(status) = status {
            extra.line_status.insert(key.clone(), status);
        }
        if let Some(wanted) = filled(told.external_id.maybe(&meta.member("external_id"))?.map(|id| id.0)) {
            extra.line_for.insert(key.clone(), wanted);
        }
        if filled(told.variant_label.maybe(&meta.member("variant_label"))?).is_some() {
            let note = "the choice stands as one text without the options' names";
            losses.add(meta.member("variant_label").as_str(), LossKind::Dropped, note);
        }
        let price = told.price.maybe(&meta.member("price"))?;
        let provider = line.print_provider_id.maybe(&at.member("print_provider_id"))?;
        Ok(OrderLine {
            key,
            refs,
            variant: None,
            sku: filled(told.sku.maybe(&meta.member("sku"))?.map(|id| id.0)),
            title: told.title.maybe(&meta.member("title"))?.unwrap_or_default(),
            options: Default::default(),
            ordered: quantity,
            current: if is_cancelled { 0 } else { quantity },
            cancel_wanted: false,
            unit_price: price.map(|units| self.prices.money(units).into()),
            charges: Vec::new(),
            costs: self.costs(line.cost, line.shipping_cost, quantity, at, losses)?,
            nature: Some(Nature::Physical),
            shipped_by: ShippedBy::Supplier,
            location: provider.map(|id| Ref::new(PRINT_PROVIDER, id.to_string())),
        })
    }

    fn costs(
        &self,
        cost: Told<i64>,
        shipping: Told<i64>,
        quantity: i64,
        at: &At,
        losses: &mut Losses,
    ) -> Result<Vec<Charge>> {
        let mut costs = Vec::new();
        for (kind, told, name) in
            [(ChargeKind::Items, cost, "cost"), (ChargeKind::Shipping, shipping, "shipping_cost")]
        {
            let Some(units) = told.maybe(&at.member(name))? else { continue };
            let Some(scale) = self.costs else {
                let note = "the currency in which the platform bills isn't set";
                losses.add(at.member(name).as_str(), LossKind::Dropped, note);
                continue;
            };
            if quantity > 1 {
                let note = "taken as the whole line's; whether it is one piece's isn't documented";
                losses.add(at.member(name).as_str(), LossKind::Guessed, note);
            }
            costs.push(charge(kind, scale.money(units), Collector::Platform));
        }
        Ok(costs)
    }
}
