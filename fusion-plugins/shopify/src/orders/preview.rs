//! What an action on an order reads and overwrites, and what a reviewer sees of it.

mod fields;

use super::{act::offered, cancel, read};
use crate::{
    cost,
    manifest::{COST, ORDER, SLUG},
};
use fields::{NUMBER, current_path, fields, open_path, paid, tracking_path, wanted};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Severity},
    model::{Charge, ChargeKind, Collector, OrderAction, Ref, Restock, Store},
    plugin::{Change, Context, FieldChange, PlannedCalls, Preview, Snapshot, Work},
};
use serde_json::Value;

/// The action on an order, if the work is one.
pub(crate) fn change<'a>(work: &Work<'a>) -> Option<&'a OrderAction> {
    match &work.command.change {
        Change::Order { action, .. } => Some(action),
        _ => None,
    }
}

/// Reads the order anew: what a page told may be old by now.
pub(crate) async fn snapshot(cx: &Context<'_>, work: &Work<'_>, action: &OrderAction) -> Result<Snapshot> {
    offered(action.operation())?;
    let id = work.target.refs.get(&ORDER).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the order has no id of this platform").with_platform(SLUG)
    })?;
    let order = read::get(cx, &Ref::new(ORDER, id)).await?.value.facts;
    let fields = fields(action, &order);
    let wanted = wanted(action, &fields);
    Ok(Snapshot { fields, wanted, facts_version: cx.store.facts_version })
}

/// # Errors
/// [`ErrorKind::Unsupported`], [`ErrorKind::InvalidInput`]: the platform can't do it, with every problem.
pub(crate) fn preview(store: &Store, action: &OrderAction, snapshot: &Snapshot) -> Result<Preview> {
    offered(action.operation())?;
    let problems = problems(action, snapshot);
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
    let given = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    let change = |(path, to): (&String, &Value)| {
        let (from, to) = (given(snapshot.fields.get(path)), given(Some(to)));
        (from != to).then(|| FieldChange { path: path.clone(), from, to })
    };
    let wanted = wanted(action, &snapshot.fields);
    let number = snapshot.fields.get(NUMBER).and_then(Value::as_str).unwrap_or("(not read)");
    Ok(Preview {
        summary: summary(action, number, &store.name),
        changes: wanted.iter().filter_map(change).collect(),
        calls: vec![PlannedCalls {
            bucket: COST.to_owned(),
            calls: u32::try_from(points.len()).unwrap_or(u32::MAX),
            cost: points.iter().sum(),
        }],
        charges: charges(action, snapshot),
        losses: Vec::new(),
        notes: notes(action),
    })
}

/// What is wrong with the action by itself, and, where the snapshot is this plugin's, with the order.
fn problems(action: &OrderAction, snapshot: &Snapshot) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_read = snapshot.fields.contains_key(NUMBER);
    let most = |path: &str| match snapshot.fields.get(path).and_then(Value::as_i64) {
        None if !is_read => Some(i64::MAX),
        known => known,
    };
    match action {
        OrderAction::Ship { lines, .. } => {
            for (nth, (line, count)) in lines.iter().enumerate() {
                problems.extend(wrong_count(nth, *count, most(&open_path(line))));
            }
            if is_read && lines.is_empty() && !snapshot.fields.keys().any(|path| path.starts_with("lines.")) {
                problems.push(Problem::error("lines", "nothing", "all of the order has left"));
            }
        }
        OrderAction::Refund { lines, .. } => {
            for (nth, (line, count, restock)) in lines.iter().enumerate() {
                problems.extend(wrong_count(nth, *count, most(&current_path(line))));
                if *restock == Restock::Unknown {
                    let help = "say whether the pieces go back on the shelf";
                    problems.push(Problem::error(format!("lines[{nth}]"), "required", help));
                }
            }
        }
        OrderAction::Cancel { .. } => {
            if let Err(error) = cancel::said(action) {
                problems.extend(error.problems().iter().cloned());
            }
        }
        OrderAction::AmendTracking { fulfilment, tracking, .. } => {
            if tracking.trim().is_empty() {
                problems.push(Problem::error("tracking", "required", "say the parcel's number"));
            }
            if is_read && !snapshot.fields.contains_key(&tracking_path(fulfilment)) {
                problems.push(Problem::error("fulfilment", "unknown", "the order has no such shipment"));
            }
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {}
    }
    problems
}

/// What is wrong with so many of a line of which there are `most`.
fn wrong_count(nth: usize, count: i64, most: Option<i64>) -> Option<Problem> {
    let (code, help) = match most {
        _ if count <= 0 => ("too_few", "name at least one piece".to_owned()),
        None => ("unknown", "the order has no such line".to_owned()),
        Some(most) if count > most => ("too_many", format!("there are {most} of it, not {count}")),
        Some(_) => return None,
    };
    Some(Problem::error(format!("lines[{nth}]"), code, help))
}

/// What goes back to the buyer.
fn charges(action: &OrderAction, snapshot: &Snapshot) -> Vec<Charge> {
    let amount = match action {
        OrderAction::Refund { total, .. } => Some(*total),
        OrderAction::Cancel { refund: true, .. } => paid(&snapshot.fields),
        _ => None,
    };
    let amount = amount.filter(|amount| !amount.shop.amount().is_zero());
    let charge =
        |amount| Charge { kind: ChargeKind::Refund, amount, collector: Collector::Merchant, included: false };
    amount.map(charge).into_iter().collect()
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

fn summary(action: &OrderAction, number: &str, store: &str) -> String {
    let order = format!("order {number} of {store}");
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
