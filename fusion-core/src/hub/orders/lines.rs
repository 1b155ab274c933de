//! Which rows the lines of an order mean, as far as storage tells.

use super::take::Taking;
use crate::{
    error::Result,
    model::{
        Candidate, Choice, Consumes, Doubt, Listing, ListingId, ListingVariantId, Meant, OrderId, OrderLine,
        Product, ProductId, Question, Resolution, RowKnown, ShippedBy, StockItemId, StoreId, match_line,
    },
    storage::{Query, Versioned, find, list_all},
};
use std::collections::BTreeMap;

/// A row with what a sale of it takes.
pub(super) struct RowMeant {
    pub(super) id: ListingVariantId,
    pub(super) shipped_by: ShippedBy,
    pub(super) consumes: Vec<Consumes>,
    pub(super) counted_as: Option<StockItemId>,
}

impl Taking<'_> {
    /// The row that `line` of `order` means; a doubt is raised, or closed, as need be.
    pub(super) async fn meant(&mut self, order: OrderId, line: &OrderLine) -> Result<Option<RowMeant>> {
        let (listings, products) = self.candidates(line).await?;
        let rows = rows(&listings, &products);
        let question = Question::OrderLine { order, line: line.key.clone() };
        let doubts = self.doubts(&question).await?;
        let answered = doubts.iter().filter_map(|doubt| doubt.value.resolution.as_ref()).next_back();
        if let Some(Resolution { choice, .. }) = answered {
            let Choice::This(Candidate::Row(row)) = choice else { return Ok(None) };
            // A row that is gone by now answers nothing any more.
            if let Some(row) = self.row(*row).await? {
                return Ok(Some(row));
            }
        }
        let open = doubts.into_iter().find(|doubt| doubt.value.is_open());
        match match_line(line, &rows) {
            Meant::Row(row) => {
                if let Some(doubt) = open {
                    self.close(doubt, row)?;
                }
                Ok(rows.iter().find(|known| known.row.id == row).map(of))
            }
            Meant::Doubt(candidates) => {
                if open.is_none() {
                    let candidates = candidates.into_iter().map(Candidate::Row).collect();
                    let store = self.store.id;
                    self.hub.put_doubt(self.tenant, store, question, candidates, &mut self.changes)?;
                }
                Ok(None)
            }
        }
    }

    /// The row of this id, in any listing of the store.
    pub(super) async fn row(&self, id: ListingVariantId) -> Result<Option<RowMeant>> {
        let query = Query::ListingsIn(self.store.id);
        let listings = list_all::<Listing>(&*self.hub.0.backend, self.tenant, &query).await?;
        let has = |listing: &Listing| listing.variants.iter().any(|row| row.id == id);
        let Some(listing) = listings.into_iter().map(|listing| listing.value).find(has) else {
            return Ok(None);
        };
        let product = find::<Product>(&*self.hub.0.backend, self.tenant, listing.product).await?;
        let products = product.map(|product| product.value).into_iter().map(|product| (product.id, product));
        let (listings, products) = (vec![listing], products.collect());
        Ok(rows(&listings, &products).iter().find(|known| known.row.id == id).map(of))
    }

    /// Listings of the store that the line may mean, with their products.
    async fn candidates(&self, line: &OrderLine) -> Result<(Vec<Listing>, BTreeMap<ProductId, Product>)> {
        let backend = &*self.hub.0.backend;
        let mut listings: BTreeMap<ListingId, Listing> = BTreeMap::new();
        let mut products = BTreeMap::new();
        let mut add = |found: Vec<Versioned<Listing>>, store: StoreId| {
            let own = found.into_iter().map(|listing| listing.value).filter(|listing| listing.store == store);
            listings.extend(own.map(|listing| (listing.id, listing)));
        };
        for one in line.refs.current() {
            let query = Query::ListingsKnowing(self.store.id, one.clone());
            add(list_all(backend, self.tenant, &query).await?, self.store.id);
        }
        if let Some(sku) = line.sku.clone().filter(|sku| !sku.is_empty()) {
            for product in list_all::<Product>(backend, self.tenant, &Query::ProductsWithSku(sku)).await? {
                let query = Query::ListingsOf(product.value.id);
                add(list_all(backend, self.tenant, &query).await?, self.store.id);
                products.insert(product.value.id, product.value);
            }
        }
        for listing in listings.values() {
            if !products.contains_key(&listing.product)
                && let Some(product) = find::<Product>(backend, self.tenant, listing.product).await?
            {
                products.insert(listing.product, product.value);
            }
        }
        Ok((listings.into_values().collect(), products))
    }

    async fn doubts(&self, question: &Question) -> Result<Vec<Versioned<Doubt>>> {
        let query = Query::DoubtsOn(self.store.id, question.clone());
        list_all::<Doubt>(&*self.hub.0.backend, self.tenant, &query).await
    }

    /// What couldn't be told then can be told now.
    fn close(&mut self, doubt: Versioned<Doubt>, row: ListingVariantId) -> Result<()> {
        let choice = Choice::This(Candidate::Row(row));
        self.hub.put_answer(self.by.signature(), doubt, choice, &mut self.changes)
    }
}

/// Every row of `listings` that stands for a variant of ours.
fn rows<'a>(listings: &'a [Listing], products: &'a BTreeMap<ProductId, Product>) -> Vec<RowKnown<'a>> {
    let mut rows = Vec::new();
    for listing in listings {
        let Some(product) = products.get(&listing.product) else { continue };
        rows.extend(listing.variants.iter().filter_map(|row| {
            let variant = product.variants.iter().find(|variant| Some(variant.id) == row.variant)?;
            Some(RowKnown { listing, row, variant })
        }));
    }
    rows
}

fn of(known: &RowKnown<'_>) -> RowMeant {
    RowMeant {
        id: known.row.id,
        shipped_by: known.row.shipped_by,
        consumes: known.variant.consumes.clone(),
        counted_as: known.row.counted_as,
    }
}
