//! Pictures: mock-ups that the platform makes, and the artwork that it prints.

use super::read::{At, elements, filled};
use crate::{
    kinds::{MOCKUP, VARIANT},
    made::{Area, Artwork, Pattern, Placed},
    wire::{self, Told},
};
use fusion_core::{
    error::Result,
    model::{LossKind, Losses, Ref, Refs, RemoteMedia, RemoteVariant, Seen},
};

/// Mock-ups: made by the platform, and not the merchant's to change. A variant's own is the first that shows it,
/// the product's main one before others.
pub(super) fn pictures(
    told: Told<Vec<Told<wire::Image>>>,
    variants: &mut Seen<Vec<RemoteVariant>>,
    at: &At,
    losses: &mut Losses,
) -> Result<Seen<Vec<RemoteMedia>>> {
    let Some(images) = told.maybe(at)? else { return Ok(Seen::NotRead) };
    let mut media = Vec::new();
    let mut shows: Vec<(At, bool, Ref, Vec<String>)> = Vec::new();
    for (at, image) in elements(images, at)? {
        let url = image.src.need(&at.member("src"))?;
        let picture = Ref::new(MOCKUP, url.as_str());
        let ids = image.variant_ids.maybe(&at.member("variant_ids"))?.unwrap_or_default();
        let is_main = image.is_default.maybe(&at.member("is_default"))?.unwrap_or(false);
        shows.push((at, is_main, picture.clone(), ids.iter().map(i64::to_string).collect()));
        media.push(RemoteMedia { refs: Refs::of([picture]), url: Seen::Value(url), alt: Seen::Empty });
    }
    shows.sort_by_key(|(_, is_main, ..)| !is_main);
    let mut every = Vec::new();
    if let Seen::Value(variants) = variants {
        for variant in variants {
            let id = variant.refs.get(&VARIANT).unwrap_or_default().to_owned();
            let own = shows.iter().find(|(.., ids)| ids.contains(&id));
            variant.media = Seen::from_option(own.map(|(_, _, picture, _)| picture.clone()));
            every.push((id, own.map(|(_, _, picture, _)| picture.clone())));
        }
    }
    for (at, _, picture, ids) in &shows {
        let is_for_all = every.iter().all(|(id, _)| ids.contains(id));
        let is_own = every.iter().all(|(id, own)| !ids.contains(id) || own.as_ref() == Some(picture));
        if !is_for_all && !is_own {
            let note = "which variants a further picture shows";
            losses.add(at.member("variant_ids").as_str(), LossKind::Dropped, note);
        }
    }
    Ok(Seen::Value(media))
}

pub(super) fn areas(
    told: Told<Vec<Told<wire::PrintArea>>>,
    at: &At,
    losses: &mut Losses,
) -> Result<Vec<Area>> {
    let mut areas = Vec::new();
    for (at, area) in told.each(at)? {
        let mut artwork = Vec::new();
        for (at, place) in area.placeholders.each(&at.member("placeholders"))? {
            let mut images = Vec::new();
            for (at, image) in place.images.each(&at.member("images"))? {
                images.push(placed(image, &at, losses)?);
            }
            // Every place of the blank comes back, those without artwork too.
            if !images.is_empty() {
                artwork.push(Artwork { position: place.position.need(&at.member("position"))?, images });
            }
        }
        if !artwork.is_empty() {
            areas.push(Area {
                variants: area.variant_ids.need(&at.member("variant_ids"))?,
                artwork,
                background: filled(area.background.maybe(&at.member("background"))?),
            });
        }
    }
    Ok(areas)
}

fn placed(image: wire::PlacedImage, at: &At, losses: &mut Losses) -> Result<Placed> {
    if image.input_text.maybe(&at.member("input_text"))?.is_some() {
        let note = "a text with its font; only its place is kept";
        losses.add(at.member("input_text").as_str(), LossKind::Dropped, note);
    }
    for (flip, name) in [(image.flip_x, "flipX"), (image.flip_y, "flipY")] {
        if flip.maybe(&at.member(name))? == Some(true) {
            losses.add(at.member(name).as_str(), LossKind::Dropped, "the picture is mirrored");
        }
    }
    let pattern = image.pattern.maybe(&at.member("pattern"))?;
    Ok(Placed {
        upload: image.id.need(&at.member("id"))?,
        x: image.x.need(&at.member("x"))?.to_string(),
        y: image.y.need(&at.member("y"))?.to_string(),
        scale: image.scale.need(&at.member("scale"))?.to_string(),
        angle: image.angle.maybe(&at.member("angle"))?.unwrap_or(0),
        pattern: pattern.map(|pattern| Pattern {
            spacing_x: pattern.spacing_x.to_string(),
            spacing_y: pattern.spacing_y.to_string(),
            scale: pattern.scale.to_string(),
            offset: pattern.offset.to_string(),
        }),
    })
}
