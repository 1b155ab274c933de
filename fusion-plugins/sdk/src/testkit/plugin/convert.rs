//! From the platform's records to the model.

use super::{super::wire, kinds};
use fusion_core::{
    clock::Timestamp,
    error::Problem,
    model::{
        Axis, Buyer, Converted, Fulfilment, Life, ListingState, LossKind, Losses, Offer, OrderFacts,
        OrderLine, Payment, Private, Quantity, Ref, RefKind, Refs, Refund, RemoteLevel, RemoteMedia,
        RemoteOrder, RemoteProduct, RemoteVariant, Seen, Shipment, ShippedBy, TaxBasis,
    },
    plugin::{Page, Placed, Unreadable},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn refs(kind: RefKind, id: &str) -> Refs {
    Refs::of([Ref::new(kind, id)])
}

pub(super) fn product(product: wire::Product) -> Converted<RemoteProduct> {
    let mut losses = Losses::default();
    for nth in 0..product.films.len() {
        losses.add(format!("films[{nth}]"), LossKind::Dropped, "a shown product's media are pictures");
    }
    let filled = |text: String| if text.is_empty() { Seen::Empty } else { Seen::Value(text) };
    losses.with(RemoteProduct {
        refs: refs(kinds::PRODUCT, &product.id),
        state: ListingState::of(product.lifecycle),
        title: filled(product.title),
        description: Seen::Value(product.description),
        bullets: Seen::NotRead,
        brand: Seen::from_option(product.brand),
        nature: Seen::NotRead,
        tags: Seen::Value(product.tags),
        categories: Seen::NotRead,
        options: Seen::Value(product.options),
        variants: Seen::Value(
            product.variants.into_iter().map(|shown| variant(shown, &product.media)).collect(),
        ),
        media: Seen::Value(product.media.into_iter().map(picture).collect()),
        issues: product.issues,
        updated: Some(product.updated),
        url: Some(format!("https://shop.scripted.test/{}", product.id)),
        extensions: Default::default(),
    })
}

fn variant(variant: wire::Variant, pictures: &[wire::Picture]) -> RemoteVariant {
    let quantity = match (variant.counted, variant.available) {
        (true, Some(available)) => Quantity::Counted(available),
        (true, None) => Quantity::Unknown,
        (false, _) => Quantity::Untracked,
    };
    // A variant alone in its pool shares nothing.
    let pool = Some(variant.pool).filter(|pool| *pool != variant.id);
    RemoteVariant {
        refs: refs(kinds::VARIANT, &variant.id),
        options: variant.options,
        sku: Seen::from_option(variant.sku),
        offered: variant.offered,
        offer: Seen::Value(Offer {
            price: variant.price,
            compare_at: variant.compare_at,
            sale: None,
            tax: TaxBasis::Gross,
        }),
        levels: Seen::Value(vec![RemoteLevel { location: None, pool, quantity }]),
        codes: Seen::Value(variant.codes),
        weight: Seen::from_option(variant.shipping.weight),
        cost: Seen::from_option(variant.cost),
        hs_code: Seen::from_option(variant.shipping.hs_code),
        origin: Seen::from_option(variant.shipping.origin),
        media: Seen::from_option(
            pictures
                .iter()
                .find(|picture| variant.picture.is_some() && picture.row == variant.picture)
                .map(|picture| Ref::new(kinds::MEDIA, picture.id.as_str())),
        ),
    }
}

fn picture(picture: wire::Picture) -> RemoteMedia {
    RemoteMedia {
        refs: refs(kinds::MEDIA, &picture.id),
        url: Seen::Value(picture.url),
        alt: Seen::from_option(picture.alt),
    }
}

/// The product with the ids of our rows, found by the marks that we gave.
pub(super) fn placed(shown: wire::Product) -> Placed {
    let variants = shown
        .variants
        .iter()
        .filter_map(|variant| Some((variant.row?, refs(kinds::VARIANT, &variant.id))))
        .collect();
    let media = shown
        .media
        .iter()
        .filter_map(|picture| Some((picture.row?, refs(kinds::MEDIA, &picture.id))))
        .collect();
    // What a write can't bring is told by its own losses.
    Placed { product: product(shown).value, variants, media }
}

pub(super) fn order(order: wire::Order) -> Converted<RemoteOrder> {
    let shipped = |shipment: wire::Shipment| Fulfilment {
        key: shipment.id.clone(),
        refs: refs(kinds::FULFILMENT, &shipment.id),
        lines: shipment.lines,
        carrier: shipment.carrier,
        tracking: shipment.tracking.into_iter().map(|number| (number, None)).collect(),
        shipped: Some(shipment.at),
        delivered: None,
    };
    let refunded = |refund: wire::Refund| Refund {
        key: refund.id,
        total: refund.total,
        lines: refund.lines,
        at: Some(refund.at),
    };
    let shipment = shipment(&order);
    let payment = match (order.state, order.refunds.is_empty()) {
        (wire::OrderState::Pending, _) => Payment::Pending,
        (_, true) => Payment::Paid,
        (_, false) => Payment::PartlyRefunded,
    };
    let payment = if order.tells_payment { Axis::Known(payment) } else { Axis::NotTold };
    let life = match order.state {
        wire::OrderState::Pending => Life::Pending,
        wire::OrderState::Closed => Life::Closed,
        wire::OrderState::Open => Life::Open,
        wire::OrderState::Cancelled => Life::Cancelled,
    };
    let read = RemoteOrder {
        facts: OrderFacts {
            refs: Refs::of(
                [Ref::new(kinds::ORDER, &order.id)]
                    .into_iter()
                    .chain(order.receipt.map(|id| Ref::new(kinds::RECEIPT, id))),
            ),
            number: Some(order.id),
            role: order.role,
            locale: None,
            placed: order.placed,
            updated: Some(order.updated),
            cancelled: order.cancelled.filter(|_| order.tells_history),
            edited: Some(order.edited).filter(|_| order.tells_history),
            life: Axis::Known(life),
            payment,
            shipment: Axis::Known(shipment),
            lines: order.lines.into_iter().map(line).collect(),
            total: Some(order.total),
            paid: Some(order.paid),
            charges: Vec::new(),
            fulfilments: order.shipments.into_iter().map(shipped).collect(),
            refunds: order.refunds.into_iter().map(refunded).collect(),
            extensions: Default::default(),
        },
        buyer: Buyer {
            ship_to: Seen::Withheld("the scripted platform keeps no addresses".to_owned()),
            bill_to: Seen::NotRead,
            email: match order.email {
                Some(email) => Seen::Value(Private::new(email)),
                None => Seen::Withheld("the scripted platform was told to".to_owned()),
            },
            texts: Vec::new(),
        },
    };
    Losses::default().with(read)
}

fn shipment(order: &wire::Order) -> Shipment {
    let wanted: i64 = order.lines.iter().map(|line| line.current).sum();
    let sent: i64 = order.shipments.iter().flat_map(|one| &one.lines).map(|(_, count)| count).sum();
    match sent {
        0 => Shipment::None,
        _ if sent < wanted => Shipment::Part,
        _ => Shipment::All,
    }
}

fn line(line: wire::OrderLine) -> OrderLine {
    OrderLine {
        key: line.id,
        refs: refs(kinds::VARIANT, &line.variant),
        variant: None,
        sku: line.sku,
        title: line.title,
        options: Default::default(),
        ordered: line.ordered,
        current: line.current,
        cancel_wanted: false,
        unit_price: Some(line.price.into()),
        charges: Vec::new(),
        costs: Vec::new(),
        nature: None,
        shipped_by: ShippedBy::Merchant,
        location: None,
    }
}

/// A page of records, each read alone.
pub(super) fn page<W: DeserializeOwned, T>(
    listed: wire::Listed,
    kind: RefKind,
    convert: impl Fn(W) -> T,
) -> Page<T> {
    let mut page = Page { items: Vec::new(), unreadable: Vec::new(), next: None, watermark: None };
    for record in listed.items {
        match W::deserialize(&record) {
            Ok(record) => page.items.push(convert(record)),
            Err(_) => page.unreadable.push(Unreadable {
                record: record.get("id").and_then(Value::as_str).map(|id| Ref::new(kind.clone(), id)),
                problem: Problem::error("", "unreadable", "the record isn't what the contract says"),
            }),
        }
    }
    page.watermark = watermark(&listed.next, listed.until);
    page.next = listed.next;
    page
}

fn watermark(next: &Option<String>, until: Timestamp) -> Option<Timestamp> {
    next.is_none().then_some(until)
}
