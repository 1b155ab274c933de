//! Asking for products to be shown in stores.

use super::{
    BundleView, Hub,
    difference::difference,
    listing::{add_rows, new_listing, resolve},
    prepare::Wish,
    submit::Draft,
};
use crate::{
    error::{Failure, Result},
    model::{Lifecycle, Listing, ListingEdit, Product, ProductId, Store, StoreId},
    plugin::{Change, Command, Target},
    storage::{Query, Version, Versioned, list_all, load},
    tenant::Actor,
};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

/// Something that could not be asked for; the rest goes on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skipped {
    /// Which product, where it is about one.
    pub product: Option<ProductId>,
    /// What it is called, where that is known.
    pub title: Option<String>,
    /// In which store.
    pub store: Option<StoreId>,
    /// Why, field by field.
    pub failure: Failure,
}

impl Hub {
    /// Asks for `products` to be made visible in `stores`: one request for each pair, reviewed as one.
    ///
    /// What a store has already is drafted: a job reads what would be overwritten and puts it before people
    /// ([`BundleView::ready`]). Of a product that was changed since, the difference alone is asked for; one that
    /// nobody has changed, here or there, is withdrawn, since there is nothing to do.
    ///
    /// A product that a store can't take is skipped with its reasons; the others go on. Look at
    /// [`BundleView::skipped`]: it is told here alone.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such product or store. Else storage's.
    ///
    /// # Cancellation
    /// Dropping the future may leave a part of the bundle submitted; its requests are listed as open.
    pub async fn publish(
        &self,
        by: &Actor,
        products: impl IntoIterator<Item = ProductId> + Send,
        stores: impl IntoIterator<Item = StoreId> + Send,
    ) -> Result<BundleView> {
        let inner = &*self.0;
        let products = once_each(products);
        let stores = once_each(stores);
        let mut known: HashMap<StoreId, (Store, HashMap<ProductId, Versioned<Listing>>)> = HashMap::new();
        for store in stores.iter().copied() {
            let record = load::<Store>(&*inner.backend, by.tenant(), store).await?.value;
            let listings =
                list_all::<Listing>(&*inner.backend, by.tenant(), &Query::ListingsIn(store)).await?;
            let by_product = listings.into_iter().map(|listing| (listing.value.product, listing)).collect();
            known.insert(store, (record, by_product));
        }
        let mut drafts = Vec::with_capacity(products.len() * stores.len());
        let mut wishes = Vec::new();
        for product in products {
            let product = load::<Product>(&*inner.backend, by.tenant(), product).await?.value;
            for store in &stores {
                let Some((record, listings)) = known.get_mut(store) else { continue };
                match listings.remove(&product.id) {
                    Some(known) if !known.value.refs.is_empty() => {
                        wishes.push(self.published_again(&product, record, known));
                    }
                    known => drafts.push(self.draft_publish(&product, record, known)),
                }
            }
        }
        let mut view = self.submit_drafts(by, drafts).await?;
        self.draft(by, wishes, &mut view).await?;
        Ok(view)
    }

    /// What publishing comes to for a listing that the store has: the difference, where that is all there is to it.
    fn published_again(&self, product: &Product, store: &Store, known: Versioned<Listing>) -> Wish {
        let Versioned { value: mut listing, version } = known;
        let grew = add_rows(&mut listing, product, &*self.0.clock);
        let desired = resolve(product, &listing, store);
        let is_live = listing.state.lifecycle == Lifecycle::Live;
        let before = listing.desired.as_deref().filter(|_| is_live);
        let change = match before.and_then(|before| difference(before, &desired, &Target::of(&listing))) {
            Some(edit) if edit != ListingEdit::default() => {
                Change::UpdateProduct { listing: listing.id, edit: Box::new(edit) }
            }
            // Nothing has changed here; whether it has there is seen when the store is read.
            Some(_) | None => Change::Publish { listing: Box::new(desired) },
        };
        Wish { write: grew.then_some(version), ..Wish::of(Command::on(store.id, change), listing) }
    }

    pub(super) fn draft_publish(
        &self,
        product: &Product,
        store: &Store,
        listing: Option<Versioned<Listing>>,
    ) -> Draft {
        let clock = &*self.0.clock;
        let (listing, write) = match listing {
            Some(Versioned { mut value, version }) => {
                let grew = add_rows(&mut value, product, clock);
                (value.clone(), grew.then_some((version, value)))
            }
            None => {
                let listing = new_listing(product, store.id, clock);
                (listing.clone(), Some((Version::NEW, listing)))
            }
        };
        let desired = Box::new(resolve(product, &listing, store));
        Draft {
            command: Command::on(store.id, Change::Publish { listing: desired }),
            listing: Some(listing),
            write,
            product: Some(product.id),
            order: None,
            from_catalogue: true,
            key: None,
            after: None,
        }
    }
}

/// Naming a thing twice asks for it once.
pub(super) fn once_each<T: Copy + Eq + Hash>(named: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    named.into_iter().filter(|one| seen.insert(*one)).collect()
}
