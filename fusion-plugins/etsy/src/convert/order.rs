//! A receipt as the model shows it.

use super::{choice, extras::keep, fees::charges, money::money, product::seconds};
use crate::{
    extras::ReceiptExtras,
    kinds::{LISTING, PRODUCT, RECEIPT, SHIPMENT},
    wire,
};
use fusion_core::{
    error::Result,
    model::{
        Address, Axis, Buyer, Converted, Decimal, Fulfilment, Life, LossKind, Losses, Nature, OptionValues,
        OrderFacts, OrderLine, OrderRole, Payment, Private, Ref, Refs, Refund, RemoteOrder, Seen, Shipment,
        ShippedBy,
    },
};
use fusion_plugin_sdk::{decode_entities, unreadable};

/// Reads a receipt. What the buyer wrote stands in [`Buyer`] alone.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol), with the field that can't be read.
pub fn order(read: &wire::Receipt) -> Result<Converted<RemoteOrder>> {
    let mut losses = Losses::default();
    let placed = read.created_timestamp.or(read.create_timestamp);
    let placed = placed.ok_or_else(|| unreadable("created_timestamp", "there is none"))?;
    let life = life(read);
    let mut lines = Vec::new();
    for (nth, transaction) in read.transactions.iter().enumerate() {
        lines.push(line(transaction, &format!("transactions[{nth}]"), &life, &mut losses)?);
    }
    let extras = ReceiptExtras {
        is_gift: read.is_gift.unwrap_or_default(),
        payment_method: read.payment_method.clone(),
        ship_by: told(read, |line| line.expected_ship_date),
        shipping_upgrades: told(read, |line| line.shipping_upgrade.clone()),
    };
    let facts = OrderFacts {
        refs: Refs::of([Ref::new(RECEIPT, read.receipt_id.to_string())]),
        number: Some(read.receipt_id.to_string()),
        role: OrderRole::Sale,
        locale: None,
        placed: seconds(placed),
        updated: read.updated_timestamp.map(seconds),
        // When isn't told.
        cancelled: None,
        edited: Some(false),
        payment: payment(read)?,
        shipment: shipment(read),
        life,
        lines,
        total: read.grandtotal.as_ref().map(|total| money(total, "grandtotal")).transpose()?.map(Into::into),
        // Whether it was paid is told, how much of it isn't.
        paid: None,
        charges: charges(read)?,
        fulfilments: read.shipments.iter().enumerate().map(|(nth, parcel)| fulfilment(parcel, nth)).collect(),
        refunds: refunds(read, &mut losses)?,
        extensions: keep(&extras)?,
    };
    Ok(losses.with(RemoteOrder { facts, buyer: buyer(read) }))
}

fn told<T>(
    read: &wire::Receipt,
    field: impl Fn(&wire::Transaction) -> Option<T>,
) -> std::collections::BTreeMap<String, T> {
    read.transactions
        .iter()
        .filter_map(|line| Some((line.transaction_id.to_string(), field(line)?)))
        .collect()
}

/// The platform's one word mixes payment and shipping, and answers write it with a capital that its contract lacks.
fn word(read: &wire::Receipt) -> String {
    read.status.as_deref().unwrap_or_default().to_ascii_lowercase()
}

fn life(read: &wire::Receipt) -> Axis<Life> {
    match word(read).as_str() {
        "canceled" => Axis::Known(Life::Cancelled),
        "open" | "payment processing" => Axis::Known(Life::Pending),
        "paid" => Axis::Known(Life::Open),
        "completed" => Axis::Known(Life::Closed),
        "partially refunded" | "fully refunded" if read.is_shipped == Some(true) => Axis::Known(Life::Closed),
        "partially refunded" | "fully refunded" => Axis::Known(Life::Open),
        "" => Axis::NotTold,
        _ => Axis::Unknown(read.status.clone().unwrap_or_default()),
    }
}

fn payment(read: &wire::Receipt) -> Result<Axis<Payment>> {
    let mut back = Decimal::ZERO;
    for (nth, refund) in read.refunds.iter().enumerate() {
        let amount = money(&refund.amount, &format!("refunds[{nth}].amount"))?.amount();
        back = back.checked_add(amount).ok_or_else(|| unreadable("refunds", "their sum can't be held"))?;
    }
    let total = read.grandtotal.as_ref().map(|total| money(total, "grandtotal")).transpose()?;
    Ok(match (word(read).as_str(), read.is_paid) {
        ("fully refunded", _) => Axis::Known(Payment::Refunded),
        ("partially refunded", _) => Axis::Known(Payment::PartlyRefunded),
        _ if !back.is_zero() && total.is_some_and(|total| total.amount() <= back) => {
            Axis::Known(Payment::Refunded)
        }
        _ if !back.is_zero() => Axis::Known(Payment::PartlyRefunded),
        (_, Some(true)) => Axis::Known(Payment::Paid),
        ("canceled", _) | (_, None) => Axis::NotTold,
        (_, Some(false)) => Axis::Known(Payment::Pending),
    })
}

fn shipment(read: &wire::Receipt) -> Axis<Shipment> {
    let digital = |line: &wire::Transaction| line.is_digital == Some(true);
    match read.is_shipped {
        _ if !read.transactions.is_empty() && read.transactions.iter().all(digital) => {
            Axis::Known(Shipment::NotNeeded)
        }
        Some(true) => Axis::Known(Shipment::All),
        Some(false) if read.shipments.is_empty() => Axis::Known(Shipment::None),
        Some(false) => Axis::Known(Shipment::Part),
        None => Axis::NotTold,
    }
}

fn line(read: &wire::Transaction, path: &str, life: &Axis<Life>, losses: &mut Losses) -> Result<OrderLine> {
    let mut refs = Refs::default();
    for (kind, id) in [(LISTING, read.listing_id), (PRODUCT, read.product_id)] {
        if let Some(id) = id {
            refs.set(Ref::new(kind, id.to_string()));
        }
    }
    if let Some(listing) = read.listing_id.filter(|_| !read.product_data.is_empty()) {
        refs.set(choice::named(listing, &read.product_data));
    }
    let options = if read.product_data.is_empty() {
        let chosen = read.variations.iter().filter(|one| is_choice(one, read));
        chosen
            .map(|one| (decode_entities(one.name()), decode_entities(one.value())))
            .collect::<OptionValues>()
    } else {
        choice::options(&read.product_data, path)?
    };
    if read.shipping_cost.as_ref().is_some_and(|cost| cost.amount != 0) {
        losses.add(
            format!("{path}.shipping_cost"),
            LossKind::Aggregated,
            "it is part of the order's shipping",
        );
    }
    for (field, coupon) in [("buyer_coupon", read.buyer_coupon), ("shop_coupon", read.shop_coupon)] {
        if coupon.is_some_and(|wire::Number(amount)| !amount.is_zero()) {
            losses.add(format!("{path}.{field}"), LossKind::Aggregated, "it is part of the order's discount");
        }
    }
    let is_void = *life == Axis::Known(Life::Cancelled);
    Ok(OrderLine {
        key: read.transaction_id.to_string(),
        refs,
        variant: None,
        sku: read.sku.as_deref().map(decode_entities).filter(|sku| !sku.is_empty()),
        title: read.title.as_deref().map(decode_entities).unwrap_or_default(),
        options,
        ordered: read.quantity,
        current: if is_void { 0 } else { read.quantity },
        cancel_wanted: false,
        unit_price: read
            .price
            .as_ref()
            .map(|price| money(price, &format!("{path}.price")))
            .transpose()?
            .map(Into::into),
        charges: Vec::new(),
        costs: Vec::new(),
        nature: read.is_digital.map(|digital| if digital { Nature::Digital } else { Nature::Physical }),
        shipped_by: ShippedBy::Merchant,
        location: None,
    })
}

impl wire::Variation {
    fn name(&self) -> &str {
        self.formatted_name.as_deref().unwrap_or_default()
    }

    fn value(&self) -> &str {
        self.formatted_value.as_deref().unwrap_or_default()
    }
}

/// Whether it was picked from a list. What was typed is the buyer's own, and the platform lists both together.
fn is_choice(one: &wire::Variation, line: &wire::Transaction) -> bool {
    let named = || line.product_data.iter().any(|value| Some(value.property_id) == one.property_id);
    one.question_id.is_none() && one.value_id.is_some() && (line.product_data.is_empty() || named())
}

fn fulfilment(parcel: &wire::Shipment, nth: usize) -> Fulfilment {
    let some = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(decode_entities);
    let id = parcel.receipt_shipping_id.map(|id| id.to_string());
    let at = parcel.shipment_notification_timestamp;
    Fulfilment {
        refs: Refs::of(id.as_deref().map(|id| Ref::new(SHIPMENT, id))),
        key: id.unwrap_or_else(|| format!("{nth}/{}", at.unwrap_or_default())),
        lines: Vec::new(),
        carrier: some(&parcel.carrier_name),
        tracking: some(&parcel.tracking_code).map(|code| (code, None)).into_iter().collect(),
        shipped: at.map(seconds),
        delivered: None,
    }
}

fn refunds(read: &wire::Receipt, losses: &mut Losses) -> Result<Vec<Refund>> {
    let mut refunds: Vec<Refund> = Vec::new();
    for (nth, refund) in read.refunds.iter().enumerate() {
        let path = format!("refunds[{nth}]");
        let total = money(&refund.amount, &format!("{path}.amount"))?;
        losses.add(format!("{path}.lines"), LossKind::Guessed, "the platform doesn't tell what came back");
        if refund.status.is_some() {
            losses.add(format!("{path}.status"), LossKind::Dropped, "the model takes a refund for made");
        }
        let stem = format!("{}/{}", refund.created_timestamp.unwrap_or_default(), total.amount());
        // Two equal refunds of one second are two.
        let equal = refunds.iter().filter(|earlier| earlier.key.starts_with(&stem)).count();
        refunds.push(Refund {
            key: if equal == 0 { stem } else { format!("{stem}/{equal}") },
            total: total.into(),
            lines: Vec::new(),
            at: refund.created_timestamp.map(seconds),
        });
    }
    Ok(refunds)
}

fn buyer(read: &wire::Receipt) -> Buyer {
    let some = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(decode_entities);
    let parts = [&read.first_line, &read.city, &read.zip, &read.country_iso, &read.formatted_address];
    let ship_to = if parts.iter().all(|part| part.is_none()) {
        Seen::Withheld("the platform shows addresses to apps of its partner programme alone".to_owned())
    } else {
        Seen::Value(Private::new(Address {
            name: some(&read.name),
            company: None,
            lines: [&read.first_line, &read.second_line].into_iter().filter_map(some).collect(),
            city: some(&read.city),
            region: some(&read.state),
            postal: some(&read.zip),
            country: some(&read.country_iso),
            phone: None,
        }))
    };
    let mut texts = Vec::new();
    let mut keep =
        |name: String, text: &Option<String>| texts.extend(some(text).map(|text| (name, Private::new(text))));
    keep("message_from_buyer".to_owned(), &read.message_from_buyer);
    keep("message_from_seller".to_owned(), &read.message_from_seller);
    keep("gift_message".to_owned(), &read.gift_message);
    keep("gift_sender".to_owned(), &read.gift_sender);
    for line in &read.transactions {
        for (nth, one) in line.variations.iter().enumerate().filter(|(_, one)| !is_choice(one, line)) {
            let of = line.transaction_id;
            keep(format!("personalisation/{of}/{nth}/question"), &one.formatted_name);
            keep(format!("personalisation/{of}/{nth}/answer"), &one.formatted_value);
        }
    }
    for (nth, refund) in read.refunds.iter().enumerate() {
        keep(format!("refund/{nth}/reason"), &refund.reason);
        keep(format!("refund/{nth}/note"), &refund.note_from_issuer);
    }
    let email = match &read.buyer_email {
        None => Seen::Withheld(
            "the platform gives e-mail addresses to apps that it has approved for it".to_owned(),
        ),
        Some(email) => Seen::from_option(
            Some(Private::new(decode_entities(email))).filter(|email| !email.reveal().is_empty()),
        ),
    };
    Buyer { ship_to, bill_to: Seen::NotRead, email, texts }
}
