//! What we want shown, as `productSet` takes it.

use super::{
    extras::{Extras, extras},
    matching::{option_sets, option_values},
    offer,
    pictures::{Staged, file, lost_media},
};
use crate::{
    cost,
    wire::{
        input::{File, InventoryItem, Measurement, ProductSetInput, VariantSet, Weight},
        told::Told,
    },
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Category, Code, CodeKind, Converted, LossKind, Losses, Money, Nature, NewListing, NewListingVariant,
        StoreFacts, WeightUnit,
    },
};
use serde_json::value::RawValue;

/// Ids of the platform's own category tree begin so.
pub(super) const TAXONOMY: &str = "gid://shopify/TaxonomyCategory/";

/// A new product: a draft, tracked, with a stock of 0.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: a price isn't in the shop's currency, or no variant is on offer.
pub(crate) fn created(
    listing: &NewListing,
    staged: &Staged,
    facts: &StoreFacts,
) -> Result<Converted<ProductSetInput>> {
    let mut losses = Losses::default();
    let mut variants = Vec::new();
    let own = |media| file(media, staged);
    for (nth, variant) in listing.variants.iter().enumerate() {
        let path = format!("variants[{nth}]");
        if !variant.offered {
            losses.add(
                path,
                LossKind::Dropped,
                "a variant that isn't on offer is left out: the platform can't hide one",
            );
            continue;
        }
        let mut sent = variant_set(variant, &path, listing.nature, facts, &mut losses)?;
        sent.file =
            variant.media.and_then(|id| listing.media.iter().find(|media| media.id == id)).and_then(own);
        variants.push(sent);
    }
    if variants.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "no variant is on offer")
            .with_problems([Problem::error("variants", "required", "offer at least one variant")]));
    }
    let mut input = product_fields(listing, facts, &mut losses);
    input.status = Some("DRAFT");
    input.product_options = Some(option_sets(listing, &[]));
    input.variants = Some(variants);
    let files: Vec<File> = listing.media.iter().filter_map(own).collect();
    input.files = (!files.is_empty()).then_some(files);
    fit(&mut input, &mut losses)?;
    Ok(losses.with(input))
}

/// Keeps the call below the platform's price limit: variants' own pictures go first.
pub(super) fn fit(input: &mut ProductSetInput, losses: &mut Losses) -> Result<()> {
    if cost::product_set(input) <= cost::MAX {
        return Ok(());
    }
    let variants = input.variants.as_deref_mut().unwrap_or_default();
    if variants.iter_mut().filter_map(|variant| variant.file.take()).count() > 0 {
        losses.add(
            "variants[].media",
            LossKind::Dropped,
            "too many for one call; variants keep no picture of their own",
        );
    }
    if cost::product_set(input) <= cost::MAX {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "the product is too big for one call").with_problems([
        Problem::error(
            "media",
            "too_many",
            "so many pictures and variants can't be written together; leave some pictures out",
        ),
    ]))
}

/// What doesn't grow with variants and pictures.
pub(super) fn product_fields(
    listing: &NewListing,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> ProductSetInput {
    let language = |locale: &str| locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if language(&listing.locale.0) != language(&facts.locale.0) {
        losses.add(
            "locale",
            LossKind::Reinterpreted,
            format!("the texts stand as {}, the shop's main language", facts.locale),
        );
    }
    if !listing.bullets.is_empty() {
        losses.add("bullets", LossKind::Dropped, "the platform has no place for selling points");
    }
    for (nth, media) in listing.media.iter().enumerate() {
        lost_media(media, &format!("media[{nth}]"), losses);
    }
    let sorted = categories(&listing.categories, losses);
    let Extras { handle, product_type, is_gift_card, seo, metafields } = extras(listing, losses);
    ProductSetInput {
        title: Some(listing.title.clone()),
        description_html: Some(listing.description.to_html()),
        // The platform fills an empty vendor with the shop's name when a product is made.
        vendor: listing.brand.clone(),
        product_type: sorted.product_type.or(product_type),
        category: sorted.category.map_or(Told::Absent, Told::Is),
        tags: Some(listing.tags.clone()),
        handle,
        gift_card: is_gift_card.then_some(true),
        seo,
        metafields: (!metafields.is_empty()).then_some(metafields),
        ..ProductSetInput::default()
    }
}

/// Where a product belongs, in the platform's two places.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) category: Option<String>,
    pub(super) product_type: Option<String>,
}

pub(super) fn categories(categories: &[Category], losses: &mut Losses) -> Sorted {
    let mut sorted = Sorted::default();
    for (nth, category) in categories.iter().enumerate() {
        let place = match category.scheme.as_str() {
            "shopify" if category.value.starts_with(TAXONOMY) => &mut sorted.category,
            "merchant" => &mut sorted.product_type,
            "shopify" => {
                let note = "a category's words stay here: the platform takes the id of its own tree";
                losses.add(format!("categories[{nth}]"), LossKind::Dropped, note);
                continue;
            }
            _ => {
                let note = "the platform takes its own tree's ids and one word of the merchant's";
                losses.add(format!("categories[{nth}]"), LossKind::Dropped, note);
                continue;
            }
        };
        if place.is_none() {
            *place = Some(category.value.clone());
        } else {
            losses.add(format!("categories[{nth}]"), LossKind::Dropped, "the platform takes one of a kind");
        }
    }
    sorted
}

/// A variant without id and picture.
pub(super) fn variant_set(
    variant: &NewListingVariant,
    path: &str,
    nature: Nature,
    facts: &StoreFacts,
    losses: &mut Losses,
) -> Result<VariantSet> {
    let shown = offer::sent(&variant.offer, &format!("{path}.offer"), facts, losses)?;
    let cost = variant.cost.map_or(Told::Absent, |cost| cost_of(cost, path, facts, losses));
    let shipping = &variant.shipping;
    Ok(VariantSet {
        id: None,
        option_values: option_values(&variant.options),
        sku: Told::or_null(variant.sku.clone()),
        barcode: barcode(&variant.codes, path, losses).map_or(Told::Absent, Told::Is),
        price: Some(offer::text(shown.price)),
        compare_at_price: Told::or_null(shown.compare_at.map(offer::text)),
        inventory_item: Some(InventoryItem {
            sku: Told::Absent,
            tracked: Some(variant.counted),
            requires_shipping: Some(matches!(nature, Nature::Physical | Nature::Both)),
            cost,
            harmonized_system_code: shipping
                .hs_code
                .as_deref()
                .map_or(Told::Absent, |code| Told::Is(hs_code(code))),
            country_code_of_origin: shipping.origin.clone().map_or(Told::Absent, Told::Is),
            measurement: shipping.weight.map(|weight| weight_of(&weight)),
        }),
        file: None,
    })
}

/// What a thing costs the merchant, where the platform can take it: it has the shop's currency alone.
pub(super) fn cost_of(cost: Money, path: &str, facts: &StoreFacts, losses: &mut Losses) -> Told<String> {
    if cost.currency() == facts.currency {
        return Told::Is(offer::text(cost));
    }
    losses.add(format!("{path}.cost"), LossKind::Dropped, "not in the shop's currency");
    Told::Absent
}

/// A tariff number as the platform keeps it: digits alone.
pub(super) fn hs_code(code: &str) -> String {
    code.replace('.', "")
}

/// A weight as the platform takes it.
pub(super) fn weight_of(weight: &fusion_core::model::Weight) -> Measurement {
    let unit = match weight.unit {
        WeightUnit::Gram => "GRAMS",
        WeightUnit::Kilogram => "KILOGRAMS",
        WeightUnit::Ounce => "OUNCES",
        WeightUnit::Pound => "POUNDS",
    };
    #[expect(
        clippy::expect_used,
        reason = "a decimal's text is digits with at most one dot and a minus: JSON"
    )]
    let value =
        RawValue::from_string(weight.value.normalize().to_string()).expect("a decimal is a JSON number");
    Measurement { weight: Weight { unit, value } }
}

/// The one bar code that the platform takes; a maker's part number is none.
pub(super) fn barcode(codes: &[Code], path: &str, losses: &mut Losses) -> Option<String> {
    let of = |kind: CodeKind| codes.iter().position(|code| code.kind == kind);
    let chosen = of(CodeKind::Gtin).or_else(|| of(CodeKind::Barcode));
    for (nth, _) in codes.iter().enumerate().filter(|(nth, _)| Some(*nth) != chosen) {
        losses.add(format!("{path}.codes[{nth}]"), LossKind::Dropped, "the platform takes one bar code");
    }
    chosen.and_then(|nth| codes.get(nth)).map(|code| code.value.clone())
}
