//! The paths that are counted: each does its work once for every item, in paused time and with seeded ids.

#[path = "../catalogue.rs"]
mod catalogue;

use fusion_core::{
    approval::{Answer, Policy},
    canonical::{self, EphemeralKeys},
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result},
    hub::{Hub, NewStore, OrdersWanted, StockChange},
    job::{ClaimRequest, JobEnd, JobKind, JobQueue, NewJob, SettleVerdict, Settlement},
    model::{Currency, Listing, MoveKind, NewProduct, NewVariant, Product, Ref, Store},
    plugin::{PlatformPlugin, PlatformSetup, SignIn, Snapshot, Target, Work, guard},
    storage::Storage,
    tenant::{Actor, Tenant},
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform, ScriptedPlugin, kinds};
use fusion_plugins::shopify::{
    Shopify,
    catalogue::{Entry, Options, Reader},
};
use fusion_queue::{Memory, TokioClock, Worker};
use serde_json::json;
use std::{hint::black_box, io::Cursor, sync::Arc, time::Duration};

pub(crate) struct Path {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// Items of the shorter run: enough that what grows by leaps, as tables do, doesn't show.
    pub(crate) items: u64,
}

pub(crate) const PATHS: &[Path] = &[
    Path { name: "catalogue_row", label: "row of a product file", items: 2_000 },
    Path { name: "product_digest", label: "digest of a product", items: 400 },
    Path { name: "publish_plan", label: "plan of a publication", items: 2_000 },
    Path { name: "stock_change", label: "stock change, pushed", items: 300 },
    Path { name: "job", label: "job in and out of the queue", items: 1_000 },
    Path { name: "order", label: "order pulled and applied", items: 400 },
];

/// Runs one path over so many items.
pub(crate) fn run(name: &str, items: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Error::new(ErrorKind::Internal, "no runtime").with_source(error))?;
    runtime.block_on(async {
        match name {
            "catalogue_row" => catalogue_rows(items),
            "product_digest" => product_digests(items).await,
            "publish_plan" => publish_plans(items).await,
            "stock_change" => stock_changes(items).await,
            "job" => jobs(items).await,
            "order" => orders(items).await,
            _ => Err(wrong("no path of that name")),
        }
    })
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::Internal, message)
}

fn catalogue_rows(items: u64) -> Result<()> {
    let file = catalogue::file(items / catalogue::ROWS);
    let mut products = 0;
    for entry in Reader::from_seekable(Cursor::new(file), Options::new(Currency::new("EUR")?))? {
        let Entry::Product(product) = entry else { return Err(wrong("a row was refused")) };
        products += u64::from(!black_box(product).handle.is_empty());
    }
    if products * catalogue::ROWS == items { Ok(()) } else { Err(wrong("rows are missing")) }
}

async fn product_digests(items: u64) -> Result<()> {
    let shop = Selling::scripted().await?;
    let product = shop.save().await?;
    for _ in 0..items {
        black_box(canonical::hash(black_box(&product))?);
    }
    Ok(())
}

/// What a publication passes on its way to a reviewer: the guard and the preview, by Shopify's plugin. The command is
/// made by a hub over the scripted platform: a simulated shop takes long to open.
async fn publish_plans(items: u64) -> Result<()> {
    let shop = Selling::scripted().await?;
    let product = shop.save().await?;
    let bundle = shop.hub.publish(&shop.alice, [product.id], [shop.store.id]).await?;
    let request = bundle.items.first().ok_or_else(|| wrong("the product was skipped"))?;
    let command = shop.hub.command(&shop.alice, request.id).await?;
    let (plugin, target) = (Shopify::new(), Target::default());
    let snapshot = Snapshot { facts_version: shop.store.facts_version, ..Snapshot::default() };
    for _ in 0..items {
        guard(plugin.manifest(), &shop.store, black_box(&command))?;
        let work = Work { command: &command, target: &target };
        black_box(plugin.preview(&shop.store, work, &snapshot)?);
    }
    Ok(())
}

async fn stock_changes(items: u64) -> Result<()> {
    let shop = Selling::scripted().await?;
    let (product, _) = shop.published().await?;
    let item = product.variants.first().and_then(|variant| variant.consumes.first());
    let item = item.ok_or_else(|| wrong("the product has no stock"))?.item;
    let platform = shop.platform.as_ref().ok_or_else(|| wrong("no scripted platform"))?;
    let before = platform.count("stock");
    for nth in 0..items {
        let cause = format!("count {nth}");
        let change = StockChange { item, location: None, kind: MoveKind::Adjust, delta: 1, cause };
        shop.hub.move_stock(&shop.alice, change).await?;
        shop.work().await?;
    }
    let pushes = platform.count("stock") - before;
    if pushes as u64 == items { Ok(()) } else { Err(wrong("a push is missing")) }
}

async fn jobs(items: u64) -> Result<()> {
    let memory = Memory::with_clock(clock()?);
    let (tenant, kind) = (Tenant::new("acme")?, JobKind::custom("bench.job")?);
    let claim = ClaimRequest {
        worker: "bench".to_owned(),
        limit: 1,
        kinds: vec![kind.clone()],
        lease_for: Duration::from_secs(60),
    };
    for nth in 0..items {
        let job = NewJob::new(&*Storage::clock(&memory), &tenant, kind.clone(), json!({ "number": nth }));
        memory.enqueue(vec![job]).await?;
        let claimed = memory.claim(claim.clone()).await?;
        let lease = claimed.first().ok_or_else(|| wrong("nothing to claim"))?.lease.clone();
        let settlement = Settlement { lease, end: JobEnd::Completed(json!(nth)) };
        if memory.settle(vec![settlement]).await? != [SettleVerdict::Accepted] {
            return Err(wrong("a settlement was refused"));
        }
    }
    Ok(())
}

async fn orders(items: u64) -> Result<()> {
    let shop = Selling::scripted().await?;
    let (_, listing) = shop.published().await?;
    let variant = listing.variants.first().and_then(|row| row.refs.get(&kinds::VARIANT));
    let variant = Ref::new(kinds::VARIANT, variant.ok_or_else(|| wrong("the variant has no id"))?);
    let platform = shop.platform.as_ref().ok_or_else(|| wrong("no scripted platform"))?;
    for _ in 0..items {
        platform.place_order("main", &[(variant.clone(), 1)])?;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    shop.hub.pull_orders(&shop.alice, shop.store.id).await?;
    shop.work().await?;
    let all = usize::try_from(2 * items).unwrap_or(usize::MAX);
    let taken = shop.hub.orders(&shop.alice, shop.store.id, OrdersWanted::All, None, all).await?;
    if taken.len() as u64 == items { Ok(()) } else { Err(wrong("orders are missing")) }
}

fn clock() -> Result<Arc<dyn Clock>> {
    Ok(Arc::new(TokioClock::scaled(Timestamp::parse("2026-11-30T08:00:00Z")?, 1).with_seed(7)))
}

/// One tenant with one store, whose requests need nobody.
struct Selling {
    hub: Hub,
    alice: Actor,
    store: Store,
    platform: Option<ScriptedPlatform>,
}

impl Selling {
    async fn scripted() -> Result<Self> {
        let clock = clock()?;
        let platform = ScriptedPlatform::with_script(clock.clone(), Script::default());
        let setup = PlatformSetup::from(ScriptedPlugin::new(platform.clone()))
            .with_transport(platform.transport())
            .with_sign_in(SignIn::Token(platform.credentials().access));
        Ok(Self { platform: Some(platform), ..Self::open(clock, setup, "scripted").await? })
    }

    async fn open(clock: Arc<dyn Clock>, setup: PlatformSetup, slug: &str) -> Result<Self> {
        let keys = Arc::new(EphemeralKeys::new(&*clock));
        let policy = Policy { rules: Vec::new(), otherwise: Answer::Automatic };
        let hub =
            Hub::builder(Memory::with_clock(clock)).plugin(setup).keys(keys).policy(policy).build().await?;
        let alice = hub.tenant("acme")?.person("alice")?;
        let store = hub.register_store(&alice, NewStore::new(slug, "Main shop")).await?;
        Ok(Self { hub, alice, store, platform: None })
    }

    /// A product of three variants with many pieces each.
    async fn save(&self) -> Result<Product> {
        let mut product = NewProduct::new("Mug");
        for (nth, size) in ["S", "M", "L"].into_iter().enumerate() {
            let price = format!("{}.50 EUR", 10 + nth).parse()?;
            let variant = NewVariant::new(format!("MUG-{size}"), price, 1_000_000);
            product = product.with_variant(variant.option("Size", size));
        }
        self.hub.save_product(&self.alice, product).await
    }

    async fn published(&self) -> Result<(Product, Listing)> {
        let product = self.save().await?;
        let bundle = self.hub.publish(&self.alice, [product.id], [self.store.id]).await?;
        self.work().await?;
        let listing = bundle.items.first().and_then(|item| item.listing);
        let listing = listing.ok_or_else(|| wrong("the product was skipped"))?;
        Ok((product, self.hub.listing(&self.alice, listing).await?))
    }

    async fn work(&self) -> Result<()> {
        Worker::of(&self.hub).run_until_idle().await?;
        Ok(())
    }
}
