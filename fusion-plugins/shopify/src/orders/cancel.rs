//! Cancels an order, which the platform does some time after it has said that it will.

use super::act::invalid;
use crate::{
    call::Shop,
    cost,
    kinds::ORDER,
    wire::{
        order_variables as variables,
        order_write::{CancellationData, CancelledData, RefundMethod},
    },
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result, Severity},
    model::{Issue, OrderAction, Ref, Refs, Repeat, Restock},
    plugin::{Applied, Context, Receipt, Watch},
};
use serde_json::{Value, json};
use std::time::Duration;

/// What a cancellation is watched by.
pub(crate) const CANCEL: &str = "order_cancel";

/// The platform cancels within seconds; after an hour nobody knows.
const GIVE_UP: Duration = Duration::from_secs(60 * 60);

/// The platform's words for why.
const REASONS: [&str; 6] = ["CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"];

/// What is said about a cancellation.
pub(super) struct Cancellation {
    reason: &'static str,
    restock: bool,
    pub(super) refund: bool,
    pub(super) notify: bool,
}

/// # Errors
/// [`ErrorKind::InvalidInput`]: the platform can't say it so.
pub(super) fn said(action: &OrderAction) -> Result<Cancellation> {
    let OrderAction::Cancel { lines, reason, restock, refund, notify } = action else {
        return Err(Error::new(ErrorKind::Internal, "the action is no cancellation"));
    };
    if !lines.is_empty() {
        let help = "the platform cancels orders whole; take single pieces back with a refund";
        return Err(invalid("lines", "unsupported", help));
    }
    let known = REASONS.into_iter().find(|known| known.eq_ignore_ascii_case(reason));
    let reason = known.ok_or_else(|| {
        let words = REASONS.map(str::to_lowercase).join(", ");
        invalid("reason", "unknown_value", format!("write one of {words}"))
    })?;
    let restock = match restock {
        Restock::Yes => true,
        Restock::No => false,
        Restock::Unknown => {
            return Err(invalid("restock", "required", "say whether the pieces go back on the shelf"));
        }
    };
    Ok(Cancellation { reason, restock, refund: *refund, notify: *notify })
}

/// Conditional: an order that is cancelled is not cancelled again.
pub(super) async fn cancel(
    cx: &Context<'_>,
    shop: &Shop<'_>,
    order: &str,
    action: &OrderAction,
) -> Result<Receipt<Refs>> {
    let Cancellation { reason, restock, refund, notify } = said(action)?;
    let variables = |_: &_| variables::Cancel {
        order_id: order.to_owned(),
        reason: reason.to_owned(),
        restock,
        refund_method: refund.then_some(RefundMethod { original_payment_methods_refund: true }),
        notify_customer: notify,
    };
    let refs = Refs::of([Ref::new(ORDER, order)]);
    let answer = match shop.change("cancel", Repeat::Conditional, cost::MUTATION, variables).await {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(earlier(refs)),
        other => other?,
    };
    let job = shop.read::<CancelledData>(&answer)?.data.order_cancel.job.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform took the cancellation and tells no job of it")
            .with_fate(Fate::Unknown)
    })?;
    let until = cx.clock.now() + GIVE_UP;
    let handle = json!({ "job": job.id, "order": order, "until": until.as_micros() });
    Ok(Receipt::accepted(Some(refs), Watch { kind: CANCEL.to_owned(), handle }, until))
}

/// The order is cancelled, if not by this call: what became of pieces and money then was said there.
fn earlier(refs: Refs) -> Receipt<Refs> {
    let issue = Issue {
        code: "already_cancelled".to_owned(),
        message: "the order had been cancelled before; look whether pieces and money went as asked here"
            .to_owned(),
        severity: Severity::Warning,
        fields: Vec::new(),
    };
    Receipt { issues: vec![issue], ..Receipt::done(refs) }
}

/// What became of a cancellation.
///
/// # Errors
/// [`ErrorKind::PlatformRefused`], the fate rejected: the platform has given it up.
pub(crate) async fn observe(shop: &Shop<'_>, watch: &Watch) -> Result<Receipt<Applied>> {
    let text = |name: &str| watch.handle.get(name).and_then(Value::as_str).map(str::to_owned);
    let until = watch.handle.get("until").and_then(Value::as_i64).map(Timestamp::from_micros);
    let (Some(job), Some(order), Some(until)) = (text("job"), text("order"), until) else {
        return Err(Error::new(ErrorKind::InvalidInput, "the watch isn't one of this plugin's"));
    };
    let asked = variables::Cancellation { job, order: order.clone() };
    let told = shop.ask::<CancellationData>(cost::CANCELLATION, &asked).await?.data;
    let Some(found) = told.order else { return Err(super::read::gone().with_fate(Fate::Unknown)) };
    if found.cancelled_at.is_some() {
        return Ok(Receipt::done(Applied::Order(Refs::of([Ref::new(ORDER, order)]))));
    }
    match told.job {
        Some(job) if !job.done => Ok(Receipt::accepted(None, watch.clone(), until)),
        Some(_) => Err(Error::new(
            ErrorKind::PlatformRefused,
            "the platform has given the cancellation up; open returns, payments under way and deleted locations do that",
        )
        .with_fate(Fate::Rejected)),
        None => Err(Error::new(
            ErrorKind::NotFound,
            "the platform has forgotten the cancellation; look at the order itself",
        )
        .with_fate(Fate::Unknown)),
    }
}
