//! Alice asks for the catalogue to be published, and Bob agrees.

use crate::{read::Catalogue, screen::Screen, shop::Shop};
use fusion_core::{
    approval::Phase,
    error::Error,
    hub::{BundleView, Decided, ListingsWanted, RequestView, Skipped},
    model::{ListingId, Money, ProductId},
    plugin::Change,
};
use std::collections::{BTreeMap, BTreeSet};

/// Listings that are read at once.
const PAGE: usize = 200;

/// What the store won't carry of all products: each note with how often it was said.
pub(crate) fn store_losses(asked: &[RequestView]) -> BTreeMap<String, u64> {
    let mut losses = BTreeMap::new();
    for loss in asked.iter().flat_map(|request| &request.preview.losses) {
        *losses.entry(loss.note.clone()).or_default() += 1;
    }
    losses
}

impl Shop {
    /// Alice asks for the products to be published, those that nobody has asked for; what the store can't take.
    pub(crate) async fn ask(&self, catalogue: &Catalogue, screen: &Screen) -> Result<Vec<Skipped>, Error> {
        let asked_for = self.asked_for().await?;
        let products = catalogue.to_publish.iter().copied().filter(|product| !asked_for.contains(product));
        let bundle = self.hub.publish(&self.alice, products, [self.store.id]).await?;
        let asked = self.asked().await?;
        screen.line("");
        screen.line(&format!("alice asks: {} products in {}, reviewed as one", asked.len(), self.store.name));
        let mut calls: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for planned in asked.iter().flat_map(|request| &request.preview.calls) {
            let sum = calls.entry(&planned.bucket).or_default();
            sum.0 += planned.calls;
            sum.1 += planned.cost;
        }
        for request in asked.iter().take(3) {
            screen.line(&format!("  {}", request.preview.summary));
        }
        if asked.len() > 3 {
            screen.line(&format!("  … and {} more", asked.len() - 3));
        }
        for (bucket, (calls, cost)) in calls {
            screen.line(&format!("  at most {calls} calls, {cost} points of the bucket `{bucket}`"));
        }
        screen.line(&format!("  {} skipped", bundle.skipped.len()));
        for (note, count) in store_losses(&asked) {
            screen.line(&format!("  not carried, {count} times: {note}"));
        }
        Ok(bundle.skipped)
    }

    /// Products that somebody has asked for: each got a listing with its request.
    async fn asked_for(&self) -> Result<BTreeSet<ProductId>, Error> {
        let mut products = BTreeSet::new();
        let mut last: Option<ListingId> = None;
        loop {
            let page = self.hub.listings(&self.alice, ListingsWanted::In(self.store.id), last, PAGE).await?;
            products.extend(page.iter().map(|listing| listing.product));
            last = page.last().map(|listing| listing.id);
            if page.len() < PAGE {
                return Ok(products);
            }
        }
    }

    /// Bob looks, Alice changes a price meanwhile, Bob's vote on the old price doesn't count; he looks again. Whether he
    /// agrees.
    pub(crate) async fn agree(&self, screen: &Screen) -> Result<bool, Error> {
        let shown = self.undecided().await?;
        let asked: usize = shown.iter().map(|bundle| bundle.items.len()).sum();
        if asked == 0 {
            screen.line("everything that was asked for is decided");
            return Ok(true);
        }
        if !screen.agrees(&format!("bob, do you agree to these {asked}?")).await? {
            return Ok(false);
        }
        self.raise_first_price(&shown, screen).await?;
        let (mut counted, mut outdated) = (0, 0);
        for bundle in &shown {
            let decisions = self.hub.approve(&self.bob, bundle).await?;
            counted += decisions.counted();
            outdated +=
                decisions.items.iter().filter(|(_, said)| matches!(said, Decided::Outdated(_))).count();
        }
        screen.line(&format!(
            "bob approves what he saw: {counted} counted, {outdated} outdated and not counted"
        ));
        for bundle in self.undecided().await? {
            self.hub.approve(&self.bob, &bundle).await?.all()?;
            screen.line("bob looks again and approves the new price");
        }
        screen.line("everything is agreed");
        Ok(true)
    }

    /// What waits for Bob, each bundle with that alone.
    async fn undecided(&self) -> Result<Vec<BundleView>, Error> {
        let open: BTreeSet<_> = self
            .open_requests()
            .await?
            .into_iter()
            .filter(|request| matches!(request.phase, Phase::Pending(_)))
            .map(|request| request.bundle)
            .collect();
        let mut bundles = Vec::new();
        for bundle in open {
            let mut bundle = self.hub.bundle(&self.bob, bundle).await?;
            bundle.items.retain(|request| matches!(request.phase, Phase::Pending(_)));
            bundles.push(bundle);
        }
        Ok(bundles)
    }

    /// Once: the first request that waits, as long as it is the first of all and is as it was first asked for.
    async fn raise_first_price(&self, shown: &[BundleView], screen: &Screen) -> Result<(), Error> {
        let first = shown.first().and_then(|bundle| bundle.items.first());
        let first_of_all = self.asked().await?.first().map(|request| request.id);
        let Some(first) = first.filter(|one| one.revision == 1 && Some(one.id) == first_of_all) else {
            return Ok(());
        };
        let mut command = self.hub.command(&self.alice, first.id).await?;
        let Change::Publish { listing } = &mut command.change else { return Ok(()) };
        let Some(variant) = listing.variants.first_mut() else { return Ok(()) };
        let (old, step) = (variant.offer.price, Money::parse_amount("1", variant.offer.price.currency())?);
        let new = old.checked_add(step).unwrap_or(old);
        variant.offer.price = new;
        screen.line(&format!(
            "alice changes the price of {:?} from {old} to {new} while bob is reading",
            listing.title
        ));
        self.hub.amend(&self.alice, first.id, command).await?;
        Ok(())
    }
}
