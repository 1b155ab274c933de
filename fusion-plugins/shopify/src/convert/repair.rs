//! Brings a product in line through `productSet` without its trap: a list that is sent deletes what it leaves
//! out. So every list is built from a fresh, whole reading, and what isn't ours is listed again.

use super::{
    extras::live as live_extras,
    listing::{file, fit, lost_media, product_fields, variant_set},
    matching::{Choice, named, option_sets, option_values, pairs},
};
use crate::{
    manifest::{MEDIA, VARIANT},
    wire::input::{File, Metafield, ProductSetInput, VariantSet},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Retry},
    model::{
        Converted, LossKind, Losses, Media, MediaId, NewListing, RemoteMedia, RemoteProduct, RemoteVariant,
        Seen, StoreFacts,
    },
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

    let pictures = files(&listing.media, target, &live.media, &mut losses);
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
                .and_then(|media| picture(media, target, &live.media))
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

/// All pictures: ours in order, then those that aren't ours. `None` leaves them all alone.
pub(crate) fn files(
    media: &[Media],
    target: &Target,
    live: &Seen<Vec<RemoteMedia>>,
    losses: &mut Losses,
) -> Option<Vec<File>> {
    let there: &[RemoteMedia] = match live {
        Seen::Value(there) => there,
        Seen::Empty => &[],
        Seen::NotRead | Seen::Withheld(_) => {
            losses.add(
                "media",
                LossKind::Dropped,
                "the product's pictures couldn't be read, so they are left alone",
            );
            return None;
        }
    };
    for (nth, media) in media.iter().enumerate() {
        lost_media(media, &format!("media[{nth}]"), losses);
    }
    let ours: BTreeSet<&str> = target.media.iter().filter_map(|(_, refs)| refs.get(&MEDIA)).collect();
    let strange = there.iter().filter_map(|media| media.refs.get(&MEDIA)).filter(|id| !ours.contains(id));
    let strange = strange.map(|id| File { id: Some(id.to_owned()), ..File::default() });
    let files: Vec<File> =
        media.iter().filter_map(|media| picture(media, target, live)).chain(strange).collect();
    (!files.is_empty() || !there.is_empty()).then_some(files)
}

/// A picture that is there already by its id: the same address again would make a second one.
fn picture(media: &Media, target: &Target, live: &Seen<Vec<RemoteMedia>>) -> Option<File> {
    let there = known(media.id, target).filter(|id| {
        let there = live.value().map(Vec::as_slice).unwrap_or_default();
        there.iter().any(|one| one.refs.get(&MEDIA) == Some(id))
    });
    match there {
        Some(id) => Some(File { id: Some(id.to_owned()), alt: media.alt.clone(), ..File::default() }),
        None => file(media),
    }
}

fn known(media: MediaId, target: &Target) -> Option<&str> {
    target.media.iter().find(|(id, _)| *id == media).and_then(|(_, refs)| refs.get(&MEDIA))
}
