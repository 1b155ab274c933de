//! What the supplier takes for the way: the merchant's cost, never the buyer's price.

use super::{
    money::{Scale, stated},
    read::{At, elements, record, unreadable},
};
use crate::{kinds::VARIANT, wire};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{Money, Ref, StoreFacts},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Postage of some variants to some countries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postage {
    /// The platform's word for the way: `standard`.
    pub method: String,
    /// For which variants of the catalogue.
    pub variants: Vec<Ref>,
    /// To where, as ISO 3166 has it; `REST_OF_THE_WORLD` is everywhere that isn't named.
    pub countries: Vec<String>,
    /// For the first piece.
    pub first: Money,
    /// For each further one.
    pub further: Money,
}

/// Reads the postage of a blank at one provider (first version of the interface): the standard way.
///
/// # Errors
/// [`ErrorKind::Protocol`]: a member isn't what the contract says.
pub fn postage(answer: &Value) -> Result<Vec<Postage>> {
    let read: wire::Profiles = record(answer)?;
    let list = At::default().member("profiles");
    let profiles = elements(read.profiles.need(&list)?, &list)?;
    let one = |(at, one): (At, wire::Profile)| {
        let ids = one.variant_ids.need(&at.member("variant_ids"))?;
        Ok(Postage {
            method: "standard".to_owned(),
            variants: ids.into_iter().map(|id| Ref::new(VARIANT, id.to_string())).collect(),
            countries: one.countries.need(&at.member("countries"))?,
            first: cost(one.first_item.need(&at.member("first_item"))?, &at.member("first_item"))?,
            further: cost(
                one.additional_items.need(&at.member("additional_items"))?,
                &at.member("additional_items"),
            )?,
        })
    };
    profiles.into_iter().map(one).collect()
}

/// Reads the postage of a blank at one provider by one way (second version of the interface).
///
/// # Errors
/// [`ErrorKind::Protocol`]: a member isn't what the contract says.
pub fn rates(answer: &Value) -> Result<Vec<Postage>> {
    let read: wire::Rates = record(answer)?;
    let list = At::default().member("data");
    let rates = elements(read.data.need(&list)?, &list)?;
    let one = |(at, one): (At, wire::Rate)| {
        let at = at.member("attributes");
        let read = one.attributes.need(&at)?;
        let costs = read.shipping_cost.need(&at.member("shippingCost"))?;
        let inner = at.member("shippingCost");
        Ok(Postage {
            method: read.shipping_type.need(&at.member("shippingType"))?,
            variants: vec![Ref::new(VARIANT, read.variant_id.need(&at.member("variantId"))?.to_string())],
            countries: vec![read.country.need(&at.member("country"))?.code],
            first: cost(costs.first_item.need(&inner.member("firstItem"))?, &inner.member("firstItem"))?,
            further: cost(
                costs.additional_items.need(&inner.member("additionalItems"))?,
                &inner.member("additionalItems"),
            )?,
        })
    };
    rates.into_iter().map(one).collect()
}

/// Reads the names of the ways that a blank travels at one provider.
///
/// # Errors
/// [`ErrorKind::Protocol`]: a member isn't what the contract says.
pub fn methods(answer: &Value) -> Result<Vec<String>> {
    let read: wire::Rates = record(answer)?;
    let list = At::default().member("data");
    let one = |(at, one): (At, wire::Rate)| {
        let at = at.member("attributes");
        one.attributes.need(&at)?.name.need(&at.member("name"))
    };
    elements(read.data.need(&list)?, &list)?.into_iter().map(one).collect()
}

/// Reads what an order's way would cost, by method; one that isn't offered is missing.
///
/// # Errors
/// [`ErrorKind::Protocol`]: an amount isn't a whole number. [`ErrorKind::InvalidConfig`]: the settings don't name
/// the currency in which the platform bills.
pub fn quote(answer: &Value, facts: &StoreFacts) -> Result<BTreeMap<String, Money>> {
    let scale = Scale::of_costs(facts).ok_or_else(|| {
        Error::new(ErrorKind::InvalidConfig, "the currency in which the platform bills isn't known")
            .with_problems([Problem::error("settings.cost_currency", "required", "name it, such as USD")])
    })?;
    let read: wire::Quote = record(answer)?;
    let mut quoted = BTreeMap::new();
    for (method, told) in read {
        if let Some(units) = told.maybe(&At::default().member(&method))? {
            quoted.insert(method, scale.money(units));
        }
    }
    Ok(quoted)
}

fn cost(read: wire::Cost, at: &At) -> Result<Money> {
    if read.cost < 0 {
        return Err(unreadable(at, "it is negative"));
    }
    stated(read.cost, &read.currency, at)
}
