//! Which product of ours a platform's product is, where its SKUs say so.

use super::{
    super::{Hub, adopt::pair, listing::new_listing},
    Intaking,
    convert::sku,
    decide::Staged,
};
use crate::{
    error::Result,
    model::{Converted, Listing, Product, ProductId, RemoteProduct},
    storage::{ChangeSet, Entity, Query, Storage, Versioned, list_all},
};
use std::collections::HashSet;

/// Products that have one SKU and are looked at: of more than these no person chooses one.
const MAX_CANDIDATES: usize = 20;

impl Hub {
    /// Products of ours that have one of its SKUs and aren't another product of this store; none of those that are
    /// `staged`.
    pub(super) async fn candidates(
        &self,
        at: &Intaking<'_>,
        remote: &RemoteProduct,
        staged: &HashSet<ProductId>,
    ) -> Result<Vec<Versioned<Product>>> {
        let backend = &*self.0.backend;
        let skus: HashSet<&str> = remote.variants.value().into_iter().flatten().filter_map(sku).collect();
        let mut found: Vec<Versioned<Product>> = Vec::new();
        for sku in skus {
            let query = Query::ProductsWithSku(sku.to_owned());
            let rows = Storage::list(backend, at.by.tenant(), &query, None, MAX_CANDIDATES).await?;
            for row in rows {
                let Some(product) = <Product as Entity>::open(row.record) else { continue };
                let is_seen = found.iter().any(|known| known.value.id == product.id);
                if is_seen || staged.contains(&product.id) {
                    continue;
                }
                let listings = Query::ListingsOf(product.id);
                let listings = list_all::<Listing>(backend, at.by.tenant(), &listings).await?;
                let is_elsewhere =
                    listings.iter().any(|one| one.value.store == at.store.id && !one.value.refs.is_empty());
                if !is_elsewhere && found.len() < MAX_CANDIDATES {
                    found.push(Versioned { value: product, version: row.version });
                }
            }
        }
        found.sort_by_key(|one| one.value.id);
        Ok(found)
    }

    /// Ties what was read to `product` where every variant of each is one of the other; whether it did.
    pub(super) async fn adopt_certain(
        &self,
        at: &Intaking<'_>,
        product: &Versioned<Product>,
        read: &Converted<RemoteProduct>,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<bool> {
        let tenant = at.by.tenant();
        let query = Query::ListingsOf(product.value.id);
        let listings = list_all::<Listing>(&*self.0.backend, tenant, &query).await?;
        let known = listings.into_iter().map(|one| one.value).find(|one| one.store == at.store.id);
        // Of one that waits for a person a person says what it is.
        if known.as_ref().is_some_and(|known| known.doubt.is_some()) {
            return Ok(false);
        }
        let listing = known.unwrap_or_else(|| new_listing(&product.value, at.store.id, &*self.0.clock));
        let theirs = read.value.variants.value().map(Vec::as_slice).unwrap_or_default();
        let is_certain = pair(&product.value, &listing.variants, &[], theirs)
            .is_ok_and(|pairs| pairs.missing.is_empty() && pairs.strangers.is_empty());
        if is_certain {
            changes.rely_on::<Product>(product.value.id, product.version);
            self.bind(&at.by, at.store, &product.value, read, &[], changes).await?;
            staged.products.insert(product.value.id);
        }
        Ok(is_certain)
    }
}
