//! What was bought, line by line, as it stands now.

use super::super::{
    matching::NO_OPTION,
    money::{bad, is_nothing, paired},
};
use crate::{
    kinds::{LOCATION, PRODUCT, VARIANT},
    wire::order as wire,
};
use fusion_core::{
    error::Result,
    model::{
        Charge, ChargeKind, Collector, Decimal, LossKind, Losses, Money, Nature, OrderLine, Paired, Ref,
        Refs, ShippedBy,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// A place that ships a line, and whether a service keeps it.
type Places<'a> = BTreeMap<&'a str, BTreeSet<(&'a str, bool)>>;

/// The order's own lines, and those that exchanges have added.
pub(super) fn lines(read: &wire::Order, losses: &mut Losses) -> Result<Vec<OrderLine>> {
    let places = places(&read.fulfillment_orders.nodes);
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for (nth, line) in read.line_items.nodes.iter().enumerate() {
        known.insert(line.id.as_str());
        all.push(one(line, &format!("lineItems[{nth}]"), read.taxes_included, &places, losses)?);
    }
    for (nth, exchange) in exchanges(read).enumerate() {
        let at = format!("exchanges[{nth}]");
        if exchange.unprocessed_quantity > 0 {
            let note =
                format!("{} pieces become a line once they are on their way", exchange.unprocessed_quantity);
            losses.add(at.clone(), LossKind::Dropped, note);
        }
        for line in exchange.line_items.iter().flatten() {
            if known.insert(line.id.as_str()) {
                all.push(one(line, &at, read.taxes_included, &places, losses)?);
            }
        }
    }
    Ok(all)
}

fn exchanges(read: &wire::Order) -> impl Iterator<Item = &wire::ExchangeLine> {
    // Refused and called off: nothing of it was ever sent.
    let stands = |one: &&wire::Return| !matches!(one.status.as_str(), "CANCELED" | "DECLINED");
    read.returns.nodes.iter().filter(stands).flat_map(|one| &one.exchange_line_items.nodes)
}

fn places(orders: &[wire::FulfillmentOrder]) -> Places<'_> {
    let mut places = Places::new();
    for order in orders.iter().filter(|order| order.status != "CANCELLED") {
        let Some(location) = &order.assigned_location.location else { continue };
        for line in &order.line_items.nodes {
            let place = (location.id.as_str(), location.is_fulfillment_service);
            places.entry(line.line_item.id.as_str()).or_default().insert(place);
        }
    }
    places
}

fn one(
    line: &wire::Line,
    at: &str,
    taxes_included: bool,
    places: &Places<'_>,
    losses: &mut Losses,
) -> Result<OrderLine> {
    if line.id.is_empty() {
        return Err(bad(&format!("{at}.id"), "there is none"));
    }
    if line.quantity < 0 || line.current_quantity < 0 || line.current_quantity > line.quantity {
        return Err(bad(&format!("{at}.currentQuantity"), "it isn't between nothing and what was ordered"));
    }
    let product = line.product.as_ref().map(|product| Ref::new(PRODUCT, product.id.as_str()));
    let variant = line.variant.as_ref().map(|variant| Ref::new(VARIANT, variant.id.as_str()));
    let chosen = line.variant.iter().flat_map(|variant| &variant.selected_options);
    let chosen = chosen.filter(|one| (one.name.as_str(), one.value.as_str()) != NO_OPTION);
    let unit = paired(&line.original_unit_price_set, &format!("{at}.originalUnitPriceSet"))?;
    let discount = discount(line, unit, at, taxes_included, losses)?;
    let place = places.get(line.id.as_str());
    if place.is_some_and(|places| places.len() > 1) {
        losses.add(format!("{at}.location"), LossKind::Aggregated, "it is shipped from several places");
    }
    let only = place.and_then(|places| if places.len() == 1 { places.first() } else { None });
    Ok(OrderLine {
        key: line.id.clone(),
        refs: Refs::of(product.into_iter().chain(variant)),
        variant: None,
        sku: line.sku.clone().filter(|sku| !sku.is_empty()),
        // Without the variant itself its title is all that tells which one it was.
        title: if line.variant.is_some() { line.title.clone() } else { line.name.clone() },
        options: chosen.map(|one| (one.name.clone(), one.value.clone())).collect(),
        ordered: line.quantity,
        current: line.current_quantity,
        cancel_wanted: false,
        unit_price: Some(unit),
        charges: discount.into_iter().collect(),
        costs: Vec::new(),
        nature: match (line.requires_shipping, line.is_gift_card) {
            (true, _) => Some(Nature::Physical),
            (false, true) => Some(Nature::Digital),
            // A file, a right or work: the platform doesn't tell these apart.
            (false, false) => None,
        },
        shipped_by: match only {
            Some((_, true)) => ShippedBy::Supplier,
            _ => ShippedBy::Merchant,
        },
        location: only.map(|(id, _)| Ref::new(LOCATION, *id)),
    })
}

/// The reduction of the pieces that are still wanted. What the platform tells about the reduction itself is about
/// the pieces that were ordered first, so it follows from prices.
fn discount(
    line: &wire::Line,
    unit: Paired,
    at: &str,
    taxes_included: bool,
    losses: &mut Losses,
) -> Result<Option<Charge>> {
    let reduced = paired(
        &line.discounted_unit_price_after_all_discounts_set,
        &format!("{at}.discountedUnitPriceAfterAllDiscountsSet"),
    )?;
    let left = paired(
        &line.price_after_all_discounts_before_taxes_set,
        &format!("{at}.priceAfterAllDiscountsBeforeTaxesSet"),
    )?;
    let count = Decimal::from(line.current_quantity);
    let less = |unit: Money, reduced: Money, left: Money| -> Result<Money> {
        if unit.currency() != reduced.currency() || unit.currency() != left.currency() {
            return Err(bad(at, "its prices are in several currencies"));
        }
        let full = times(unit.amount(), count, at)?;
        // The sum before tax is exact, but says nothing about prices that hold it.
        let rest = if taxes_included { times(reduced.amount(), count, at)? } else { left.amount() };
        let less = rest.checked_sub(full).ok_or_else(|| bad(at, "its prices are out of all bounds"))?;
        Ok(Money::new(less, unit.currency()))
    };
    let shop = less(unit.shop, reduced.shop, left.shop)?;
    let presentment = match (unit.presentment, reduced.presentment, left.presentment) {
        (None, None, None) => None,
        (Some(unit), Some(reduced), Some(left)) => Some(less(unit, reduced, left)?),
        _ => return Err(bad(at, "its prices are in several currencies")),
    };
    let amount = Paired { shop, presentment };
    if is_nothing(amount) {
        return Ok(None);
    }
    if taxes_included && line.current_quantity < line.quantity {
        let note = "the platform tells the reduction of one piece approximately once others were taken off";
        losses.add(format!("{at}.charges"), LossKind::Guessed, note);
    }
    Ok(Some(Charge { kind: ChargeKind::Discount, amount, collector: Collector::Merchant, included: false }))
}

fn times(amount: Decimal, count: Decimal, at: &str) -> Result<Decimal> {
    amount.checked_mul(count).ok_or_else(|| bad(at, "its prices are out of all bounds"))
}
