//! What can be done to an order.

use super::{cancel, refund, ship};
use crate::{
    call::Shop,
    cost,
    kinds::{FULFILLMENT, ORDER},
    manifest::{MANIFEST, SLUG},
    wire::{
        order_variables as variables,
        order_write::{Fulfilled, TrackedData, TrackingInput},
    },
};
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Fate, Problem, Result},
    model::{Order, OrderAction, Ref, Refs, Repeat},
    plugin::{Context, Receipt, Support},
    verb::Operation,
};

pub(crate) async fn process(cx: &Context<'_>, order: &Order, action: &OrderAction) -> Result<Receipt<Refs>> {
    let operation = action.operation();
    offered(operation)?;
    let shop = Shop::of(*cx, operation)?;
    let id = order.facts.refs.get(&ORDER).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "the order has no id of this platform")
            .with_operation(operation)
            .with_platform(SLUG)
    })?;
    match action {
        OrderAction::Ship { lines, carrier, tracking, location, notify } => {
            let tracking = tracking_input(carrier.as_deref(), tracking.as_deref());
            let wanted =
                ship::Wanted { lines, location: ship::place(cx, *location)?, tracking, notify: *notify };
            ship::ship(&shop, id, wanted, intent(id, action)?).await
        }
        OrderAction::AmendTracking { fulfilment, carrier, tracking } => {
            amend(&shop, fulfilment, carrier.as_deref(), tracking).await
        }
        OrderAction::Cancel { .. } => cancel::cancel(cx, &shop, id, action).await,
        OrderAction::Refund { total, lines } => {
            refund::refund(cx, &shop, id, *total, lines, intent(id, action)?).await
        }
        OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {
            Err(Error::new(ErrorKind::Unsupported, "the platform has no such step")
                .with_operation(operation)
                .with_platform(SLUG))
        }
    }
}

/// # Errors
/// [`ErrorKind::Unsupported`]: the manifest says that the plugin doesn't do it.
pub(super) fn offered(operation: Operation) -> Result<()> {
    match MANIFEST.support(operation) {
        Support::Unsupported { reason, .. } => {
            Err(Error::new(ErrorKind::Unsupported, reason).with_operation(operation).with_platform(SLUG))
        }
        Support::Native | Support::Workaround { .. } => Ok(()),
    }
}

/// What is wanted, whatever is sent for it.
fn intent(order: &str, action: &OrderAction) -> Result<Hash> {
    let wanted = serde_json::to_vec(&(order, action)).map_err(|source| {
        Error::new(ErrorKind::Internal, "the action has no JSON form").with_source(source)
    })?;
    Ok(Hash::of(wanted))
}

pub(super) fn invalid(path: &str, code: &str, help: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, "the platform can't do this to the order")
        .with_platform(SLUG)
        .with_problems([Problem::error(path, code, help)])
}

fn tracking_input(carrier: Option<&str>, number: Option<&str>) -> Option<TrackingInput> {
    let filled = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let input = TrackingInput { company: filled(carrier), number: filled(number) };
    (input.company.is_some() || input.number.is_some()).then_some(input)
}

/// Idempotent: the tracking as it shall be, and the buyer isn't told.
async fn amend(
    shop: &Shop<'_>,
    fulfilment: &str,
    carrier: Option<&str>,
    tracking: &str,
) -> Result<Receipt<Refs>> {
    let input = tracking_input(carrier, Some(tracking))
        .filter(|input| input.number.is_some())
        .ok_or_else(|| invalid("tracking", "required", "say the number that the parcel is followed by"))?;
    let variables = |_: &_| variables::Tracking {
        fulfillment_id: fulfilment.to_owned(),
        tracking_info_input: input.clone(),
    };
    let answer = shop.change("tracking", Repeat::Idempotent, cost::TRACKING, variables).await?;
    made(shop.read::<TrackedData>(&answer)?.data.fulfillment_tracking_info_update)
}

/// The ids of a fulfilment that a write has answered.
pub(super) fn made(answered: Fulfilled) -> Result<Receipt<Refs>> {
    let fulfilment = answered.fulfillment.ok_or_else(|| {
        Error::new(ErrorKind::Protocol, "the platform took the shipment and tells no id of it")
            .with_fate(Fate::Unknown)
    })?;
    Ok(Receipt::done(Refs::of([Ref::new(FULFILLMENT, fulfilment.id)])))
}
