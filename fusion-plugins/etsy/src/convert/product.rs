//! A listing as the model shows it.

use super::{
    choice, extras,
    money::money,
    variants::{Shared, options, variants},
};
use crate::{
    kinds::{IMAGE, LISTING},
    wire,
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    model::{
        Category, Converted, Lifecycle, ListingState, LossKind, Losses, Nature, Offer, OptionValues,
        Quantity, Ref, Refs, RemoteLevel, RemoteMedia, RemoteProduct, RemoteVariant, RichText, Seen,
        StoreFacts, Weight, WeightUnit,
    },
};
use fusion_plugin_sdk::{decode_entities, unreadable};

/// Whose tree a category of this platform belongs to.
pub(super) const TAXONOMY: &str = "etsy";

/// What was read beside the listing itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Its inventory, where the listing's own answer doesn't hold it.
    pub inventory: Option<&'a wire::Inventory>,
    /// Whether the platform says that there is no inventory: then price and quantity stand in the listing.
    pub has_none: bool,
    /// The pictures of its values.
    pub variation_images: Option<&'a [wire::VariationImage]>,
}

/// Reads a listing with what was read beside it.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol), with the field that can't be read.
pub fn product(
    read: &wire::Listing,
    beside: Beside<'_>,
    facts: &StoreFacts,
) -> Result<Converted<RemoteProduct>> {
    let mut losses = Losses::default();
    let weight = weight(read, &mut losses);
    let shared = Shared { listing: read.listing_id, weight, images: beside.variation_images, facts };
    let inventory = beside.inventory.or(read.inventory.as_ref());
    let variants = match inventory {
        Some(inventory) => Seen::Value(variants(inventory, &shared, &mut losses)?),
        None if beside.has_none => Seen::from_option(alone(read, &shared)?.map(|one| vec![one])),
        None => Seen::NotRead,
    };
    forgotten(read, facts, &mut losses);
    let text = |text: &Option<String>| match text {
        None => Seen::NotRead,
        Some(text) => Seen::from_option(Some(decode_entities(text)).filter(|text| !text.is_empty())),
    };
    let value = RemoteProduct {
        refs: Refs::of([Ref::new(LISTING, read.listing_id.to_string())]),
        state: state(read),
        title: text(&read.title),
        description: match text(&read.description) {
            Seen::Value(text) => Seen::Value(RichText::plain(text)),
            Seen::Empty => Seen::Empty,
            Seen::NotRead | Seen::Withheld(_) => Seen::NotRead,
        },
        bullets: Seen::NotRead,
        brand: Seen::NotRead,
        nature: nature(read, &mut losses),
        tags: seen_list(
            read.tags.as_deref().map(|tags| tags.iter().map(|tag| decode_entities(tag)).collect()),
        ),
        categories: match read.taxonomy_id {
            None => Seen::NotRead,
            Some(id) => Seen::from_option(
                id.map(|id| vec![Category { scheme: TAXONOMY.to_owned(), value: id.to_string() }]),
            ),
        },
        options: match variants.value() {
            Some(variants) => {
                Seen::from_option(Some(options(variants)).filter(|options| !options.is_empty()))
            }
            None => Seen::NotRead,
        },
        variants,
        media: seen_list(read.images.as_deref().map(pictures)),
        issues: Vec::new(),
        updated: read.updated_timestamp.map(seconds),
        url: read.url.clone(),
        extensions: extras::listing(read, inventory)?,
    };
    Ok(losses.with(value))
}

fn seen_list<T>(read: Option<Vec<T>>) -> Seen<Vec<T>> {
    match read {
        None => Seen::NotRead,
        Some(list) if list.is_empty() => Seen::Empty,
        Some(list) => Seen::Value(list),
    }
}

/// Times are whole seconds since 1970.
pub(super) fn seconds(since: i64) -> Timestamp {
    Timestamp::from_micros(since.saturating_mul(1_000_000))
}

fn state(read: &wire::Listing) -> ListingState {
    let raw = read.state.as_deref().unwrap_or_default();
    let (lifecycle, buyable) = match raw.to_ascii_lowercase().as_str() {
        "active" => (Lifecycle::Live, Some(true)),
        "sold_out" => (Lifecycle::Live, Some(false)),
        "inactive" | "edit" => (Lifecycle::Hidden, Some(false)),
        "draft" => (Lifecycle::Draft, Some(false)),
        "expired" => (Lifecycle::Ended, Some(false)),
        "removed" => (Lifecycle::Blocked, Some(false)),
        _ => (Lifecycle::Unknown(raw.to_owned()), None),
    };
    let discoverable = read.is_private.map(|private| !private && lifecycle == Lifecycle::Live);
    ListingState { lifecycle, buyable, discoverable, locked: false }
}

fn nature(read: &wire::Listing, losses: &mut Losses) -> Seen<Nature> {
    match read.listing_type.as_deref() {
        None => Seen::NotRead,
        Some("physical") => Seen::Value(Nature::Physical),
        Some("download") => Seen::Value(Nature::Digital),
        Some("both") => Seen::Value(Nature::Both),
        Some(_) => {
            losses.add(
                "listing_type",
                LossKind::Dropped,
                "the platform has a new word for what kind of thing it is",
            );
            Seen::NotRead
        }
    }
}

fn weight(read: &wire::Listing, losses: &mut Losses) -> Seen<Weight> {
    let value = match read.item_weight {
        None => return Seen::NotRead,
        Some(None) => return Seen::Empty,
        Some(Some(wire::Number(value))) => value,
    };
    let unit = match read.item_weight_unit.as_deref() {
        Some("oz") => WeightUnit::Ounce,
        Some("lb") => WeightUnit::Pound,
        Some("g") => WeightUnit::Gram,
        Some("kg") => WeightUnit::Kilogram,
        _ => {
            losses.add("item_weight", LossKind::Dropped, "its unit is missing or unknown");
            return Seen::NotRead;
        }
    };
    Seen::Value(Weight { value, unit })
}

/// A listing that was never edited with the inventory tools has one combination, and its numbers stand above.
fn alone(read: &wire::Listing, shared: &Shared<'_>) -> Result<Option<RemoteVariant>> {
    if read.has_variations == Some(true) {
        return Err(unreadable("has_variations", "there are variations and no inventory"));
    }
    let (Some(price), Some(quantity)) = (&read.price, read.quantity) else { return Ok(None) };
    let price = money(price, "price")?;
    if price.currency() != shared.facts.currency {
        return Err(unreadable("price", "it isn't in the shop's currency"));
    }
    let sku = match read.skus.as_slice() {
        [sku] if !sku.is_empty() => Seen::Value(decode_entities(sku)),
        // Without the owner's token the list is empty whatever there is.
        _ => Seen::NotRead,
    };
    Ok(Some(RemoteVariant {
        refs: Refs::of([choice::named(read.listing_id, &[])]),
        options: OptionValues::default(),
        sku,
        offered: true,
        offer: Seen::Value(Offer { price, compare_at: None, sale: None, tax: shared.facts.tax_basis }),
        levels: Seen::Value(vec![RemoteLevel {
            location: None,
            pool: None,
            quantity: Quantity::Counted(quantity),
        }]),
        codes: Seen::NotRead,
        weight: shared.weight.clone(),
        cost: Seen::NotRead,
        hs_code: Seen::NotRead,
        origin: Seen::NotRead,
        media: Seen::NotRead,
    }))
}

fn pictures(images: &[wire::Image]) -> Vec<RemoteMedia> {
    let mut sorted: Vec<&wire::Image> = images.iter().collect();
    // Ranks are missing while the platform still works on a picture.
    sorted.sort_by_key(|image| image.rank.unwrap_or(i64::MAX));
    let picture = |image: &wire::Image| RemoteMedia {
        refs: Refs::of([Ref::new(IMAGE, image.listing_image_id.to_string())]),
        url: image.url_fullxfull.clone().map_or(Seen::NotRead, Seen::Value),
        alt: match &image.alt_text {
            None => Seen::NotRead,
            Some(alt) => Seen::from_option(alt.as_deref().map(decode_entities).filter(|alt| !alt.is_empty())),
        },
    };
    sorted.into_iter().map(picture).collect()
}

/// What a listing tells and the model has no place for.
fn forgotten(read: &wire::Listing, facts: &StoreFacts, losses: &mut Losses) {
    let mut lost = |is: bool, path: &str, note: &str| {
        if is {
            losses.add(path, LossKind::Dropped, note);
        }
    };
    let translated = read.translations.as_ref().is_some_and(|all| all.values().any(|text| !text.is_null()));
    lost(translated, "translations", "a shown product has one language");
    lost(!read.videos.is_empty(), "videos", "a shown product's media are pictures");
    lost(read.personalization.is_some(), "personalization", "the model has no questions to the buyer");
    let has_files = read.file_data.as_deref().is_some_and(|files| !files.is_empty());
    lost(has_files, "file_data", "a shown product's media are pictures");
    let sides = [read.item_length, read.item_width, read.item_height];
    let some = sides.iter().any(Option::is_some);
    let whole = sides.iter().all(Option::is_some) && read.item_dimensions_unit.is_some();
    lost(some && !whole, "item_dimensions_unit", "sides without a unit or without each other are no size");
    let guaranteed = read.ecgt_commercial_guarantee_enabled == Some(true);
    lost(guaranteed, "ecgt_commercial_guarantee_enabled", "the model has no guarantee labels");
    let other = read.language.as_deref().is_some_and(|language| base(language) != base(&facts.locale.0));
    if other {
        losses.add("language", LossKind::Reinterpreted, "the texts are in another language than the shop's");
    }
}

/// The language of a tag without its region.
pub(super) fn base(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}
