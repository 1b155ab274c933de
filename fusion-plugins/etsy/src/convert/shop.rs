//! A shop as a store's facts, with what its listings may refer to.

use super::product::TAXONOMY;
use crate::wire;
use fusion_core::{
    error::Result,
    model::{Category, Converted, Currency, Locale, LossKind, Losses, StoreFacts, TaxBasis},
};
use fusion_plugin_sdk::{decode_entities, unreadable};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a listing of a shop may refer to: made in the web interface, chosen in settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choices<'a> {
    /// How things are shipped.
    pub shipping_profiles: &'a [wire::ShippingProfile],
    /// How long they take before.
    pub processing_profiles: &'a [wire::ProcessingProfile],
    /// Whether they are taken back.
    pub return_policies: &'a [wire::ReturnPolicy],
    /// Where they stand.
    pub sections: &'a [wire::Section],
    /// Who makes them.
    pub partners: &'a [wire::Partner],
}

/// The facts of a shop.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol), with the field that can't be read.
pub fn facts(shop: &wire::Shop, choices: Choices<'_>) -> Result<Converted<StoreFacts>> {
    let mut losses = Losses::default();
    let currency = Currency::new(&shop.currency_code)
        .map_err(|_| unreadable("currency_code", "it isn't one of ISO 4217"))?;
    let locale = match shop.languages.first() {
        Some(language) => Locale(language.clone()),
        None => {
            losses.add("languages", LossKind::Guessed, "the shop names no language; taken for English");
            Locale::default()
        }
    };
    if shop.languages.len() > 1 {
        losses.add("languages", LossKind::Dropped, "a store has one main language");
    }
    losses.add("tax_basis", LossKind::Guessed, "the platform doesn't tell whether prices hold tax");
    let value = StoreFacts {
        account: shop.user_id.to_string(),
        remote_id: shop.shop_id.to_string(),
        name: decode_entities(&shop.shop_name),
        currency,
        tax_basis: TaxBasis::Unknown,
        locale,
        locations: Vec::new(),
        scopes: Vec::new(),
        other: other(shop, choices),
    };
    Ok(losses.with(value))
}

fn other(shop: &wire::Shop, choices: Choices<'_>) -> BTreeMap<String, Value> {
    let live = choices.shipping_profiles.iter().filter(|profile| !profile.is_deleted);
    let lists = [
        ("shipping_profiles", named(live, |one| (one.shipping_profile_id, one.title.clone()))),
        (
            "processing_profiles",
            named(choices.processing_profiles, |one| {
                let shown = one.processing_days_display_label.clone().or_else(|| one.readiness_state.clone());
                (one.readiness_state_id, shown)
            }),
        ),
        ("return_policies", named(choices.return_policies, |one| (one.return_policy_id, Some(terms(one))))),
        ("sections", named(choices.sections, |one| (one.shop_section_id, one.title.clone()))),
        (
            "production_partners",
            named(choices.partners, |one| (one.production_partner_id, one.partner_name.clone())),
        ),
    ];
    let mut other: BTreeMap<String, Value> =
        lists.into_iter().filter_map(|(name, list)| Some((name.to_owned(), list?))).collect();
    if let Some(away) = shop.is_vacation {
        other.insert("is_vacation".to_owned(), json!(away));
    }
    if let Some(country) = &shop.shop_location_country_iso {
        other.insert("country".to_owned(), json!(country));
    }
    other
}

fn named<'a, T: 'a>(
    all: impl IntoIterator<Item = &'a T>,
    of: impl Fn(&T) -> (i64, Option<String>),
) -> Option<Value> {
    let rows: Vec<Value> = all
        .into_iter()
        .map(|one| {
            let (id, name) = of(one);
            json!({ "id": id.to_string(), "name": name.as_deref().map(decode_entities) })
        })
        .collect();
    (!rows.is_empty()).then(|| rows.into())
}

fn terms(policy: &wire::ReturnPolicy) -> String {
    let taken = match (policy.accepts_returns, policy.accepts_exchanges) {
        (true, true) => "returns and exchanges",
        (true, false) => "returns",
        (false, true) => "exchanges",
        (false, false) => return "neither returns nor exchanges".to_owned(),
    };
    policy.return_deadline.map_or_else(|| taken.to_owned(), |days| format!("{taken} within {days} days"))
}

/// The permissions of a token.
pub fn granted(scopes: &wire::Scopes) -> Vec<String> {
    scopes.scopes.clone()
}

/// The leaves of a part of the platform's tree, each with its path: only a leaf may stand in a listing.
pub fn categories(node: &wire::TaxonomyNode) -> Vec<(Category, String)> {
    let mut leaves = Vec::new();
    leaves_of(node, "", &mut leaves);
    leaves
}

fn leaves_of(node: &wire::TaxonomyNode, above: &str, leaves: &mut Vec<(Category, String)>) {
    let path = if above.is_empty() {
        decode_entities(&node.name)
    } else {
        format!("{above} > {}", decode_entities(&node.name))
    };
    if node.children.is_empty() {
        leaves.push((Category { scheme: TAXONOMY.to_owned(), value: node.id.to_string() }, path));
        return;
    }
    for child in &node.children {
        leaves_of(child, &path, leaves);
    }
}
