//! Ships what is open of an order, from one place, with one call.
//!
//! The platform ships parts of an order that it makes itself, some time after the order, and splits again as it
//! likes: they are read anew before each shipment and never kept.

mod found;
mod plan;

pub(crate) use found::find;

use super::{
    act::{invalid, made},
    whole::to_ship,
};
use crate::{
    call::Shop,
    cost,
    wire::{
        order_variables as variables,
        order_write::{FulfilledData, FulfillmentInput, TrackingInput},
    },
};
use found::Note;
use fusion_core::{
    canonical::Hash,
    error::Result,
    model::{LocationId, Refs, Repeat},
    plugin::{Context, Receipt},
};
use plan::plan;

/// The name of the step.
pub(crate) const SHIP: &str = "ship";

/// What shall leave.
pub(super) struct Wanted<'a> {
    /// Line and count; none means all.
    pub(super) lines: &'a [(String, i64)],
    /// The platform's id of the place it leaves from, where one is said.
    pub(super) location: Option<&'a str>,
    pub(super) tracking: Option<TrackingInput>,
    pub(super) notify: bool,
}

/// The platform's id of our location.
pub(super) fn place<'a>(cx: &Context<'a>, location: Option<LocationId>) -> Result<Option<&'a str>> {
    let Some(location) = location else { return Ok(None) };
    let known = cx.store.locations.iter().find(|(id, _)| *id == location).map(|(_, place)| place.id.as_str());
    known.map(Some).ok_or_else(|| {
        invalid("location", "unknown", "the store has no place for it; map the location first")
    })
}

/// Once: nothing tells a second shipment from the first, so an unanswered one is looked up by what it ships. What
/// is sent notes the shipments that were there before.
pub(super) async fn ship(
    shop: &Shop<'_>,
    order: &str,
    wanted: Wanted<'_>,
    intent: Hash,
) -> Result<Receipt<Refs>> {
    let wanted = &wanted;
    let planned = |_| async move {
        let open = to_ship(shop, order).await?;
        let plan = plan(&open.orders, wanted.lines, wanted.location)?;
        let note = Note { order: order.to_owned(), known: open.shipped, lines: plan.lines };
        let fulfillment = FulfillmentInput {
            line_items_by_fulfillment_order: plan.input,
            tracking_info: wanted.tracking.clone(),
            notify_customer: wanted.notify,
        };
        Ok(shop.request_noted(&variables::Fulfill { fulfillment }, &note))
    };
    let answer = shop.change_planned(SHIP, Repeat::Once, cost::MUTATION, intent, planned).await?;
    made(shop.read::<FulfilledData>(&answer)?.data.fulfillment_create)
}
