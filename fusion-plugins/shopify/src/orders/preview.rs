//! What a reviewer sees of an action on an order, beside what becomes of its fields.

use super::{act::offered, cancel};
use crate::{
    cost,
    manifest::{COST, SLUG},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Severity},
    model::{Charge, ChargeKind, Collector, OrderAction, Paired, Restock, Store},
    plugin::{Change, PlannedCalls, Preview, Snapshot, Work},
};
use serde::Deserialize;
use serde_json::Value;

/// The action on an order, if the work is one.
pub(crate) fn change<'a>(work: &Work<'a>) -> Option<&'a OrderAction> {
    match &work.command.change {
        Change::Order { action, .. } => Some(action),
        _ => None,
    }
}

/// # Errors
/// [`ErrorKind::Unsupported`], [`ErrorKind::InvalidInput`]: the platform can't do it, with every problem.
pub(crate) fn preview(store: &Store, action: &OrderAction, snapshot: &Snapshot) -> Result<Preview> {
    offered(action.operation())?;
    let problems = problems(action);
    if !problems.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "this can't be done to the order")
            .with_operation(action.operation())
            .with_platform(SLUG)
            .with_problems(problems));
    }
    let points: &[u32] = match action {
        OrderAction::Ship { .. } => &[cost::FULFILLMENT_ORDERS, cost::MUTATION],
        OrderAction::AmendTracking { .. } => &[cost::TRACKING],
        OrderAction::Refund { .. } => &[cost::PAYMENTS, cost::FULFILLMENT_ORDERS, cost::REFUND],
        OrderAction::Cancel { .. } => &[cost::MUTATION, cost::CANCELLATION],
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => &[],
    };
    Ok(Preview {
        summary: summary(action, snapshot, &store.name),
        calls: vec![PlannedCalls {
            bucket: COST.to_owned(),
            calls: u32::try_from(points.len()).unwrap_or(u32::MAX),
            cost: points.iter().sum(),
        }],
        charges: charges(action, snapshot)?,
        notes: notes(action),
        ..Preview::default()
    })
}

/// What is wrong with the action by itself; the hub has held it against the order.
fn problems(action: &OrderAction) -> Vec<Problem> {
    match action {
        OrderAction::Refund { lines, .. } => {
            let unsaid = lines.iter().enumerate().filter(|(_, (.., restock))| *restock == Restock::Unknown);
            let help = "say whether the pieces go back on the shelf";
            unsaid.map(|(nth, _)| Problem::error(format!("lines[{nth}]"), "required", help)).collect()
        }
        OrderAction::Cancel { .. } => {
            cancel::said(action).err().map(|error| error.problems().to_vec()).unwrap_or_default()
        }
        OrderAction::AmendTracking { tracking, .. } if tracking.trim().is_empty() => {
            vec![Problem::error("tracking", "required", "say the parcel's number")]
        }
        OrderAction::Ship { .. }
        | OrderAction::AmendTracking { .. }
        | OrderAction::Acknowledge
        | OrderAction::Submit
        | OrderAction::Produce => Vec::new(),
    }
}

/// What goes back to the buyer.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: the snapshot's amount isn't one.
fn charges(action: &OrderAction, snapshot: &Snapshot) -> Result<Vec<Charge>> {
    let amount = match action {
        OrderAction::Refund { total, .. } => Some(*total),
        OrderAction::Cancel { refund: true, .. } => {
            let paid = snapshot.fields.get("paid").map(Paired::deserialize).transpose();
            paid.map_err(|source| {
                Error::new(ErrorKind::InvalidInput, "the snapshot's `paid` is no amount").with_source(source)
            })?
        }
        _ => None,
    };
    let amount = amount.filter(|amount| !amount.shop.amount().is_zero());
    let charge =
        |amount| Charge { kind: ChargeKind::Refund, amount, collector: Collector::Merchant, included: false };
    Ok(amount.map(charge).into_iter().collect())
}

fn notes(action: &OrderAction) -> Vec<Problem> {
    let note = |path: &str, code: &str, severity, message: &str| Problem {
        path: path.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        severity,
    };
    let told = note("notify", "message", Severity::Info, "the platform writes to the buyer");
    match action {
        OrderAction::Ship { notify: true, .. } => vec![told],
        OrderAction::Cancel { notify, refund, .. } => {
            let mut notes =
                vec![note("life", "final", Severity::Warning, "a cancellation can't be taken back")];
            if *notify {
                notes.push(told);
            }
            let (code, says) = match refund {
                true => ("goes_back", "what was paid goes back to the buyer"),
                false => ("kept", "what was paid stays with the shop until it is refunded"),
            };
            notes.push(note("refund", code, Severity::Info, says));
            notes
        }
        _ => Vec::new(),
    }
}

fn summary(action: &OrderAction, snapshot: &Snapshot, store: &str) -> String {
    let order = match snapshot.fields.get("number").and_then(Value::as_str) {
        Some(number) => format!("order {number} of {store}"),
        None => format!("an order of {store}"),
    };
    match action {
        OrderAction::Ship { lines, .. } if lines.is_empty() => format!("ships what is open of {order}"),
        OrderAction::Ship { lines, .. } => {
            let count = lines.iter().fold(0_i64, |sum, (_, count)| sum.saturating_add(*count));
            format!("ships {count} of {order}")
        }
        OrderAction::AmendTracking { .. } => format!("corrects the tracking of {order}"),
        OrderAction::Cancel { .. } => format!("cancels {order}"),
        OrderAction::Refund { total, .. } => {
            format!("gives {} back for {order}", total.presentment.unwrap_or(total.shop))
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => format!("works on {order}"),
    }
}
