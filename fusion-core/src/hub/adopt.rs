//! Tying a listing to a product that a platform has already.

mod pair;

pub(super) use pair::{Pairs, pair};

use super::{
    Hub,
    commit::Rounds,
    listing::{add_rows, keep_shown, new_listing, pair_pictures},
    settle::observed,
};
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    model::{
        Candidate, Choice, Converted, Doubt, Listing, Loss, Product, ProductId, Question, Ref, RemoteProduct,
        Seen, Store, StoreId, VariantId,
    },
    storage::{ChangeSet, Query, Version, Versioned, list_all, load},
    tenant::Actor,
};
use serde_json::json;

/// Which product at a platform one of ours is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// Ours.
    pub product: ProductId,
    /// In which store.
    pub store: StoreId,
    /// What the platform calls it.
    pub remote: Ref,
    /// Variants with their ids at the platform, where neither id, SKU nor options tell them apart.
    pub variants: Vec<(VariantId, Ref)>,
}

impl Adoption {
    /// `product` is what `store` calls `remote`.
    pub const fn new(product: ProductId, store: StoreId, remote: Ref) -> Self {
        Self { product, store, remote, variants: Vec::new() }
    }

    /// Names what the platform calls one of the variants.
    #[must_use]
    pub fn with_variant(mut self, variant: VariantId, remote: Ref) -> Self {
        self.variants.push((variant, remote));
        self
    }
}

/// An adopted listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The listing, with the platform's ids and state.
    pub listing: Listing,
    /// Variants of ours that the platform doesn't have; publishing adds them.
    pub missing: Vec<VariantId>,
    /// Variants of the platform's that are none of ours; they stay as they are.
    pub strangers: Vec<Ref>,
    /// What the platform's product has and the model can't hold.
    pub losses: Vec<Loss>,
}

impl Hub {
    /// Ties a product's listing to what its store has already, so that the next publish changes that instead of
    /// making another one. Nothing is written to the platform.
    ///
    /// Variants are paired by id, by a SKU that each side has once, or by the same choice of options. Open doubts
    /// about the listing or the platform's product are answered by it. Repeating it is harmless.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such product, store, or product at the platform.
    /// [`ErrorKind::AlreadyExists`]: the listing is another product at the platform already, or another listing is
    /// this one. [`ErrorKind::Conflict`]: it isn't clear which variant is which; the problems say for which, and
    /// [`Adoption::with_variant`] tells. [`ErrorKind::Refused`]: it answers a doubt, and `by` is no member of the
    /// tenant. Else as any read of the plugin.
    pub async fn adopt(&self, by: &Actor, adoption: Adoption) -> Result<Adopted> {
        let (store, session) = self.store_session(by.tenant(), adoption.store).await?;
        let remote = session.plugin().get_product(&session.context(&store.value), &adoption.remote).await?;
        let mut rounds = Rounds::of("the listing");
        loop {
            let product = load::<Product>(&*self.0.backend, by.tenant(), adoption.product).await?;
            let mut changes = ChangeSet::default();
            // Its variants are paired: they must still be these.
            changes.rely_on::<Product>(adoption.product, product.version);
            let adopted = self
                .bind(by, &store.value, &product.value, &remote, &adoption.variants, &mut changes)
                .await?;
            self.reread_doubtful(by.tenant(), adoption.store, &mut changes).await?;
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(adopted);
            }
        }
    }

    /// Puts into `changes` what makes `product`'s listing in `store` what was read.
    pub(super) async fn bind(
        &self,
        by: &Actor,
        store: &Store,
        product: &Product,
        read: &Converted<RemoteProduct>,
        named: &[(VariantId, Ref)],
        changes: &mut ChangeSet,
    ) -> Result<Adopted> {
        let remote = &read.value;
        let Some(first) = remote.refs.current().first().cloned() else {
            return Err(Error::new(ErrorKind::Protocol, "the platform told no id of the product"));
        };
        let Seen::Value(theirs) = &remote.variants else {
            return Err(Error::new(ErrorKind::Protocol, "the platform didn't tell the product's variants"));
        };
        let Versioned { value: mut listing, version } = self.listing_for(by, store, product, &first).await?;
        let Pairs { pairs, missing, strangers } = pair(product, &listing.variants, named, theirs)?;
        listing.refs.merge(&remote.refs);
        for (nth, theirs) in &pairs {
            let Some(row) = listing.variants.get_mut(*nth) else { continue };
            row.refs.merge(&theirs.refs);
            row.remote_sku = theirs.sku.value().cloned();
            row.offer = theirs.offer.value().copied();
        }
        pair_pictures(&mut listing, product, remote);
        keep_shown(&mut listing, read);
        listing.observed = Some(observed(remote)?);
        self.answer_all(by, store, product, &mut listing, &first, changes).await?;
        let details = json!({
            "remote": first, "product": product.id, "rows": pairs.len(),
            "missing": missing.len(), "strangers": strangers.len(), "lossy": !listing.losses.is_empty(),
        });
        let entry = self.note(by, Action::ListingAdopted, SubjectKind::Listing, listing.id);
        changes.audit.push(entry.with_details(details)?);
        changes.update(version, listing.clone());
        let strangers = strangers.iter().filter_map(|one| one.refs.current().first().cloned()).collect();
        let losses = listing.losses.clone();
        Ok(Adopted { listing, missing, strangers, losses })
    }

    /// The product's listing in `store`, new or known, if it may be `remote`.
    async fn listing_for(
        &self,
        by: &Actor,
        store: &Store,
        product: &Product,
        remote: &Ref,
    ) -> Result<Versioned<Listing>> {
        let backend = &*self.0.backend;
        let query = Query::ListingsKnowing(store.id, remote.clone());
        let others = list_all::<Listing>(backend, by.tenant(), &query).await?;
        let is_taken = |other: &&Versioned<Listing>| {
            other.value.product != product.id && other.value.refs.current().contains(remote)
        };
        if let Some(other) = others.iter().find(is_taken) {
            let message = format!(
                "the platform's {remote} is listing {} of product {}",
                other.value.id, other.value.product
            );
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        let listings = list_all::<Listing>(backend, by.tenant(), &Query::ListingsOf(product.id)).await?;
        let Some(mut known) = listings.into_iter().find(|known| known.value.store == store.id) else {
            let listing = new_listing(product, store.id, &*self.0.clock);
            return Ok(Versioned { value: listing, version: Version::NEW });
        };
        if !known.value.refs.is_empty() && !known.value.refs.current().contains(remote) {
            let is = known.value.refs.current().first().map(ToString::to_string).unwrap_or_default();
            let message = format!("the product is the platform's {is} in this store already");
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        add_rows(&mut known.value, product, &*self.0.clock);
        Ok(known)
    }

    /// Answers the doubts that the adoption settles, and lets a stock push follow where the platform has got the
    /// listing from us.
    async fn answer_all(
        &self,
        by: &Actor,
        store: &Store,
        product: &Product,
        listing: &mut Listing,
        remote: &Ref,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let query = Query::DoubtsOn(store.id, Question::RemoteProduct { product: remote.clone() });
        let mut asked = list_all::<Doubt>(&*self.0.backend, by.tenant(), &query).await?;
        asked.retain(|doubt| doubt.value.is_open());
        if !asked.is_empty() || listing.doubt.is_some() {
            self.check_person(by).await?;
        }
        for doubt in asked {
            let choice = Choice::This(Candidate::Product(product.id));
            self.put_answer(by.signature(), doubt, choice, changes)?;
        }
        let choice = Choice::This(Candidate::Remote(remote.clone()));
        let answered = self.answer_listing(by.tenant(), by.signature(), listing, choice, changes).await?;
        let is_counted = product.variants.iter().any(|variant| !variant.consumes.is_empty());
        if is_counted && matches!(answered, Some(Question::LostCreate { .. })) {
            changes.jobs.push(self.push_job(by.tenant(), &store.platform, listing)?);
        }
        Ok(())
    }
}
