//! What the platform does with products and stock.

use super::{
    server::{Answer, body, no, yes},
    state::{Pending, State},
    wire::{Listed, Picture, Product, StockAnswer, StockLine, Taken, Variant, Write},
};
use fusion_core::{
    clock::Timestamp,
    error::Problem,
    model::{Edit, Lifecycle, ListingEdit, Media, NewListing, NewListingVariant, Removal, VariantEdit},
};
use serde_json::json;

impl State {
    pub(super) fn list_products(
        &self,
        store: &str,
        since: Option<Timestamp>,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Answer {
        let found = self
            .products
            .values()
            .filter(|product| product.store == store && since.is_none_or(|since| product.updated >= since));
        let show = |product: &Product| match self.spoilt.contains(&product.id) {
            // A title that is a number: no reader of the format takes it.
            true => json!({ "id": product.id, "title": 7 }),
            false => json!(self.shown(product)),
        };
        page(found.map(|product| (&product.id, product)), show, cursor, self.script.page_size, now)
    }

    pub(super) fn create(&mut self, store: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(listing) = body::<NewListing>(write) else { return no(400, "bad_body") };
        if !self.stores.iter().any(|row| row.id == store) {
            return no(404, "no_store");
        }
        let id = self.id("product");
        let variants = listing.variants.iter().map(|new| self.variant(&id, new)).collect();
        let media = listing.media.iter().map(|new| self.picture(new)).collect();
        let product = Product {
            id: id.clone(),
            store: store.to_owned(),
            title: listing.title,
            description: listing.description,
            brand: listing.brand,
            tags: listing.tags,
            options: listing.options,
            lifecycle: Lifecycle::Draft,
            variants,
            media,
            films: Vec::new(),
            issues: Vec::new(),
            updated: now,
        };
        self.record(now, "create", &id, &write.reference);
        self.closed(product, write)
    }

    pub(super) fn add_variants(&mut self, id: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(new) = body::<Vec<NewListingVariant>>(write) else { return no(400, "bad_body") };
        let Some(mut product) = self.products.get(id).cloned() else { return no(404, "no_product") };
        for new in &new {
            self.put_variant(&mut product, new);
        }
        product.updated = now;
        self.record(now, "variants", id, &write.reference);
        self.closed(product, write)
    }

    pub(super) fn replace(&mut self, id: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(listing) = body::<NewListing>(write) else { return no(400, "bad_body") };
        let Some(mut product) = self.products.get(id).cloned() else { return no(404, "no_product") };
        product.title = listing.title;
        product.description = listing.description;
        product.brand = listing.brand;
        product.tags = listing.tags;
        product.options = listing.options;
        for new in &listing.variants {
            self.put_variant(&mut product, new);
        }
        product.media = listing.media.iter().map(|new| self.picture(new)).collect();
        product.updated = now;
        self.rewrite_ids(&mut product);
        self.record(now, "update", id, &write.reference);
        self.closed(product, write)
    }

    pub(super) fn edit(&mut self, id: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(edit) = body::<ListingEdit>(write) else { return no(400, "bad_body") };
        let Some(mut product) = self.products.get(id).cloned() else { return no(404, "no_product") };
        let stranger = |row| !product.variants.iter().any(|variant| variant.row == Some(row));
        if edit.variants.iter().map(|(row, _)| *row).chain(edit.remove.iter().copied()).any(stranger) {
            return no(422, "no_variant");
        }
        set(&edit.title, &mut product.title);
        set(&edit.description, &mut product.description);
        set_option(&edit.brand, &mut product.brand);
        set(&edit.tags, &mut product.tags);
        match &edit.media {
            Edit::Keep => {}
            Edit::Set(media) => product.media = media.iter().map(|new| self.picture(new)).collect(),
            Edit::Clear => product.media.clear(),
        }
        for (row, change) in &edit.variants {
            for variant in product.variants.iter_mut().filter(|variant| variant.row == Some(*row)) {
                edit_variant(variant, change);
            }
        }
        for new in &edit.add {
            self.put_variant(&mut product, new);
        }
        product.variants.retain(|variant| variant.row.is_none_or(|row| !edit.remove.contains(&row)));
        product.updated = now;
        self.rewrite_ids(&mut product);
        self.record(now, "update", id, &write.reference);
        self.closed(product, write)
    }

    pub(super) fn show(&mut self, id: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(mut product) = self.products.get(id).cloned() else { return no(404, "no_product") };
        product.lifecycle = Lifecycle::Live;
        product.updated = now;
        self.record(now, "show", id, &write.reference);
        self.closed(product, write)
    }

    pub(super) fn remove(&mut self, id: &str, write: &Write, now: Timestamp) -> Answer {
        let Some(removal) = body::<Removal>(write) else { return no(400, "bad_body") };
        let Some(product) = self.products.get_mut(id) else { return no(404, "no_product") };
        product.updated = now;
        let what = match removal {
            Removal::Hide => {
                product.lifecycle = Lifecycle::Hidden;
                "hide"
            }
            Removal::Archive => {
                product.lifecycle = Lifecycle::Ended;
                "archive"
            }
            Removal::Delete => {
                self.products.remove(id);
                "delete"
            }
        };
        self.record(now, what, id, &write.reference);
        yes(json!({}))
    }

    pub(super) fn set_stock(&mut self, write: &Write, now: Timestamp) -> Answer {
        let Some(lines) = body::<Vec<StockLine>>(write) else { return no(400, "bad_body") };
        let mut refused = Vec::new();
        for (nth, line) in lines.iter().enumerate() {
            match self.set_level(line) {
                Ok(true) => self.record(now, "stock", &line.variant, &write.reference),
                Ok(false) => {}
                Err(code) => {
                    let message = "the platform doesn't take this level";
                    refused.push((nth, Problem::error(format!("rows[{nth}]"), code, message)));
                }
            }
        }
        yes(StockAnswer { refused })
    }

    /// Whether the level has changed, or the code of the refusal.
    fn set_level(&mut self, line: &StockLine) -> Result<bool, String> {
        let pool = self.pool_of(&line.variant).ok_or("no_variant")?;
        if let Some(code) = self.fixed.get(&line.variant) {
            return Err(code.clone());
        }
        let level = self.levels.get_mut(&pool).ok_or("not_counted")?;
        if line.expected.is_some_and(|expected| expected != *level) {
            return Err("changed".to_owned());
        }
        let changed = *level != i64::from(line.available);
        *level = i64::from(line.available);
        Ok(changed)
    }

    /// Adds a variant, or brings the one with the same mark in line.
    fn put_variant(&mut self, product: &mut Product, new: &NewListingVariant) {
        let known = product.variants.iter_mut().find(|variant| variant.row == Some(new.id));
        let Some(known) = known else {
            let added = self.variant(&product.id, new);
            product.variants.push(added);
            return;
        };
        known.options = new.options.clone();
        known.sku.clone_from(&new.sku);
        known.offered = new.offered;
        known.price = new.offer.price;
        known.compare_at = new.offer.compare_at;
        known.cost = new.cost;
        known.codes.clone_from(&new.codes);
        known.shipping.clone_from(&new.shipping);
        known.picture = new.media;
    }

    fn picture(&mut self, new: &Media) -> Picture {
        Picture { id: self.id("media"), row: Some(new.id), url: new.source.clone(), alt: new.alt.clone() }
    }

    /// Stores the product; after the last call of its work it may only be accepted.
    fn closed(&mut self, mut product: Product, write: &Write) -> Answer {
        let late = self.script.late.clone().filter(|_| write.closing);
        let Some(late) = late else {
            let shown = self.shown(&product);
            self.products.insert(product.id.clone(), product);
            return yes(shown);
        };
        let operation = self.id("operation");
        let then = std::mem::replace(&mut product.lifecycle, Lifecycle::Submitted);
        self.operations.insert(operation.clone(), Pending { product: product.id.clone(), then, late });
        let shown = self.shown(&product);
        self.products.insert(product.id.clone(), product);
        (202, json!(Taken { operation, product: shown }))
    }
}

/// One page of `records`, which are in the order of their ids; only what stands on it is shown. The cursor holds the
/// moment at which the walk began, so that the watermark covers no change that an earlier page has missed.
pub(super) fn page<'a, R>(
    records: impl Iterator<Item = (&'a String, R)>,
    show: impl Fn(R) -> serde_json::Value,
    cursor: Option<&str>,
    size: usize,
    now: Timestamp,
) -> Answer {
    let (began, after) = match cursor.map(|cursor| cursor.split_once(' ')) {
        None => (now, ""),
        Some(Some((began, after))) => match began.parse() {
            Ok(began) => (Timestamp::from_micros(began), after),
            Err(_) => return no(400, "bad_cursor"),
        },
        Some(None) => return no(400, "bad_cursor"),
    };
    let mut rest = records.filter(|(id, _)| id.as_str() > after);
    let (ids, items): (Vec<_>, Vec<_>) =
        rest.by_ref().take(size.max(1)).map(|(id, record)| (id, show(record))).unzip();
    let more = rest.next().is_some();
    let next = ids.last().filter(|_| more).map(|last| format!("{} {last}", began.as_micros()));
    yes(Listed { items, next, until: began })
}

/// Reductions are unknown here; every other field is kept.
fn edit_variant(variant: &mut Variant, change: &VariantEdit) {
    let VariantEdit { sku, price, compare_at, sale: _, offered, codes, cost, weight, hs_code, origin, media } =
        change;
    set_option(sku, &mut variant.sku);
    set_option(compare_at, &mut variant.compare_at);
    if let Edit::Set(price) = price {
        variant.price = *price;
    }
    if let Edit::Set(offered) = offered {
        variant.offered = *offered;
    }
    set(codes, &mut variant.codes);
    set_option(cost, &mut variant.cost);
    set_option(weight, &mut variant.shipping.weight);
    set_option(hs_code, &mut variant.shipping.hs_code);
    set_option(origin, &mut variant.shipping.origin);
    set_option(media, &mut variant.picture);
}

fn set<T: Clone + Default>(edit: &Edit<T>, field: &mut T) {
    match edit {
        Edit::Keep => {}
        Edit::Set(value) => field.clone_from(value),
        Edit::Clear => *field = T::default(),
    }
}

fn set_option<T: Clone>(edit: &Edit<T>, field: &mut Option<T>) {
    match edit {
        Edit::Keep => {}
        Edit::Set(value) => *field = Some(value.clone()),
        Edit::Clear => *field = None,
    }
}
