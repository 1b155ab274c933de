//! What has become of an order: three axes that say nothing about each other.

use crate::wire::order as wire;
use fusion_core::model::{Axis, Life, LossKind, Losses, Payment, Shipment};

pub(super) fn life(read: &wire::Order) -> Axis<Life> {
    Axis::Known(if read.cancelled_at.is_some() {
        Life::Cancelled
    } else if read.closed_at.is_some() {
        Life::Closed
    } else if read.display_fulfillment_status == "ON_HOLD" {
        Life::OnHold
    } else {
        Life::Open
    })
}

pub(super) fn payment(read: &wire::Order, losses: &mut Losses) -> Axis<Payment> {
    let Some(word) = read.display_financial_status.as_deref() else { return Axis::NotTold };
    Axis::Known(match word {
        "PENDING" => Payment::Pending,
        "AUTHORIZED" => Payment::Authorised,
        "PAID" => Payment::Paid,
        "PARTIALLY_PAID" => Payment::PartlyPaid,
        "PARTIALLY_REFUNDED" => Payment::PartlyRefunded,
        "REFUNDED" => Payment::Refunded,
        "VOIDED" => Payment::Voided,
        "EXPIRED" => {
            let note = "the bank's promise has run out; it counts as given up";
            losses.add("displayFinancialStatus", LossKind::Reinterpreted, note);
            Payment::Voided
        }
        other => return Axis::Unknown(other.to_owned()),
    })
}

pub(super) fn shipment(read: &wire::Order, losses: &mut Losses) -> Axis<Shipment> {
    let mut means = |shipment, note: &str| {
        losses.add("displayFulfillmentStatus", LossKind::Reinterpreted, note);
        shipment
    };
    Axis::Known(match read.display_fulfillment_status.as_str() {
        "UNFULFILLED" | "OPEN" => Shipment::None,
        "SCHEDULED" => means(Shipment::None, "it is to be shipped at a later time"),
        "PENDING_FULFILLMENT" => means(Shipment::None, "a fulfilment service was asked and hasn't answered"),
        "IN_PROGRESS" => means(Shipment::None, "somebody is at work on it"),
        "PARTIALLY_FULFILLED" => Shipment::Part,
        "FULFILLED" => Shipment::All,
        "FULFILLMENT_NOT_REQUIRED" => Shipment::NotNeeded,
        "RESTOCKED" => means(Shipment::NotNeeded, "all of it was put back on the shelf"),
        "ON_HOLD" => Shipment::Blocked,
        "REQUEST_DECLINED" => means(Shipment::Blocked, "a fulfilment service has declined"),
        other => return Axis::Unknown(other.to_owned()),
    })
}
