//! Saving products.

mod check;

pub(super) use check::check;

use super::{Hub, commit::Rounds};
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hasher,
    error::{Error, ErrorKind, Result},
    model::{
        Consumes, Location, LocationId, LocationKind, Media, MediaId, MediaRole, MoveId, MoveKind, Nature,
        NewProduct, NewVariant, Opening, Product, ProductId, StockItem, StockItemId, StockLevel, StockMove,
        Variant, VariantId,
    },
    storage::{ChangeSet, Entity, Query, Storage, Versioned, list_all, load},
    tenant::{Actor, Tenant},
};
use check::refuse_repeated;
use serde_json::json;
use std::collections::BTreeSet;

/// What happens to a SKU that another variant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatedSku {
    /// The product is refused: by hand it is nearly always a slip.
    Refuse,
    /// It is saved and reported: real catalogues repeat SKUs, and nothing is found by them alone.
    Report,
}

/// A saved product.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The product.
    pub product: Product,
    /// Its SKUs that others have too.
    pub repeated_skus: Vec<String>,
}

impl Hub {
    /// Saves a new product with its opening stock; a SKU that exists is refused.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: every field that is wrong. [`ErrorKind::AlreadyExists`]: a SKU is taken.
    pub async fn save_product(&self, by: &Actor, new: NewProduct) -> Result<Product> {
        Ok(self.save_product_as(by, new, RepeatedSku::Refuse).await?.product)
    }

    /// Saves a new product with its opening stock.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: every field that is wrong. [`ErrorKind::AlreadyExists`]: a SKU is taken and
    /// repeats are refused.
    pub async fn save_product_as(&self, by: &Actor, new: NewProduct, repeats: RepeatedSku) -> Result<Saved> {
        check(
            &new.wording.title,
            &new.options,
            new.variants.iter().map(|one| (&one.options, &one.price, one.compare_at.as_ref())),
        )?;
        let skus = new.variants.iter().filter_map(|variant| variant.sku.as_deref()).collect();
        let repeated_skus = self.repeated(by.tenant(), None, skus).await?;
        if repeats == RepeatedSku::Refuse {
            refuse_repeated(&repeated_skus)?;
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
                return Ok(Saved { product, repeated_skus });
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
    /// is wrong. [`ErrorKind::AlreadyExists`]: a SKU that a variant didn't have before is taken.
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
            let consumed: Vec<_> = value.variants.iter().map(|one| (one.id, one.consumes.clone())).collect();
            let known: Vec<_> = value.variants.iter().map(|one| (one.id, one.sku.clone())).collect();
            change(&mut value);
            if value.id != product {
                return Err(Error::new(ErrorKind::InvalidInput, "a product keeps its id"));
            }
            check(
                &value.wording.title,
                &value.options,
                value.variants.iter().map(|one| (&one.options, &one.base_price, one.compare_at.as_ref())),
            )?;
            self.check_new_skus(by.tenant(), &value, &known).await?;
            value.changed = self.0.clock.now();
            let mut changes = ChangeSet::default();
            if !value
                .variants
                .iter()
                .map(|one| (one.id, &one.consumes))
                .eq(consumed.iter().map(|(id, all)| (*id, all)))
            {
                self.tell_stores(by.tenant(), product, &mut changes).await?;
            }
            changes.update(version, value.clone());
            changes.audit.push(self.note(by, Action::ProductSaved, SubjectKind::Product, product));
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(value);
            }
        }
    }

    /// Those of `skus` that stand there twice, or that a product other than `own` has.
    pub(super) async fn repeated(
        &self,
        tenant: &Tenant,
        own: Option<ProductId>,
        skus: Vec<&str>,
    ) -> Result<Vec<String>> {
        let mut seen = BTreeSet::new();
        let mut repeated = Vec::new();
        for sku in skus {
            let query = Query::ProductsWithSku(sku.to_owned());
            let is_new = seen.insert(sku);
            // Of two products one is another's.
            let found = Storage::list(&*self.0.backend, tenant, &query, None, 2).await?;
            if !is_new || found.iter().any(|row| Some(&row.key) != own.map(Product::key).as_ref()) {
                repeated.push(sku.to_owned());
            }
        }
        Ok(repeated)
    }

    /// Refuses SKUs that are new to their variant and taken; what was saved or imported with a repeat keeps it.
    async fn check_new_skus(
        &self,
        tenant: &Tenant,
        product: &Product,
        known: &[(VariantId, Option<String>)],
    ) -> Result<()> {
        let is_known =
            |variant: &&Variant| known.iter().any(|(id, sku)| *id == variant.id && *sku == variant.sku);
        let (kept, new): (Vec<&Variant>, Vec<&Variant>) = product.variants.iter().partition(is_known);
        let kept: BTreeSet<&str> = kept.iter().filter_map(|variant| variant.sku.as_deref()).collect();
        let new: Vec<&str> = new.iter().filter_map(|variant| variant.sku.as_deref()).collect();
        let mut taken: Vec<String> =
            new.iter().filter(|sku| kept.contains(**sku)).map(|sku| (*sku).to_owned()).collect();
        taken.extend(self.repeated(tenant, Some(product.id), new).await?);
        refuse_repeated(&taken)
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
