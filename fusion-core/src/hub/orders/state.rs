//! What an action reads and overwrites of an order, what it makes of that, and what keeps it from being done.

mod told;

use self::told::Told;
use crate::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Axis, Fulfilment, Life, Money, OrderAction, OrderFacts, OrderLine, Paired},
    plugin::{FieldChange, Snapshot},
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Value>;

/// What `action` reads or overwrites of an order, as `facts` tell it, and what it will have made of that.
pub(super) fn snapshot(facts: &OrderFacts, action: &OrderAction, facts_version: u64) -> Result<Snapshot> {
    let mut told = Told::default();
    told.reads("number", &facts.number)?;
    told.reads("life", &facts.life)?;
    match action {
        OrderAction::Acknowledge => {}
        OrderAction::Ship { lines, .. } => told.shipped(facts, lines)?,
        OrderAction::AmendTracking { fulfilment, carrier, tracking } => {
            told.tracked(facts, fulfilment, carrier.as_deref(), tracking)?;
        }
        OrderAction::Cancel { lines, refund, .. } => {
            told.cancelled(facts, lines)?;
            if let (true, Some(paid)) = (*refund, kept(facts)) {
                told.reads("paid", &paid)?;
                if lines.is_empty() {
                    told.makes("paid", &less(paid, paid))?;
                }
            }
        }
        OrderAction::Refund { total, lines } => {
            told.paid_back(facts, *total)?;
            told.given_back(facts, lines)?;
        }
        OrderAction::Submit | OrderAction::Produce => {
            for line in &facts.lines {
                told.reads(&format!("lines.{}.current", line.key), &line.current)?;
            }
        }
    }
    let Told { fields, wanted } = told;
    Ok(Snapshot { fields, wanted, facts_version, ..Snapshot::default() })
}

/// Whether `path` differs from what was shown only because `action`, some of whose steps took effect, has given
/// money back: how much goes back with a cancellation is the platform's to say, and it may keep a part.
pub(in crate::hub) fn is_given_back(
    action: &OrderAction,
    path: &str,
    shown: &Snapshot,
    fresh: &Snapshot,
) -> bool {
    if path != "paid" || !matches!(action, OrderAction::Cancel { refund: true, .. }) {
        return false;
    }
    let paid = |snapshot: &Snapshot| {
        let paid = snapshot.fields.get("paid").cloned()?;
        serde_json::from_value::<Paired>(paid).ok().map(|paid| paid.shop)
    };
    match (paid(shown), paid(fresh)) {
        (Some(before), Some(now)) => {
            before.currency() == now.currency()
                && now.amount() < before.amount()
                && now.amount() >= Decimal::ZERO
        }
        _ => false,
    }
}

/// Whether `facts` tell already what an action was to make of the order, or more of the same: others may have shipped,
/// cancelled or refunded besides.
pub(super) fn stands(facts: &OrderFacts, asked: &Snapshot) -> Result<bool> {
    let mut fields = Fields::new();
    put(&mut fields, "life", &facts.life)?;
    put(&mut fields, "refunds", &facts.refunds.iter().map(|refund| refund.total.shop).collect::<Vec<_>>())?;
    for line in &facts.lines {
        put(&mut fields, &format!("lines.{}.current", line.key), &line.current)?;
        put(&mut fields, &format!("lines.{}.shipped", line.key), &facts.shipped_of(line))?;
    }
    for Fulfilment { key, carrier, tracking, .. } in &facts.fulfilments {
        let numbers = tracking.iter().map(|(number, _)| number).collect::<Vec<_>>();
        put(&mut fields, &format!("fulfilments.{key}.tracking"), &numbers)?;
        put(&mut fields, &format!("fulfilments.{key}.carrier"), carrier)?;
    }
    // What was paid follows from the refunds, which not every platform lists with a cancellation.
    let mut told = asked.wanted.iter().filter(|(path, _)| *path != "paid");
    Ok(told.all(|(path, value)| fields.get(path).is_some_and(|told| goes_as_far(path, told, value))))
}

/// Whether what is `told` under `path` is what was `asked` for, or further on the same way.
fn goes_as_far(path: &str, told: &Value, asked: &Value) -> bool {
    match (told, asked) {
        (Value::Number(told), Value::Number(asked)) if path.ends_with(".shipped") => {
            told.as_i64() >= asked.as_i64()
        }
        (Value::Number(told), Value::Number(asked)) => told.as_i64() <= asked.as_i64(),
        (Value::Array(told), Value::Array(asked)) if path == "refunds" => told.len() >= asked.len(),
        _ => told == asked,
    }
}

/// How many pieces of each line `action` ships or cancels, as it was shown: what was left then, and not what is
/// left once a pull has read that it's done.
pub(super) fn pieces(facts: &OrderFacts, action: &OrderAction, shown: &Snapshot) -> Vec<(String, i64)> {
    let field = match action {
        OrderAction::Ship { .. } => "shipped",
        OrderAction::Cancel { .. } => "current",
        OrderAction::Acknowledge
        | OrderAction::AmendTracking { .. }
        | OrderAction::Refund { .. }
        | OrderAction::Submit
        | OrderAction::Produce => return Vec::new(),
    };
    let counted = facts.lines.iter().filter_map(|line| {
        let path = format!("lines.{}.{field}", line.key);
        let count = |fields: &Fields| fields.get(&path).and_then(Value::as_i64);
        let pieces = count(&shown.wanted)?.abs_diff(count(&shown.fields)?);
        Some((line.key.clone(), i64::try_from(pieces).unwrap_or(i64::MAX)))
    });
    counted.collect()
}

/// The same `pieces`, each with how many of its line were wanted when it was shown.
pub(super) fn to_write_off(pieces: &[(String, i64)], shown: &Snapshot) -> Vec<(String, i64, i64)> {
    let wanted = |line: &str| {
        let field = shown.fields.get(&format!("lines.{line}.current"));
        field.and_then(Value::as_i64).unwrap_or_default()
    };
    pieces.iter().map(|(line, count)| (line.clone(), *count, wanted(line))).collect()
}

/// What a reviewer is shown of it.
pub(super) fn changes(snapshot: &Snapshot) -> Vec<FieldChange> {
    let changes = snapshot.wanted.iter().filter_map(|(path, to)| {
        let from = snapshot.fields.get(path).cloned();
        (from.as_ref() != Some(to)).then(|| FieldChange { path: path.clone(), from, to: Some(to.clone()) })
    });
    changes.collect()
}

/// Refuses what can't be done to the order as it stands, with every reason.
pub(super) fn check(facts: &OrderFacts, action: &OrderAction) -> Result<()> {
    let mut problems = Vec::new();
    if facts.life == Axis::Known(Life::Cancelled)
        && !matches!(action, OrderAction::Refund { .. } | OrderAction::AmendTracking { .. })
    {
        problems.push(Problem::error("life", "cancelled", "the order is cancelled"));
    }
    match action {
        OrderAction::Ship { lines, .. } | OrderAction::Cancel { lines, .. } => {
            if lines.is_empty() && facts.lines.iter().all(|line| unshipped(facts, line) == 0) {
                problems.push(Problem::error("lines", "nothing_left", "everything has left or is cancelled"));
            }
            let lines: Vec<_> = lines.iter().map(|(key, count)| (key.as_str(), *count)).collect();
            problems.extend(wrong_counts(facts, &lines, |line| unshipped(facts, line)));
        }
        OrderAction::AmendTracking { fulfilment, .. } => {
            if !facts.fulfilments.iter().any(|known| known.key == *fulfilment) {
                let message = format!("the order has no shipment `{fulfilment}`");
                problems.push(Problem::error("fulfilment", "unknown", message));
            }
        }
        OrderAction::Refund { total, lines } => {
            if let Some(message) = wrong_amount(facts, *total) {
                problems.push(Problem::error("total", "wrong_amount", message));
            }
            let lines: Vec<_> = lines.iter().map(|(key, count, _)| (key.as_str(), *count)).collect();
            problems.extend(wrong_counts(facts, &lines, |line| line.current));
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {}
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::InvalidInput, "this can't be done to the order as it stands")
            .with_operation(action.operation())
            .with_problems(problems)),
    }
}

/// What speaks against so many pieces of each of `lines`. One that is named again is asked for both counts.
fn wrong_counts(facts: &OrderFacts, lines: &[(&str, i64)], left: impl Fn(&OrderLine) -> i64) -> Vec<Problem> {
    let mut asked: BTreeMap<&str, i64> = BTreeMap::new();
    let mut problems = Vec::new();
    for (nth, (key, count)) in lines.iter().enumerate() {
        let path = format!("lines[{nth}]");
        let Some(line) = facts.lines.iter().find(|line| line.key == *key) else {
            problems.push(Problem::error(path, "unknown", format!("the order has no line `{key}`")));
            continue;
        };
        let sum = asked.entry(key).or_default();
        *sum = sum.saturating_add(*count);
        let left = left(line);
        if *count < 1 || *sum > left {
            let message = format!("{sum} of line `{key}`, of which {left} are left");
            problems.push(Problem::error(path, "wrong_count", message));
        }
    }
    problems
}

/// The lines that are meant, with their counts: all that is left where none is named.
fn chosen<'a>(facts: &'a OrderFacts, lines: &'a [(String, i64)]) -> Vec<(&'a OrderLine, i64)> {
    let counted = facts.lines.iter().filter_map(|line| {
        let count = match lines.is_empty() {
            true => unshipped(facts, line),
            false => lines.iter().filter(|(key, _)| *key == line.key).map(|(_, count)| count).sum(),
        };
        (count > 0).then_some((line, count))
    });
    counted.collect()
}

fn unshipped(facts: &OrderFacts, line: &OrderLine) -> i64 {
    line.current.saturating_sub(facts.shipped_of(line)).max(0)
}

/// What was paid, less what went back: nothing where that can't be told.
fn kept(facts: &OrderFacts) -> Option<Paired> {
    facts.refunds.iter().try_fold(facts.paid?, |kept, refund| less(kept, refund.total))
}

/// What is left of `paid`: nothing where the shop's currencies differ, and as the buyer saw it only if both say.
fn less(paid: Paired, back: Paired) -> Option<Paired> {
    let less = |paid: Money, back: Money| paid.checked_add(Money::new(-back.amount(), back.currency()));
    let presentment = paid.presentment.zip(back.presentment).and_then(|(paid, back)| less(paid, back));
    Some(Paired { shop: less(paid.shop, back.shop)?, presentment })
}

/// What speaks against giving so much back.
fn wrong_amount(facts: &OrderFacts, total: Paired) -> Option<String> {
    let zero = |money: Money| Money::new(Decimal::ZERO, money.currency());
    if total.shop.amount() < zero(total.shop).amount() {
        return Some("nobody gives back less than nothing".to_owned());
    }
    let left = facts.takings()?;
    match left.currency() == total.shop.currency() {
        true if left.amount() < total.shop.amount() => {
            Some(format!("{} of {left} that are left", total.shop))
        }
        true => None,
        false => Some(format!("the order was paid in {}", left.currency())),
    }
}

fn put(fields: &mut Fields, path: &str, value: &impl Serialize) -> Result<()> {
    let value = serde_json::to_value(value).map_err(|source| {
        Error::new(ErrorKind::Internal, "a field of an order has no JSON form").with_source(source)
    })?;
    fields.insert(path.to_owned(), value);
    Ok(())
}
