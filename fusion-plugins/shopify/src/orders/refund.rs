//! Gives money back by the way it came, and pieces back to the shelf.

use super::{act::invalid, whole::to_ship};
use crate::{
    call::Shop,
    convert::{paired, refund_refs},
    cost,
    kinds::ORDER,
    refusal::words,
    wire::{
        order::FulfillmentOrder,
        order_variables as variables,
        order_write::{
            Payments, PaymentsData, RefundInput, RefundLineInput, RefundedData, Transaction, TransactionInput,
        },
    },
};
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Fate, Result, Severity},
    model::{Currency, Decimal, Issue, Money, Paired, Refs, Repeat, Restock},
    plugin::{Context, Receipt},
};
use std::collections::BTreeMap;

/// Idempotent, by the key.
pub(super) async fn refund(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    order: &str,
    total: Paired,
    lines: &[(String, i64, Restock)],
    intent: Hash,
) -> Result<Receipt<Refs>> {
    let only = match cx.facts().locations.as_slice() {
        [(only, _)] => Some(only.id.as_str()),
        _ => None,
    };
    let planned = |key: fusion_core::model::StepKey| async move {
        let asked = variables::Payments { id: order.to_owned() };
        let payments = shop.ask::<PaymentsData>(cost::PAYMENTS, &asked).await?.data.order;
        let payments = payments.ok_or_else(super::read::gone)?;
        let amount = amount(&payments, total)?;
        let open = if lines.is_empty() { Vec::new() } else { to_ship(shop, order).await?.orders };
        let input = RefundInput {
            order_id: order.to_owned(),
            currency: (payments.currency_code != payments.presentment_currency_code)
                .then(|| payments.presentment_currency_code.clone()),
            notify: false,
            refund_line_items: pieces(lines, &open, only)?,
            transactions: transactions(order, &payments.transactions, amount)?,
        };
        Ok(shop.request(&variables::Refund { input, key: key.to_string() }))
    };
    let answer = shop.change_planned("refund", Repeat::Idempotent, cost::REFUND, intent, planned).await?;
    let made = shop.read::<RefundedData>(&answer)?.data.refund_create.refund.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform took the refund and tells no id of it")
            .with_fate(Fate::Unknown)
    })?;
    let unsure = made.transactions.nodes.iter().filter(|one| one.kind == "REFUND" && one.status != "SUCCESS");
    let issue = |one: &crate::wire::order_write::MadeTransaction| Issue {
        code: "payment_not_settled".to_owned(),
        message: format!("the bank's part of the refund ({}) is `{}`", words(&one.id), words(&one.status)),
        severity: if one.status == "PENDING" { Severity::Info } else { Severity::Error },
        fields: vec!["total".to_owned()],
    };
    let issues = unsure.map(issue).collect();
    let mut refs = refund_refs(&made.id);
    refs.set(fusion_core::model::Ref::new(ORDER, order));
    Ok(Receipt { issues, ..Receipt::done(refs) })
}

/// What goes back, in the currency that the buyer paid in.
fn amount(payments: &Payments, total: Paired) -> Result<Money> {
    let paid_in = Currency::new(&payments.presentment_currency_code)
        .map_err(|_| Error::new(ErrorKind::Protocol, "the order was paid in a currency that nobody knows"))?;
    let amount = total.presentment.filter(|amount| amount.currency() == paid_in).unwrap_or(total.shop);
    if amount.currency() != paid_in {
        let help = format!("the buyer paid in {paid_in}; say the amount in that currency too");
        return Err(invalid("total.presentment", "required", help));
    }
    if amount.amount().is_sign_negative() {
        return Err(invalid("total", "too_small", "a refund gives money back"));
    }
    Ok(amount)
}

/// Divides an amount over the payments, in their order, up to what is left of each.
fn transactions(order: &str, all: &[Transaction], amount: Money) -> Result<Vec<TransactionInput>> {
    let money = |one: &Transaction| -> Result<Decimal> {
        let paired = paired(&one.amount_set, "transactions")?;
        Ok(paired.presentment.unwrap_or(paired.shop).amount())
    };
    let mut left: Decimal = amount.amount();
    let mut sent = Vec::new();
    for payment in all.iter().filter(|one| matches!(one.kind.as_str(), "SALE" | "CAPTURE")) {
        let Some(gateway) = payment.gateway.clone().filter(|_| payment.status == "SUCCESS") else { continue };
        let mut rest = money(payment)?;
        let is_back = |one: &&Transaction| {
            // What is under way may arrive.
            one.kind == "REFUND" && matches!(one.status.as_str(), "SUCCESS" | "PENDING" | "AWAITING_RESPONSE")
        };
        for back in all.iter().filter(is_back) {
            if back.parent_transaction.as_ref().is_some_and(|parent| parent.id == payment.id) {
                rest = rest.saturating_sub(money(back)?);
            }
        }
        let part = rest.min(left);
        if part > Decimal::ZERO {
            left = left.saturating_sub(part);
            sent.push(TransactionInput {
                order_id: order.to_owned(),
                parent_id: payment.id.clone(),
                gateway,
                kind: "REFUND",
                amount: part.to_string(),
            });
        }
    }
    if left > Decimal::ZERO {
        let help = format!(
            "that is {} more than was paid and hasn't gone back",
            Money::new(left, amount.currency())
        );
        return Err(invalid("total", "too_large", help));
    }
    Ok(sent)
}

/// The pieces that go back: those that haven't left are called off, those that have are returned.
fn pieces(
    lines: &[(String, i64, Restock)],
    open: &[FulfillmentOrder],
    only: Option<&str>,
) -> Result<Vec<RefundLineInput>> {
    let mut unshipped: BTreeMap<&str, (i64, Option<&str>)> = BTreeMap::new();
    for order in open {
        let location = order.assigned_location.location.as_ref().map(|location| location.id.as_str());
        for line in order.line_items.nodes.iter().filter(|line| line.remaining_quantity > 0) {
            let entry = unshipped.entry(line.line_item.id.as_str()).or_insert((0, location));
            entry.0 = entry.0.saturating_add(line.remaining_quantity);
        }
    }
    let mut sent = Vec::new();
    for (nth, (line, count, restock)) in lines.iter().enumerate() {
        let at = format!("lines[{nth}]");
        if *count <= 0 {
            return Err(invalid(&at, "too_few", "at least one piece goes back"));
        }
        let mut add = |quantity: i64, restock_type: &'static str, location: Option<&str>| {
            if quantity > 0 {
                sent.push(RefundLineInput {
                    line_item_id: line.clone(),
                    quantity,
                    restock_type,
                    location_id: location.map(str::to_owned),
                });
            }
        };
        let (here, location) = unshipped.get(line.as_str()).copied().unwrap_or((0, None));
        match restock {
            Restock::No => add(*count, "NO_RESTOCK", None),
            Restock::Yes => {
                let called_off = here.min(*count);
                add(called_off, "CANCEL", location.or(only));
                add(count.saturating_sub(called_off), "RETURN", only);
            }
            Restock::Unknown => {
                return Err(invalid(&at, "required", "say whether the pieces go back on the shelf"));
            }
        }
    }
    Ok(sent)
}

#[cfg(test)]
mod tests;
