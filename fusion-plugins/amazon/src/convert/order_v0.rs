//! Orders v0: up to five answers make one order. What wasn't read stays so.

use super::{
    address::{Texts, address, told},
    axes::axes,
    fulfilled, line_v0,
    page::page,
    reading::{filled, leftovers, time, time_of},
};
use crate::{
    extras::OrderExtras,
    kinds::{EARLIER, ORDER},
    wire::{envelope::Payload, order_v0 as wire},
};
use fusion_core::{
    error::Result,
    model::{
        Buyer, Converted, Extensions, Losses, OrderFacts, OrderRole, Ref, Refs, RemoteOrder, Seen, ShippedBy,
        StoreFacts,
    },
    plugin::Page,
};
use fusion_plugin_sdk::{parse, unreadable};
use serde_json::{Value, value::RawValue};

const CARRIED: &[&str] = &[
    "AmazonOrderId",
    "SellerOrderId",
    "PurchaseDate",
    "LastUpdateDate",
    "OrderStatus",
    "OrderTotal",
    "FulfillmentChannel",
    "SalesChannel",
    "MarketplaceId",
    "ShipServiceLevel",
    // Counted from the lines, where they were read.
    "NumberOfItemsShipped",
    "NumberOfItemsUnshipped",
    "LatestShipDate",
    "LatestDeliveryDate",
    "IsReplacementOrder",
    "ReplacedOrderId",
    "BuyerInfo.BuyerEmail",
    "BuyerInfo.BuyerName",
    "BuyerInfo.PurchaseOrderNumber",
    "ShippingAddress.Name",
    "ShippingAddress.CompanyName",
    "ShippingAddress.AddressLine1",
    "ShippingAddress.AddressLine2",
    "ShippingAddress.AddressLine3",
    "ShippingAddress.City",
    "ShippingAddress.District",
    "ShippingAddress.County",
    "ShippingAddress.StateOrRegion",
    "ShippingAddress.Municipality",
    "ShippingAddress.PostalCode",
    "ShippingAddress.CountryCode",
    "ShippingAddress.Phone",
];

/// The answers about one order; `None`: not read.
#[derive(Clone, Copy, Default)]
pub struct OrderV0<'a> {
    /// `getOrder`.
    pub order: &'a [u8],
    /// `getOrderItems`, all of them: an answer with a next token isn't.
    pub items: Option<&'a [u8]>,
    /// `getOrderAddress`.
    pub address: Option<&'a [u8]>,
    /// `getOrderBuyerInfo`.
    pub buyer: Option<&'a [u8]>,
    /// `getOrderItemsBuyerInfo`.
    pub item_buyers: Option<&'a [u8]>,
}

/// A page of `getOrders`: orders without lines, so that each has to be read whole before anything is made of it.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the answer isn't a list. An order that
/// can't be read is named in the page.
pub fn orders_v0(answer: &[u8], facts: &StoreFacts) -> Result<Page<Converted<RemoteOrder>>> {
    let Payload { payload } = parse::<Payload<wire::Found>>(answer, "")?;
    let mut page = page(&payload.orders, "payload.Orders", ("/AmazonOrderId", ORDER), |record| {
        assembled(record, &OrderV0::default(), facts)
    });
    page.next = filled(payload.next_token);
    if page.next.is_none() {
        page.watermark = time_of(payload.last_updated_before.as_deref(), "payload.LastUpdatedBefore")?;
    }
    Ok(page)
}

/// One order of v0 from what was read about it.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): an answer can't be read, is about another
/// order, or doesn't hold all lines.
pub fn order_v0(answers: &OrderV0<'_>, facts: &StoreFacts) -> Result<Converted<RemoteOrder>> {
    let Payload { payload } = parse::<Payload<Box<RawValue>>>(answers.order, "")?;
    assembled(payload.get().as_bytes(), answers, facts)?
        .ok_or_else(|| unreadable("MarketplaceId", "it is an order of another marketplace"))
}

fn assembled(
    record: &[u8],
    answers: &OrderV0<'_>,
    facts: &StoreFacts,
) -> Result<Option<Converted<RemoteOrder>>> {
    let mut losses = Losses::default();
    leftovers(&parse::<Value>(record, "")?, CARRIED, &mut losses);
    let order: wire::Order = parse(record, "")?;
    let id = order.amazon_order_id;
    if id.is_empty() {
        return Err(unreadable("AmazonOrderId", "there is none"));
    }
    if order.marketplace_id.is_some_and(|place| place != facts.remote_id) {
        return Ok(None);
    }
    let mut texts = Texts::default();
    let axes = axes(Some(&order.order_status));
    let shipped_by = match order.fulfillment_channel.as_deref() {
        Some("AFN") => ShippedBy::Platform,
        _ => ShippedBy::Merchant,
    };
    let item_buyers = match answers.item_buyers {
        Some(answer) => {
            parse::<Payload<wire::ItemBuyersOf>>(answer, "getOrderItemsBuyerInfo")?.payload.order_items
        }
        None => Vec::new(),
    };
    let mut lines = Vec::new();
    let mut sent = Vec::new();
    if let Some(answer) = answers.items {
        let Payload { payload } = parse::<Payload<Box<RawValue>>>(answer, "getOrderItems")?;
        let items: wire::ItemsOf = parse(payload.get().as_bytes(), "getOrderItems")?;
        same(&items.amazon_order_id, &id, "getOrderItems.AmazonOrderId")?;
        if filled(items.next_token).is_some() {
            return Err(unreadable(
                "getOrderItems.NextToken",
                "these are the first lines alone; join the pages",
            ));
        }
        let mut part = Losses::default();
        leftovers(&parse::<Value>(payload.get().as_bytes(), "")?, line_v0::CARRIED, &mut part);
        losses.take(part.with(()));
        for (nth, mut item) in items.order_items.into_iter().enumerate() {
            let apart =
                item_buyers.iter().position(|one| one.order_item_id.as_ref() == Some(&item.order_item_id));
            if item.buyer_info.is_none() {
                item.buyer_info = apart.and_then(|nth| item_buyers.get(nth)).cloned();
            }
            let path = format!("OrderItems[{nth}]");
            sent.push((item.order_item_id.clone(), item.quantity_shipped.unwrap_or(0)));
            lines.push(line_v0::line(item, &path, &axes.life, shipped_by, facts, &mut texts, &mut losses)?);
        }
    }
    let total = order.order_total.as_ref().map(|total| line_v0::amount(total, "OrderTotal")).transpose()?;
    let was_asked = order.shipping_address.is_some() || answers.address.is_some();
    let ship_to = match (order.shipping_address, answers.address) {
        (Some(here), _) => Some(here),
        (None, Some(answer)) => {
            let read = parse::<Payload<wire::AddressOf>>(answer, "getOrderAddress")?.payload;
            same(&read.amazon_order_id, &id, "getOrderAddress.AmazonOrderId")?;
            read.shipping_address
        }
        (None, None) => None,
    };
    let ship_to = ship_to.map(address);
    let (buyer, buyer_asked) = match (order.buyer_info, answers.buyer) {
        (Some(here), _) => (here, true),
        (None, Some(answer)) => {
            let read = parse::<Payload<wire::BuyerOf>>(answer, "getOrderBuyerInfo")?.payload;
            same(&read.amazon_order_id, &id, "getOrderBuyerInfo.AmazonOrderId")?;
            (read.info, true)
        }
        (None, None) => (wire::BuyerInfo::default(), false),
    };
    texts.add("buyer_name", buyer.buyer_name);
    texts.add("purchase_order", buyer.purchase_order_number);
    let mut refs = Refs::of([Ref::new(ORDER, id.as_str())]);
    let role = match (&order.is_replacement_order, filled(order.replaced_order_id)) {
        (Some(word), earlier) if is_true(word) => {
            if let Some(earlier) = earlier {
                refs.set(Ref::new(EARLIER, earlier));
            }
            OrderRole::Replacement { of: None }
        }
        _ => OrderRole::Sale,
    };
    let mut extensions = Extensions::default();
    extensions.set(&OrderExtras {
        aliases: filled(order.seller_order_id).into_iter().collect(),
        programs: Vec::new(),
        service_level: filled(order.ship_service_level),
        ship_by: time_of(order.latest_ship_date.as_deref(), "LatestShipDate")?,
        deliver_by: time_of(order.latest_delivery_date.as_deref(), "LatestDeliveryDate")?,
    })?;
    let facts = OrderFacts {
        refs,
        number: Some(id),
        role,
        locale: None,
        placed: time(&order.purchase_date, "PurchaseDate")?,
        updated: Some(time(&order.last_update_date, "LastUpdateDate")?),
        // When isn't told.
        cancelled: None,
        edited: Some(false),
        life: axes.life,
        payment: axes.payment,
        shipment: axes.shipment,
        lines,
        total: total.map(Into::into),
        paid: None,
        charges: Vec::new(),
        // Packages aren't told in this version, only counts.
        fulfilments: fulfilled::unpacked(&sent, &[]).into_iter().collect(),
        refunds: Vec::new(),
        extensions,
    };
    let buyer = Buyer {
        ship_to: told(was_asked, ship_to),
        bill_to: Seen::NotRead,
        email: told(buyer_asked, filled(buyer.buyer_email)),
        texts: texts.0,
    };
    Ok(Some(losses.with(RemoteOrder { facts, buyer })))
}

fn same(told: &str, wanted: &str, path: &str) -> Result<()> {
    if told == wanted { Ok(()) } else { Err(unreadable(path, "it is about another order")) }
}

/// Truth as a word or as a text.
pub(super) fn is_true(word: &RawValue) -> bool {
    matches!(word.get(), "true" | "\"true\"")
}
