//! SKUs that somebody else has already.

use crate::{
    error::{Problem, Result},
    hub::Hub,
    model::{Product, ProductId},
    storage::{Query, list_page},
    tenant::Tenant,
};
use std::collections::{HashMap, hash_map::Entry};

/// The blank ones among `skus`: text without a letter is found by nobody, and would repeat with every other.
pub(super) fn blank<'a>(skus: impl Iterator<Item = Option<&'a str>>) -> Vec<Problem> {
    let is_blank = |sku: Option<&str>| sku.is_some_and(|sku| sku.trim().is_empty());
    let problem = |(nth, _)| {
        let mend = "a SKU isn't blank; a variant without one has `None`";
        Problem::error(format!("variants[{nth}].sku"), "blank", mend)
    };
    skus.enumerate().filter(|(_, sku)| is_blank(*sku)).map(problem).collect()
}

/// A SKU of a product that somebody else has.
pub(in crate::hub) struct Repeat {
    /// The variant that has it, by its place.
    nth: usize,
    pub(in crate::hub) sku: String,
    other: Other,
}

/// Who else has it.
enum Other {
    /// Another variant of the same product, by its place.
    Variant(usize),
    /// Another product, by its title.
    Product(ProductId, String),
}

impl Repeat {
    /// The same as a problem of the product.
    pub(super) fn problem(&self) -> Problem {
        let other = match &self.other {
            Other::Variant(nth) => format!("variants[{nth}] has it too"),
            Other::Product(id, title) => format!("the product `{title}` ({id}) has it too"),
        };
        Problem::error(
            format!("variants[{}].sku", self.nth),
            "repeated",
            format!(
                "`{}` is no SKU of this variant alone: {other}; give one of them another, or none",
                self.sku
            ),
        )
    }
}

impl Hub {
    /// Those of a product's `skus`, by the places of their variants, that stand there twice or that a product other
    /// than `own` has. One that `is_kept` is named by nobody but those that repeat it.
    pub(in crate::hub) async fn repeated(
        &self,
        tenant: &Tenant,
        own: Option<ProductId>,
        skus: &[Option<&str>],
        is_kept: impl Fn(usize) -> bool + Send,
    ) -> Result<Vec<Repeat>> {
        let named = || skus.iter().enumerate().filter_map(|(nth, sku)| Some((nth, (*sku)?)));
        let mut holders: HashMap<&str, usize> = HashMap::new();
        for (nth, sku) in named().filter(|(nth, _)| is_kept(*nth)) {
            holders.entry(sku).or_insert(nth);
        }
        let new: Vec<(usize, &str)> = named().filter(|(nth, _)| !is_kept(*nth)).collect();
        let mut repeated = Vec::new();
        for (nth, sku) in new {
            let other = match holders.entry(sku) {
                Entry::Occupied(holder) => Some(Other::Variant(*holder.get())),
                Entry::Vacant(free) => {
                    free.insert(nth);
                    self.product_with(tenant, own, sku).await?
                }
            };
            repeated.extend(other.map(|other| Repeat { nth, sku: sku.to_owned(), other }));
        }
        Ok(repeated)
    }

    /// A product other than `own` that has the SKU.
    async fn product_with(
        &self,
        tenant: &Tenant,
        own: Option<ProductId>,
        sku: &str,
    ) -> Result<Option<Other>> {
        let query = Query::ProductsWithSku(sku.to_owned());
        // Of two products one is another's.
        let (found, _) = list_page::<Product>(&*self.0.backend, tenant, &query, None, 2).await?;
        let other = found.into_iter().map(|found| found.value).find(|found| Some(found.id) != own);
        Ok(other.map(|other| Other::Product(other.id, other.wording.title)))
    }
}
