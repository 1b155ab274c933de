//! A hub over memory with the simulated shop, in paused time.

use crate::kill::trap::{Side, Trap, TrappedWay};
use fusion_core::{
    approval::{Phase, Policy},
    canonical::EphemeralKeys,
    http::HttpTransport,
    hub::{BundleView, Hub, NewStore, StockChange},
    job::{JobFilter, JobKind, JobRow, JobStatus, QueueControl},
    model::{Listing, LocationId, MoveKind, NewProduct, NewVariant, Product, ProductId, StockItemId, Store},
    storage::{Query, Storage, list_all},
    tenant::Actor,
};
use fusion_plugins::shopify::{
    Shopify,
    simulator::{Simulator, SimulatorBuilder},
};
use fusion_queue::{Memory, TokioClock, Worker};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Rounds of waiting for what the platform works off later.
const MAX_ROUNDS: u32 = 8;

/// Pieces of each variant at the beginning.
pub(crate) const PIECES: i64 = 4;

pub(crate) struct Scene {
    pub(crate) hub: Hub,
    pub(crate) memory: Memory,
    keys: Arc<EphemeralKeys>,
    pub(crate) shop: Simulator,
    pub(crate) alice: Actor,
    pub(crate) bob: Actor,
    pub(crate) store: Store,
}

/// Effects of the shop's ledger by mutation; each thing of a mutation is changed once.
pub(crate) type Effects<'a> = &'a [(&'a str, usize)];

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|shop| shop, Value::Null).await
    }

    /// The shop that `describe` describes, connected with these settings more.
    pub(crate) async fn with(
        describe: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
        settings: Value,
    ) -> Self {
        let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
        let clock = Storage::clock(&memory);
        let shop = describe(Shopify::simulator(clock.clone())).build().unwrap();
        let keys = Arc::new(EphemeralKeys::new(&*clock));
        let hub = hub_of(&memory, &keys, &shop, shop.transport()).await;
        let acme = hub.tenant("acme").unwrap();
        let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
        let store = NewStore::new("shopify", "Main shop").with_settings(settings);
        let store = hub.register_store(&alice, store).await.unwrap();
        Self { hub, memory, keys, shop, alice, bob, store }
    }

    pub(crate) async fn save(&self, variants: usize) -> Product {
        self.hub.save_product(&self.alice, mug(variants)).await.unwrap()
    }

    pub(crate) async fn ask(&self, product: ProductId) -> BundleView {
        let bundle = self.hub.publish(&self.alice, [product], [self.store.id]).await.unwrap();
        assert!(bundle.skipped.is_empty(), "{:?}", bundle.skipped);
        if bundle.is_ready() { bundle } else { self.hub.prepare(&self.alice, bundle.id).await.unwrap() }
    }

    pub(crate) async fn approve(&self, bundle: &BundleView) {
        self.hub.approve(&self.bob, bundle).await.unwrap().all().unwrap();
    }

    /// Asks for a product to be published, and a second person agrees.
    pub(crate) async fn agreed(&self, product: ProductId) -> BundleView {
        let bundle = self.ask(product).await;
        self.approve(&bundle).await;
        bundle
    }

    /// A product that is in the shop with its stock.
    pub(crate) async fn published(&self, variants: usize) -> (Product, BundleView) {
        let product = self.save(variants).await;
        let bundle = self.agreed(product.id).await;
        self.work().await;
        self.assert_done(&bundle, "in the beginning").await;
        (product, bundle)
    }

    pub(crate) async fn work(&self) {
        self.work_by(&Worker::of(&self.hub)).await;
    }

    /// Works until nothing is left to do, what the platform decides later included.
    pub(crate) async fn work_by(&self, worker: &Worker) {
        for _ in 0..MAX_ROUNDS {
            worker.run_until_idle().await.unwrap();
            if !self.is_watching().await {
                return;
            }
            tokio::time::sleep(Duration::from_secs(31)).await;
        }
        panic!("still not at rest");
    }

    async fn is_watching(&self) -> bool {
        let watches =
            |row: &JobRow| row.state.job.kind == JobKind::WATCH && row.state.status != JobStatus::Completed;
        self.jobs().await.iter().any(watches)
    }

    async fn jobs(&self) -> Vec<JobRow> {
        let tenant = self.alice.tenant();
        QueueControl::list(&self.memory, tenant, &JobFilter::default(), None, usize::MAX).await.unwrap()
    }

    /// A worker of another process.
    pub(crate) async fn other(&self) -> Worker {
        let hub = hub_of(&self.memory, &self.keys, &self.shop, self.shop.transport()).await;
        Worker::of(&hub).with_name("other")
    }

    /// A worker is dropped at its call to the shop number `at`; says at which, or `None` when it came through.
    pub(crate) async fn kill(&self, at: u64, side: Side) -> Option<String> {
        let trap = Trap::at(at, side);
        let way = TrappedWay { way: self.shop.transport(), trap: trap.clone() };
        let worker = Worker::of(&hub_of(&self.memory, &self.keys, &self.shop, Arc::new(way)).await);
        let worker = worker.with_name("trapped");
        tokio::select! {
            biased;
            what = trap.sprung() => Some(what),
            () = self.work_by(&worker) => None,
        }
    }

    pub(crate) fn item(&self, product: &Product, variant: usize) -> StockItemId {
        product.variants[variant].consumes[0].item
    }

    /// So many of a variant are counted or sold: the level changes by `delta`.
    pub(crate) async fn change(
        &self,
        item: StockItemId,
        location: Option<LocationId>,
        delta: i64,
        cause: &str,
    ) {
        let change = StockChange { item, location, kind: MoveKind::Adjust, delta, cause: cause.to_owned() };
        self.hub.move_stock(&self.alice, change).await.unwrap();
    }

    pub(crate) async fn listing(&self) -> Listing {
        let query = Query::ListingsIn(self.store.id);
        let found = list_all::<Listing>(&self.memory, self.alice.tenant(), &query).await.unwrap();
        found.into_iter().next().unwrap().value
    }

    /// The platform's id of the listing's product.
    pub(crate) async fn product_gid(&self) -> String {
        self.listing().await.refs.current()[0].id.clone()
    }

    pub(crate) async fn assert_done(&self, bundle: &BundleView, at: &str) {
        let now = self.hub.bundle(&self.alice, bundle.id).await.unwrap();
        for item in &now.items {
            assert_eq!(item.phase, Phase::Done, "{at}: {:?}", item.failure);
        }
    }

    /// The shop holds what was agreed, and was changed by that alone; nothing is left to be done.
    pub(crate) async fn assert_whole(&self, bundle: &BundleView, effects: Effects<'_>, at: &str) {
        self.assert_done(bundle, at).await;
        self.assert_effects(effects, at);
        assert_eq!(self.shop.products().len(), 1, "{at}");
        for JobRow { state, .. } in self.jobs().await {
            let rests = matches!(state.status, JobStatus::Completed | JobStatus::Cancelled);
            let waits = state.status == JobStatus::Pending && state.job.background;
            assert!(rests || waits, "{at}: {} is {:?}: {:?}", state.job.kind, state.status, state.failure);
        }
        let drift = self.hub.drift(&self.alice, self.store.id).await.unwrap();
        assert_eq!((drift.checked, drift.drifted), (1, vec![]), "{at}");
        let _verified = self.hub.verify_audit(&self.alice, None).await.unwrap();
    }

    pub(crate) fn assert_effects(&self, effects: Effects<'_>, at: &str) {
        let mut happened: BTreeMap<String, usize> = BTreeMap::new();
        for effect in self.shop.ledger() {
            *happened.entry(effect.field).or_default() += 1;
        }
        let wanted: BTreeMap<String, usize> =
            effects.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
        assert_eq!(happened, wanted, "{at}");
    }

    /// What the shop has of each variant at its first location, in the product's order.
    pub(crate) fn pieces(&self) -> Vec<i64> {
        let location = self.shop.locations()[0].0.clone();
        let number = location.rsplit('/').next().unwrap().to_owned();
        let products = self.shop.products();
        let variants = products.iter().flat_map(|product| product["variants"].as_array().unwrap());
        variants.map(|variant| variant["item"]["levels"][&number]["available"].as_i64().unwrap()).collect()
    }
}

async fn hub_of(
    memory: &Memory,
    keys: &Arc<EphemeralKeys>,
    shop: &Simulator,
    way: Arc<dyn HttpTransport>,
) -> Hub {
    Hub::builder(memory.clone())
        .plugin(Shopify::simulated_by(shop).with_transport(way))
        .policy(Policy::two_people())
        .keys(keys.clone())
        .build()
        .await
        .unwrap()
}

/// A product with so many variants, each with its price and [`PIECES`].
pub(crate) fn mug(variants: usize) -> NewProduct {
    (0..variants).fold(NewProduct::new("Mug"), |mug, nth| {
        let price = format!("{}.50 EUR", 10 + nth).parse().unwrap();
        let variant = NewVariant::new(format!("MUG-{nth}"), price, PIECES);
        mug.with_variant(variant.option("Size", format!("size {nth}")))
    })
}

/// Settings of a connection that asks for this version of the platform.
pub(crate) fn version(version: &str) -> Value {
    json!({ "api_version": version })
}
