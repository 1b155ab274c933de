//! The hub, the people, the simulated shop, and what is asked of them again and again.

#[cfg(feature = "postgres")]
use crate::crew::Crew;
use crate::{
    args::{Args, FaultArg},
    diary::{Diary, Story},
    place::Place,
    report::Report,
};
use fusion_core::{
    approval::Policy,
    clock::{Clock, Timestamp},
    error::Error,
    hub::{Hub, NewStore, RequestView, RequestsWanted},
    model::{Listing, ListingId, RefKind, StockItemId, Store},
    tenant::Actor,
    verb::Operation,
};
use fusion_plugins::shopify::{
    Shopify,
    simulator::{Fault, FaultKind, Simulator},
};
use fusion_queue::{TokioClock, Worker};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Time runs this much faster than outside: the platform's limits cost seconds, not minutes.
pub(crate) const FACTOR: u32 = 20;

/// When the story begins: a Monday morning.
const BEGIN: &str = "2026-11-30T08:00:00Z";

/// Long in the shop's time, so that a busy machine doesn't lose its leases.
pub(crate) const LEASE: Duration = Duration::from_secs(1_200);

/// What passes in the shop while nobody tells the story: whatever the process before had in hand is free again.
const AWAY: Duration = Duration::from_secs(1_500);

/// How often the time is noted, in the shop's time.
const NOTE: Duration = Duration::from_secs(4);

/// Requests that are read at once.
const PAGE: usize = 100;

pub(crate) struct Shop {
    pub(crate) hub: Hub,
    pub(crate) alice: Actor,
    pub(crate) bob: Actor,
    pub(crate) store: Store,
    pub(crate) simulator: Simulator,
    pub(crate) diary: Arc<Diary>,
    /// Those who perform jobs beside this process.
    #[cfg(feature = "postgres")]
    _crew: Option<Crew>,
}

/// What is sold: a variant with its stock.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Wares {
    pub(crate) listing: ListingId,
    pub(crate) row: usize,
    pub(crate) item: StockItemId,
    /// Pieces that could be sold before.
    pub(crate) on_sale: i64,
}

impl Shop {
    /// The shop as it was left, or a new one.
    pub(crate) async fn open(args: &Args, place: &Place, diary: Diary) -> Result<Self, Error> {
        #[cfg(not(feature = "postgres"))]
        if args.workers > 1 {
            return Err(Error::new(
                fusion_core::ErrorKind::InvalidConfig,
                "several workers need the feature `postgres`: cargo run --release --features postgres --example quickstart",
            ));
        }
        let begin = match diary.read().reached {
            Some(reached) => reached + AWAY,
            None => Timestamp::parse(BEGIN)?,
        };
        let clock = Arc::new(TokioClock::scaled(begin, FACTOR));
        let simulator = place.shop(Shopify::simulator(clock.clone())).build()?;
        let hub = place
            .hub(clock.clone())
            .await?
            .plugin(Shopify::simulated_by(&simulator))
            .policy(Policy::two_people())
            .build()
            .await?;
        let acme = hub.tenant("acme")?;
        let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
        let store = match hub.stores(&alice).await?.pop() {
            Some(store) => store,
            None => hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?,
        };
        #[cfg(feature = "postgres")]
        let _crew = match args.workers {
            1 => None,
            workers => Some(Crew::start(workers, place, &simulator, &*clock).await?),
        };
        let diary = Arc::new(diary);
        tokio::spawn(note_time(clock, diary.clone()));
        Ok(Self {
            hub,
            alice,
            bob,
            store,
            simulator,
            diary,
            #[cfg(feature = "postgres")]
            _crew,
        })
    }

    pub(crate) fn banner(&self, place: &Place) -> String {
        format!(
            "Fusion quickstart: simulated Shopify shop {} in {}; simulated time runs {FACTOR} times faster\n{}",
            self.simulator.domain(),
            self.store.facts.currency,
            place.describe()
        )
    }

    pub(crate) fn story(&self) -> Story {
        self.diary.read()
    }

    /// Notes what came of it all.
    pub(crate) fn end(&self, report: Report) -> Result<Option<Report>, Error> {
        self.diary.note(|story| story.ended = Some(report.clone()))?;
        Ok(Some(report))
    }

    /// A worker does what there is to do.
    pub(crate) async fn work(&self) -> Result<(), Error> {
        Worker::of(&self.hub).with_lease(LEASE).run_until_idle().await?;
        Ok(())
    }

    /// What was asked for to be published, in the order of asking.
    pub(crate) async fn asked(&self) -> Result<Vec<RequestView>, Error> {
        let mut asked = self.requests(RequestsWanted::In(self.store.id)).await?;
        asked.retain(|request| request.operation == Operation::Publish);
        Ok(asked)
    }

    /// What waits for people or for its work.
    pub(crate) async fn open_requests(&self) -> Result<Vec<RequestView>, Error> {
        self.requests(RequestsWanted::Open).await
    }

    async fn requests(&self, wanted: RequestsWanted) -> Result<Vec<RequestView>, Error> {
        let mut requests: Vec<RequestView> = Vec::new();
        loop {
            let last = requests.last().map(|request| request.id);
            let page = self.hub.requests(&self.alice, wanted.clone(), last, PAGE).await?;
            let is_last = page.len() < PAGE;
            requests.extend(page);
            if is_last {
                return Ok(requests);
            }
        }
    }

    /// The first variant of which at least `enough` can be sold, of what the shop has.
    pub(crate) async fn in_stock(&self, enough: i64) -> Result<Option<Wares>, Error> {
        for id in self.asked().await?.into_iter().filter_map(|request| request.listing) {
            let listing = self.hub.listing(&self.alice, id).await?;
            let product = self.hub.product(&self.alice, listing.product).await?;
            for (row, known) in
                listing.variants.iter().enumerate().filter(|(_, known)| !known.refs.is_empty())
            {
                let variant = product.variants.iter().find(|variant| Some(variant.id) == known.variant);
                let Some(consumed) = variant.and_then(|variant| variant.consumes.first()) else { continue };
                let on_sale = self.on_sale(consumed.item).await?;
                if on_sale >= enough {
                    return Ok(Some(Wares { listing: id, row, item: consumed.item, on_sale }));
                }
            }
        }
        Ok(None)
    }

    /// What of an item can still be sold, over all places.
    pub(crate) async fn on_sale(&self, item: StockItemId) -> Result<i64, Error> {
        let levels = self.hub.levels(&self.alice, item).await?;
        Ok(levels.iter().map(|level| level.available()).sum())
    }

    pub(crate) async fn listing(&self, wares: &Wares) -> Result<Listing, Error> {
        self.hub.listing(&self.alice, wares.listing).await
    }

    /// What the shop itself shows of a variant.
    pub(crate) async fn shown(&self, wares: &Wares) -> Result<Option<i64>, Error> {
        let listing = self.listing(wares).await?;
        let item =
            listing.variants.get(wares.row).and_then(|row| row.refs.get(&RefKind::of("inventory_item")));
        let place = self.simulator.locations().into_iter().next();
        Ok(item.zip(place).and_then(|(item, (place, _))| self.simulator.quantity(item, &place)))
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
}

/// Notes the shop's time again and again, so that it doesn't begin anew.
async fn note_time(clock: Arc<dyn Clock>, diary: Arc<Diary>) {
    loop {
        // Where it can't be written the next note of the story itself says so.
        let _noted = diary.note(|story| story.reached = Some(clock.now()));
        clock.sleep(NOTE).await;
    }
}
