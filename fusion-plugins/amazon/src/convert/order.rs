//! Orders 2026-01-01: one answer holds everything that was asked for.

use super::{
    address::{Texts, address, told},
    asked::OrderPart,
    axes::axes,
    fulfilled, line,
    page::page,
    reading::{filled, leftovers, money, time, time_of},
};
use crate::{
    extras::OrderExtras,
    kinds::{EARLIER, ORDER, PACKAGE},
    wire::order as wire,
};
use fusion_core::{
    error::Result,
    model::{
        Axis, Buyer, Charge, Collector, Converted, Extensions, Fulfilment, Life, LossKind, Losses,
        OrderFacts, OrderRole, Ref, Refs, RemoteOrder, Seen, ShippedBy, StoreFacts,
    },
    plugin::Page,
};
use fusion_plugin_sdk::{parse, unreadable};
use serde_json::Value;

const CARRIED: &[&str] = &[
    "orderId",
    "orderAliases[].aliasId",
    "orderAliases[].aliasType",
    "createdTime",
    "lastUpdatedTime",
    "programs",
    "associatedOrders",
    "salesChannel",
    "buyer",
    "recipient.deliveryAddress.name",
    "recipient.deliveryAddress.companyName",
    "recipient.deliveryAddress.addressLine1",
    "recipient.deliveryAddress.addressLine2",
    "recipient.deliveryAddress.addressLine3",
    "recipient.deliveryAddress.city",
    "recipient.deliveryAddress.districtOrCounty",
    "recipient.deliveryAddress.stateOrRegion",
    "recipient.deliveryAddress.municipality",
    "recipient.deliveryAddress.postalCode",
    "recipient.deliveryAddress.countryCode",
    "recipient.deliveryAddress.phone",
    "recipient.deliveryPreference.dropOffLocation",
    "recipient.deliveryPreference.addressInstruction",
    "proceeds.grandTotal",
    "proceeds.breakdowns[].type",
    "proceeds.breakdowns[].subtotal",
    "fulfillment.fulfillmentStatus",
    "fulfillment.fulfilledBy",
    "fulfillment.fulfillmentServiceLevel",
    "fulfillment.shipByWindow.latestDateTime",
    "fulfillment.deliverByWindow.latestDateTime",
    "orderItems[].orderItemId",
    "orderItems[].quantityOrdered",
    "orderItems[].product.asin",
    "orderItems[].product.title",
    "orderItems[].product.sellerSku",
    "orderItems[].product.price.unitPrice",
    "orderItems[].product.customization.customizedUrl",
    "orderItems[].proceeds.proceedsTotal",
    "orderItems[].proceeds.breakdowns[].type",
    "orderItems[].proceeds.breakdowns[].subtotal",
    "orderItems[].cancellation.cancellationRequest.requester",
    "orderItems[].cancellation.cancellationRequest.cancelReason",
    "orderItems[].cancellation.cancellationExecution",
    "orderItems[].fulfillment.quantityFulfilled",
    "orderItems[].fulfillment.quantityUnfulfilled",
    "orderItems[].fulfillment.packing.giftOption.giftMessage",
    "orderItems[].tax.taxCollections",
    "packages[].packageReferenceId",
    "packages[].packageStatus",
    "packages[].carrier",
    "packages[].shipTime",
    "packages[].trackingNumber",
    "packages[].packageItems[].orderItemId",
    "packages[].packageItems[].quantity",
];

/// A page of `searchOrders` that asked for the parts `asked`. Its watermark stands on the last page alone.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the answer isn't a list. An order that
/// can't be read is named in the page.
pub fn orders(
    answer: &[u8],
    asked: &[OrderPart],
    facts: &StoreFacts,
) -> Result<Page<Converted<RemoteOrder>>> {
    let found: wire::Found = parse(answer, "")?;
    let mut page = page(&found.orders, "orders", ("/orderId", ORDER), |record| read(record, asked, facts));
    page.next = found.pagination.and_then(|pagination| filled(pagination.next_token));
    if page.next.is_none() {
        page.watermark = time_of(found.last_updated_before.as_deref(), "lastUpdatedBefore")?;
    }
    Ok(page)
}

/// The answer of `getOrder` that asked for the parts `asked`.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it can't be read, or is an order of another
/// marketplace.
pub fn order(answer: &[u8], asked: &[OrderPart], facts: &StoreFacts) -> Result<Converted<RemoteOrder>> {
    let one: wire::One = parse(answer, "")?;
    read(one.order.get().as_bytes(), asked, facts)?.ok_or_else(|| {
        unreadable("order.salesChannel.marketplaceId", "it is an order of another marketplace")
    })
}

/// One search covers all marketplaces of an account; orders of others belong to other stores.
fn read(record: &[u8], asked: &[OrderPart], facts: &StoreFacts) -> Result<Option<Converted<RemoteOrder>>> {
    let order: wire::Order = parse(record, "")?;
    if order.order_id.is_empty() {
        return Err(unreadable("orderId", "there is none"));
    }
    if order.sales_channel.marketplace_id.as_ref().is_some_and(|id| *id != facts.remote_id) {
        return Ok(None);
    }
    let mut losses = Losses::default();
    leftovers(&parse::<Value>(record, "")?, CARRIED, &mut losses);
    let asked = |part: OrderPart| asked.contains(&part);
    let mut texts = Texts::default();
    let axes = axes(order.fulfillment.as_ref().map(|one| one.fulfillment_status.as_str()));
    let shipped_by = match order.fulfillment.as_ref().and_then(|one| one.fulfilled_by.as_deref()) {
        Some("AMAZON") => ShippedBy::Platform,
        _ => ShippedBy::Merchant,
    };
    let extensions = extensions(&order)?;
    let (role, refs) = role(&order, &mut losses);
    let mut lines = Vec::new();
    let mut sent = Vec::new();
    for (nth, item) in order.order_items.into_iter().enumerate() {
        let path = format!("orderItems[{nth}]");
        let fulfilled = item.fulfillment.as_ref().and_then(|one| one.quantity_fulfilled);
        sent.push((item.order_item_id.clone(), fulfilled.unwrap_or(0)));
        lines.push(line::line(item, &path, &axes.life, shipped_by, facts, &mut texts, &mut losses)?);
    }
    let charges = charges(order.proceeds.as_ref(), &lines, facts, &mut losses)?;
    let total = order.proceeds.as_ref().and_then(|proceeds| proceeds.grand_total.as_ref());
    let total = total.map(|total| money(total, "proceeds.grandTotal")).transpose()?;
    let mut fulfilments = Vec::new();
    for (nth, package) in order.packages.into_iter().flatten().enumerate() {
        fulfilments.extend(fulfilment(package, &format!("packages[{nth}]"), &mut losses)?);
    }
    fulfilments.extend(fulfilled::unpacked(&sent, &fulfilments));
    let buyer = order.buyer.unwrap_or_default();
    texts.add("buyer_name", buyer.buyer_name);
    texts.add("buyer_company", buyer.buyer_company_name);
    texts.add("purchase_order", buyer.buyer_purchase_order_number);
    let (to, wishes) =
        order.recipient.map_or((None, None), |one| (one.delivery_address, one.delivery_preference));
    if let Some(wishes) = wishes {
        texts.add("drop_off_location", wishes.drop_off_location);
        texts.add("address_instruction", wishes.address_instruction);
    }
    let ship_to = to.map(address);
    let facts = OrderFacts {
        refs,
        number: Some(order.order_id),
        role,
        locale: None,
        placed: time(&order.created_time, "createdTime")?,
        updated: Some(time(&order.last_updated_time, "lastUpdatedTime")?),
        // When isn't told.
        cancelled: None,
        edited: Some(false),
        life: axes.life,
        payment: axes.payment,
        shipment: axes.shipment,
        lines,
        total: total.map(Into::into),
        paid: None,
        charges,
        fulfilments,
        refunds: Vec::new(),
        extensions,
    };
    let buyer = Buyer {
        ship_to: told(asked(OrderPart::Recipient), ship_to),
        bill_to: Seen::NotRead,
        email: told(asked(OrderPart::Buyer), filled(buyer.buyer_email)),
        texts: texts.0,
    };
    Ok(Some(losses.with(RemoteOrder { facts, buyer })))
}

fn extensions(order: &wire::Order) -> Result<Extensions> {
    let mut extensions = Extensions::default();
    let sent = order.fulfillment.as_ref();
    let latest = |window: Option<&wire::Window>| window.and_then(|window| window.latest_date_time.clone());
    let ship_by = latest(sent.and_then(|one| one.ship_by_window.as_ref()));
    let deliver_by = latest(sent.and_then(|one| one.deliver_by_window.as_ref()));
    let extras = OrderExtras {
        aliases: order.order_aliases.iter().map(|alias| alias.alias_id.clone()).collect(),
        programs: order.programs.clone(),
        service_level: sent.and_then(|one| one.fulfillment_service_level.clone()),
        ship_by: time_of(ship_by.as_deref(), "fulfillment.shipByWindow")?,
        deliver_by: time_of(deliver_by.as_deref(), "fulfillment.deliverByWindow")?,
    };
    if extras != OrderExtras::default() {
        extensions.set(&extras)?;
    }
    Ok(extensions)
}

/// A replacement is a second delivery; an exchange is a sale of something else. Both name the earlier order.
fn role(order: &wire::Order, losses: &mut Losses) -> (OrderRole, Refs) {
    let mut refs = Refs::of([Ref::new(ORDER, order.order_id.as_str())]);
    let mut role = OrderRole::Sale;
    for (nth, one) in order.associated_orders.iter().enumerate() {
        match (one.association_type.as_deref(), &one.order_id) {
            (Some("REPLACEMENT_ORIGINAL_ID"), Some(id)) => {
                role = OrderRole::Replacement { of: None };
                refs.set(Ref::new(EARLIER, id.as_str()));
            }
            (Some("EXCHANGE_ORIGINAL_ID"), Some(id)) => refs.set(Ref::new(EARLIER, id.as_str())),
            _ => losses.add(
                format!("associatedOrders[{nth}]"),
                LossKind::Dropped,
                "related in a way that the model has no word for",
            ),
        }
    }
    (role, refs)
}

/// The order's own breakdowns are the sums of its items', except what no item bears, such as a tip.
fn charges(
    proceeds: Option<&wire::Proceeds>,
    lines: &[fusion_core::model::OrderLine],
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<Vec<Charge>> {
    let Some(proceeds) = proceeds else { return Ok(Vec::new()) };
    let mut charges = Vec::new();
    for (nth, one) in proceeds.breakdowns.iter().enumerate() {
        let path = format!("proceeds.breakdowns[{nth}]");
        let kind = line::charge_kind(&one.kind);
        let is_borne = lines.iter().flat_map(|line| &line.charges).any(|charge| charge.kind == kind);
        if is_borne {
            continue;
        }
        let amount = money(&one.subtotal, &format!("{path}.subtotal"))?;
        line::foreign(amount, &path, facts, losses);
        charges.push(line::charge(kind, amount, Collector::Unknown, false, &path, losses));
    }
    Ok(charges)
}

fn fulfilment(package: wire::Package, path: &str, losses: &mut Losses) -> Result<Option<Fulfilment>> {
    let status = package.package_status.as_ref().map(|one| one.status.as_str());
    match status {
        Some("CANCELLED") => {
            losses.add(path, LossKind::Dropped, "a package that was given up");
            return Ok(None);
        }
        Some("SHIPPED" | "IN_TRANSIT") | None => {}
        Some(_) => losses.add(
            format!("{path}.packageStatus"),
            LossKind::Dropped,
            "how far a package is has no place without the time of its arrival",
        ),
    }
    Ok(Some(Fulfilment {
        refs: Refs::of([Ref::new(PACKAGE, package.package_reference_id.as_str())]),
        key: package.package_reference_id,
        lines: package.package_items.into_iter().map(|one| (one.order_item_id, one.quantity)).collect(),
        carrier: filled(package.carrier),
        tracking: filled(package.tracking_number).into_iter().map(|number| (number, None)).collect(),
        shipped: time_of(package.ship_time.as_deref(), &format!("{path}.shipTime"))?,
        delivered: None,
    }))
}

/// Whether the order still reserves what was ordered.
pub(super) fn is_pending(life: &Axis<Life>) -> bool {
    *life == Axis::Known(Life::Pending)
}
