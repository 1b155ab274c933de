//! Saving products.

mod check;
mod figures;
mod skus;
mod ties;

pub(super) use check::check;
pub(super) use figures::too_many;

use super::{Hub, commit::Rounds};
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hasher,
    error::{Error, ErrorKind, Problem, Result, Severity},
    model::{
        Consumes, Location, LocationId, LocationKind, Media, MediaId, MediaRole, MoveId, MoveKind, Nature,
        NewProduct, NewVariant, Opening, Product, ProductId, StockItem, StockItemId, StockLevel, StockMove,
        Variant, VariantId,
    },
    storage::{ChangeSet, Query, Versioned, list_all, load},
    tenant::{Actor, Tenant},
};
use check::{refuse, refuse_repeated, repeated_ids};
use serde_json::json;
use skus::Repeat;

/// What happens to a SKU that another variant has, and to opening stock below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slips {
    /// The product is refused: by hand it is nearly always a slip.
    Refuse,
    /// It is saved and reported: real catalogues repeat SKUs, nothing is found by them alone, and stock below zero is
    /// what is owed to buyers.
    Report,
}

/// A saved product.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The product.
    pub product: Product,
    /// What could be a slip of it, each as a warning with its place.
    pub slips: Vec<Problem>,
}

impl Hub {
    /// Saves a new product with its opening stock; a SKU that exists is refused, and so is stock below zero.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: every field that is wrong, with what would help. [`ErrorKind::AlreadyExists`]:
    /// SKUs are taken, each by the variant or product that is named.
    pub async fn save_product(&self, by: &Actor, new: NewProduct) -> Result<Product> {
        Ok(self.save_product_as(by, new, Slips::Refuse).await?.product)
    }

    /// Saves a new product with its opening stock.
    ///
    /// # Errors
    /// As [`save_product`](Self::save_product), where `slips` are refused.
    pub async fn save_product_as(&self, by: &Actor, new: NewProduct, slips: Slips) -> Result<Saved> {
        let mut problems = check(
            &new.wording.title,
            &new.options,
            new.variants.iter().map(|one| (&one.options, &one.price, one.compare_at.as_ref())),
        );
        let mut reported = Vec::new();
        for (nth, variant) in new.variants.iter().enumerate() {
            for (field, figure) in figures::of_new(variant, new.images.len()) {
                let is_slip = slips == Slips::Report && figure.is_owed();
                let into = if is_slip { &mut reported } else { &mut problems };
                into.extend(figure.problem(format!("variants[{nth}].{field}")));
            }
        }
        problems.extend(skus::blank(new.variants.iter().map(|one| one.sku.as_deref())));
        refuse(problems)?;
        let skus: Vec<Option<&str>> = new.variants.iter().map(|variant| variant.sku.as_deref()).collect();
        let repeated = self.repeated(by.tenant(), None, &skus, |_| false).await?;
        let repeated = repeated.iter().map(Repeat::problem).collect();
        match slips {
            Slips::Refuse => refuse_repeated(repeated)?,
            Slips::Report => reported.extend(repeated),
        }
        for slip in &mut reported {
            slip.severity = Severity::Warning;
        }
        let mut rounds = Rounds::of("the catalogue");
        loop {
            let mut changes = ChangeSet::default();
            let location = self.first_location(by.tenant(), &mut changes).await?;
            let product = self.lay_out(&new, location, &mut changes);
            let details = json!({ "variants": product.variants.len() });
            changes.audit.push(
                self.note(by, Action::ProductSaved, SubjectKind::Product, product.id)
                    .with_details(details)?,
            );
            changes.create(product.clone());
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(Saved { product, slips: reported });
            }
        }
    }

    /// Changes a saved product; `change` may be called again when somebody else has changed it meanwhile.
    ///
    /// Listings aren't touched: publish or update them, and reviewers see the difference. Where a variant takes
    /// its stock from something else now, the stores are told the new number.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such product. [`ErrorKind::InvalidInput`]: every field of what it became that
    /// is wrong; a number that stood there before is kept. [`ErrorKind::AlreadyExists`]: a SKU that a variant didn't
    /// have before is taken.
    pub async fn change_product(
        &self,
        by: &Actor,
        product: ProductId,
        mut change: impl FnMut(&mut Product),
    ) -> Result<Product> {
        let mut rounds = Rounds::of("the product");
        loop {
            let Versioned { mut value, version } =
                load::<Product>(&*self.0.backend, by.tenant(), product).await?;
            let known = value.clone();
            change(&mut value);
            let before = known.variants.as_slice();
            if value.id != product {
                return Err(Error::new(ErrorKind::InvalidInput, "a product keeps its id"));
            }
            let mut problems = check(
                &value.wording.title,
                &value.options,
                value.variants.iter().map(|one| (&one.options, &one.base_price, one.compare_at.as_ref())),
            );
            problems.extend(repeated_ids(&value.variants));
            problems.extend(Self::check_figures(&value, before));
            problems.extend(self.check_ties(by.tenant(), &value, &known).await?);
            let is_kept = |one: &Variant| before.iter().any(|old| old.id == one.id && old.sku == one.sku);
            let skus = value.variants.iter().map(|one| one.sku.as_deref().filter(|_| !is_kept(one)));
            problems.extend(skus::blank(skus));
            refuse(problems)?;
            self.check_new_skus(by.tenant(), &value, before).await?;
            value.changed = self.0.clock.now();
            let mut changes = ChangeSet::default();
            let consumed = |variants: &[Variant]| {
                variants.iter().map(|one| (one.id, one.consumes.clone())).collect::<Vec<_>>()
            };
            if consumed(&value.variants) != consumed(before) {
                self.tell_stores(by.tenant(), product, &mut changes).await?;
            }
            changes.update(version, value.clone());
            changes.audit.push(self.note(by, Action::ProductSaved, SubjectKind::Product, product));
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(value);
            }
        }
    }

    /// What is wrong with the numbers of `product`; those that stood there before are kept, as an import took them.
    fn check_figures(product: &Product, before: &[Variant]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (nth, variant) in product.variants.iter().enumerate() {
            let known = before.iter().find(|known| known.id == variant.id);
            let known = known.map(figures::of_saved).unwrap_or_default();
            let new = figures::of_saved(variant).into_iter().filter(|figure| !known.contains(figure));
            problems
                .extend(new.filter_map(|(field, figure)| figure.problem(format!("variants[{nth}].{field}"))));
        }
        problems
    }

    /// Refuses SKUs that are new to their variant and taken; what was saved or imported with a repeat keeps it.
    async fn check_new_skus(&self, tenant: &Tenant, product: &Product, before: &[Variant]) -> Result<()> {
        let is_known =
            |variant: &Variant| before.iter().any(|known| known.id == variant.id && known.sku == variant.sku);
        let kept: Vec<bool> = product.variants.iter().map(is_known).collect();
        let skus: Vec<Option<&str>> = product.variants.iter().map(|one| one.sku.as_deref()).collect();
        let is_kept = |nth: usize| kept.get(nth).copied().unwrap_or_default();
        let taken = self.repeated(tenant, Some(product.id), &skus, is_kept).await?;
        refuse_repeated(taken.iter().map(Repeat::problem).collect())
    }

    /// Where opening stock lies: the tenant's first location, made when there is none.
    pub(super) async fn first_location(
        &self,
        tenant: &Tenant,
        changes: &mut ChangeSet,
    ) -> Result<LocationId> {
        let locations = list_all::<Location>(&*self.0.backend, tenant, &Query::Locations).await?;
        if let Some(first) = locations.iter().find(|location| location.value.kind == LocationKind::Own) {
            return Ok(first.value.id);
        }
        // One id for the tenant, so that two first products at one moment don't make two places.
        let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            *Hasher::new("fusion.first_location.v1").part(tenant.as_str()).finish().as_bytes();
        let id = LocationId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid());
        changes.create(Location { id, name: "Main".to_owned(), kind: LocationKind::Own });
        Ok(id)
    }

    pub(super) fn lay_out(&self, new: &NewProduct, location: LocationId, changes: &mut ChangeSet) -> Product {
        let clock = &*self.0.clock;
        let media: Vec<Media> = new
            .images
            .iter()
            .map(|image| Media {
                id: MediaId::new(clock),
                source: image.source.clone(),
                role: MediaRole::Gallery,
                alt: image.alt.clone(),
            })
            .collect();
        let is_counted = matches!(new.nature, Nature::Physical | Nature::Both);
        let variants = new
            .variants
            .iter()
            .map(|variant| {
                let opening = variant.on_hand.filter(|_| is_counted);
                let consumes =
                    opening.map(|on_hand| self.open_stock(new, variant, on_hand, location, changes));
                Variant {
                    id: VariantId::new(clock),
                    options: variant.options.clone(),
                    sku: variant.sku.clone(),
                    codes: variant.codes.clone(),
                    consumes: consumes.into_iter().collect(),
                    offered: true,
                    base_price: variant.price,
                    compare_at: variant.compare_at,
                    cost: variant.cost,
                    shipping: variant.shipping.clone(),
                    media: variant.image.and_then(|nth| media.get(nth)).map(|media| media.id),
                }
            })
            .collect();
        Product {
            id: ProductId::new(clock),
            locale: new.locale.clone(),
            wording: new.wording.clone(),
            translations: std::collections::BTreeMap::new(),
            brand: new.brand.clone(),
            nature: new.nature,
            options: new.options.clone(),
            variants,
            media,
            categories: new.categories.clone(),
            tags: new.tags.clone(),
            attributes: new.attributes.clone(),
            extensions: new.extensions.clone(),
            status: new.status,
            changed: clock.now(),
        }
    }

    /// The variant's own stock item with its opening level.
    fn open_stock(
        &self,
        new: &NewProduct,
        variant: &NewVariant,
        on_hand: i64,
        location: LocationId,
        changes: &mut ChangeSet,
    ) -> Consumes {
        let clock = &*self.0.clock;
        let item = StockItemId::new(clock);
        let name = variant.sku.clone().unwrap_or_else(|| new.wording.title.clone());
        changes.create(StockItem { id: item, name });
        self.open_level((item, location), on_hand, None, changes);
        Consumes { item, units: 1 }
    }

    /// The first level of an item at a place.
    pub(super) fn open_level(
        &self,
        (item, location): (StockItemId, LocationId),
        on_hand: i64,
        opening: Option<Opening>,
        changes: &mut ChangeSet,
    ) {
        let clock = &*self.0.clock;
        let step = StockMove {
            id: MoveId::new(clock),
            item,
            location,
            delta: on_hand,
            kind: MoveKind::Receive,
            cause: format!("opening:{item}"),
            at: clock.now(),
        };
        let mut level = StockLevel { opening, ..StockLevel::empty(item, location) };
        level.apply(&step);
        changes.create(level);
        changes.create(step);
    }
}
