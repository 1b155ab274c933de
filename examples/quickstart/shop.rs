//! The story: ask, agree, perform, sell, check.

use crate::{args::FaultArg, read::Catalogue, report::Report, screen::Screen};
use fusion_core::{
    approval::{Phase, Policy},
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind},
    hub::{BundleView, Decided, Hub, NewStore, StockChange},
    model::{Listing, Money, MoveKind, RefKind, StockItemId, Store},
    plugin::Change,
    tenant::Actor,
};
use fusion_plugins::shopify::{
    Shopify,
    simulator::{Fault, FaultKind, Simulator},
};
use fusion_queue::{Memory, TokioClock, Worker};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Time runs this much faster than outside: the platform's limits cost seconds, not minutes.
const FACTOR: u32 = 20;

/// When the story begins: a Monday morning.
const BEGIN: &str = "2026-11-30T08:00:00Z";

/// Long in the shop's time, so that a busy machine doesn't lose its leases.
const LEASE: Duration = Duration::from_secs(1_200);

/// How often the counter looks at the shop, in real time.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) struct Shop {
    pub(crate) hub: Hub,
    pub(crate) alice: Actor,
    pub(crate) bob: Actor,
    pub(crate) store: Store,
    pub(crate) simulator: Simulator,
}

/// What the store won't carry of all products: each note with how often it was said.
pub(crate) fn store_losses(bundle: &BundleView) -> BTreeMap<String, u64> {
    let mut losses = BTreeMap::new();
    for loss in bundle.items.iter().flat_map(|item| &item.preview.losses) {
        *losses.entry(loss.note.clone()).or_default() += 1;
    }
    losses
}

impl Shop {
    pub(crate) async fn open() -> Result<Self, Error> {
        let clock = Arc::new(TokioClock::scaled(Timestamp::parse(BEGIN)?, FACTOR));
        let simulator = Shopify::simulator(clock.clone()).build()?;
        let hub = Hub::builder(Memory::with_clock(clock))
            .plugin(Shopify::simulated_by(&simulator))
            .policy(Policy::two_people())
            .build()
            .await?;
        let acme = hub.tenant("acme")?;
        let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
        let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?;
        Ok(Self { hub, alice, bob, store, simulator })
    }

    pub(crate) fn banner(&self) -> String {
        format!(
            "Fusion quickstart: simulated Shopify shop {} in {}; simulated time runs {FACTOR} times faster",
            self.simulator.domain(),
            self.store.facts.currency
        )
    }

    /// Alice asks for the products to be published.
    pub(crate) async fn ask(&self, catalogue: &Catalogue, screen: &Screen) -> Result<BundleView, Error> {
        let products = catalogue.to_publish.iter().copied();
        let bundle = self.hub.publish(&self.alice, products, [self.store.id]).await?;
        screen.line("");
        screen.line(&format!(
            "alice asks: {} products in {}, reviewed as one",
            bundle.items.len(),
            self.store.name
        ));
        let mut calls: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for planned in bundle.items.iter().flat_map(|item| &item.preview.calls) {
            let sum = calls.entry(&planned.bucket).or_default();
            sum.0 += planned.calls;
            sum.1 += planned.cost;
        }
        for item in bundle.items.iter().take(3) {
            screen.line(&format!("  {}", item.preview.summary));
        }
        if bundle.items.len() > 3 {
            screen.line(&format!("  … and {} more", bundle.items.len() - 3));
        }
        for (bucket, (calls, cost)) in calls {
            screen.line(&format!("  at most {calls} calls, {cost} points of the bucket `{bucket}`"));
        }
        screen.line(&format!("  {} skipped", bundle.skipped.len()));
        for (note, count) in store_losses(&bundle) {
            screen.line(&format!("  not carried, {count} times: {note}"));
        }
        Ok(bundle)
    }

    /// Bob looks, Alice changes a price meanwhile, Bob's vote on the old price doesn't count; he looks again.
    pub(crate) async fn agree(&self, shown: BundleView, screen: &Screen) -> Result<BundleView, Error> {
        self.raise_first_price(&shown, screen).await?;
        let decisions = self.hub.approve(&self.bob, &shown).await?;
        let outdated: Vec<_> =
            decisions.items.iter().filter(|(_, decided)| matches!(decided, Decided::Outdated(_))).collect();
        screen.line(&format!(
            "bob approves what he saw: {} counted, {} outdated and not counted",
            decisions.counted(),
            outdated.len()
        ));
        if outdated.is_empty() {
            return Err(Error::new(ErrorKind::Internal, "a vote on an old price was counted"));
        }
        let now = self.hub.bundle(&self.bob, shown.id).await?;
        let open: Vec<_> =
            now.items.iter().filter(|item| matches!(item.phase, Phase::Pending(_))).cloned().collect();
        let rest = BundleView { items: open, ..now.clone() };
        self.hub.approve(&self.bob, &rest).await?.all()?;
        screen.line("bob looks again and approves the new price: everything is agreed");
        self.hub.bundle(&self.bob, shown.id).await
    }

    async fn raise_first_price(&self, shown: &BundleView, screen: &Screen) -> Result<(), Error> {
        let Some(first) = shown.items.first() else { return Ok(()) };
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

    /// How many requests went wrong on command.
    pub(crate) fn struck(&self) -> u64 {
        self.simulator.struck()
    }

    /// Lets something go wrong from here on.
    pub(crate) fn break_something(&self, fault: Option<FaultArg>) {
        let faults = match fault {
            None => return,
            Some(FaultArg::Throttle) => vec![
                Fault::new(FaultKind::Throttle).after(5).times(4),
                Fault::new(FaultKind::ThrottleAfterEffect).on("productSet").after(9).times(3),
            ],
            Some(FaultArg::Reset) => vec![
                Fault::new(FaultKind::ResetAfterWrite).on("productSet").after(3).times(5),
                Fault::new(FaultKind::ResetAfterWrite).on("inventorySetQuantities").after(2).times(3),
            ],
            Some(FaultArg::Truncated) => vec![
                Fault::new(FaultKind::Truncated).on("productSet").after(3).times(5),
                Fault::new(FaultKind::Truncated).on("publishablePublish").after(7).times(3),
            ],
            Some(FaultArg::Expired) => vec![
                Fault::new(FaultKind::ExpireToken).after(10),
                Fault::new(FaultKind::ExpireToken).after(90),
            ],
        };
        self.simulator.faults(faults);
    }

    /// A worker performs what was agreed.
    pub(crate) async fn perform(&self, agreed: &BundleView, screen: &Screen) -> Result<(), Error> {
        let before = self.hub.clock().elapsed();
        let mut counter = screen.count("products published", agreed.items.len() as u64);
        let worker = Worker::of(&self.hub).with_lease(LEASE);
        let mut working = std::pin::pin!(worker.run_until_idle());
        loop {
            match tokio::time::timeout(LOOK, &mut working).await {
                Ok(ran) => {
                    ran?;
                    break;
                }
                Err(_) => counter.set(self.published().len() as u64),
            }
        }
        counter.set(self.published().len() as u64);
        counter.finish();
        let took = self.hub.clock().elapsed().saturating_sub(before);
        screen.line(&format!("the worker is through after {} s of the shop's time", took.as_secs()));
        Ok(())
    }

    /// Two pieces are sold elsewhere: the shop is told, and shows two fewer.
    pub(crate) async fn sell_two(&self, agreed: &BundleView, screen: &Screen) -> Result<(), Error> {
        let Some((listing, variant, item)) = self.in_stock(agreed, 3).await? else {
            screen.line("nothing is in stock, so nothing is sold");
            return Ok(());
        };
        let before = self.shown(&listing, variant);
        let change = StockChange {
            item,
            location: None,
            kind: MoveKind::Reserve,
            delta: 2,
            cause: "sale 1001, line 1".to_owned(),
        };
        self.hub.move_stock(&self.alice, change).await?;
        self.work().await?;
        let (before, after) = (before.unwrap_or_default(), self.shown(&listing, variant).unwrap_or_default());
        let title = listing.desired.as_ref().map_or("", |desired| &desired.title);
        screen.line(&format!(
            "two pieces of {title:?} are sold elsewhere: the shop showed {before}, now {after}"
        ));
        if before - after == 2 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Internal, "the shop shows another number than it was told"))
    }

    /// A worker does what there is to do.
    pub(crate) async fn work(&self) -> Result<(), Error> {
        Worker::of(&self.hub).with_lease(LEASE).run_until_idle().await?;
        Ok(())
    }

    /// The first variant of which at least `enough` can be sold, of what the shop has.
    pub(crate) async fn in_stock(
        &self,
        agreed: &BundleView,
        enough: i64,
    ) -> Result<Option<(Listing, usize, StockItemId)>, Error> {
        for id in agreed.items.iter().filter_map(|item| item.listing) {
            let listing = self.hub.listing(&self.alice, id).await?;
            let product = self.hub.product(&self.alice, listing.product).await?;
            for (nth, row) in listing.variants.iter().enumerate().filter(|(_, row)| !row.refs.is_empty()) {
                let variant = product.variants.iter().find(|variant| Some(variant.id) == row.variant);
                let Some(item) = variant.and_then(|variant| variant.consumes.first()) else { continue };
                let levels = self.hub.levels(&self.alice, item.item).await?;
                if levels.iter().any(|level| level.available() >= enough) {
                    return Ok(Some((listing, nth, item.item)));
                }
            }
        }
        Ok(None)
    }

    /// What the shop itself shows of a variant.
    pub(crate) fn shown(&self, listing: &Listing, variant: usize) -> Option<i64> {
        let refs = &listing.variants.get(variant)?.refs;
        let item = refs.get(&RefKind::of("inventory_item"))?;
        let (location, _) = self.simulator.locations().into_iter().next()?;
        self.simulator.quantity(item, &location)
    }

    /// Products that the shop shows to buyers, by the shop's own ledger; each with how often it was published.
    fn published(&self) -> BTreeMap<String, u32> {
        let mut published = BTreeMap::new();
        for effect in
            self.simulator.ledger().into_iter().filter(|effect| effect.field == "publishablePublish")
        {
            *published.entry(effect.target).or_default() += 1;
        }
        published
    }

    /// Holds the shop's ledger against what was agreed.
    pub(crate) async fn check_published(
        &self,
        agreed: &BundleView,
        report: &mut Report,
    ) -> Result<(), Error> {
        let now = self.hub.bundle(&self.alice, agreed.id).await?;
        let mut wanted = BTreeSet::new();
        for item in &now.items {
            report.count(item);
            if let (Phase::Done, Some(listing)) = (item.phase, item.listing) {
                let listing = self.hub.listing(&self.alice, listing).await?;
                wanted.extend(listing.refs.current().first().map(|one| one.id.clone()));
            }
        }
        let published = self.published();
        report.published = published.len() as u64;
        report.ledger_is_agreed = published.keys().cloned().collect::<BTreeSet<_>>() == wanted
            && published.values().all(|times| *times == 1)
            && self.simulator.products().len() == wanted.len()
            && wanted.len() == agreed.items.len();
        Ok(())
    }

    /// Checks drift, and verifies the audit feed.
    pub(crate) async fn check(&self, report: &mut Report) -> Result<(), Error> {
        for effect in self.simulator.ledger() {
            *report.effects.entry(effect.field).or_default() += 1;
        }
        let drift = self.hub.drift(&self.alice, self.store.id).await?;
        report.drift_checked = drift.checked as u64;
        report.drifted = drift.drifted.len() as u64;
        let verified = self.hub.verify_audit(&self.alice, None).await?;
        report.audit = verified.to_string();
        Ok(())
    }
}
