//! An order at the platform: ours, at a supplier.

use super::{
    buyer::buyer,
    line::Lines,
    money::Scale,
    page::page,
    read::{At, filled, record, time, unreadable},
};
use crate::{
    kinds::{CHANNEL_ORDER, ORDER, REPRINT_OF},
    supply::Supply,
    wire::{self, Told},
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{
        Axis, Charge, ChargeKind, Collector, Converted, Extensions, Fulfilment, Life, LossKind, Losses,
        Money, OrderFacts, OrderId, OrderRole, Payment, Ref, Refs, RemoteOrder, Shipment, StoreFacts,
    },
    plugin::Page,
};
use serde_json::Value;

/// Reads one order.
///
/// It is a [`Supply`](OrderRole::Supply) order or, reprinted, a [`Replacement`](OrderRole::Replacement): its prices
/// are what the channel took and no revenue of its own, and what it costs stands in
/// [`OrderLine::costs`](fusion_core::model::OrderLine::costs). The sale is known where our id was given when it was submitted; else [`CHANNEL_ORDER`] leads to it.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says; id, time or state are missing.
/// [`InvalidConfig`](fusion_core::error::ErrorKind::InvalidConfig): the smallest unit of the shop's currency isn't known.
pub fn order(answer: &Value, facts: &StoreFacts) -> Result<Converted<RemoteOrder>> {
    let at = At::default();
    let read: wire::Order = record(answer)?;
    let mut losses = Losses::default();
    let id = read.id.need(&at.member("id"))?;
    let status = read.status.need(&at.member("status"))?;
    let prices = Scale::of_prices(facts)?;
    let told = read.metadata.maybe(&at.member("metadata"))?.unwrap_or_default();
    let meta = at.member("metadata");
    let external = filled(read.external_id.maybe(&at.member("external_id"))?.map(|id| id.0));
    let channel = filled(told.shop_order_id.maybe(&meta.member("shop_order_id"))?.map(|id| id.0));
    let sale = external.iter().chain(&channel).find_map(|text| ours(text));
    let mut refs = Refs::of([Ref::new(ORDER, id.as_str())]);
    if let Some(channel) = channel.filter(|text| ours(text).is_none()) {
        refs.set(Ref::new(CHANNEL_ORDER, channel));
    }
    let is_reprint = told.is_reprint.maybe(&meta.member("is_reprint"))?.unwrap_or(false);
    let replaced = told.reprinted_order_ids.maybe(&meta.member("reprinted_order_ids"))?.unwrap_or_default();
    for (nth, one) in replaced.into_iter().enumerate() {
        if nth == 0 {
            refs.set(Ref::new(REPRINT_OF, one.0));
        } else {
            let path = meta.member("reprinted_order_ids").place(nth);
            losses.add(path.as_str(), LossKind::Dropped, "a reprint replaces one order");
        }
    }
    let lines = Lines { order: &id, prices, costs: Scale::of_costs(facts) };
    let mut extra = Supply {
        kind: filled(told.order_type.maybe(&meta.member("order_type"))?),
        shipping_method: read.shipping_method.maybe(&at.member("shipping_method"))?,
        reprints: told
            .child_reprinted_order_ids
            .maybe(&meta.member("child_reprinted_order_ids"))?
            .unwrap_or_default()
            .into_iter()
            .map(|id| id.0)
            .collect(),
        produced: when(read.sent_to_production_at, &at.member("sent_to_production_at"))?,
        fulfilled: when(read.fulfilled_at, &at.member("fulfilled_at"))?,
        ..Supply::default()
    };
    let lines = lines.read(read.line_items, &at.member("line_items"), &mut extra, &mut losses)?;
    let (life, payment, mut shipment) = axes(&status);
    if life == Axis::Known(Life::Cancelled) && extra.line_status.values().any(|word| word == "fulfilled") {
        shipment = Axis::Known(Shipment::Part);
    }
    extra.status = status;
    let label = told.shop_order_label.maybe(&meta.member("shop_order_label"))?;
    let number = filled(label.map(|id| id.0));
    let app = filled(read.app_order_id.maybe(&at.member("app_order_id"))?.map(|id| id.0));
    let mut charges = Vec::new();
    for (kind, amount, name) in [
        (ChargeKind::Shipping, read.total_shipping, "total_shipping"),
        (ChargeKind::Tax, read.total_tax, "total_tax"),
    ] {
        if let Some(units) = amount.maybe(&at.member(name))?.filter(|units| *units != 0) {
            charges.push(charge(kind, prices.money(units), Collector::Unknown));
        }
    }
    let total = read.total_price.maybe(&at.member("total_price"))?;
    let shipments = read.shipments.each(&at.member("shipments"))?;
    if shipments.len() > 1 {
        losses.add("shipments", LossKind::Dropped, "the platform doesn't tell which lines a shipment holds");
    }
    let mut extensions = Extensions::default();
    extensions.set(&extra).map_err(|_| unreadable(&at, "a number is too big to be kept"))?;
    let placed = read.created_at.need(&at.member("created_at"))?;
    let placed = time(&placed, &at.member("created_at"))?
        .ok_or_else(|| unreadable(&at.member("created_at"), "an order was made at some time"))?;
    let fulfilments = shipments
        .into_iter()
        .enumerate()
        .map(|(nth, (at, one))| fulfilment(&id, nth, &at, one))
        .collect::<Result<_>>()?;
    Ok(losses.with(RemoteOrder {
        facts: OrderFacts {
            refs,
            number: number.or(app),
            role: if is_reprint { OrderRole::Replacement { of: None } } else { OrderRole::Supply { sale } },
            locale: None,
            placed,
            updated: None,
            cancelled: None,
            edited: None,
            life,
            payment,
            shipment,
            lines,
            charges,
            total: total.map(|units| prices.money(units).into()),
            paid: None,
            fulfilments,
            refunds: Vec::new(),
            extensions,
        },
        buyer: buyer(read.address_to, &at.member("address_to"))?,
    }))
}

/// Reads a page of orders; it holds ten at most, however many were asked for.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): the page itself can't be read.
pub fn orders(answer: &Value, facts: &StoreFacts) -> Result<Page<Converted<RemoteOrder>>> {
    page(answer, ORDER, |one| order(one, facts))
}

/// The orders that a submission, a start of production or a refused repetition names: an express order may
/// become two.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): it names none.
pub fn submitted(answer: &Value) -> Result<Vec<Ref>> {
    let at = At::default();
    let read: wire::Submitted = record(answer)?;
    let data = read.data.each(&at.member("data"))?;
    let one = match read.order.maybe(&at.member("order"))? {
        Some(order) => Some(order.id),
        None => read.id.maybe(&at.member("id"))?,
    };
    let ids: Vec<String> =
        data.into_iter().map(|(_, one)| one.id).chain(one).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(unreadable(&at.member("id"), "it is missing"));
    }
    Ok(ids.into_iter().map(|id| Ref::new(ORDER, id)).collect())
}

/// Our id, where a text is one.
fn ours(text: &str) -> Option<OrderId> {
    serde_json::from_value(Value::String(text.to_owned())).ok()
}

fn when(told: Told<String>, at: &At) -> Result<Option<Timestamp>> {
    Ok(told.maybe(at)?.map(|text| time(&text, at)).transpose()?.flatten())
}

pub(super) fn charge(kind: ChargeKind, amount: Money, collector: Collector) -> Charge {
    Charge { kind, amount: amount.into(), collector, included: false }
}

/// The platform's word as our three. What the supplier was paid isn't told, only that it failed.
fn axes(status: &str) -> (Axis<Life>, Axis<Payment>, Axis<Shipment>) {
    let (life, shipment) = match status {
        "pending" | "cost-calculation" | "source-check-failed" => (Life::Pending, Shipment::None),
        "on-hold" | "payment-not-received" => (Life::OnHold, Shipment::None),
        "sending-to-production"
        | "sending_to_production_delegate"
        | "sending_to_production_delegate_sync"
        | "in-production"
        | "checking-quality"
        | "quality-declined"
        | "quality-approved"
        | "ready-for-production"
        | "callback-received" => (Life::Open, Shipment::InProduction),
        "partially-fulfilled" => (Life::Open, Shipment::Part),
        "fulfilled" => (Life::Closed, Shipment::All),
        "canceled" => (Life::Cancelled, Shipment::None),
        "has-issues" | "unfulfillable" => (Life::Open, Shipment::Blocked),
        other => return (Axis::Unknown(other.to_owned()), Axis::NotTold, Axis::Unknown(other.to_owned())),
    };
    let payment = match status {
        "payment-not-received" => Axis::Known(Payment::Failed),
        _ => Axis::NotTold,
    };
    (Axis::Known(life), payment, Axis::Known(shipment))
}

fn fulfilment(order: &str, nth: usize, at: &At, one: wire::Shipment) -> Result<Fulfilment> {
    let number = filled(one.number.maybe(&at.member("number"))?.map(|id| id.0));
    let url = filled(one.url.maybe(&at.member("url"))?);
    Ok(Fulfilment {
        key: format!("{order}/{}", number.clone().unwrap_or_else(|| nth.to_string())),
        refs: Refs::default(),
        lines: Vec::new(),
        carrier: filled(one.carrier.maybe(&at.member("carrier"))?),
        tracking: number.map(|number| (number, url)).into_iter().collect(),
        shipped: None,
        delivered: when(one.delivered_at, &at.member("delivered_at"))?,
    })
}
