//! A shop with everything that a call needs.

use fusion_core::{
    clock::Timestamp,
    model::{NewListing, ProductOption, Refs},
    plugin::{
        Change, Command, Context, Credentials, Placed, PlatformPlugin, Receipt, Target, TargetVariant,
        Written,
    },
    testkit::TestClock,
    verb::PlatformSlug,
};
use fusion_plugin_sdk::testkit::Workbench;
use fusion_plugin_shopify::{
    Shopify,
    simulator::{Simulator, SimulatorBuilder},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const SHOP: &str = "fusion-demo.myshopify.com";

pub(crate) struct Bench {
    pub(crate) shop: Simulator,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) bench: Workbench,
    pub(crate) plugin: Shopify,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|shop| shop).await
    }

    /// A connected store of the shop that `build` describes.
    pub(crate) async fn with(build: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        // 2026-10-01T00:00:00Z.
        let clock = Arc::new(TestClock::at(Timestamp::from_micros(1_790_812_800_000_000)));
        let shop = build(Simulator::builder(clock.clone()).shop(SHOP).token("shpat_1")).build().unwrap();
        let slug = PlatformSlug::of("shopify");
        let mut bench = Workbench::new(slug, shop.transport(), Credentials::token("shpat_1"), clock.clone());
        bench.connection.settings = json!({"shop": SHOP});
        let plugin = Shopify::new();
        bench.store.facts = plugin.describe(&bench.connection_cx()).await.unwrap().remove(0);
        Self { shop, clock, bench, plugin }
    }

    pub(crate) fn cx(&self) -> Context<'_> {
        self.bench.cx()
    }

    pub(crate) async fn create(&self, listing: &NewListing) -> Placed {
        done(self.plugin.create_product(&self.cx(), listing).await.unwrap())
    }

    /// Publishes as work of its own and tells what the platform calls it all.
    pub(crate) async fn publish(&mut self, work: &str, target: &Target, listing: &NewListing) -> Target {
        self.bench.next_work(work);
        let placed = done(self.plugin.publish(&self.cx(), target, listing).await.unwrap());
        target_of(&placed)
    }

    pub(crate) fn command(&self, change: Change) -> Command {
        Command::on(self.bench.store.id, change)
    }

    /// Fields of products that took effect, in order.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.shop.ledger().into_iter().map(|effect| effect.field).collect()
    }
}

pub(crate) fn done<T>(receipt: Receipt<T>) -> T {
    match receipt.result {
        Written::Done(value) => value,
        Written::Accepted { .. } => panic!("taken in and not done"),
    }
}

pub(crate) fn uuid(n: usize) -> String {
    format!("01920000-0000-7000-8000-{n:012}")
}

pub(crate) fn target_of(placed: &Placed) -> Target {
    Target {
        refs: placed.product.refs.clone(),
        variants: placed
            .variants
            .iter()
            .map(|(id, refs)| TargetVariant { id: *id, refs: refs.clone() })
            .collect(),
        media: placed.media.clone(),
        ..Target::default()
    }
}

pub(crate) fn id<'a>(refs: &'a Refs, kind: &str) -> &'a str {
    let found = refs.current().iter().find(|one| one.kind.as_str() == kind);
    found.map(|one| one.id.as_str()).unwrap_or_else(|| panic!("no {kind}"))
}

/// A listing with one row for each colour.
pub(crate) fn listing(colours: &[&str]) -> NewListing {
    let variants: Vec<Value> = colours
        .iter()
        .enumerate()
        .map(|(nth, colour)| {
            json!({
                "id": uuid(100 + nth), "options": [["Colour", colour]], "sku": format!("MUG-{nth}"),
                "offered": true, "counted": true, "offer": {"price": "12.50 EUR"},
                "codes": [{"kind": "gtin", "value": "4006381333931"}],
                "shipping": {"weight": {"value": "0.35", "unit": "kilogram"}},
            })
        })
        .collect();
    serde_json::from_value(json!({
        "listing": uuid(1), "product": uuid(2), "locale": "en", "title": "Mug",
        "description": {"format": "html", "text": "<p>A mug</p>"}, "brand": "Acme", "nature": "physical",
        "tags": ["Kitchen"], "options": [{"name": "Colour", "values": colours}], "variants": variants,
        "media": [{"id": uuid(50), "source": "https://pictures.example/mug.jpg", "role": "gallery", "alt": "A mug"}],
    }))
    .unwrap()
}

/// A listing with `count` rows of two options: a list takes 250 values.
pub(crate) fn big(count: usize) -> NewListing {
    let mut wanted = listing(&["Red"]);
    let row = wanted.variants.remove(0);
    let names = |word: &str, count: usize| (0..count).map(|nth| format!("{word} {nth}")).collect::<Vec<_>>();
    let (colours, sizes) = (names("Colour", count.div_ceil(32)), names("Size", 32));
    for nth in 0..count {
        let mut row = row.clone();
        row.id = serde_json::from_value(json!(uuid(100 + nth))).unwrap();
        row.sku = Some(format!("MUG-{nth}"));
        row.options = [("Colour", colours[nth / 32].as_str()), ("Size", sizes[nth % 32].as_str())]
            .into_iter()
            .collect();
        wanted.variants.push(row);
    }
    wanted.options[0].values = colours;
    wanted.options.push(ProductOption { name: "Size".to_owned(), values: sizes });
    wanted
}
