//! What becomes of one product that a platform shows.

use super::{
    super::{
        Hub,
        listing::{keep_shown, new_listing, pair_pictures, resolve},
        products::check,
        settle::observed,
    },
    Intaking, Shown,
    convert::new_product,
    stock::Stocked,
};
use crate::{
    error::{Problem, Result},
    model::{
        Candidate, Choice, Converted, Doubt, Intake, Listing, ListingId, ListingVariant, LocationId, Product,
        ProductId, Question, Ref, RemoteProduct, StockItemId,
    },
    storage::{ChangeSet, Query, Versioned, list_all},
};
use std::collections::HashSet;

/// What a commit holds already: storage doesn't show it yet.
pub(super) struct Staged {
    pub(super) first_location: LocationId,
    pub(super) items: HashSet<StockItemId>,
    refs: HashSet<Ref>,
    pub(super) products: HashSet<ProductId>,
    listings: HashSet<ListingId>,
    skus: HashSet<String>,
}

impl Staged {
    pub(super) fn new(first_location: LocationId) -> Self {
        Self {
            first_location,
            items: HashSet::new(),
            refs: HashSet::new(),
            products: HashSet::new(),
            listings: HashSet::new(),
            skus: HashSet::new(),
        }
    }
}

/// What became of it.
pub(super) enum Outcome {
    Created {
        product: ProductId,
        repeated: Vec<String>,
    },
    Adopted,
    Known,
    Doubtful,
    Left,
    /// It makes no product.
    Unfit(Problem),
}

impl Hub {
    /// Decides what that is which was shown, and puts what follows into `changes`.
    pub(super) async fn take_in(
        &self,
        at: &Intaking<'_>,
        shown: Shown<'_>,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Outcome> {
        let remote = &shown.read.value;
        let Some(first) = remote.refs.current().first().cloned() else {
            return Ok(Outcome::Unfit(Problem::error("refs", "required", "the platform told no id of it")));
        };
        if !staged.refs.insert(first.clone()) {
            return Ok(Outcome::Known);
        }
        if let Some(known) = self.listing_of(at, remote).await? {
            return self.read_anew(known, shown.read, staged, changes);
        }
        if at.is_denied() {
            return self.create(at, shown, staged, changes).await;
        }
        let asked = Question::RemoteProduct { product: first };
        let doubts = Query::DoubtsOn(at.store.id, asked.clone());
        let doubts = list_all::<Doubt>(&*self.0.backend, at.by.tenant(), &doubts).await?;
        if doubts.iter().any(|doubt| doubt.value.is_open()) {
            return Ok(Outcome::Doubtful);
        }
        let is_none = |doubt: &Versioned<Doubt>| {
            doubt.value.resolution.as_ref().is_some_and(|resolution| resolution.choice == Choice::Nothing)
        };
        if !doubts.iter().any(is_none)
            && let Some(outcome) = self.take_for_ours(at, shown, asked, staged, changes).await?
        {
            return Ok(outcome);
        }
        match at.intake {
            Intake::OnlyOurs => Ok(Outcome::Left),
            Intake::Everything => self.create(at, shown, staged, changes).await,
        }
    }

    /// Ties it to the product of ours that it is, or asks which one if it could be several; `None`: it is none.
    async fn take_for_ours(
        &self,
        at: &Intaking<'_>,
        shown: Shown<'_>,
        asked: Question,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Option<Outcome>> {
        let candidates = self.candidates(at, &shown.read.value, &staged.products).await?;
        if let [only] = candidates.as_slice()
            && self.adopt_certain(at, only, shown.read, staged, changes).await?
        {
            return Ok(Some(Outcome::Adopted));
        }
        if candidates.is_empty() {
            return Ok(None);
        }
        let candidates = candidates.iter().map(|one| Candidate::Product(one.value.id)).collect();
        self.put_doubt(at.by.tenant(), at.store.id, asked, candidates, changes)?;
        Ok(Some(Outcome::Doubtful))
    }

    /// Whether it would become a product, as far as storage shows before the commit.
    pub(super) async fn comes_in(&self, at: &Intaking<'_>, remote: &RemoteProduct) -> Result<bool> {
        let taken = &HashSet::new();
        Ok(at.intake == Intake::Everything
            && self.listing_of(at, remote).await?.is_none()
            && self.candidates(at, remote, taken).await?.is_empty())
    }

    /// The store's listing that is `remote`, by its present ids or an older one.
    async fn listing_of(
        &self,
        at: &Intaking<'_>,
        remote: &RemoteProduct,
    ) -> Result<Option<Versioned<Listing>>> {
        let mut older = None;
        for one in remote.refs.current().iter().filter(|one| one.kind.is_unique()) {
            let query = Query::ListingsKnowing(at.store.id, one.clone());
            for known in list_all::<Listing>(&*self.0.backend, at.by.tenant(), &query).await? {
                if known.value.refs.current().contains(one) {
                    return Ok(Some(known));
                }
                older = older.or(Some(known));
            }
        }
        Ok(older)
    }

    /// Takes over the ids and state of what is tied already. What the page doesn't show stays as it is.
    fn read_anew(
        &self,
        known: Versioned<Listing>,
        read: &Converted<RemoteProduct>,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Outcome> {
        let remote = &read.value;
        let Versioned { value: before, version } = known;
        let mut listing = before.clone();
        let is_current = remote.refs.current().iter().any(|one| listing.refs.current().contains(one));
        if is_current && staged.listings.insert(listing.id) {
            listing.refs.merge(&remote.refs);
            keep_shown(&mut listing, read);
            for shown in remote.variants.value().into_iter().flatten() {
                let is_it =
                    |row: &&mut ListingVariant| shown.refs.current().iter().any(|one| row.refs.knows(one));
                if let Some(row) = listing.variants.iter_mut().find(is_it) {
                    row.refs.merge(&shown.refs);
                    row.remote_sku = shown.sku.value().cloned().or(row.remote_sku.take());
                    row.offer = shown.offer.value().copied().or(row.offer);
                }
            }
        }
        if listing != before {
            changes.update(version, listing);
        }
        Ok(Outcome::Known)
    }

    /// A new product with its listing and opening stock, as the platform shows it.
    async fn create(
        &self,
        at: &Intaking<'_>,
        shown: Shown<'_>,
        staged: &mut Staged,
        changes: &mut ChangeSet,
    ) -> Result<Outcome> {
        let new = match new_product(&shown.read.value, at.store) {
            Ok(new) => new,
            Err(problem) => return Ok(Outcome::Unfit(problem)),
        };
        let fields = new
            .variants
            .iter()
            .map(|variant| (&variant.options, &variant.price, variant.compare_at.as_ref()));
        if let Some(first) = check(&new.wording.title, &new.options, fields).into_iter().next() {
            return Ok(Outcome::Unfit(first));
        }
        // Only what is taken in leaves something behind in the commit.
        let mut parts = ChangeSet::default();
        let mut product = self.lay_out(&new, staged.first_location, &mut parts);
        let theirs = shown.read.value.variants.value().into_iter().flatten();
        product.variants.iter_mut().zip(theirs).for_each(|(variant, shown)| variant.offered = shown.offered);
        let before = staged.items.clone();
        if let Stocked::Unfit(problem) =
            self.open_stock_of(at, shown, &mut product, staged, &mut parts).await?
        {
            staged.items = before;
            return Ok(Outcome::Unfit(problem));
        }
        let listing = self.listed(at, &product, shown.read)?;
        let repeated = self.repeated_in(at, &product, staged).await?;
        let id = product.id;
        parts.create(product);
        parts.create(listing);
        changes.writes.append(&mut parts.writes);
        staged.products.insert(id);
        Ok(Outcome::Created { product: id, repeated })
    }

    /// The listing of a product that was just made of what is shown.
    fn listed(
        &self,
        at: &Intaking<'_>,
        product: &Product,
        read: &Converted<RemoteProduct>,
    ) -> Result<Listing> {
        let remote = &read.value;
        let mut listing = new_listing(product, at.store.id, &*self.0.clock);
        listing.refs = remote.refs.clone();
        keep_shown(&mut listing, read);
        let theirs = remote.variants.value().into_iter().flatten();
        for ((row, shown), variant) in listing.variants.iter_mut().zip(theirs).zip(&product.variants) {
            row.refs = shown.refs.clone();
            row.remote_sku = shown.sku.value().cloned();
            row.offer = shown.offer.value().copied();
            row.counted_as = variant.consumes.first().map(|one| one.item);
        }
        pair_pictures(&mut listing, product, remote);
        // What the shop shows at this moment is what drift is measured from.
        listing.desired = Some(Box::new(resolve(product, &listing, at.store)));
        listing.observed = Some(observed(remote)?);
        Ok(listing)
    }

    /// The product's SKUs that others have too, those of the same commit among them.
    async fn repeated_in(
        &self,
        at: &Intaking<'_>,
        product: &Product,
        staged: &mut Staged,
    ) -> Result<Vec<String>> {
        let skus: Vec<Option<&str>> = product.variants.iter().map(|one| one.sku.as_deref()).collect();
        let repeats = self.repeated(at.by.tenant(), Some(product.id), &skus, |_| false).await?;
        let mut repeated: Vec<String> = repeats.into_iter().map(|repeat| repeat.sku).collect();
        let skus: Vec<&str> = skus.into_iter().flatten().collect();
        repeated.extend(skus.iter().filter(|sku| staged.skus.contains(**sku)).map(|sku| (*sku).to_owned()));
        staged.skus.extend(skus.into_iter().map(str::to_owned));
        repeated.sort();
        repeated.dedup();
        Ok(repeated)
    }
}
