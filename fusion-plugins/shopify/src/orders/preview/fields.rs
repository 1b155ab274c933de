//! The fields of an order that an action depends on or overwrites, and what it makes of them.

use fusion_core::model::{Axis, Life, Money, OrderAction, OrderFacts, Paired};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) type Fields = BTreeMap<String, Value>;

/// The number that people say.
pub(super) const NUMBER: &str = "number";
/// Whether the sale stands.
const LIFE: &str = "life";
/// What was paid and hasn't gone back.
const PAID: &str = "paid";

pub(super) fn open_path(line: &str) -> String {
    format!("lines.{line}.open")
}

pub(super) fn current_path(line: &str) -> String {
    format!("lines.{line}.current")
}

pub(super) fn tracking_path(fulfilment: &str) -> String {
    format!("fulfilments.{fulfilment}.tracking")
}

/// What the action depends on or overwrites, as the order has it.
pub(super) fn fields(action: &OrderAction, order: &OrderFacts) -> Fields {
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
pub(super) fn wanted(action: &OrderAction, fields: &Fields) -> Fields {
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

pub(super) fn paid(fields: &Fields) -> Option<Paired> {
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
