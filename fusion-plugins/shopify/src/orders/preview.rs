//! What an action on an order reads and overwrites, and what a reviewer sees of it.

use super::{act::offered, cancel, read};
use crate::{
    cost,
    manifest::{COST, ORDER, SLUG},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Severity},
    model::{
        Axis, Charge, ChargeKind, Collector, Life, Money, OrderAction, OrderFacts, Paired, Ref, Restock,
        Store,
    },
    plugin::{Change, Context, FieldChange, PlannedCalls, Preview, Snapshot, Work},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Value>;

/// The number that people say.
const NUMBER: &str = "number";
/// Whether the sale stands.
const LIFE: &str = "life";
/// What was paid and hasn't gone back.
const PAID: &str = "paid";

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

fn open_path(line: &str) -> String {
    format!("lines.{line}.open")
}

fn current_path(line: &str) -> String {
    format!("lines.{line}.current")
}

fn tracking_path(fulfilment: &str) -> String {
    format!("fulfilments.{fulfilment}.tracking")
}

/// What the action depends on or overwrites, as the order has it.
fn fields(action: &OrderAction, order: &OrderFacts) -> Fields {
    let mut fields = Fields::from([(NUMBER.to_owned(), json!(order.number))]);
    match action {
        OrderAction::Ship { lines, .. } => {
            fields.insert(LIFE.to_owned(), json!(order.life));
            for line in &order.lines {
                let open = open(order, &line.key, line.current);
                let is_meant = if lines.is_empty() { open > 0 } else { names(lines, &line.key) };
                if is_meant {
                    fields.insert(open_path(&line.key), json!(open));
                }
            }
        }
        OrderAction::AmendTracking { fulfilment, .. } => {
            if let Some(known) = order.fulfilments.iter().find(|known| known.key == *fulfilment) {
                let numbers: Vec<&str> = known.tracking.iter().map(|(number, _)| number.as_str()).collect();
                fields.insert(tracking_path(fulfilment), json!(numbers));
            }
        }
        OrderAction::Cancel { .. } => {
            fields.insert(LIFE.to_owned(), json!(order.life));
            fields.insert(PAID.to_owned(), json!(kept(order)));
        }
        OrderAction::Refund { lines, .. } => {
            fields.insert(PAID.to_owned(), json!(kept(order)));
            for line in order.lines.iter().filter(|line| lines.iter().any(|(key, ..)| *key == line.key)) {
                fields.insert(current_path(&line.key), json!(line.current));
            }
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {}
    }
    fields
}

fn names(lines: &[(String, i64)], key: &str) -> bool {
    lines.iter().any(|(line, _)| line == key)
}

/// What was paid, less what went back.
fn kept(order: &OrderFacts) -> Option<Paired> {
    order.refunds.iter().try_fold(order.paid?, |kept, refund| less(kept, refund.total))
}

/// How many of a line haven't left.
fn open(order: &OrderFacts, line: &str, current: i64) -> i64 {
    let shipped = order.fulfilments.iter().flat_map(|one| &one.lines).filter(|(key, _)| key == line);
    let shipped = shipped.fold(0_i64, |sum, (_, count)| sum.saturating_add(*count));
    current.saturating_sub(shipped).max(0)
}

/// What the action makes of the fields.
fn wanted(action: &OrderAction, fields: &Fields) -> Fields {
    let number = |path: &str| fields.get(path).and_then(Value::as_i64);
    match action {
        OrderAction::Ship { lines, .. } if lines.is_empty() => {
            let open = fields.keys().filter(|path| path.starts_with("lines."));
            open.map(|path| (path.clone(), json!(0))).collect()
        }
        OrderAction::Ship { lines, .. } => {
            let mut wanted = Fields::new();
            for (line, count) in lines {
                let path = open_path(line);
                let before = wanted.get(&path).and_then(Value::as_i64).or_else(|| number(&path));
                wanted.insert(path, json!(before.map(|before| before.saturating_sub(*count))));
            }
            wanted
        }
        OrderAction::AmendTracking { fulfilment, tracking, .. } => {
            Fields::from([(tracking_path(fulfilment), json!([tracking]))])
        }
        OrderAction::Cancel { refund, .. } => {
            let mut wanted = Fields::from([(LIFE.to_owned(), json!(Axis::Known(Life::Cancelled)))]);
            if let (true, Some(paid)) = (*refund, paid(fields)) {
                wanted.insert(PAID.to_owned(), json!(less(paid, paid)));
            }
            wanted
        }
        OrderAction::Refund { total, lines } => {
            let mut wanted = Fields::new();
            if let Some(paid) = paid(fields) {
                wanted.insert(PAID.to_owned(), json!(less(paid, *total)));
            }
            for (line, count, _) in lines {
                let path = current_path(line);
                wanted.insert(path.clone(), json!(number(&path).map(|before| before.saturating_sub(*count))));
            }
            wanted
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => Fields::new(),
    }
}

fn paid(fields: &Fields) -> Option<Paired> {
    fields.get(PAID).and_then(|paid| serde_json::from_value(paid.clone()).ok())
}

/// What is left of `paid`; nothing where the currencies are others.
fn less(paid: Paired, back: Paired) -> Option<Paired> {
    let less = |paid: Money, back: Money| {
        let rest = paid.amount().checked_sub(back.amount()).filter(|_| paid.currency() == back.currency())?;
        Some(Money::new(rest, paid.currency()))
    };
    let presentment = match (paid.presentment, back.presentment) {
        (None, _) => None,
        (Some(paid), Some(back)) => Some(less(paid, back)?),
        (Some(_), None) => return None,
    };
    Some(Paired { shop: less(paid.shop, back.shop)?, presentment })
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
            if !refund {
                let kept = "what was paid stays with the shop until it is refunded";
                notes.push(note("refund", "kept", Severity::Info, kept));
            }
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
