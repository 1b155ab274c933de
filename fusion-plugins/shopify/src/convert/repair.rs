//! Brings a product in line through `productSet` without its trap: a list that is sent deletes what it leaves
//! out. So every list is built from a fresh, whole reading, and what isn't ours is listed again.

use super::{
    extras::live as live_extras,
    listing::{fit, product_fields, variant_set},
    matching::{Choice, named, option_sets, option_values, pairs},
    pictures::{Staged, files, picture},
};
use crate::{
    kinds::VARIANT,
    wire::input::{Metafield, ProductSetInput, VariantSet},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Retry},
    model::{Converted, LossKind, Losses, NewListing, RemoteProduct, RemoteVariant, Seen, StoreFacts},
    plugin::Target,
};
use std::collections::BTreeSet;

/// A whole product to be written, and what of it is not ours.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    pub(crate) input: ProductSetInput,
    /// Fields to be written apart: in the product's own list they would delete everybody else's.
    pub(crate) metafields: Vec<Metafield>,
    /// Variants that the listing doesn't name and that stay: id and name.
    pub(crate) kept: Vec<(String, String)>,
}

/// # Errors
/// [`ErrorKind::Conflict`]: variants that aren't ours can't stay beside the listing's options; they are
/// named.
/// [`ErrorKind::InvalidInput`]: a price isn't in the shop's currency.
pub(crate) fn in_line(
    listing: &NewListing,
    staged: &Staged,
    target: &Target,
    live: &RemoteProduct,
    facts: &StoreFacts,
) -> Result<Converted<Repair>> {
    let Seen::Value(there) = &live.variants else {
        return Err(Error::new(ErrorKind::Internal, "a product was to be written that wasn't read whole"));
    };
    let mut losses = Losses::default();
    let places = pairs(&listing.variants, target, there);
    let matched: BTreeSet<usize> = places.iter().flatten().copied().collect();
    let kept: Vec<&RemoteVariant> = there
        .iter()
        .enumerate()
        .filter(|(place, _)| !matched.contains(place))
        .map(|(_, kept)| kept)
        .collect();
    fits(listing, &kept)?;

    let pictures = files(&listing.media, staged, target, &live.media, &mut losses);
    let mut variants = Vec::new();
    for (nth, (variant, place)) in listing.variants.iter().zip(&places).enumerate() {
        let path = format!("variants[{nth}]");
        let known = place.and_then(|place| there.get(place)).and_then(id_of);
        if !variant.offered {
            let note =
                "the platform can't hide a variant: one that exists stays as it is, another isn't made";
            losses.add(path, LossKind::Dropped, note);
            variants.extend(
                known.map(|id| VariantSet { option_values: option_values(&variant.options), ..same(id) }),
            );
            continue;
        }
        let mut sent = variant_set(variant, &path, listing.nature, facts, &mut losses)?;
        sent.id = known;
        sent.file = variant.media.filter(|_| pictures.is_some()).and_then(|id| {
            listing
                .media
                .iter()
                .find(|media| media.id == id)
                .and_then(|media| picture(media, staged, target, &live.media))
        });
        variants.push(sent);
    }
    let again = |variant: &&RemoteVariant| {
        id_of(variant).map(|id| VariantSet { option_values: option_values(&variant.options), ..same(id) })
    };
    variants.extend(kept.iter().filter_map(again));

    let mut input = product_fields(listing, facts, &mut losses);
    input.status = Some("ACTIVE");
    // Whoever has kept the old address still finds the product.
    input.redirect_new_handle = input.handle.as_ref().map(|_| true);
    if input.gift_card.take().is_some() && live_extras(live).is_some_and(|live| !live.gift_card) {
        let note = "a product that is there can't become a gift card";
        losses.add("extensions.shopify.catalogue.gift_card", LossKind::Dropped, note);
    }
    let metafields = input.metafields.take().unwrap_or_default();
    input.product_options = Some(option_sets(listing, &kept));
    input.variants = Some(variants);
    input.files = pictures;
    fit(&mut input, &mut losses)?;
    let kept = kept.iter().filter_map(|variant| Some((id_of(variant)?, named(&variant.options)))).collect();
    Ok(losses.with(Repair { input, metafields, kept }))
}

/// A variant of which nothing changes.
fn same(id: String) -> VariantSet {
    VariantSet { id: Some(id), ..VariantSet::default() }
}

fn id_of(variant: &RemoteVariant) -> Option<String> {
    variant.refs.get(&VARIANT).map(str::to_owned)
}

/// Every variant of a product has a value for every option, so what stays has to know the listing's options.
fn fits(listing: &NewListing, kept: &[&RemoteVariant]) -> Result<()> {
    let ours: BTreeSet<&str> = listing.options.iter().map(|option| option.name.trim()).collect();
    let strange: Vec<Problem> = kept
        .iter()
        .filter(|variant| {
            let choice = Choice::of(&variant.options);
            !choice.names().eq(ours.iter().copied())
        })
        .map(|variant| {
            Problem::error(
                "variants",
                "strange_options",
                format!(
                    "`{}` isn't the listing's and has other options; remove it or give it the listing's",
                    named(&variant.options)
                ),
            )
        })
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, "the product has variants that can't stay beside the listing's")
        .with_retry(Retry::AfterUserAction)
        .with_problems(strange))
}
