//! What the policy is told about a change.

use crate::{
    approval::{ChangeFacts, Request},
    model::{ListingVariantId, Money, StockUnit},
    plugin::{Command, Preview, Snapshot, Target},
    tenant::Actor,
};
use rust_decimal::Decimal;
use serde_json::Value;

/// What the policy is told; what can't be told is left open, and takes its strictest branch.
pub(super) fn change_facts(
    by: &Actor,
    request: &Request,
    command: &Command,
    target: &Target,
    snapshot: &Snapshot,
    preview: &Preview,
) -> ChangeFacts {
    use crate::plugin::Change;
    let items = match &command.change {
        Change::CreateProduct { listing } | Change::Publish { listing } => Some(listing.variants.len()),
        Change::UpdateProduct { edit, .. } => Some(edit.variants.len() + edit.add.len() + edit.remove.len()),
        Change::PushStock { unit: StockUnit::Listing(_) } => Some(target.variants.len()),
        Change::Order { .. }
        | Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { unit: StockUnit::Variant(..) }
        | Change::ChangePolicy { .. } => Some(1),
    };
    ChangeFacts {
        operation: request.operation,
        platform: request.platform.clone(),
        store: request.store,
        actor: by.kind(),
        price_change_percent: price_change(command, target, snapshot, preview),
        items: items.and_then(|items| u32::try_from(items).ok()),
        charges: Some(!preview.charges.is_empty()),
    }
}

/// Variants that the platform sells already and whose price the command sets.
fn priced(command: &Command, target: &Target) -> Vec<ListingVariantId> {
    use crate::plugin::Change;
    let set: Vec<ListingVariantId> = match &command.change {
        Change::CreateProduct { listing } | Change::Publish { listing } => {
            listing.variants.iter().map(|variant| variant.id).collect()
        }
        Change::UpdateProduct { edit, .. } => {
            let prices = edit.variants.iter().filter(|(_, edit)| !edit.price.is_keep());
            return prices.map(|(id, _)| *id).collect();
        }
        Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. }
        | Change::ChangePolicy { .. } => Vec::new(),
    };
    set.into_iter().filter(|id| target.has(*id)).collect()
}

fn is_price(path: &str) -> bool {
    path.ends_with("price")
}

/// The largest price change among what is shown; `None` when one can't be told.
fn price_change(
    command: &Command,
    target: &Target,
    snapshot: &Snapshot,
    preview: &Preview,
) -> Option<Decimal> {
    let prices = preview.changes.iter().filter(|change| is_price(&change.path));
    // What isn't among the changes is known to stay only if it was read.
    let is_told = |variant: ListingVariantId| {
        let variant = variant.to_string();
        let is_its = |path: &str| is_price(path) && path.contains(&variant);
        preview.changes.iter().any(|change| is_its(&change.path))
            || snapshot.fields.iter().any(|(path, value)| is_its(path) && !value.is_null())
    };
    if !priced(command, target).into_iter().all(is_told) {
        return None;
    }
    let mut largest = Decimal::ZERO;
    for change in prices {
        let money = |value: &Option<Value>| value.as_ref()?.as_str()?.parse::<Money>().ok();
        match (&change.from, money(&change.from), money(&change.to)) {
            // A price where none was is no change of a price.
            (None, _, _) if snapshot.fields.is_empty() => {}
            (Some(_), Some(from), Some(to))
                if from.currency() == to.currency() && !from.amount().is_zero() =>
            {
                let percent = ((to.amount() - from.amount()) / from.amount())
                    .abs()
                    .checked_mul(Decimal::ONE_HUNDRED)?;
                largest = largest.max(percent);
            }
            _ => return None,
        }
    }
    Some(largest)
}

#[cfg(test)]
mod tests;
