//! A change of named fields, as the calls that it takes.

mod change;

use super::{
    fields::{self, Texts},
    grid::{Row, finish},
    refused,
    update::standing,
};
use crate::{
    kinds::IMAGE,
    wire::{Form, ImageUpload, Inventory, InventoryUpdate, Listing},
};
use change::Change;
use fusion_core::{
    error::{Problem, Result},
    model::{Converted, Edit, ListingEdit, LossKind, Losses, Media, MediaId, RichText, StoreFacts, Weight},
    plugin::Target,
};
use fusion_plugin_sdk::decode_entities;

/// What an edit takes, each as a call of its own; what is empty isn't called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edited {
    /// Fields of `updateListing`.
    pub listing: Form,
    /// Body of `updateListingInventory`: everything in it that the edit doesn't name is carried.
    pub inventory: Option<InventoryUpdate>,
    /// All pictures in their order: new ones go up first, then `image_ids` puts them in order.
    pub images: Option<Vec<EditedImage>>,
}

/// A picture of an edited listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditedImage {
    /// It is there under this id.
    Known(i64),
    /// It goes up; a new alternative text needs that too.
    New(MediaId, ImageUpload),
}

/// Holds an edit against the listing and the inventory as they stand.
///
/// # Errors
/// [`ErrorKind::InvalidInput`](fusion_core::error::ErrorKind::InvalidInput), with everything that the platform
/// wouldn't take. [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the inventory can't be read.
pub fn edited(
    edit: &ListingEdit,
    target: &Target,
    listing: &Listing,
    inventory: &Inventory,
    facts: &StoreFacts,
) -> Result<Converted<Edited>> {
    let (mut losses, mut problems) = (Losses::default(), Vec::new());
    let mut form = texts(edit, &mut losses, &mut problems);
    let touched = !edit.variants.is_empty() || !edit.add.is_empty() || !edit.remove.is_empty();
    let mut rows = None;
    if touched {
        let (standing, columns) = standing(inventory)?;
        let mut change = Change {
            target,
            facts,
            depends: columns.quantity.clone().unwrap_or_default(),
            all: standing,
            weights: Vec::new(),
            losses: &mut losses,
            problems: &mut problems,
        };
        change.variants(edit);
        let weights = change.weights;
        rows = Some((change.all.into_iter().map(|one| one.row).collect::<Vec<Row>>(), columns));
        weigh(&weights, &mut form, &mut losses);
    }
    let images = match &edit.media {
        Edit::Keep => None,
        Edit::Set(media) if !media.is_empty() => Some(pictures(media, target, listing, &mut losses)),
        Edit::Set(_) | Edit::Clear => {
            problems.push(Problem::error(
                "media",
                "required",
                "the platform shows no listing without a picture",
            ));
            None
        }
    };
    let inventory = match rows.map(|(rows, columns)| finish(rows, &columns)).transpose() {
        Ok(finished) => finished.map(|finished| finished.body),
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    Ok(losses.with(Edited { listing: form, inventory, images }))
}

fn texts(edit: &ListingEdit, losses: &mut Losses, problems: &mut Vec<Problem>) -> Form {
    let mut form = Form::default();
    let mut texts = Texts { losses, problems };
    match &edit.title {
        Edit::Keep => {}
        Edit::Set(title) => form.set("title", texts.title(title)),
        Edit::Clear => form.set("title", texts.title("")),
    }
    let bullets = match &edit.bullets {
        Edit::Set(bullets) => bullets.as_slice(),
        Edit::Keep | Edit::Clear => &[],
    };
    match &edit.description {
        Edit::Keep if edit.bullets.is_keep() => {}
        Edit::Keep => {
            let note = "they stand below the description, which the edit doesn't name";
            texts.losses.add("bullets", LossKind::Dropped, note);
        }
        Edit::Set(text) => form.set("description", texts.description(text, bullets)),
        Edit::Clear => form.set("description", texts.description(&RichText::default(), bullets)),
    }
    match &edit.tags {
        Edit::Keep => {}
        Edit::Set(tags) => form.set_list("tags", &texts.tags(tags)),
        Edit::Clear => form.set("tags", ""),
    }
    match &edit.categories {
        Edit::Keep => {}
        Edit::Set(all) => form.set_some("taxonomy_id", texts.taxonomy(all)),
        Edit::Clear => form.set_some("taxonomy_id", texts.taxonomy(&[])),
    }
    if !edit.brand.is_keep() {
        texts.losses.add("brand", LossKind::Dropped, "the platform has no field for it");
    }
    form
}

fn weigh(weights: &[Option<Weight>], form: &mut Form, losses: &mut Losses) {
    if weights.is_empty() {
        return;
    }
    let note = "the platform has one weight a listing: it changes for all variants";
    losses.add("variants[].weight", LossKind::Aggregated, note);
    match fields::one_weight(weights.iter().copied(), &mut Losses::default()) {
        Some(weight) => {
            form.set("item_weight", weight.value.normalize());
            form.set("item_weight_unit", fields::unit(weight.unit));
        }
        // An empty field takes the weight away.
        None => form.set("item_weight", ""),
    }
}

fn pictures(media: &[Media], target: &Target, listing: &Listing, losses: &mut Losses) -> Vec<EditedImage> {
    let there = listing.images.as_deref().unwrap_or_default();
    let known = |media: &Media| {
        let (_, refs) = target.media.iter().find(|(id, _)| *id == media.id)?;
        let id: i64 = refs.get(&IMAGE)?.parse().ok()?;
        let shown = there.iter().find(|image| image.listing_image_id == id)?;
        let alt = shown.alt_text.as_ref().and_then(Option::as_deref).map(decode_entities).unwrap_or_default();
        (alt == media.alt.as_deref().unwrap_or_default()).then_some(id)
    };
    let mut images = Vec::new();
    for (nth, media) in media.iter().enumerate() {
        let path = format!("media[{nth}]");
        if !fields::is_image(media, &path, images.len(), losses) {
            continue;
        }
        let image = match known(media) {
            Some(id) => EditedImage::Known(id),
            None => {
                let alt_text = fields::alt(media, &path, losses);
                EditedImage::New(media.id, ImageUpload { rank: images.len() + 1, alt_text })
            }
        };
        images.push(image);
    }
    images
}
