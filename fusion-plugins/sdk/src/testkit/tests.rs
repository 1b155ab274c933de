use super::*;
use fusion_core::{
    clock::{Clock, Timestamp},
    error::{ErrorKind, Fate, Result, Severity},
    model::*,
    plugin::*,
    testkit::TestClock,
};
use std::{sync::Arc, time::Duration};

mod chaos;
mod mutations;
mod selling;
mod steps;
mod walks;

struct World {
    clock: TestClock,
    platform: ScriptedPlatform,
    plugin: ScriptedPlugin,
    bench: Workbench,
}

fn world(script: Script) -> World {
    let clock = TestClock::at(Timestamp::from_micros(1_000_000_000_000_000));
    let platform = ScriptedPlatform::with_script(Arc::new(clock.clone()), script);
    let plugin = ScriptedPlugin::new(platform.clone());
    let bench = Workbench::scripted(&platform);
    World { clock, platform, plugin, bench }
}

fn euros(text: &str) -> Money {
    format!("{text} EUR").parse().unwrap()
}

/// A listing with so many variants, `SKU-0` and on.
fn listing(clock: &TestClock, variants: usize) -> NewListing {
    let variant = |nth: usize| NewListingVariant {
        id: ListingVariantId::new(clock),
        variant: None,
        options: [("Size", nth.to_string())].into_iter().collect(),
        sku: Some(format!("SKU-{nth}")),
        offered: true,
        counted: true,
        offer: Offer { price: euros("12.50"), compare_at: None, sale: None, tax: TaxBasis::Gross },
        cost: None,
        codes: Vec::new(),
        shipping: Shipping::default(),
        media: None,
    };
    NewListing {
        listing: ListingId::new(clock),
        product: ProductId::new(clock),
        locale: Locale::default(),
        title: "Mug".into(),
        description: RichText::plain("Holds tea"),
        bullets: Vec::new(),
        brand: None,
        nature: Nature::Physical,
        tags: vec!["tea".into()],
        categories: Vec::new(),
        options: vec![ProductOption {
            name: "Size".into(),
            values: (0..variants).map(|n| n.to_string()).collect(),
        }],
        variants: (0..variants).map(variant).collect(),
        media: Vec::new(),
        extensions: Extensions::default(),
    }
}

fn done<T>(receipt: Receipt<T>) -> T {
    match receipt.result {
        Written::Done(value) => value,
        Written::Accepted { .. } => panic!("only accepted"),
    }
}

/// What the hub would keep as the listing's ids.
fn target(placed: &Placed) -> Target {
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

fn product_ref(placed: &Placed) -> Ref {
    placed.product.refs.current()[0].clone()
}

fn variant_ref(placed: &Placed, nth: usize) -> Ref {
    placed.variants[nth].1.current()[0].clone()
}

impl World {
    async fn publish(&self, listing: &NewListing) -> Result<Receipt<Placed>> {
        self.plugin.publish(&self.bench.cx(), &Target::default(), listing).await
    }
    /// A shown product, made as a piece of work of its own.
    async fn shown(&mut self, variants: usize) -> Placed {
        let listing = listing(&self.clock, variants);
        let placed = done(self.publish(&listing).await.unwrap());
        self.bench.next_work("work-2");
        placed
    }
    fn what(&self) -> Vec<String> {
        self.platform.ledger().into_iter().map(|entry| entry.what).collect()
    }
}
