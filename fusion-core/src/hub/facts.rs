//! What the policy is told about a change.

use crate::{
    approval::{ChangeFacts, Request},
    model::{Money, StockUnit},
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
        price_change_percent: price_change(snapshot, preview),
        items: items.and_then(|items| u32::try_from(items).ok()),
        charges: Some(!preview.charges.is_empty()),
    }
}

/// The largest price change among what is shown; `None` when one can't be told.
fn price_change(snapshot: &Snapshot, preview: &Preview) -> Option<Decimal> {
    let prices = preview.changes.iter().filter(|change| change.path.ends_with("price"));
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
