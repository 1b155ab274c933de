//! Prices: read from what was submitted or from what is shown, written as JSON numbers without a float.

use super::{
    attributes::Attributes,
    reading::{money, time_of},
};
use crate::wire::{
    attributes::{self as entry, Priced, Schedule},
    listing as wire,
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{Currency, Decimal, LossKind, Losses, Money, Offer, Sale, Seen, StoreFacts},
};
use fusion_plugin_sdk::unreadable;
use serde_json::value::RawValue;

/// Everybody, as against business customers.
pub(super) const EVERYBODY: &str = "ALL";

/// The offer to everybody. What was submitted is nearer to the truth than what is shown, and alone tells of
/// reductions.
pub(super) fn read(
    shown: Option<&[wire::Offer]>,
    attributes: Option<&Attributes<'_>>,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<Seen<Offer>> {
    let submitted = match attributes {
        Some(attributes) => self::submitted(attributes, facts, losses)?,
        None => None,
    };
    let mut seen = None;
    for (nth, offer) in shown.unwrap_or_default().iter().enumerate() {
        if offer.marketplace_id != facts.remote_id {
            continue;
        }
        if offer.offer_type == "B2C" && seen.is_none() {
            seen = Some((nth, money(&offer.price, &format!("offers[{nth}].price"))?));
        } else {
            losses.add(format!("offers[{nth}]"), LossKind::Dropped, "the model has one offer: to everybody");
        }
    }
    Ok(match (submitted, seen) {
        (Some(offer), Some((nth, price))) => {
            if price != offer.price && offer.sale.is_none_or(|sale| sale.price != price) {
                let note = "another price is shown than was submitted; it may be on its way";
                losses.add(format!("offers[{nth}].price"), LossKind::Dropped, note);
            }
            Seen::Value(offer)
        }
        (Some(offer), None) => Seen::Value(offer),
        (None, Some((_, price))) => Seen::Value(Offer {
            price,
            compare_at: compare_at(attributes, losses)?,
            sale: None,
            tax: facts.tax_basis,
        }),
        (None, None) if shown.is_some() || attributes.is_some() => Seen::Empty,
        (None, None) => Seen::NotRead,
    })
}

fn submitted(attributes: &Attributes<'_>, facts: &StoreFacts, losses: &mut Losses) -> Result<Option<Offer>> {
    let mut found = None;
    for (nth, offer) in attributes.entries::<entry::Offer>("purchasable_offer")? {
        let path = format!("attributes[purchasable_offer][{nth}]");
        if offer.audience.as_deref().is_some_and(|audience| audience != EVERYBODY) || found.is_some() {
            losses.add(path, LossKind::Dropped, "the model has one offer: to everybody");
            continue;
        }
        let currency =
            Currency::new(&offer.currency).map_err(|_| unreadable(&path, "the currency is unknown"))?;
        let Some((price, _)) = scheduled(&offer.our_price, currency, &format!("{path}.our_price"), losses)?
        else {
            continue;
        };
        let reduced = format!("{path}.discounted_price");
        let sale = scheduled(&offer.discounted_price, currency, &reduced, losses)?
            .map(|(price, (from, to))| Sale { price, from, to });
        found = Some(Offer { price, compare_at: None, sale, tax: facts.tax_basis });
    }
    match found {
        Some(offer) => Ok(Some(Offer { compare_at: compare_at(Some(attributes), losses)?, ..offer })),
        None => Ok(None),
    }
}

type Window = (Option<Timestamp>, Option<Timestamp>);

fn scheduled(
    priced: &[Priced],
    currency: Currency,
    path: &str,
    losses: &mut Losses,
) -> Result<Option<(Money, Window)>> {
    let mut steps = priced.iter().flat_map(|one| &one.schedule);
    let Some(first) = steps.next() else { return Ok(None) };
    if steps.next().is_some() {
        losses.add(path, LossKind::Dropped, "the model has one price at a time");
    }
    let amount = number(&first.value_with_tax).ok_or_else(|| unreadable(path, "it is no number"))?;
    let window = (time_of(first.start_at.as_deref(), path)?, time_of(first.end_at.as_deref(), path)?);
    Ok(Some((Money::new(amount, currency), window)))
}

/// The list price is shown struck through where it is above the price.
fn compare_at(attributes: Option<&Attributes<'_>>, losses: &mut Losses) -> Result<Option<Money>> {
    let Some(attributes) = attributes else { return Ok(None) };
    let path = "attributes[list_price]";
    let Some(found) = attributes.first::<entry::ListPrice>("list_price", losses)? else { return Ok(None) };
    let currency = Currency::new(&found.currency).map_err(|_| unreadable(path, "the currency is unknown"))?;
    let amount = number(&found.value).ok_or_else(|| unreadable(path, "it is no number"))?;
    Ok(Some(Money::new(amount, currency)))
}

/// A JSON number as it is written.
pub(super) fn number(text: &RawValue) -> Option<Decimal> {
    let digits = text.get();
    // A text would be a number too for the parser below.
    if !digits.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    digits.parse().or_else(|_| Decimal::from_scientific(digits)).ok()
}

/// A decimal as a JSON number.
pub(super) fn digits(amount: Decimal) -> Box<RawValue> {
    #[expect(
        clippy::expect_used,
        reason = "a decimal's text is digits with at most one dot and a minus: JSON"
    )]
    RawValue::from_string(amount.to_string()).expect("a decimal is a JSON number")
}

pub(super) fn schedule(price: Money, window: Option<(Timestamp, Timestamp)>) -> Vec<Priced> {
    vec![Priced {
        schedule: vec![Schedule {
            value_with_tax: digits(price.amount()),
            start_at: window.map(|(from, _)| from.to_string()),
            end_at: window.map(|(_, to)| to.to_string()),
        }],
    }]
}
