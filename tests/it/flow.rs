//! Command, approval, job, platform, audit.

use crate::world::World;
use fusion_core::{
    approval::{Phase, Refusal},
    hub::{Decided, StockChange},
    model::MoveKind,
};
use fusion_plugin_sdk::testkit::Script;

#[tokio::test(start_paused = true)]
async fn what_two_people_agreed_on_reaches_the_shop_once() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 2).await;
    let bundle = world.publish(&[mug]).await;
    assert_eq!(world.platform.count("publish"), 0, "nothing is sent before people have agreed");
    world.approve(&bundle).await;
    world.worker().run_until_idle().await.unwrap();

    let now = world.hub.bundle(&world.alice, bundle.id).await.unwrap();
    assert_eq!(now.items[0].phase, Phase::Done, "{:?}", now.items[0].failure);
    println!("{:#?}", world.platform.ledger());
    let drift = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]));
    let verified = world.hub.verify_audit(&world.alice, None).await.unwrap();
    assert_eq!(*verified.range.start(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_vote_on_what_is_no_longer_asked_is_not_counted() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let mut outdated = bundle.clone();
    outdated.items[0].digest = Some(fusion_core::canonical::Hash::of("another"));
    let decisions = world.hub.approve(&world.bob, &outdated).await.unwrap();
    let Decided::Outdated(now) = &decisions.items[0].1 else { panic!("{decisions:?}") };
    assert_eq!(now.digest, bundle.items[0].digest);
    assert!(decisions.all().is_err());
    let own = world.hub.approve(&world.alice, &bundle).await.unwrap();
    assert_eq!(own.items[0].1.refusal(), Some(Refusal::OwnRequest));
}

#[tokio::test(start_paused = true)]
async fn a_stock_change_is_told_to_the_store() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.worker().run_until_idle().await.unwrap();
    let product = world.hub.product(&world.alice, mug).await.unwrap();
    let item = product.variants[0].consumes[0].item;
    let change =
        StockChange { item, location: None, kind: MoveKind::Adjust, delta: -7, cause: "order 1001".into() };
    world.hub.move_stock(&world.alice, change.clone()).await.unwrap();
    // Told twice, counted once.
    let level = world.hub.move_stock(&world.alice, change).await.unwrap();
    assert_eq!(level.on_hand, 33);
    world.worker().run_until_idle().await.unwrap();
    assert_eq!(world.platform.count("stock"), 2, "once with the publish, once for the change");
    let drift = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (1, vec![]));
}
