//! A change of named fields, as the one call that it takes.

use super::{
    listing::{
        MADE, NO_REDUCTION, SALE_STAYS, json, lost_categories, lost_media, lost_of, printed, too_many,
        written,
    },
    money::Scale,
    read::invalid,
};
use crate::{
    kinds::VARIANT,
    made::Made,
    wire::{AreaWrite, ProductUpdate, VariantWrite},
};
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Retry},
    model::{
        Converted, Edit, ListingEdit, ListingVariantId, LossKind, Losses, Money, RemoteProduct,
        RemoteVariant, StoreFacts, VariantEdit,
    },
    plugin::Target,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The body that changes a product, read against the product as it is; `None` where nothing is to be sent.
///
/// A variant that goes is switched off, one that comes is switched on: which there are is fixed by the blank. What
/// the edit doesn't name isn't sent. Artwork is sent only where a variant comes that nothing is printed on yet,
/// and then whole, since the platform replaces it.
///
/// # Errors
/// [`ErrorKind::Conflict`]: the product is being published and takes no change until that ends.
/// [`ErrorKind::InvalidInput`], with the path: a variant isn't there, a price can't be written or isn't known, the
/// title is emptied, more than 100 variants would be on offer, or `live` lacks its variants.
pub fn edited(
    edit: &ListingEdit,
    target: &Target,
    live: &RemoteProduct,
    facts: &StoreFacts,
) -> Result<Converted<Option<Value>>> {
    unlocked(live)?;
    let mut losses = Losses::default();
    let mut changes = Changes::of(live, Scale::of_prices(facts)?)?;
    for (nth, (id, change)) in edit.variants.iter().enumerate() {
        changes.change(*id, change, target, &format!("variants[{nth}]"), &mut losses)?;
    }
    let made = live.extensions.get::<Made>()?;
    for (nth, new) in edit.add.iter().enumerate() {
        let path = format!("add[{nth}]");
        let made = made.as_ref().ok_or_else(|| {
            invalid("the product doesn't say how it is made", MADE, "required", "read it whole first")
        })?;
        changes.put(written(new, made, changes.prices, &path)?);
        lost_of(new, &path, facts, &mut losses);
    }
    for (nth, id) in edit.remove.iter().enumerate() {
        changes.switch(*id, target, &format!("remove[{nth}]"), false)?;
    }
    if let Some(problem) = too_many(changes.offered()) {
        return Err(Error::new(ErrorKind::InvalidInput, "too many variants would be on offer")
            .with_problems([problem]));
    }
    if edit.title == Edit::Clear {
        return Err(invalid("a product needs a title", "title", "required", "set another one instead"));
    }
    lost(edit, made.as_ref().map(|made| made.blueprint), &mut losses);
    let body = ProductUpdate {
        title: set(&edit.title, String::new()),
        description: set(&edit.description, Default::default()).map(|text| text.to_html()),
        tags: set(&edit.tags, Vec::new()),
        print_areas: changes.newly_printed(made.as_ref())?,
        variants: changes.written.into_values().collect(),
    };
    let nothing = body == ProductUpdate::default();
    Ok(losses.with(if nothing { None } else { Some(json(&body)?) }))
}

/// The platform refuses changes while it publishes.
pub(super) fn unlocked(live: &RemoteProduct) -> Result<()> {
    if !live.state.locked {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "the product is being published; it takes changes when that has ended",
    )
    .with_retry(Retry::Backoff))
}

fn set<T: Clone>(edit: &Edit<T>, cleared: T) -> Option<T> {
    match edit {
        Edit::Keep => None,
        Edit::Set(value) => Some(value.clone()),
        Edit::Clear => Some(cleared),
    }
}

fn lost(edit: &ListingEdit, blueprint: Option<i64>, losses: &mut Losses) {
    if !edit.brand.is_keep() {
        losses.add("brand", LossKind::Dropped, "the brand is the blank's");
    }
    match &edit.categories {
        Edit::Keep => {}
        Edit::Set(all) => lost_categories(all, blueprint, losses),
        Edit::Clear => losses.add("categories", LossKind::Dropped, "the blank alone says where it belongs"),
    }
    match &edit.media {
        Edit::Keep => {}
        Edit::Set(all) => lost_media(all.len(), losses),
        Edit::Clear => losses.add("media", LossKind::Dropped, "mock-ups can't be taken away"),
    }
}

/// The variants that change, by the catalogue's id, beside all that there are.
pub(super) struct Changes<'a> {
    live: BTreeMap<i64, &'a RemoteVariant>,
    prices: Scale,
    pub(super) written: BTreeMap<i64, VariantWrite>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(live: &'a RemoteProduct, prices: Scale) -> Result<Self> {
        let all = live.variants.value().ok_or_else(|| {
            invalid(
                "the product's variants weren't read",
                "variants",
                "not_read",
                "read the product whole first",
            )
        })?;
        let by_id = |one: &'a RemoteVariant| Some((one.refs.get(&VARIANT)?.parse().ok()?, one));
        Ok(Self { live: all.iter().filter_map(by_id).collect(), prices, written: BTreeMap::new() })
    }

    /// A variant as it is, to be changed: price and switch are sent together.
    fn row(&mut self, id: i64, path: &str) -> Result<&mut VariantWrite> {
        let there = self.live.get(&id).ok_or_else(|| not_there(path))?;
        let prices = self.prices;
        Ok(match self.written.entry(id) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let offer = there.offer.value().ok_or_else(|| not_there(path))?;
                let price = prices.units(offer.price, path)?;
                entry.insert(VariantWrite { id, price, is_enabled: there.offered, sku: None })
            }
        })
    }

    pub(super) fn switch(
        &mut self,
        id: ListingVariantId,
        target: &Target,
        path: &str,
        on: bool,
    ) -> Result<()> {
        let id = known(id, target, path)?;
        if self.live.get(&id).is_some_and(|there| there.offered != on) || self.written.contains_key(&id) {
            self.row(id, path)?.is_enabled = on;
        } else if !self.live.contains_key(&id) {
            return Err(not_there(path));
        }
        Ok(())
    }

    fn put(&mut self, variant: VariantWrite) {
        self.written.insert(variant.id, variant);
    }

    fn change(
        &mut self,
        id: ListingVariantId,
        change: &VariantEdit,
        target: &Target,
        path: &str,
        losses: &mut Losses,
    ) -> Result<()> {
        // By name, so that a field that is added is carried or said to be lost; `paid` reads the other three.
        let VariantEdit {
            sku,
            price: _,
            compare_at: _,
            sale: _,
            offered,
            codes,
            cost,
            weight,
            hs_code,
            origin,
            media,
        } = change;
        let catalogue_id = known(id, target, path)?;
        if let Some(price) = paid(change, path, losses)? {
            let price = self.prices.units(price, &format!("{path}.price"))?;
            self.row(catalogue_id, path)?.price = price;
        }
        if let Some(sku) = set(sku, String::new()) {
            self.row(catalogue_id, path)?.sku = Some(sku);
        }
        match offered {
            Edit::Keep => {}
            Edit::Set(on) => self.switch(id, target, &format!("{path}.offered"), *on)?,
            Edit::Clear => self.switch(id, target, &format!("{path}.offered"), false)?,
        }
        for (field, is_keep, note) in [
            ("codes", codes.is_keep(), "the platform has no place for trade numbers"),
            ("cost", cost.is_keep(), "what it costs is the platform's to say"),
            ("weight", weight.is_keep(), "the weight is the blank's"),
            ("hs_code", hs_code.is_keep(), "customs are the provider's affair"),
            ("origin", origin.is_keep(), "customs are the provider's affair"),
            ("media", media.is_keep(), "mock-ups are made by the platform"),
        ] {
            if !is_keep {
                losses.add(format!("{path}.{field}"), LossKind::Dropped, note);
            }
        }
        Ok(())
    }

    /// How many are on offer afterwards.
    fn offered(&self) -> usize {
        let kept = self.live.iter().filter(|(id, there)| there.offered && !self.written.contains_key(id));
        kept.count() + self.written.values().filter(|row| row.is_enabled).count()
    }

    /// All artwork, where a variant is switched on that none is printed on; else nothing.
    fn newly_printed(&self, made: Option<&Made>) -> Result<Vec<AreaWrite>> {
        let Some(made) = made else { return Ok(Vec::new()) };
        let covered: BTreeSet<i64> = made.areas.iter().flat_map(|area| area.variants.clone()).collect();
        let bare = |row: &&VariantWrite| row.is_enabled && !covered.contains(&row.id);
        if self.written.values().find(bare).is_none() {
            return Ok(Vec::new());
        }
        let [area] = made.areas.as_slice() else {
            let mend = "several artworks are printed and none of them on the new variant; name it in one";
            return Err(invalid("nothing says what is printed on a new variant", MADE, "not_printed", mend));
        };
        let all = self.live.keys().chain(self.written.keys()).copied().collect::<BTreeSet<_>>();
        printed(std::slice::from_ref(area), |_| all.iter().copied().collect())
    }
}

/// What is paid afterwards, where that changes.
fn paid(change: &VariantEdit, path: &str, losses: &mut Losses) -> Result<Option<Money>> {
    if !change.compare_at.is_keep() {
        losses.add(format!("{path}.compare_at"), LossKind::Dropped, NO_REDUCTION);
    }
    let full = match change.price {
        Edit::Set(price) => Some(price),
        Edit::Keep => None,
        Edit::Clear => {
            let mend = "set another one, or take the variant off offer";
            return Err(invalid("a variant needs a price", &format!("{path}.price"), "required", mend));
        }
    };
    match (&change.sale, full) {
        (Edit::Keep, full) => Ok(full),
        (Edit::Set(sale), _) => {
            losses.add(format!("{path}.sale"), LossKind::Reinterpreted, SALE_STAYS);
            Ok(Some(sale.price))
        }
        (Edit::Clear, Some(full)) => Ok(Some(full)),
        (Edit::Clear, None) => {
            let mend =
                "the platform doesn't keep the full price; set it together with the end of the reduction";
            Err(invalid("the full price isn't known", &format!("{path}.sale"), "price_unknown", mend))
        }
    }
}

fn known(id: ListingVariantId, target: &Target, path: &str) -> Result<i64> {
    let refs = target.variant(id).and_then(|refs| refs.get(&VARIANT));
    refs.and_then(|id| id.parse().ok()).ok_or_else(|| not_there(path))
}

fn not_there(path: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "the platform doesn't have a variant that is to change")
        .with_problems([Problem::error(path, "not_there", "publish the listing first")])
}
