//! Places an order: stock falls, the bank is called, and what is to be shipped is laid out.

use super::{
    change::{lay_out, move_stock},
    new::{NewLine, NewOrder, What},
    told,
};
use crate::simulator::{
    gid, money,
    order::{Line, Order, Payment, Tax},
    product::{Product, Variant},
    shop::Shop,
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
};

pub(super) fn cents(text: &str) -> Result<i64> {
    let cents = money::cents(text).and_then(|cents| i64::try_from(cents).ok());
    cents.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "an amount is digits such as 12.50"))
}

/// A variant by its SKU or global id.
pub(super) fn variant<'a>(shop: &'a Shop, what: &str) -> Result<(&'a Product, &'a Variant)> {
    let by_id = gid::number("ProductVariant", what).and_then(|id| shop.variant(id));
    let by_sku = || {
        let all = shop.products().flat_map(|product| product.variants.iter().map(move |one| (product, one)));
        all.into_iter().find(|(_, one)| one.item.sku.as_deref() == Some(what))
    };
    by_id
        .or_else(by_sku)
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the simulated shop has no such variant"))
}

/// A location by its name or global id.
fn location(shop: &Shop, named: &str) -> Result<u64> {
    let by_id = gid::number("Location", named).filter(|id| shop.locations.contains_key(id));
    let by_name = || shop.locations.iter().find(|(_, one)| one.name == named).map(|(id, _)| *id);
    by_id
        .or_else(by_name)
        .ok_or_else(|| Error::new(ErrorKind::NotFound, "the simulated shop has no such location"))
}

/// The line of a variant from the first place that has enough, else from the first there is.
pub(super) fn line_of(shop: &mut Shop, what: &str, count: i64, from: Option<u64>) -> Result<Line> {
    let primary = shop.primary_location().unwrap_or_default();
    let (product, variant) = variant(shop, what)?;
    let has = |(_, level): &(&u64, &crate::simulator::product::Level)| level.available >= count;
    let enough = variant.item.levels.iter().find(has).or_else(|| variant.item.levels.iter().next());
    let (location, unit) = (from.or(enough.map(|(id, _)| *id)).unwrap_or(primary), cents(&variant.price)?);
    let variant_title = (!product.only_default_variant()).then(|| variant.title());
    let mut line = Line {
        id: 0,
        product: Some(product.id),
        variant: Some(variant.id),
        item: variant.item.tracked.then_some(variant.item.id),
        location,
        title: product.title.clone(),
        variant_title,
        sku: variant.item.sku.clone(),
        quantity: count,
        current: count,
        unit,
        less: 0,
        requires_shipping: variant.item.requires_shipping,
        gift_card: product.gift_card,
        attributes: Vec::new(),
    };
    line.id = shop.new_id();
    Ok(line)
}

fn line(shop: &mut Shop, wanted: &NewLine) -> Result<Line> {
    let from = wanted.location.as_deref().map(|named| location(shop, named)).transpose()?;
    let mut line = match &wanted.what {
        What::Variant(what) => line_of(shop, what, wanted.count, from)?,
        What::Custom(title, price) => Line {
            id: shop.new_id(),
            product: None,
            variant: None,
            item: None,
            location: shop.primary_location().unwrap_or_default(),
            title: title.clone(),
            variant_title: None,
            sku: None,
            quantity: wanted.count,
            current: wanted.count,
            unit: cents(price)?,
            less: 0,
            requires_shipping: true,
            gift_card: false,
            attributes: Vec::new(),
        },
    };
    line.attributes.clone_from(&wanted.attributes);
    Ok(line)
}

pub(super) fn place(shop: &mut Shop, wanted: &NewOrder, now: Timestamp) -> Result<u64> {
    let mut lines = wanted.lines.iter().map(|one| line(shop, one)).collect::<Result<Vec<_>>>()?;
    for line in &mut lines {
        line.less = line.unit * wanted.discount / 100;
    }
    let shown_in = match &wanted.shown_in {
        Some((currency, rate)) => Some((currency.clone(), cents(rate)? * 100)),
        None => None,
    };
    let mut order = Order {
        id: shop.new_id(),
        number: 1001 + shop.orders().count() as u64,
        created_at: now,
        updated_at: now,
        cancelled_at: None,
        edited: false,
        cancel_reason: None,
        closed_at: None,
        test: wanted.test,
        locale: Some("de-DE".to_owned()),
        taxes_included: wanted.taxes_included,
        email: wanted.email.clone(),
        phone: None,
        note: wanted.note.clone(),
        attributes: wanted.attributes.clone(),
        ship_to: wanted.ship_to.clone(),
        bill_to: wanted.ship_to.clone(),
        shown_in,
        lines,
        shipping: cents(&wanted.shipping)?,
        tip: cents(&wanted.tip)?,
        tax: wanted.tax.clone().map(|(title, rate, channel_liable)| Tax { title, rate, channel_liable }),
        payments: Vec::new(),
        laid_out_at: Some(now + wanted.laid_out_after),
        parts: Vec::new(),
        fulfillments: Vec::new(),
        refunds: Vec::new(),
        returns: Vec::new(),
    };
    for (id, count) in order.lines.iter().map(|line| (line.id, line.quantity)).collect::<Vec<_>>() {
        move_stock(shop, &order, id, -count, count, now);
    }
    if wanted.paid {
        pay(shop, &mut order, now);
    }
    if wanted.laid_out_after.is_zero() {
        lay_out(shop, &mut order, now);
    }
    let id = order.id;
    told(shop, order, &["ORDERS_CREATE"], now);
    Ok(id)
}

/// Pays what is still owed.
pub(super) fn pay(shop: &mut Shop, order: &mut Order, now: Timestamp) {
    let owed = order.total() - (order.received() - order.refunded());
    if owed > 0 {
        order.payments.push(Payment {
            id: shop.new_id(),
            kind: "SALE".to_owned(),
            status: "SUCCESS".to_owned(),
            gateway: "bogus".to_owned(),
            parent: None,
            amount: owed,
            refund: None,
            created_at: now,
        });
    }
}
