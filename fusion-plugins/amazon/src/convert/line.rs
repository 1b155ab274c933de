//! One line of an order, in the version of 2026.

use super::{
    address::Texts,
    order::is_pending,
    reading::{filled, money},
};
use crate::{
    kinds::{ASIN, CHANNEL, SKU},
    wire::order as wire,
};
use fusion_core::{
    error::Result,
    model::{
        Axis, Charge, ChargeKind, Collector, Decimal, Life, LossKind, Losses, Money, OrderLine, Ref, Refs,
        ShippedBy, StoreFacts,
    },
};
use fusion_plugin_sdk::unreadable;

/// More pieces than anybody orders: beyond it a number is taken for damage.
pub(super) const MAX_PIECES: i64 = 1_000_000;

pub(super) fn pieces(count: i64, path: &str) -> Result<i64> {
    if (0..=MAX_PIECES).contains(&count) {
        Ok(count)
    } else {
        Err(unreadable(path, "it is no count of pieces"))
    }
}

pub(super) fn line(
    item: wire::Item,
    path: &str,
    life: &Axis<Life>,
    shipped_by: ShippedBy,
    facts: &StoreFacts,
    texts: &mut Texts,
    losses: &mut Losses,
) -> Result<OrderLine> {
    if item.order_item_id.is_empty() {
        return Err(unreadable(format!("{path}.orderItemId"), "there is none"));
    }
    let ordered = pieces(item.quantity_ordered, &format!("{path}.quantityOrdered"))?;
    let (asked, done) =
        item.cancellation.map_or((None, None), |one| (one.cancellation_request, one.cancellation_execution));
    let current = current(ordered, life, done.is_some(), item.fulfillment.as_ref(), path, losses)?;
    let cancel_wanted = asked.is_some() && done.is_none() && current > 0;
    let key = item.order_item_id;
    texts.add(format!("lines[{key}].cancel_reason"), asked.and_then(|asked| asked.cancel_reason));
    let gift = item.fulfillment.and_then(|one| one.packing).and_then(|one| one.gift_option);
    texts.add(format!("lines[{key}].gift_message"), gift.and_then(|gift| gift.gift_message));
    let custom = item.product.customization.and_then(|one| one.customized_url);
    texts.add(format!("lines[{key}].customization"), custom);
    let collector = match item.tax.map(|tax| tax.tax_collections) {
        Some(collections) if collections.iter().any(is_facilitated) => Collector::Platform,
        _ => Collector::Unknown,
    };
    let unit_price = item.product.price.and_then(|price| price.unit_price);
    let unit_price =
        unit_price.map(|price| money(&price, &format!("{path}.product.price.unitPrice"))).transpose()?;
    if let Some(price) = unit_price {
        foreign(price, &format!("{path}.product.price"), facts, losses);
    }
    Ok(OrderLine {
        refs: refs(item.product.seller_sku.as_deref(), item.product.asin.as_deref()),
        variant: None,
        sku: filled(item.product.seller_sku),
        title: item.product.title.unwrap_or_default(),
        options: Default::default(),
        ordered,
        current,
        cancel_wanted,
        unit_price: unit_price.map(Into::into),
        charges: charges(item.proceeds.as_ref(), collector, path, facts, losses)?,
        costs: Vec::new(),
        nature: None,
        shipped_by,
        location: location(shipped_by),
        key,
    })
}

/// What Amazon calls what was bought.
pub(super) fn refs(sku: Option<&str>, asin: Option<&str>) -> Refs {
    let told = [(SKU, sku), (ASIN, asin)].into_iter().filter_map(|(kind, id)| Some((kind, id?)));
    Refs::of(told.filter(|(_, id)| !id.is_empty()).map(|(kind, id)| Ref::new(kind, id)))
}

/// What Amazon sends lies in its own warehouses, whichever they are.
pub(super) fn location(shipped_by: ShippedBy) -> Option<Ref> {
    (shipped_by == ShippedBy::Merchant).then(|| Ref::new(CHANNEL, super::stock::DEFAULT))
}

pub(super) fn is_facilitated(collection: &wire::Collection) -> bool {
    matches!(collection.model.as_deref(), Some("MARKETPLACE_FACILITATOR" | "MarketplaceFacilitator"))
}

/// How many are still wanted. While an order is pending its pieces are in neither count, and reserved all the
/// same.
fn current(
    ordered: i64,
    life: &Axis<Life>,
    is_cancelled: bool,
    sent: Option<&wire::ItemFulfillment>,
    path: &str,
    losses: &mut Losses,
) -> Result<i64> {
    if *life == Axis::Known(Life::Cancelled) {
        return Ok(0);
    }
    let counts = sent.and_then(|one| Some((one.quantity_fulfilled?, one.quantity_unfulfilled?)));
    let Some((sent, open)) = counts.filter(|_| !is_pending(life)) else {
        return Ok(if is_cancelled { 0 } else { ordered });
    };
    let sent = pieces(sent, &format!("{path}.fulfillment.quantityFulfilled"))?;
    let open = pieces(open, &format!("{path}.fulfillment.quantityUnfulfilled"))?;
    let current = (sent + open).min(ordered);
    if current < ordered && !is_cancelled {
        let note = "pieces that are neither sent nor to be sent count as cancelled";
        losses.add(format!("{path}.fulfillment"), LossKind::Guessed, note);
    }
    if is_cancelled && current == ordered {
        let note = "a cancellation that took no piece away";
        losses.add(format!("{path}.cancellation.cancellationExecution"), LossKind::Dropped, note);
    }
    Ok(current)
}

fn charges(
    proceeds: Option<&wire::Proceeds>,
    collector: Collector,
    path: &str,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<Vec<Charge>> {
    let Some(proceeds) = proceeds else { return Ok(Vec::new()) };
    let mut amounts = Vec::new();
    for (nth, one) in proceeds.breakdowns.iter().enumerate() {
        let path = format!("{path}.proceeds.breakdowns[{nth}]");
        let amount = money(&one.subtotal, &format!("{path}.subtotal"))?;
        foreign(amount, &path, facts, losses);
        amounts.push((path, charge_kind(&one.kind), amount));
    }
    let total = proceeds.grand_total.as_ref();
    let total = total.map(|total| money(total, &format!("{path}.proceeds.proceedsTotal"))).transpose()?;
    let included = total.is_some_and(|total| is_tax_within(&amounts, total));
    Ok(amounts
        .into_iter()
        .map(|(path, kind, amount)| {
            let collector = if kind == ChargeKind::Tax { collector } else { Collector::Merchant };
            let included = included && kind == ChargeKind::Tax;
            charge(kind, amount, collector, included, &path, losses)
        })
        .collect())
}

/// Whether the other amounts hold the tax already differs between marketplaces; the total tells.
fn is_tax_within(amounts: &[(String, ChargeKind, Money)], total: Money) -> bool {
    let sum = |with_tax: bool| {
        amounts
            .iter()
            .filter(|(_, kind, _)| with_tax || *kind != ChargeKind::Tax)
            .try_fold(Money::new(Decimal::ZERO, total.currency()), |sum, (_, _, amount)| {
                sum.checked_add(*amount)
            })
    };
    sum(true) != Some(total) && sum(false) == Some(total)
}

pub(super) fn charge_kind(word: &str) -> ChargeKind {
    match word {
        "ITEM" => ChargeKind::Items,
        "SHIPPING" => ChargeKind::Shipping,
        "GIFT_WRAP" => ChargeKind::GiftWrap,
        "TAX" => ChargeKind::Tax,
        "DISCOUNT" => ChargeKind::Discount,
        "DELIVERY_TIP" => ChargeKind::Tip,
        other => ChargeKind::Other(other.to_owned()),
    }
}

/// A charge; a reduction is negative here, whichever way it came.
pub(super) fn charge(
    kind: ChargeKind,
    amount: Money,
    collector: Collector,
    included: bool,
    path: &str,
    losses: &mut Losses,
) -> Charge {
    let amount = if kind == ChargeKind::Discount && amount.amount() > Decimal::ZERO {
        losses.add(path, LossKind::Reinterpreted, "a reduction without a minus is taken for one with it");
        negative(amount)
    } else {
        amount
    };
    Charge { kind, amount: amount.into(), collector, included }
}

pub(super) fn negative(amount: Money) -> Money {
    Money::new(-amount.amount(), amount.currency())
}

/// Why an amount is another than it seems.
pub(super) const FOREIGN: &str = "it isn't in the store's currency and is kept in its own";

/// Amounts are in the marketplace's currency; one that isn't is said.
pub(super) fn foreign(amount: Money, path: &str, facts: &StoreFacts, losses: &mut Losses) {
    if amount.currency() != facts.currency {
        losses.add(path, LossKind::Reinterpreted, FOREIGN);
    }
}
