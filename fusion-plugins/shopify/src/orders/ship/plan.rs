//! Which parts of an order one shipment takes from where. Pure.

use super::super::act::invalid;
use crate::{
    manifest::SLUG,
    refusal,
    wire::{
        order::FulfillmentOrder,
        order_write::{FulfillmentOrderInput, FulfillmentOrderLineInput},
    },
};
use fusion_core::error::{Error, ErrorKind, Result, Retry, When};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What is shipped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) input: Vec<FulfillmentOrderInput>,
    /// The same by the order's lines.
    pub(super) lines: BTreeMap<String, i64>,
}

/// The platform makes what is to be shipped within moments; risk checks and flows may hold it back longer.
const LATER: Duration = Duration::from_secs(60);

/// Entries of one list (<https://shopify.dev/docs/api/usage/limits>).
const LIST: usize = 250;

/// The place of a part whose location was deleted.
const NOWHERE: &str = "";

/// Takes `lines` (none: all) from one place: from `location`, or from the only one that has them.
///
/// # Errors
/// [`ErrorKind::Conflict`]: there is nothing to ship yet, worth another try, or not so much any more.
/// [`ErrorKind::PlatformRefused`]: what is left is held back. [`ErrorKind::InvalidInput`]: it lies at several
/// places, which are named.
pub(super) fn plan(
    all: &[FulfillmentOrder],
    lines: &[(String, i64)],
    location: Option<&str>,
) -> Result<Plan> {
    if all.is_empty() {
        return Err(refused(ErrorKind::Conflict, "the platform hasn't laid out yet what is to be shipped")
            .with_retry(Retry::When(When::In(LATER))));
    }
    let wanted = sums(lines)?;
    let here = |one: &&FulfillmentOrder| location.is_none_or(|location| place(one) == location);
    let concerned = |one: &&FulfillmentOrder| {
        here(one) && left(one).any(|(_, line, _)| wanted.is_empty() || wanted.contains_key(line))
    };
    let open: Vec<&FulfillmentOrder> = all.iter().filter(concerned).filter(|one| is_open(one)).collect();
    let held: Vec<&FulfillmentOrder> = all.iter().filter(concerned).filter(|one| !is_open(one)).collect();
    if wanted.is_empty() && !held.is_empty() {
        return Err(held_back(&held));
    }
    let places: BTreeSet<&str> = open.iter().map(|one| place(one)).collect();
    let whole: Vec<&str> = places.iter().copied().filter(|at| serves(&open, at, &wanted)).collect();
    let from = match (places.len(), whole.as_slice()) {
        (0, _) if held.is_empty() => {
            return Err(refused(ErrorKind::Conflict, "nothing of it is left to be shipped"));
        }
        (0, _) => return Err(held_back(&held)),
        (1, [only]) => *only,
        (_, [only]) if !wanted.is_empty() => *only,
        (1, _) => return Err(too_many(&open, &wanted)),
        // Each place sends a parcel of its own, with a number of its own.
        _ => return Err(several(&places)),
    };
    let mut missing = wanted.clone();
    let mut plan = Plan { input: Vec::new(), lines: BTreeMap::new() };
    for order in open.iter().filter(|one| place(one) == from) {
        let taken: Vec<FulfillmentOrderLineInput> = left(order)
            .filter_map(|(id, line, remaining)| {
                let count = match missing.get_mut(line) {
                    None if wanted.is_empty() => remaining,
                    None => return None,
                    Some(missing) => {
                        let count = remaining.min(*missing);
                        *missing -= count;
                        count
                    }
                };
                if count == 0 {
                    return None;
                }
                *plan.lines.entry(line.to_owned()).or_default() += count;
                Some(FulfillmentOrderLineInput { id: id.to_owned(), quantity: count })
            })
            .collect();
        if taken.len() > LIST {
            let help = format!("one shipment names at most {LIST} lines; ship it in parts");
            return Err(invalid("lines", "too_many", help));
        }
        if !taken.is_empty() {
            let fulfillment_order_id = order.id.clone();
            plan.input
                .push(FulfillmentOrderInput { fulfillment_order_id, fulfillment_order_line_items: taken });
        }
    }
    Ok(plan)
}

/// The count of each line, however often it is named.
fn sums(lines: &[(String, i64)]) -> Result<BTreeMap<&str, i64>> {
    let mut sums = BTreeMap::new();
    for (nth, (line, count)) in lines.iter().enumerate() {
        if *count <= 0 {
            return Err(invalid(&format!("lines[{nth}]"), "too_few", "a shipment has at least one piece"));
        }
        let sum: &mut i64 = sums.entry(line.as_str()).or_default();
        *sum = sum.saturating_add(*count);
    }
    Ok(sums)
}

fn place(order: &FulfillmentOrder) -> &str {
    order.assigned_location.location.as_ref().map_or(NOWHERE, |location| location.id.as_str())
}

/// Id, line and count of what is left of a part.
fn left(order: &FulfillmentOrder) -> impl Iterator<Item = (&str, &str, i64)> {
    let lines = order.line_items.nodes.iter().filter(|line| line.remaining_quantity > 0);
    lines.map(|line| (line.id.as_str(), line.line_item.id.as_str(), line.remaining_quantity))
}

fn is_open(order: &FulfillmentOrder) -> bool {
    matches!(order.status.as_str(), "OPEN" | "IN_PROGRESS")
        && order.supported_actions.iter().any(|one| one.action == "CREATE_FULFILLMENT")
}

/// How many of `line` are left at `at`.
fn at(open: &[&FulfillmentOrder], at: &str, line: &str) -> i64 {
    let here = open.iter().filter(|one| place(one) == at);
    let counts = here.flat_map(|one| left(one)).filter(|(_, of, _)| *of == line).map(|(_, _, count)| count);
    counts.fold(0, i64::saturating_add)
}

fn serves(open: &[&FulfillmentOrder], place: &str, wanted: &BTreeMap<&str, i64>) -> bool {
    wanted.iter().all(|(line, count)| at(open, place, line) >= *count)
}

fn refused(kind: ErrorKind, message: &'static str) -> Error {
    Error::new(kind, message).with_platform(SLUG)
}

fn held_back(held: &[&FulfillmentOrder]) -> Error {
    let words: BTreeSet<&str> = held.iter().map(|one| one.status.as_str()).collect();
    let words = refusal::words(&words.into_iter().collect::<Vec<_>>().join(", "));
    Error::new(
        ErrorKind::PlatformRefused,
        format!("a part of it can't be shipped now ({words}); release it in the shop's admin, or ship the other lines"),
    )
    .with_retry(Retry::AfterUserAction)
    .with_platform(SLUG)
}

fn too_many(open: &[&FulfillmentOrder], wanted: &BTreeMap<&str, i64>) -> Error {
    let all = |line: &str| {
        let counts = open.iter().flat_map(|one| left(one)).filter(|(_, of, _)| *of == line);
        counts.fold(0_i64, |sum, (_, _, count)| sum.saturating_add(count))
    };
    let short = wanted.iter().filter(|(line, count)| all(line) < **count);
    let problems = short.map(|(line, count)| {
        let help = format!("{} are left to be shipped, not {count}", all(line));
        fusion_core::error::Problem::error(refusal::words(&format!("lines.{line}")), "too_many", help)
    });
    refused(ErrorKind::Conflict, "less is left to be shipped than that").with_problems(problems)
}

fn several(places: &BTreeSet<&str>) -> Error {
    let named: Vec<&str> =
        places.iter().map(|place| if place.is_empty() { "a deleted location" } else { place }).collect();
    let named = refusal::words(&named.join(", "));
    let help = format!("it lies at {named}; ship from one of them at a time and name it");
    invalid("location", "ambiguous", help)
}

#[cfg(test)]
mod tests;
