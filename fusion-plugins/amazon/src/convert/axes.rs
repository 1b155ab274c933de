//! Statuses of both versions of the orders API, on our three axes.

use fusion_core::model::{Axis, Life, Payment, Shipment};

/// An order's state.
pub(super) struct Axes {
    pub(super) life: Axis<Life>,
    pub(super) payment: Axis<Payment>,
    pub(super) shipment: Axis<Shipment>,
}

/// Reads a status in either spelling; `None`: it wasn't told. Amazon collects the money and tells nobody how far
/// that is, except that nothing is paid while an order is pending.
pub(super) fn axes(status: Option<&str>) -> Axes {
    let known = |life, shipment| (Axis::Known(life), Axis::Known(shipment));
    let Some(status) = status else {
        return Axes { life: Axis::NotTold, payment: Axis::NotTold, shipment: Axis::NotTold };
    };
    let (life, shipment) = match status {
        "PENDING_AVAILABILITY" | "PendingAvailability" | "PENDING" | "Pending" => {
            known(Life::Pending, Shipment::None)
        }
        "UNSHIPPED" | "Unshipped" => known(Life::Open, Shipment::None),
        "PARTIALLY_SHIPPED" | "PartiallyShipped" => known(Life::Open, Shipment::Part),
        "SHIPPED" | "Shipped" => known(Life::Closed, Shipment::All),
        // Sent, and waiting for an invoice of the merchant's (Brazil).
        "InvoiceUnconfirmed" => known(Life::OnHold, Shipment::All),
        "CANCELLED" | "Canceled" => known(Life::Cancelled, Shipment::None),
        "UNFULFILLABLE" | "Unfulfillable" => known(Life::OnHold, Shipment::Blocked),
        other => (Axis::Unknown(other.to_owned()), Axis::Unknown(other.to_owned())),
    };
    let payment =
        if life == Axis::Known(Life::Pending) { Axis::Known(Payment::Pending) } else { Axis::NotTold };
    Axes { life, payment, shipment }
}
