//! Stock: what is made when it is sold has none. Only a switch is left.

use super::{
    edit::{Changes, unlocked},
    listing::json,
    money::Scale,
};
use crate::wire::ProductUpdate;
use fusion_core::{
    error::Result,
    model::{Converted, LossKind, Losses, RemoteProduct, StockRow, StoreFacts},
    plugin::{Target, TargetVariant},
};
use serde_json::Value;

/// The body that switches off what the merchant has none of; `None` where nothing is to be sent.
///
/// Made things consume no stock, so the hub has no rows for them. Where a merchant counts one all the same, 0 takes
/// it off offer. A number above 0 switches nothing on: whether a variant is on offer is the listing's to say, and
/// the row doesn't tell it. With a sales channel the change shows only after a [`publication`](super::publication).
///
/// # Errors
/// As [`edited`](super::edited).
pub fn switched(
    rows: &[StockRow],
    live: &RemoteProduct,
    facts: &StoreFacts,
) -> Result<Converted<Option<Value>>> {
    unlocked(live)?;
    let mut losses = Losses::default();
    let mut changes = Changes::of(live, Scale::of_prices(facts)?)?;
    for (nth, row) in rows.iter().enumerate() {
        let path = format!("rows[{nth}].available");
        if row.available == 0 {
            let target = Target {
                refs: row.listing_refs.clone(),
                variants: vec![TargetVariant { id: row.variant, refs: row.refs.clone() }],
                ..Target::default()
            };
            changes.switch(row.variant, &target, &path, false)?;
            losses.add(path, LossKind::Reinterpreted, "none left means off offer: no number is shown there");
        } else {
            losses.add(path, LossKind::Dropped, "it is made when it is sold: no number is shown there");
        }
    }
    let body = ProductUpdate { variants: changes.written.into_values().collect(), ..Default::default() };
    Ok(losses.with(if body.variants.is_empty() { None } else { Some(json(&body)?) }))
}
