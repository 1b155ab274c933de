//! A product as the platform shows it.

use super::{
    artwork::{areas, pictures},
    money::Scale,
    page::page,
    read::{At, elements, filled, record, record_at, time, unreadable},
    variant::{Choices, Variants},
};
use crate::{
    kinds::{BLUEPRINT, CHANNEL_LISTING, PRODUCT, VARIANT},
    made::{Made, MadeVariant},
    wire::{self, Told},
};
use fusion_core::{
    error::Result,
    model::{
        Category, Converted, Extensions, Lifecycle, ListingState, Losses, Nature, Ref, Refs, RemoteProduct,
        RemoteVariant, RichText, Seen, StoreFacts,
    },
    plugin::Page,
};
use serde_json::Value;

/// The scheme of the platform's blanks as categories.
pub(super) const BLUEPRINTS: &str = "printify.blueprint";

/// Reads one product.
///
/// All variants of the blank come back, those that nobody sells with `offered: false`. Each is
/// [`OnDemand`](fusion_core::model::Quantity::OnDemand) at its print provider. A product that was never published is a
/// [`Draft`](Lifecycle::Draft); one that waits for its publication is [`Submitted`](Lifecycle::Submitted) and
/// locked. How it is made stands in the extension [`Made`].
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says, or id, price or
/// switch of a variant are missing. [`InvalidConfig`](fusion_core::error::ErrorKind::InvalidConfig): the smallest
/// unit of the shop's currency isn't known.
pub fn product(answer: &Value, facts: &StoreFacts) -> Result<Converted<RemoteProduct>> {
    let at = At::default();
    let read: wire::Product = record(answer)?;
    let mut losses = Losses::default();
    let mut refs = Refs::of([Ref::new(PRODUCT, read.id.need(&at.member("id"))?)]);
    let external = external(read.external, &at.member("external"))?;
    if let Some(id) = external.as_ref().and_then(|one| one.id.clone()) {
        refs.set(Ref::new(CHANNEL_LISTING, id));
    }
    let is_locked = read.is_locked.maybe(&at.member("is_locked"))?.unwrap_or(false);
    let visible = read.visible.maybe(&at.member("visible"))?;
    let is_deleted = read.is_deleted.maybe(&at.member("is_deleted"))?.unwrap_or(false);
    let lifecycle = match (&external, is_locked, visible) {
        _ if is_deleted => Lifecycle::Gone,
        (None, true, _) => Lifecycle::Submitted,
        (None, false, _) => Lifecycle::Draft,
        (Some(_), _, Some(false)) => Lifecycle::Hidden,
        (Some(_), _, _) => Lifecycle::Live,
    };
    let state = ListingState { locked: is_locked, ..ListingState::of(lifecycle) };
    let blueprint = read.blueprint_id.maybe(&at.member("blueprint_id"))?;
    let provider = read.print_provider_id.maybe(&at.member("print_provider_id"))?;
    if let Some(blueprint) = blueprint {
        refs.set(Ref::new(BLUEPRINT, blueprint.to_string()));
    }
    let choices = Choices::read(read.options, &at.member("options"))?;
    let mut variants = match read.variants.maybe(&at.member("variants"))? {
        None => Seen::NotRead,
        Some(all) => {
            let reader = Variants { choices: &choices, provider, facts, prices: Scale::of_prices(facts)? };
            Seen::Value(reader.all(elements(all, &at.member("variants"))?, &mut losses)?)
        }
    };
    let media = pictures(read.images, &mut variants, &at.member("images"), &mut losses)?;
    let areas = areas(read.print_areas, &at.member("print_areas"), &mut losses)?;
    let safety = read.safety_information.maybe(&at.member("safety_information"))?;
    let mut extensions = Extensions::default();
    if let (Some(blueprint), Some(provider)) = (blueprint, provider) {
        let made = Made {
            blueprint,
            provider,
            options: choices.options.value().cloned().unwrap_or_default(),
            variants: made_variants(&variants),
            areas,
            safety: filled(safety),
        };
        extensions.set(&made).map_err(|_| unreadable(&at, "a number is too big to be kept"))?;
    }
    let updated = read.updated_at.maybe(&at.member("updated_at"))?;
    Ok(losses.with(RemoteProduct {
        refs,
        state,
        title: read.title.seen(&at.member("title"))?,
        description: read.description.seen(&at.member("description"))?.map(RichText::html),
        // There is no place for selling points.
        bullets: Seen::NotRead,
        // The blank's brand, which only the catalogue tells.
        brand: Seen::NotRead,
        nature: Seen::Value(Nature::Physical),
        tags: read.tags.seen(&at.member("tags"))?,
        categories: match blueprint {
            Some(id) => Seen::Value(vec![Category { scheme: BLUEPRINTS.to_owned(), value: id.to_string() }]),
            None => Seen::NotRead,
        },
        options: choices.options,
        variants,
        media,
        issues: Vec::new(),
        updated: updated.map(|text| time(&text, &at.member("updated_at"))).transpose()?.flatten(),
        url: external.and_then(|one| one.handle).filter(|handle| handle.starts_with("http")),
        extensions,
    }))
}

/// Reads a page of products.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): the page itself can't be read.
pub fn products(answer: &Value, facts: &StoreFacts) -> Result<Page<Converted<RemoteProduct>>> {
    page(answer, PRODUCT, |one| product(one, facts))
}

struct Channel {
    id: Option<String>,
    handle: Option<String>,
}

/// An empty list and an object without an id are what an unpublished product has in older answers.
fn external(told: Told<Value>, at: &At) -> Result<Option<Channel>> {
    let first = match told.maybe(at)? {
        Some(Value::Array(many)) => many.into_iter().next(),
        one => one,
    };
    let Some(first) = first else { return Ok(None) };
    let first: wire::External = record_at(&first, at)?;
    let id = filled(first.id.maybe(&at.member("id"))?.map(|id| id.0));
    let handle = filled(first.handle.maybe(&at.member("handle"))?);
    Ok((id.is_some() || handle.is_some()).then_some(Channel { id, handle }))
}

fn made_variants(variants: &Seen<Vec<RemoteVariant>>) -> Vec<MadeVariant> {
    let all = variants.value().map(Vec::as_slice).unwrap_or_default();
    let made = |one: &RemoteVariant| {
        let id = one.refs.get(&VARIANT)?.parse().ok()?;
        Some(MadeVariant { options: one.options.clone(), id })
    };
    all.iter().filter_map(made).collect()
}
