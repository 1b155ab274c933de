//! Blanks of the catalogue: what a product can be made of.

use super::read::{At, elements, list, record};
use crate::{
    kinds::{BLUEPRINT, PRINT_PROVIDER, VARIANT},
    wire,
};
use fusion_core::{
    error::Result,
    model::{
        Converted, LossKind, Losses, OptionValues, Quantity, Ref, Refs, RemoteLevel, RemoteMedia,
        RemoteVariant, RichText, Seen,
    },
};
use serde_json::Value;

/// A blank, for people to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Blank {
    /// The platform's id of it.
    pub blueprint: Ref,
    /// Its name.
    pub title: Seen<String>,
    /// What it is.
    pub description: Seen<RichText>,
    /// Who makes the blank.
    pub brand: Seen<String>,
    /// What it looks like.
    pub media: Seen<Vec<RemoteMedia>>,
}

/// Reads one blank.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn blank(answer: &Value) -> Result<Blank> {
    blank_of(record(answer)?, &At::default())
}

/// Reads the list of blanks.
///
/// # Errors
/// As [`blank`].
pub fn blanks(answer: &Value) -> Result<Vec<Blank>> {
    list(answer)?.into_iter().map(|(at, one)| blank_of(one, &at)).collect()
}

fn blank_of(read: wire::Blueprint, at: &At) -> Result<Blank> {
    let images = read.images.seen(&at.member("images"))?;
    let picture = |url| RemoteMedia { refs: Refs::default(), url: Seen::Value(url), alt: Seen::Empty };
    Ok(Blank {
        blueprint: Ref::new(BLUEPRINT, read.id.need(&at.member("id"))?.to_string()),
        title: read.title.seen(&at.member("title"))?,
        description: read.description.seen(&at.member("description"))?.map(RichText::html),
        brand: read.brand.seen(&at.member("brand"))?,
        media: images.map(|urls| urls.into_iter().map(picture).collect()),
    })
}

/// Reads what can be made of a blank at one provider.
///
/// Asked for without those that are out of stock, each variant that is listed can be made now; the platform has no
/// other sign of it.
///
/// # Errors
/// [`Protocol`](fusion_core::error::ErrorKind::Protocol): a member isn't what the contract says.
pub fn blank_variants(answer: &Value) -> Result<Converted<Vec<RemoteVariant>>> {
    let at = At::default();
    let read: wire::BlankVariants = record(answer)?;
    let provider = read.id.maybe(&at.member("id"))?;
    let mut losses = Losses::default();
    let mut variants = Vec::new();
    let list = at.member("variants");
    for (at, one) in elements(read.variants.need(&list)?, &list)? {
        let chosen = one.options.maybe(&at.member("options"))?.unwrap_or_default();
        if one.placeholders.maybe(&at.member("placeholders"))?.is_some_and(|places| !places.is_empty()) {
            let note = "which places can be printed on, and how big they are";
            losses.add(at.member("placeholders").as_str(), LossKind::Dropped, note);
        }
        variants.push(RemoteVariant {
            refs: Refs::of([Ref::new(VARIANT, one.id.need(&at.member("id"))?.to_string())]),
            options: chosen.into_iter().collect::<OptionValues>(),
            sku: Seen::NotRead,
            offered: false,
            offer: Seen::NotRead,
            levels: Seen::Value(vec![RemoteLevel {
                location: provider.map(|id| Ref::new(PRINT_PROVIDER, id.to_string())),
                pool: None,
                quantity: Quantity::OnDemand { available: true },
            }]),
            codes: Seen::NotRead,
            weight: Seen::NotRead,
            cost: Seen::NotRead,
            hs_code: Seen::NotRead,
            origin: Seen::NotRead,
            media: Seen::NotRead,
        });
    }
    Ok(losses.with(variants))
}
