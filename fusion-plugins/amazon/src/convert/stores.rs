//! Marketplaces of a seller: each is a store of ours.

use super::page::page;
use super::reading::leftovers;
use crate::wire::{
    envelope::Payload,
    seller::{Account, Participation, Participations},
};
use fusion_core::{
    error::Result,
    model::{Converted, Currency, Locale, LossKind, Losses, RefKind, StoreFacts, TaxBasis},
    plugin::Page,
};
use fusion_plugin_sdk::{parse, unreadable};
use serde_json::Value;

const MARKETPLACE: RefKind = RefKind::of("marketplace");

const CARRIED: &[&str] = &[
    "marketplace.id",
    "marketplace.name",
    "marketplace.defaultCurrencyCode",
    "marketplace.defaultLanguageCode",
    "storeName",
    "participation.isParticipating",
];

/// The stores that `getMarketplaceParticipations` tells of; those in which the seller doesn't take part are
/// left out. `seller` is the merchant token: no answer tells it.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the answer isn't a list.
pub fn stores(answer: &[u8], seller: &str) -> Result<Page<Converted<StoreFacts>>> {
    let Payload { payload } = parse::<Payload<Participations>>(answer, "")?;
    Ok(page(&payload, "payload", ("/marketplace/id", MARKETPLACE), |record| store(record, seller)))
}

/// The same from `getAccount`. Nothing of the business behind it is read.
///
/// # Errors
/// As [`stores`]; also where the marketplaces tell no currency, since nothing else does.
pub fn stores_of_account(answer: &[u8], seller: &str) -> Result<Page<Converted<StoreFacts>>> {
    let Payload { payload } = parse::<Payload<Account>>(answer, "")?;
    let name = "payload.marketplaceParticipationList";
    Ok(page(&payload.marketplace_participation_list, name, ("/marketplace/id", MARKETPLACE), |record| {
        store(record, seller)
    }))
}

fn store(record: &[u8], seller: &str) -> Result<Option<Converted<StoreFacts>>> {
    let read: Participation = parse(record, "")?;
    if !read.participation.is_participating {
        return Ok(None);
    }
    let mut losses = Losses::default();
    leftovers(&parse::<Value>(record, "")?, CARRIED, &mut losses);
    let place = read.marketplace;
    if place.id.is_empty() {
        return Err(unreadable("marketplace.id", "there is none"));
    }
    let code = place.default_currency_code.as_deref().or_else(|| currency_of(&place.id));
    if place.default_currency_code.is_none() {
        losses.add("marketplace.defaultCurrencyCode", LossKind::Guessed, "taken from the marketplace's id");
    }
    if place.default_language_code.is_none() {
        losses.add("marketplace.defaultLanguageCode", LossKind::Guessed, "nobody tells it; English is taken");
    }
    let currency = code.and_then(|code| Currency::new(code).ok());
    let name = read.store_name.filter(|name| !name.is_empty());
    let facts = StoreFacts {
        account: seller.to_owned(),
        name: match (name, place.name) {
            (Some(store), Some(place)) => format!("{store}, {place}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => place.id.clone(),
        },
        currency: currency
            .ok_or_else(|| unreadable("marketplace.defaultCurrencyCode", "no currency is told"))?,
        tax_basis: tax_basis(&place.id),
        locale: Locale(
            place.default_language_code.map_or_else(|| Locale::default().0, |code| code.replace('_', "-")),
        ),
        locations: Vec::new(),
        scopes: Vec::new(),
        other: Default::default(),
        remote_id: place.id,
    };
    Ok(Some(losses.with(facts)))
}

/// Marketplaces whose prices are shown without tax, and those whose prices hold it
/// (<https://developer-docs.amazon.com/sp-api/docs/marketplace-ids>; how prices are shown is common knowledge).
const NET: [&str; 2] = ["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"];
const GROSS: [&str; 13] = [
    "A1F83G8C2ARO7P",
    "A1PA6795UKMFR9",
    "A13V1IB3VIYZZH",
    "APJ6JRA9NG5V4",
    "A1RKKUPIHCS9HS",
    "A1805IZSGTT6HS",
    "AMEN7PMS3EDWL",
    "A28R8C7NBKEWEA",
    "A2NODRKZP88ZB9",
    "A1C3SOZRARQ6R3",
    "A1VC38T7YXB528",
    "A39IBJ37TRP1C6",
    "A33AVAJ2PDY3EV",
];

fn tax_basis(marketplace: &str) -> TaxBasis {
    match marketplace {
        id if NET.contains(&id) => TaxBasis::Net,
        id if GROSS.contains(&id) => TaxBasis::Gross,
        _ => TaxBasis::Unknown,
    }
}

/// `getAccount` tells no currency; only where there is one beyond doubt it is filled in.
fn currency_of(marketplace: &str) -> Option<&'static str> {
    match marketplace {
        "ATVPDKIKX0DER" => Some("USD"),
        "A2EUQ1WTGCTBG2" => Some("CAD"),
        "A1F83G8C2ARO7P" => Some("GBP"),
        "A1VC38T7YXB528" => Some("JPY"),
        "A1PA6795UKMFR9" | "A13V1IB3VIYZZH" | "APJ6JRA9NG5V4" | "A1RKKUPIHCS9HS" | "A1805IZSGTT6HS"
        | "AMEN7PMS3EDWL" | "A28R8C7NBKEWEA" => Some("EUR"),
        _ => None,
    }
}
