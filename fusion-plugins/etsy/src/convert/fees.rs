//! What comes on top of an order's lines, and who collects it.

use super::money::money;
use crate::{kinds::RECEIPT, wire};
use fusion_core::{
    error::Result,
    model::{Charge, ChargeKind, Collector, Money, Ref},
};

/// The charges of a receipt; lines and what isn't included make the sum that the buyer pays.
pub(super) fn charges(read: &wire::Receipt) -> Result<Vec<Charge>> {
    use {ChargeKind as Kind, Collector as By};
    // Taxes may be kept and paid by the platform or be the merchant's; the receipt doesn't say.
    let told = [
        (Kind::Shipping, &read.total_shipping_cost, "total_shipping_cost", By::Merchant, false),
        (Kind::Tax, &read.total_tax_cost, "total_tax_cost", By::Unknown, false),
        // The buyer's sum is without it: prices hold it.
        (Kind::Tax, &read.total_vat_cost, "total_vat_cost", By::Unknown, true),
        (Kind::Discount, &read.discount_amt, "discount_amt", By::Merchant, false),
        (Kind::GiftWrap, &read.gift_wrap_price, "gift_wrap_price", By::Merchant, false),
    ];
    let mut charges = Vec::new();
    for (kind, amount, path, collector, included) in told {
        let Some(amount) = amount.as_ref().map(|amount| money(amount, path)).transpose()? else { continue };
        if amount.amount().is_zero() {
            continue;
        }
        let amount = match kind {
            Kind::Discount => Money::new(-amount.amount().abs(), amount.currency()),
            _ => amount,
        };
        charges.push(Charge { kind, amount: amount.into(), collector, included });
    }
    Ok(charges)
}

/// What the platform kept of a receipt's money: receipts don't tell, payments do. The buyer doesn't pay it on top.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol), with the field that can't be read.
pub fn fees(read: &wire::Payment) -> Result<(Ref, Charge)> {
    let kept = read.adjusted_fees.as_ref().unwrap_or(&read.amount_fees);
    let charge = Charge {
        kind: ChargeKind::Fee,
        amount: money(kept, "amount_fees")?.into(),
        collector: Collector::Platform,
        included: true,
    };
    Ok((Ref::new(RECEIPT, read.receipt_id.to_string()), charge))
}
