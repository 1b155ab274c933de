//! What we want shown, as the body that makes a product.

use super::{money::Scale, product::BLUEPRINTS, read::invalid};
use crate::{
    made::{Area, Made, Pattern, Placed},
    wire::{AreaWrite, PatternWrite, PlacedWrite, PlaceholderWrite, ProductCreate, VariantWrite},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Category, Converted, LossKind, Losses, Nature, NewListing, NewListingVariant, Offer, StoreFacts,
        TaxBasis,
    },
};
use serde_json::{Number, Value};
use std::collections::BTreeSet;

/// Variants that one product may have switched on (code 8251).
pub(super) const MAX_ENABLED: usize = 100;

pub(super) const MADE: &str = "extensions.printify.made";

/// The body that makes a product; it isn't published by that.
///
/// The listing has to carry the extension [`Made`]: what it is made of, by whom, and what is printed.
///
/// # Errors
/// [`ErrorKind::InvalidInput`], with every path: no [`Made`], a choice that it doesn't name or doesn't print on, a
/// price in another currency or finer than a smallest unit, more than 100 variants on offer.
pub fn created(listing: &NewListing, facts: &StoreFacts) -> Result<Converted<Value>> {
    let made = made_of(listing)?;
    let mut losses = Losses::default();
    let mut problems = Vec::new();
    let prices = Scale::of_prices(facts)?;
    lost(listing, &made, facts, &mut losses);
    let mut variants = Vec::new();
    for (nth, variant) in listing.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        match written(variant, &made, prices, &path) {
            Ok(written) => variants.push(written),
            Err(error) => problems.extend(error.problems().iter().cloned()),
        }
        lost_of(variant, &path, facts, &mut losses);
    }
    let offered = variants.iter().filter(|variant| variant.is_enabled).count();
    if offered == 0 && problems.is_empty() {
        problems.push(Problem::error("variants", "required", "offer at least one variant"));
    }
    problems.extend(too_many(offered));
    let ids: BTreeSet<i64> = variants.iter().map(|variant| variant.id).collect();
    let print_areas =
        printed(&made.areas, |area| area.variants.iter().copied().filter(|id| ids.contains(id)).collect())?;
    let covered: BTreeSet<i64> = print_areas.iter().flat_map(|area| area.variant_ids.clone()).collect();
    for id in ids.difference(&covered) {
        let mend = format!("no area prints on the catalogue's variant {id}; add it to one");
        problems.push(Problem::error(format!("{MADE}.areas"), "not_printed", mend));
    }
    if !problems.is_empty() {
        return Err(
            Error::new(ErrorKind::InvalidInput, "the product can't be made as it is").with_problems(problems)
        );
    }
    let body = ProductCreate {
        title: listing.title.clone(),
        description: listing.description.to_html(),
        blueprint_id: made.blueprint,
        print_provider_id: made.provider,
        variants,
        print_areas,
        tags: listing.tags.clone(),
        safety_information: made.safety,
    };
    Ok(losses.with(json(&body)?))
}

fn made_of(listing: &NewListing) -> Result<Made> {
    listing.extensions.get::<Made>()?.ok_or_else(|| {
        let mend = "name blueprint, print provider, artwork and the catalogue's variant of each choice";
        invalid("nothing says how the product is made", MADE, "required", mend)
    })
}

/// A body as JSON.
pub(super) fn json(body: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(body)
        .map_err(|source| Error::new(ErrorKind::Internal, "the request has no JSON form").with_source(source))
}

pub(super) fn too_many(offered: usize) -> Option<Problem> {
    let mend = format!("{offered} are on offer and a product takes {MAX_ENABLED}; offer fewer");
    (offered > MAX_ENABLED).then(|| Problem::error("variants", "too_many", mend))
}

/// A variant with what is paid for it.
pub(super) fn written(
    variant: &NewListingVariant,
    made: &Made,
    prices: Scale,
    path: &str,
) -> Result<VariantWrite> {
    let id = made.variant(&variant.options).ok_or_else(|| {
        let mend = format!("name the catalogue's variant for this choice in {MADE}");
        invalid("a choice isn't made there", &format!("{path}.options"), "not_made", &mend)
    })?;
    let price = variant.offer.sale.map_or(variant.offer.price, |sale| sale.price);
    let price = prices.units(price, &format!("{path}.offer.price"))?;
    Ok(VariantWrite { id, price, is_enabled: variant.offered, sku: variant.sku.clone() })
}

/// What a listing has and the platform doesn't.
fn lost(listing: &NewListing, made: &Made, facts: &StoreFacts, losses: &mut Losses) {
    let language = |locale: &str| locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if language(&listing.locale.0) != language(&facts.locale.0) {
        let note = format!("the texts stand as {}, the shop's language", facts.locale);
        losses.add("locale", LossKind::Reinterpreted, note);
    }
    if !listing.bullets.is_empty() {
        losses.add("bullets", LossKind::Dropped, "the platform has no place for selling points");
    }
    if listing.brand.is_some() {
        losses.add("brand", LossKind::Dropped, "the brand is the blank's");
    }
    if listing.nature != Nature::Physical {
        losses.add("nature", LossKind::Reinterpreted, "what is made there is a thing that is shipped");
    }
    lost_categories(&listing.categories, Some(made.blueprint), losses);
    if !listing.options.is_empty() && listing.options != made.options {
        let note = "the buyer sees the blank's words for options and values";
        losses.add("options", LossKind::Reinterpreted, note);
    }
    lost_media(listing.media.len(), losses);
}

pub(super) fn lost_categories(categories: &[Category], blueprint: Option<i64>, losses: &mut Losses) {
    let own = blueprint.map(|id| id.to_string());
    for (nth, category) in categories.iter().enumerate() {
        if category.scheme != BLUEPRINTS || own.as_ref() != Some(&category.value) {
            let note = "the blank alone says where it belongs";
            losses.add(format!("categories[{nth}]"), LossKind::Dropped, note);
        }
    }
}

pub(super) fn lost_media(count: usize, losses: &mut Losses) {
    for nth in 0..count {
        let note =
            "pictures are mock-ups that the platform makes; artwork goes into extensions.printify.made";
        losses.add(format!("media[{nth}]"), LossKind::Dropped, note);
    }
}

/// What a variant has and the platform doesn't.
pub(super) fn lost_of(variant: &NewListingVariant, path: &str, facts: &StoreFacts, losses: &mut Losses) {
    let mut drop = |is_lost: bool, field: &str, note: &str| {
        if is_lost {
            losses.add(format!("{path}.{field}"), LossKind::Dropped, note);
        }
    };
    drop(variant.cost.is_some(), "cost", "what it costs is the platform's to say");
    drop(!variant.codes.is_empty(), "codes", "the platform has no place for trade numbers");
    drop(variant.shipping.weight.is_some(), "shipping.weight", "the weight is the blank's");
    drop(variant.shipping.hs_code.is_some(), "shipping.hs_code", "customs are the provider's affair");
    drop(variant.shipping.origin.is_some(), "shipping.origin", "customs are the provider's affair");
    drop(variant.media.is_some(), "media", "mock-ups are made by the platform");
    if variant.counted {
        let note = "it is made when it is sold; no number is shown";
        losses.add(format!("{path}.counted"), LossKind::Reinterpreted, note);
    }
    lost_offer(&variant.offer, path, facts, losses);
}

fn lost_offer(offer: &Offer, path: &str, facts: &StoreFacts, losses: &mut Losses) {
    if offer.compare_at.is_some() {
        losses.add(format!("{path}.offer.compare_at"), LossKind::Dropped, NO_REDUCTION);
    }
    if offer.sale.is_some() {
        losses.add(format!("{path}.offer.sale"), LossKind::Reinterpreted, SALE_STAYS);
    }
    let known = offer.tax != TaxBasis::Unknown && facts.tax_basis != TaxBasis::Unknown;
    if known && offer.tax != facts.tax_basis {
        let note = "the shop takes its prices the other way, with or without tax";
        losses.add(format!("{path}.offer.tax"), LossKind::Reinterpreted, note);
    }
}

pub(super) const NO_REDUCTION: &str = "the platform shows no struck-through price";
pub(super) const SALE_STAYS: &str =
    "the reduced price becomes the price, from this change to the next; the full one isn't kept there";

/// Areas as they are written, with the variants that `of` names for each; one without any is left out.
pub(super) fn printed(areas: &[Area], of: impl Fn(&Area) -> Vec<i64>) -> Result<Vec<AreaWrite>> {
    let mut written = Vec::new();
    for (nth, area) in areas.iter().enumerate() {
        let variant_ids = of(area);
        if variant_ids.is_empty() {
            continue;
        }
        let mut placeholders = Vec::new();
        for (place, artwork) in area.artwork.iter().enumerate() {
            let path = format!("{MADE}.areas[{nth}].artwork[{place}]");
            let image = |(nth, one): (usize, &Placed)| placed(one, &format!("{path}.images[{nth}]"));
            let images = artwork.images.iter().enumerate().map(image).collect::<Result<_>>()?;
            placeholders.push(PlaceholderWrite { position: artwork.position.clone(), images });
        }
        written.push(AreaWrite { variant_ids, placeholders, background: area.background.clone() });
    }
    Ok(written)
}

fn placed(one: &Placed, path: &str) -> Result<PlacedWrite> {
    let at = |field: &str| format!("{path}.{field}");
    Ok(PlacedWrite {
        id: one.upload.clone(),
        x: number(&one.x, &at("x"))?,
        y: number(&one.y, &at("y"))?,
        scale: number(&one.scale, &at("scale"))?,
        angle: one.angle,
        pattern: one.pattern.as_ref().map(|pattern| repeated(pattern, &at("pattern"))).transpose()?,
    })
}

fn repeated(pattern: &Pattern, path: &str) -> Result<PatternWrite> {
    let at = |field: &str| format!("{path}.{field}");
    Ok(PatternWrite {
        spacing_x: number(&pattern.spacing_x, &at("spacing_x"))?,
        spacing_y: number(&pattern.spacing_y, &at("spacing_y"))?,
        scale: number(&pattern.scale, &at("scale"))?,
        offset: number(&pattern.offset, &at("offset"))?,
    })
}

fn number(text: &str, path: &str) -> Result<Number> {
    text.parse().map_err(|_| invalid("artwork has no place", path, "no_number", "write a number such as 0.5"))
}
