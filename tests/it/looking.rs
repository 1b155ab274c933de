//! An unanswered write is looked up until it is clear what became of it, or a person has to say.

use crate::world::World;
use fusion_core::{
    approval::{Phase, Policy},
    hub::{Hub, NewStore},
    model::{ListingEdit, NewProduct, NewVariant},
    plugin::{Change, Command},
    storage::Storage as _,
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, Script};
use fusion_plugins::shopify::{
    Shopify,
    simulator::{Fault as ShopFault, FaultKind},
};
use fusion_queue::{Memory, TokioClock, Worker};
use std::{sync::Arc, time::Duration};

#[tokio::test(start_paused = true)]
async fn a_person_is_asked_where_looking_up_never_tells() {
    let world = World::new(Script { look_up: LookUp::Inconclusive, ..Script::default() }).await;
    let bundle = world.agreed(1).await;
    world.platform.fail_at("POST /stores/main/products", Fault::LostBefore);
    world.live(Duration::from_secs(3_600)).await;
    let phase = world.phase(bundle.items[0].id).await;
    assert!(matches!(phase, Phase::Unknown { needs_person: true, .. }), "{phase:?}");
    let asked = world.platform.calls().iter().filter(|call| call.contains("/references")).count();
    assert!((2..20).contains(&asked), "asked {asked} times");
    assert_eq!(world.platform.count("create"), 0);
}

/// Works until nothing is left to do, which a look-up without end would never be.
async fn work(hub: &Hub) {
    let worker = Worker::of(hub);
    let ran = tokio::time::timeout(Duration::from_secs(3_600), worker.run_until_idle()).await;
    ran.expect("still not at rest").unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_at_shopify_is_sent_again() {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let shop = Shopify::simulator(memory.clock()).build().unwrap();
    let hub = Hub::builder(memory)
        .plugin(Shopify::simulated_by(&shop))
        .policy(Policy::automatic())
        .build()
        .await
        .unwrap();
    let alice = hub.tenant("acme").unwrap().person("alice").unwrap();
    let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await.unwrap();
    let small = NewVariant::new("MUG-S", "9.90 EUR".parse().unwrap(), 4).option("Size", "Small");
    let mug = hub.save_product(&alice, NewProduct::new("Mug").with_variant(small)).await.unwrap();
    shop.inject(ShopFault::new(FaultKind::ResetBefore).on("productSet"));
    let bundle = hub.publish(&alice, [mug.id], [store.id]).await.unwrap();
    work(&hub).await;
    let now = hub.bundle(&alice, bundle.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Done, "{:?}", now.items[0].failure);
    assert_eq!(shop.products().len(), 1);

    let listing = bundle.items[0].listing.unwrap();
    let desired = hub.listing(&alice, listing).await.unwrap().desired.unwrap();
    let mut row = desired.variants[0].clone();
    row.id = fusion_core::model::ListingVariantId::new(&**hub.clock());
    row.variant = None;
    row.options.set("Size", "Large");
    let edit = ListingEdit { add: vec![row], ..ListingEdit::default() };
    let change = Change::UpdateProduct { listing, edit: Box::new(edit) };
    shop.inject(ShopFault::new(FaultKind::ResetBefore).on("productVariantsBulkCreate"));
    let bundle = hub.submit(&alice, [Command::on(store.id, change).into()]).await.unwrap();
    assert_eq!(bundle.skipped, vec![]);
    work(&hub).await;
    let now = hub.bundle(&alice, bundle.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Done, "{:?}", now.items[0].failure);
    let adds = shop.ledger().iter().filter(|effect| effect.field == "productVariantsBulkCreate").count();
    assert_eq!(adds, 1);
}
