//! A shop's facts.

use crate::{
    kinds::LOCATION,
    settings::Settings,
    wire::shop::{Location, Publication, ShopData, ShopLocale},
};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Currency, Locale, Ref, StoreFacts, TaxBasis},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the channel's id stands among the facts.
const CHANNEL: &str = "publication";

/// The channel that is taken when the settings name none.
const ONLINE_STORE: &str = "Online Store";

/// The sales channel's id, if there is one.
pub(crate) fn channel(facts: &StoreFacts) -> Option<&str> {
    facts.other.get(CHANNEL).and_then(Value::as_str)
}

/// Whether the app may see where a product is shown.
pub(crate) fn reads_channels(facts: &StoreFacts) -> bool {
    let reads = |scope: &String| scope == "read_publications" || scope == "write_publications";
    facts.scopes.is_empty() || facts.scopes.iter().any(reads)
}

/// # Errors
/// [`ErrorKind::Protocol`]: an unknown currency.
pub(crate) fn facts(
    read: ShopData,
    locations: Vec<Location>,
    publications: &[Publication],
    locales: &[ShopLocale],
    settings: &Settings,
) -> Result<StoreFacts> {
    let ShopData { shop, current_app_installation } = read;
    let main = locales.iter().find(|locale| locale.primary).map(|locale| locale.locale.clone());
    let mut other = BTreeMap::from([
        ("max_options".to_owned(), json!(shop.resource_limits.max_product_options)),
        ("max_variants".to_owned(), json!(shop.resource_limits.max_product_variants)),
    ]);
    if let Some(channel) = chosen(publications, settings.publication.as_deref()) {
        other.insert(CHANNEL.to_owned(), json!(channel.id));
    }
    Ok(StoreFacts {
        account: shop.id,
        remote_id: shop.myshopify_domain,
        name: shop.name,
        currency: Currency::new(&shop.currency_code).map_err(|_| {
            Error::new(ErrorKind::Protocol, "the shop sells in a currency that ISO 4217 doesn't have")
        })?,
        tax_basis: if shop.taxes_included { TaxBasis::Gross } else { TaxBasis::Net },
        locale: settings.locale.clone().or(main).map(Locale).unwrap_or_default(),
        locations: locations
            .into_iter()
            .filter(|location| !location.is_fulfillment_service)
            .map(|location| (Ref::new(LOCATION, location.id), location.name))
            .collect(),
        scopes: current_app_installation.access_scopes.into_iter().map(|scope| scope.handle).collect(),
        other,
    })
}

/// The channel that the settings name, else the online store, else the only one.
fn chosen<'a>(publications: &'a [Publication], wanted: Option<&str>) -> Option<&'a Publication> {
    let by = |name: &str| publications.iter().find(|one| one.id == name || one.name == name);
    match (wanted, publications) {
        (Some(wanted), _) => by(wanted),
        (None, [only]) => Some(only),
        (None, _) => by(ONLINE_STORE),
    }
}
