//! Stores that are paused, throttled, shut out and let in again.

mod sharing;

use crate::{scene::HOUR, world::World};
use fusion_core::{
    approval::{Phase, Policy},
    error::ErrorKind,
    hub::NewStore,
    model::StoreStatus,
};
use fusion_plugin_sdk::testkit::{Fault, Script};
use std::sync::Arc;

impl World {
    async fn status(&self) -> StoreStatus {
        self.hub.stores(&self.alice).await.unwrap()[0].status
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_store_begins_nothing_and_is_up_to_date_when_it_goes_on() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    world.hub.pause_store(&world.alice, world.store.id).await.unwrap();
    for nth in 0..5 {
        world.adjust(item, -1, &format!("sale {nth}")).await;
    }
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    let calls = world.platform.calls().len();
    world.run().await;
    assert_eq!(world.platform.calls().len(), calls);
    world.hub.resume_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!((world.shown(&listing, 0), world.phase(update.items[0].id).await), (Some(35), Phase::Done));
    let pushes = world.platform.calls().iter().filter(|call| *call == "POST /stock").count();
    assert_eq!(pushes, 2, "five sales are told in one call");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_store_waits_as_long_as_it_was_told_and_loses_nothing() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    world.platform.fail_at("POST /stock", Fault::Throttle(Some(HOUR)));
    world.adjust(item, -1, "sale").await;
    let began = world.hub.clock().now();
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(39));
    assert!(world.hub.clock().now().since(began) >= HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_authorisation_stops_the_store_until_it_is_tested_again() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.platform.fail_at("PATCH", Fault::Withdrawn);
    world.run().await;
    assert_eq!(world.status().await, StoreStatus::Disconnected);
    assert_eq!(world.phase(update.items[0].id).await, Phase::Approved);
    let shut = world.hub.test_store(&world.alice, world.store.id).await.unwrap_err();
    assert_eq!(shut.kind(), ErrorKind::Unauthenticated);
    // What is sold meanwhile is not forgotten.
    world.adjust(item, -3, "sale").await;
    let calls = world.platform.calls().len();
    world.run().await;
    assert_eq!(world.platform.calls().len(), calls, "nobody knocks at a closed gate");

    world.sign_in_again().await;
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    assert_eq!(world.status().await, StoreStatus::Active);
    world.run().await;
    assert_eq!(world.phase(update.items[0].id).await, Phase::Done);
    assert_eq!(world.shown(&listing, 0), Some(37));
}

impl World {
    /// The platform accepts the stored token again, as after a person has signed in.
    async fn sign_in_again(&self) {
        let other = self.hub.tenant("other").unwrap().person("alice").unwrap();
        self.hub.register_store(&other, NewStore::new("scripted", "Other shop")).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stock_push_that_is_shut_out_says_so_too() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    world.platform.fail_at("POST /stock", Fault::Withdrawn);
    world.adjust(world.item(listing.product, 0).await, -1, "sale").await;
    world.run().await;
    assert_eq!(world.status().await, StoreStatus::Disconnected);
    world.sign_in_again().await;
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(39));
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_remembered_until_the_store_is_tested() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.platform.fail_at("PATCH", Fault::Forbidden);
    world.run().await;
    let bundle = world.hub.submit(&world.alice, [world.retitle(&listing, "Pot").into()]).await.unwrap();
    assert_eq!(bundle.skipped[0].failure.kind, ErrorKind::Unsupported);
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    world.submit(&world.alice, world.retitle(&listing, "Pot")).await;
    world.run().await;
    assert_eq!(world.phase(update.items[0].id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn resuming_does_not_call_a_shut_out_store_active() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.platform.fail_at("PATCH", Fault::Withdrawn);
    world.run().await;
    world.hub.resume_store(&world.alice, world.store.id).await.unwrap();
    assert_eq!(world.status().await, StoreStatus::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn racing_registrations_of_one_storefront_make_one_store() {
    let (world, _) = crate::watched::watched(Script::default(), Policy::two_people()).await;
    let world = Arc::new(world);
    let other = world.hub.tenant("other").unwrap().person("alice").unwrap();
    let racing: Vec<_> = (0..8)
        .map(|_| {
            let (world, other) = (world.clone(), other.clone());
            tokio::spawn(async move {
                world
                    .hub
                    .register_store(&other, NewStore::new("scripted", "Shop"))
                    .await
                    .map_err(|e| e.kind())
            })
        })
        .collect();
    let mut made = 0;
    for one in racing {
        match one.await.unwrap() {
            Ok(_) => made += 1,
            Err(kind) => assert_eq!(kind, ErrorKind::AlreadyExists),
        }
    }
    assert_eq!((made, world.hub.stores(&other).await.unwrap().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_sold_while_a_store_is_shut_out_is_told_when_it_is_let_in() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let cup = world.published_draft("Cup").await;
    world.run().await;
    assert_eq!(world.status().await, StoreStatus::Disconnected);
    world.adjust(world.item(listing.product, 0).await, -3, "sale").await;
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(40));
    let shut = world.hub.pause_store(&world.alice, world.store.id).await.unwrap_err();
    assert_eq!(shut.kind(), ErrorKind::Conflict);
    world.hub.withdraw(&world.alice, cup).await.unwrap();
    world.sign_in_again().await;
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!(world.shown(&listing, 0), Some(37));
}

impl World {
    /// An approved request that finds the authorisation withdrawn when it wants to begin.
    async fn published_draft(&self, title: &str) -> fusion_core::model::RequestId {
        let product = self.save(title, 1).await;
        let bundle = self.publish(&[product]).await;
        self.approve(&bundle).await;
        self.platform.fail_at("POST /stores", Fault::Withdrawn);
        bundle.items[0].id
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_registration_names_the_store_that_is_there_and_the_call_that_finds_it() {
    let world = World::new(Script::default()).await;
    let again = NewStore::new("scripted", "Another name").with_remote_id("main");
    let refused = world.hub.register_store(&world.alice, again).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    let there = format!("`Main shop`, {}: `Hub::stores` lists it", world.store.id);
    assert!(refused.message().contains(&there), "{refused}");
    let typed = world.hub.register_store(&world.alice, NewStore::new("Scripted", "Main shop")).await;
    let typed = typed.unwrap_err();
    assert!(typed.message().contains("was given `scripted`"), "{typed}");
}
