//! A new listing: a draft, its whole inventory, its pictures.

use super::{
    fields::{self, Texts},
    grid::{Columns, Row, finish},
    limits,
    money::number,
    refused,
    stock::capped,
};
use crate::{
    extras::ListingExtras,
    wire::{Form, ImageUpload, InventoryUpdate, PropertyUpdate},
};
use fusion_core::{
    error::{Problem, Result},
    model::{
        Converted, LossKind, Losses, MediaId, Nature, NewListing, NewListingVariant, StockRow, StoreFacts,
    },
};

/// The calls that a new listing takes, in their order. It stays a draft: showing it costs a fee.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// Fields of `createDraftListing`.
    pub draft: Form,
    /// Body of `updateListingInventory`.
    pub inventory: InventoryUpdate,
    /// Each picture's upload, in order; the bytes go with it.
    pub images: Vec<(MediaId, ImageUpload)>,
}

/// A new listing with the stock that `stock` names; variants without a row have none.
///
/// # Errors
/// [`ErrorKind::InvalidInput`](fusion_core::error::ErrorKind::InvalidInput), with everything that the platform
/// wouldn't take.
pub fn created(listing: &NewListing, stock: &[StockRow], facts: &StoreFacts) -> Result<Converted<Created>> {
    let (mut losses, mut problems) = (Losses::default(), Vec::new());
    let extras: ListingExtras = listing.extensions.get()?.unwrap_or_default();
    let draft = draft(listing, &extras, facts, &mut losses, &mut problems);
    let mut maker = Maker { listing, extras: &extras, facts, losses: &mut losses, problems: &mut problems };
    let mut rows = Vec::new();
    for (nth, variant) in listing.variants.iter().enumerate() {
        rows.push(maker.row(variant, &format!("variants[{nth}]"), stock));
    }
    if listing.options.len() > limits::OPTIONS {
        let why = "the platform takes two options with values of the merchant's own; join some";
        problems.push(Problem::error("options", "too_many", why));
    }
    if !rows.iter().any(|row| row.is_enabled) {
        problems.push(Problem::error("variants", "required", "offer at least one variant"));
    }
    stock_something(&mut rows, &mut losses);
    let images = images(listing, &mut losses);
    let finished = match finish(rows.clone(), &Columns::default()) {
        Ok(finished) if problems.is_empty() => finished,
        Ok(_) => return Err(refused(problems)),
        Err(more) => return Err(refused(problems.into_iter().chain(more).collect())),
    };
    if finished.splits_a_pool {
        let note = "variants of one stock are counted apart there: a sale of one is seen after the next push";
        losses.add("stock[].pool", LossKind::Reinterpreted, note);
    }
    let mut draft = draft;
    let enabled = || rows.iter().filter(|row| row.is_enabled);
    draft.set("quantity", enabled().map(|row| row.quantity).fold(0, i64::saturating_add).max(1));
    draft.set_some("price", enabled().map(|row| row.price.0).min());
    Ok(losses.with(Created { draft, inventory: finished.body, images }))
}

struct Maker<'a> {
    listing: &'a NewListing,
    extras: &'a ListingExtras,
    facts: &'a StoreFacts,
    losses: &'a mut Losses,
    problems: &'a mut Vec<Problem>,
}

impl Maker<'_> {
    fn row(&mut self, variant: &NewListingVariant, path: &str, stock: &[StockRow]) -> Row {
        fields::lost_of_variant(variant, path, self.facts, self.losses);
        if !variant.offered && variant.sku.is_none() {
            let note = "a variant that isn't on offer and has no SKU looks like a row that fills the table";
            self.losses.add(path, LossKind::Dropped, note);
        }
        let counted = stock.iter().filter(|row| row.variant == variant.id).max_by_key(|row| row.sequence);
        let (quantity, pool) = match counted {
            Some(row) => (capped(row.available, &format!("{path}.stock"), self.losses), row.pool),
            None if variant.counted => (0, None),
            None => {
                let note = "the platform counts everything: it shows its highest number";
                self.losses.add(format!("{path}.counted"), LossKind::Reinterpreted, note);
                (i64::from(limits::QUANTITY), None)
            }
        };
        let readiness = self.extras.readiness_state_id.filter(|_| self.listing.nature != Nature::Digital);
        Row {
            properties: self.properties(variant, path),
            sku: variant.sku.clone().unwrap_or_default(),
            price: number(variant.offer.price, &format!("{path}.offer.price"), self.facts, self.problems),
            quantity,
            is_enabled: variant.offered,
            readiness,
            pool,
            is_filler: false,
            path: path.to_owned(),
        }
    }

    fn properties(&mut self, variant: &NewListingVariant, path: &str) -> Vec<PropertyUpdate> {
        let mut properties = Vec::new();
        let mut own = limits::CUSTOM;
        for option in &self.listing.options {
            let bound = self.extras.properties.get(&option.name);
            let property_id = bound.map_or(own, |bound| bound.id);
            own += i64::from(bound.is_none());
            let Some(value) = variant.options.get(&option.name) else {
                let why = format!("choose a value of {}", option.name);
                self.problems.push(Problem::error(format!("{path}.options"), "required", why));
                continue;
            };
            properties.push(PropertyUpdate {
                property_id,
                property_name: option.name.clone(),
                scale_id: bound.and_then(|bound| bound.scale),
                value_ids: Vec::new(),
                values: vec![value.to_owned()],
            });
        }
        properties
    }
}

/// The platform takes no listing without stock; a push brings the level before anybody sees it.
fn stock_something(rows: &mut [Row], losses: &mut Losses) {
    if rows.iter().any(|row| row.is_enabled && row.quantity > 0) {
        return;
    }
    let Some(first) = rows.iter().find(|row| row.is_enabled).cloned() else { return };
    losses.add(
        "stock",
        LossKind::Guessed,
        "the platform takes no listing without stock: the draft has 1 piece",
    );
    for row in
        rows.iter_mut().filter(|row| row.path == first.path || (row.pool.is_some() && row.pool == first.pool))
    {
        row.quantity = 1;
    }
}

fn draft(
    listing: &NewListing,
    extras: &ListingExtras,
    facts: &StoreFacts,
    losses: &mut Losses,
    problems: &mut Vec<Problem>,
) -> Form {
    fields::lost_of_listing(listing, facts, losses);
    let mut form = Form::default();
    let mut texts = Texts { losses, problems };
    form.set("title", texts.title(&listing.title));
    form.set("description", texts.description(&listing.description, &listing.bullets));
    let taxonomy = texts.taxonomy(&listing.categories);
    form.set_some("taxonomy_id", taxonomy);
    let tags = texts.tags(&listing.tags);
    if !tags.is_empty() {
        form.set_list("tags", &tags);
    }
    let is_shipped = listing.nature != Nature::Digital;
    form.set("type", fields::word(listing.nature, texts.losses));
    texts.required(&extras.who_made, "who_made");
    texts.required(&extras.when_made, "when_made");
    if is_shipped {
        texts.required(&extras.shipping_profile_id, "shipping_profile_id");
        texts.required(&extras.readiness_state_id, "readiness_state_id");
        form.set_some("shipping_profile_id", extras.shipping_profile_id);
        form.set_some("readiness_state_id", extras.readiness_state_id);
        let weights = listing.variants.iter().map(|variant| variant.shipping.weight);
        if let Some(weight) = fields::one_weight(weights, texts.losses) {
            form.set("item_weight", weight.value.normalize());
            form.set("item_weight_unit", fields::unit(weight.unit));
        }
        if let Some([length, width, height, unit]) = &extras.dimensions {
            form.set("item_length", length);
            form.set("item_width", width);
            form.set("item_height", height);
            form.set("item_dimensions_unit", unit);
        }
    }
    if !is_shipped && listing.variants.iter().any(|variant| variant.shipping.weight.is_some()) {
        texts.losses.add(
            "variants[].shipping.weight",
            LossKind::Dropped,
            "what isn't shipped has no weight there",
        );
    }
    fields::extras(extras, &mut form);
    form
}

fn images(listing: &NewListing, losses: &mut Losses) -> Vec<(MediaId, ImageUpload)> {
    let mut images = Vec::new();
    for (nth, media) in listing.media.iter().enumerate() {
        let path = format!("media[{nth}]");
        if fields::is_image(media, &path, images.len(), losses) {
            let alt_text = fields::alt(media, &path, losses);
            images.push((media.id, ImageUpload { rank: images.len() + 1, alt_text }));
        }
    }
    images
}
