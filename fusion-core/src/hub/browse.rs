//! What the catalogue holds: products, their listings and their stock, page by page.

use super::Hub;
use crate::{
    clock::Timestamp,
    error::Result,
    model::{
        Listing, ListingId, Location, MoveId, Product, ProductId, ProductStatus, Ref, StockItemId,
        StockLevel, StockMove, StoreId,
    },
    storage::{Entity, Key, Query, list_all, list_page, load},
    tenant::Actor,
};

/// Which products are listed.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProductsWanted {
    /// All that were saved.
    #[default]
    All,
    /// Those that the merchant is so far with.
    In(ProductStatus),
    /// Those saved at this moment or later.
    ChangedSince(Timestamp),
    /// Those with a variant of this SKU.
    WithSku(String),
    /// Those with a variant that takes from this stock item.
    Consuming(StockItemId),
}

/// Which listings are listed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingsWanted {
    /// A product's, over all stores.
    Of(ProductId),
    /// A store's.
    In(StoreId),
    /// A store's that know this id, now or before, themselves or by a variant.
    Knowing(StoreId, Ref),
}

impl Hub {
    /// A saved product.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such product.
    pub async fn product(&self, by: &Actor, product: ProductId) -> Result<Product> {
        Ok(load::<Product>(&*self.0.backend, by.tenant(), product).await?.value)
    }

    /// Saved products, `limit` at most, in the order in which they were made, by the millisecond; the next page begins
    /// `after` the last one's id.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn products(
        &self,
        by: &Actor,
        wanted: ProductsWanted,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<Vec<Product>> {
        let query = match wanted {
            ProductsWanted::All => Query::Products,
            ProductsWanted::In(status) => Query::ProductsIn(status),
            ProductsWanted::ChangedSince(since) => Query::ProductsChangedSince(since),
            ProductsWanted::WithSku(sku) => Query::ProductsWithSku(sku),
            ProductsWanted::Consuming(item) => Query::ProductsConsuming(item),
        };
        self.page(by, &query, after.map(Product::key), limit).await
    }

    /// A product in one store, with what the platform calls it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound): no such listing.
    pub async fn listing(&self, by: &Actor, listing: ListingId) -> Result<Listing> {
        Ok(load::<Listing>(&*self.0.backend, by.tenant(), listing).await?.value)
    }

    /// Listings, `limit` at most, in the order in which they were made, by the millisecond; the next page begins
    /// `after` the last one's id.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn listings(
        &self,
        by: &Actor,
        wanted: ListingsWanted,
        after: Option<ListingId>,
        limit: usize,
    ) -> Result<Vec<Listing>> {
        let query = match wanted {
            ListingsWanted::Of(product) => Query::ListingsOf(product),
            ListingsWanted::In(store) => Query::ListingsIn(store),
            ListingsWanted::Knowing(store, id) => Query::ListingsKnowing(store, id),
        };
        self.page(by, &query, after.map(Listing::key), limit).await
    }

    /// Every place of stock.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn locations(&self, by: &Actor) -> Result<Vec<Location>> {
        let places = list_all::<Location>(&*self.0.backend, by.tenant(), &Query::Locations).await?;
        Ok(places.into_iter().map(|place| place.value).collect())
    }

    /// The levels of an item, one for each place.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn levels(&self, by: &Actor, item: StockItemId) -> Result<Vec<StockLevel>> {
        let levels = list_all::<StockLevel>(&*self.0.backend, by.tenant(), &Query::LevelsOf(item)).await?;
        Ok(levels.into_iter().map(|level| level.value).collect())
    }

    /// What has changed an item's levels and why, `limit` at most, the oldest first, by the millisecond; the next
    /// page begins `after` the last one's id.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): storage was not reached.
    pub async fn moves(
        &self,
        by: &Actor,
        item: StockItemId,
        after: Option<MoveId>,
        limit: usize,
    ) -> Result<Vec<StockMove>> {
        self.page(by, &Query::MovesOf(item), after.map(StockMove::key), limit).await
    }

    /// One page of what `query` asks for.
    pub(super) async fn page<E: Entity>(
        &self,
        by: &Actor,
        query: &Query,
        after: Option<Key>,
        limit: usize,
    ) -> Result<Vec<E>> {
        let (page, _) = list_page::<E>(&*self.0.backend, by.tenant(), query, after.as_ref(), limit).await?;
        Ok(page.into_iter().map(|one| one.value).collect())
    }
}
