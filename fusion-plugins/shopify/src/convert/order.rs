//! An order as the platform shows it.

mod buyer;
mod line;
mod state;

use super::money::{bad, is_nothing, paired, time};
use crate::{
    extras::OrderExtras,
    kinds::{FULFILLMENT, ORDER, REFUND},
    refusal::words,
    wire::order as wire,
};
use fusion_core::{
    error::{Error, Result},
    model::{
        Charge, ChargeKind, Collector, Converted, Extensions, Fulfilment, Locale, LossKind, Losses,
        OrderFacts, OrderRole, Paired, Ref, Refs, Refund, RemoteOrder, Restock,
    },
};
use std::collections::BTreeSet;

/// Reads a whole order. `hidden` are the fields that the app may not see.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol), with the field that can't be read.
pub(crate) fn order(read: wire::Order, hidden: &BTreeSet<String>) -> Result<Converted<RemoteOrder>> {
    if read.id.is_empty() {
        return Err(bad("id", "there is none"));
    }
    let mut losses = Losses::default();
    let buyer = buyer::buyer(&read, hidden);
    let life = state::life(&read);
    let payment = state::payment(&read, &mut losses);
    let shipment = state::shipment(&read, &mut losses);
    let lines = line::lines(&read, &mut losses)?;
    let charges = charges(&read)?;
    let mut extensions = Extensions::default();
    extensions.set(&OrderExtras { test: read.test, cancel_reason: read.cancel_reason.clone() })?;
    let facts = OrderFacts {
        refs: Refs::of([Ref::new(ORDER, read.id.as_str())]),
        number: Some(read.name.clone()).filter(|name| !name.is_empty()),
        role: OrderRole::Sale,
        locale: read.customer_locale.clone().filter(|tag| !tag.is_empty()).map(Locale),
        placed: time(&read.processed_at, "processedAt")?,
        updated: Some(time(&read.updated_at, "updatedAt")?),
        cancelled: read.cancelled_at.as_deref().map(|at| time(at, "cancelledAt")).transpose()?,
        // What is sent out in exchange comes to the order without an edit.
        edited: Some(read.edited || !read.returns.nodes.is_empty()),
        life,
        payment,
        shipment,
        lines,
        total: Some(paired(&read.current_total_price_set, "currentTotalPriceSet")?),
        paid: Some(paired(&read.total_received_set, "totalReceivedSet")?),
        charges,
        fulfilments: fulfilments(&read.fulfillments, &mut losses)?,
        refunds: refunds(&read.refunds, &mut losses)?,
        extensions,
    };
    Ok(losses.with(RemoteOrder { facts, buyer }))
}

/// Charges of the whole, all as they stand now. The reductions of lines stand with the lines, and the price of the
/// way already has its own.
fn charges(read: &wire::Order) -> Result<Vec<Charge>> {
    let charge = |kind, amount: Paired, collector, included| Charge { kind, amount, collector, included };
    let merchant = |kind, amount| charge(kind, amount, Collector::Merchant, false);
    let mut all = vec![
        merchant(ChargeKind::Shipping, paired(&read.current_shipping_price_set, "currentShippingPriceSet")?),
        merchant(ChargeKind::Tip, paired(&read.total_tip_received_set, "totalTipReceivedSet")?),
    ];
    if let Some(duties) = &read.current_total_duties_set {
        all.push(merchant(ChargeKind::Duty, paired(duties, "currentTotalDutiesSet")?));
    }
    if let Some(fees) = &read.current_total_additional_fees_set {
        let kind = ChargeKind::Other("additional_fees".to_owned());
        all.push(merchant(kind, paired(fees, "currentTotalAdditionalFeesSet")?));
    }
    for (nth, tax) in read.current_tax_lines.iter().enumerate() {
        let collector = match tax.channel_liable {
            Some(true) => Collector::Platform,
            Some(false) => Collector::Merchant,
            None => Collector::Unknown,
        };
        let amount = paired(&tax.price_set, &format!("currentTaxLines[{nth}]"))?;
        all.push(charge(ChargeKind::Tax, amount, collector, read.taxes_included));
    }
    all.retain(|charge| !is_nothing(charge.amount));
    Ok(all)
}

/// What left the shelf. A shipment that was taken back, failed or is only planned didn't.
fn fulfilments(read: &[wire::Fulfillment], losses: &mut Losses) -> Result<Vec<Fulfilment>> {
    let mut all = Vec::with_capacity(read.len());
    for (nth, one) in read.iter().enumerate() {
        let at = |field: &str| format!("fulfillments[{nth}].{field}");
        if one.status != "SUCCESS" {
            let note = format!("a shipment that is `{}` isn't one", words(&one.status));
            losses.add(at("status"), LossKind::Dropped, note);
            continue;
        }
        let lines = one.fulfillment_line_items.nodes.iter();
        all.push(Fulfilment {
            key: one.id.clone(),
            refs: Refs::of([Ref::new(FULFILLMENT, one.id.as_str())]),
            lines: lines.map(|line| (line.line_item.id.clone(), line.quantity.unwrap_or(0))).collect(),
            carrier: one.tracking_info.iter().find_map(|tracking| tracking.company.clone()),
            tracking: one
                .tracking_info
                .iter()
                .filter_map(|tracking| Some((tracking.number.clone()?, tracking.url.clone())))
                .collect(),
            shipped: Some(time(&one.created_at, &at("createdAt"))?),
            delivered: match &one.delivered_at {
                Some(text) => Some(time(text, &at("deliveredAt"))?),
                None => None,
            },
        });
    }
    Ok(all)
}

fn refunds(read: &[wire::Refund], losses: &mut Losses) -> Result<Vec<Refund>> {
    let one = |(nth, refund): (usize, &wire::Refund)| {
        let at = |field: &str| format!("refunds[{nth}].{field}");
        let lines = refund.refund_line_items.nodes.iter();
        Ok(Refund {
            key: refund.id.clone(),
            total: paired(&refund.total_refunded_set, &at("totalRefundedSet"))?,
            lines: lines
                .map(|line| (line.line_item.id.clone(), line.quantity, restock(line, &at, losses)))
                .collect(),
            at: match &refund.created_at {
                Some(text) => Some(time(text, &at("createdAt"))?),
                None => None,
            },
        })
    };
    read.iter().enumerate().map(one).collect::<Result<_, Error>>()
}

fn restock(line: &wire::RefundLine, at: &impl Fn(&str) -> String, losses: &mut Losses) -> Restock {
    match line.restock_type.as_str() {
        "CANCEL" | "RETURN" | "LEGACY_RESTOCK" => Restock::Yes,
        "NO_RESTOCK" => Restock::No,
        other => {
            let note = format!("whether `{}` puts a piece back on the shelf isn't known", words(other));
            losses.add(at("refundLineItems"), LossKind::Reinterpreted, note);
            Restock::Unknown
        }
    }
}

/// The kind of a refund's id, where a write tells it.
pub(crate) fn refund_refs(id: &str) -> Refs {
    Refs::of([Ref::new(REFUND, id)])
}

#[cfg(test)]
pub(super) mod tests;
