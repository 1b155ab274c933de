//! Asking for what has changed in the catalogue, and for listings to go.

use super::{
    BundleView, Hub, Skipped,
    difference::difference,
    listing::{add_rows, resolve},
    prepare::Wish,
    publish::once_each,
};
use crate::{
    error::{Error, ErrorKind, Result},
    model::{BundleId, Lifecycle, Listing, ListingEdit, Product, ProductId, Removal, Store, StoreId},
    plugin::{Change, Command, Target},
    storage::{Query, Versioned, list_all, load},
    tenant::Actor,
};

impl Hub {
    /// Asks for what has changed in `products` since `stores` were last told: one request for each listing, of the
    /// difference alone.
    ///
    /// The requests are drafts until a job has read what they would overwrite: [`BundleView::ready`] counts those that
    /// can be decided on. A listing of which nothing has changed stands in [`BundleView::unchanged`]; one that isn't in
    /// the store, or whose change no edit can tell, in [`BundleView::skipped`].
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such product or store. Else storage's.
    ///
    /// # Cancellation
    /// Dropping the future may leave a part of the bundle drafted; its requests are listed as open.
    pub async fn update(
        &self,
        by: &Actor,
        products: impl IntoIterator<Item = ProductId> + Send,
        stores: impl IntoIterator<Item = StoreId> + Send,
    ) -> Result<BundleView> {
        self.ask_for_each(by, once_each(products), once_each(stores), |product, store, known| {
            self.changed(product, store, known)
        })
        .await
    }

    /// Asks for `products` to be taken out of buyers' sight in `stores`; they stay there and can be published again.
    ///
    /// The requests are drafts until a job has read what they would overwrite.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn unpublish(
        &self,
        by: &Actor,
        products: impl IntoIterator<Item = ProductId> + Send,
        stores: impl IntoIterator<Item = StoreId> + Send,
    ) -> Result<BundleView> {
        self.ask_for_each(by, once_each(products), once_each(stores), |_, store, known| {
            let listing = known.value;
            Ok(Some(Wish::of(Command::on(store.id, Change::Unpublish { listing: listing.id }), listing)))
        })
        .await
    }

    /// Asks for `products` to be hidden, archived or deleted in `stores`. The catalogue keeps them.
    ///
    /// The requests are drafts until a job has read what they would overwrite. What is gone already counts as done.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub async fn remove(
        &self,
        by: &Actor,
        products: impl IntoIterator<Item = ProductId> + Send,
        stores: impl IntoIterator<Item = StoreId> + Send,
        removal: Removal,
    ) -> Result<BundleView> {
        self.ask_for_each(by, once_each(products), once_each(stores), |_, store, known| {
            let listing = known.value;
            let change = Change::DeleteProduct { listing: listing.id, removal };
            Ok(Some(Wish::of(Command::on(store.id, change), listing)))
        })
        .await
    }

    /// Makes of each product that is in a store what `wish` says, and drafts it.
    async fn ask_for_each(
        &self,
        by: &Actor,
        products: Vec<ProductId>,
        stores: Vec<StoreId>,
        wish: impl Fn(&Product, &Store, Versioned<Listing>) -> Result<Option<Wish>> + Send,
    ) -> Result<BundleView> {
        let backend = &*self.0.backend;
        let mut view = BundleView::new(BundleId::new(&*self.0.clock));
        let mut wishes = Vec::new();
        let mut records = Vec::with_capacity(stores.len());
        for store in stores {
            records.push(load::<Store>(backend, by.tenant(), store).await?.value);
        }
        for product in products {
            let product = load::<Product>(backend, by.tenant(), product).await?.value;
            let mut listings =
                list_all::<Listing>(backend, by.tenant(), &Query::ListingsOf(product.id)).await?;
            for store in &records {
                let place = listings.iter().position(|known| known.value.store == store.id);
                let known = place.map(|place| listings.swap_remove(place));
                let wished = match known.filter(|known| !known.value.refs.is_empty()) {
                    None => Err(Error::new(
                        ErrorKind::NotFound,
                        "the store doesn't have the product; publish it first",
                    )),
                    Some(known) => {
                        let id = known.value.id;
                        wish(&product, store, known).map(|wish| wish.ok_or(id))
                    }
                };
                match wished {
                    Ok(Ok(wish)) => wishes.push(wish),
                    Ok(Err(unchanged)) => view.unchanged.push(unchanged),
                    Err(error) => view.skipped.push(Skipped {
                        product: Some(product.id),
                        title: Some(product.wording.title.clone()),
                        store: Some(store.id),
                        failure: error.to_failure(),
                    }),
                }
            }
        }
        self.draft(by, wishes, &mut view).await?;
        Ok(view)
    }

    /// What has changed of a product that is in the store; `None`: nothing.
    fn changed(&self, product: &Product, store: &Store, known: Versioned<Listing>) -> Result<Option<Wish>> {
        let Versioned { value: mut listing, version } = known;
        let grew = add_rows(&mut listing, product, &*self.0.clock);
        let desired = resolve(product, &listing, store);
        let change = match listing
            .desired
            .as_deref()
            .and_then(|before| difference(before, &desired, &Target::of(&listing)))
        {
            Some(edit) if edit == ListingEdit::default() => return Ok(None),
            Some(edit) => Change::UpdateProduct { listing: listing.id, edit: Box::new(edit) },
            None if listing.state.lifecycle == Lifecycle::Live => {
                Change::Publish { listing: Box::new(desired) }
            }
            None => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "no edit can tell what has changed, and writing the listing anew would show it; publish it",
                ));
            }
        };
        let write = grew.then_some(version);
        Ok(Some(Wish { write, ..Wish::of(Command::on(store.id, change), listing) }))
    }
}
