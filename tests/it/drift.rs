//! Where a store shows something else than what was agreed.

use crate::{
    scene::{product_ref, variant_ref},
    world::World,
};
use fusion_plugin_sdk::testkit::{Fault, Script};
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changed_is_found_field_by_field() {
    let world = World::new(Script::default()).await;
    let (mug, cup) = (world.published("Mug", 2).await, world.published("Cup", 1).await);
    let same = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((same.checked, same.drifted, same.unreadable.len()), (2, vec![], 0));
    assert!(!world.actions().await.contains(&"drift_found"), "nothing found, nothing said");

    world.platform.edit_title(&product_ref(&mug), "Stolen mug").unwrap();
    world.platform.set_available(&variant_ref(&cup, 0), 7).unwrap();
    let found = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((found.checked, found.drifted.len()), (2, 2));
    let of = |id| &found.drifted.iter().find(|one| one.listing == id).unwrap().differences;
    let [title] = of(mug.id).as_slice() else { panic!("{found:?}") };
    assert_eq!((title.path.as_str(), &title.live), ("title", &json!("Stolen mug")));
    let [stock] = of(cup.id).as_slice() else { panic!("{found:?}") };
    assert_eq!((&stock.desired, &stock.live), (&json!(40), &json!(7)));
    assert!(world.actions().await.contains(&"drift_found"));
}

#[tokio::test(start_paused = true)]
async fn an_option_that_somebody_else_calls_otherwise_is_found() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    world.platform.rename_option(&product_ref(&mug), "Width").unwrap();
    let found = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    let [option] = found.drifted[0].differences.as_slice() else { panic!("{found:?}") };
    assert_eq!((option.path.as_str(), &option.desired), ("options", &json!(["Size"])));
    assert_eq!(option.live, json!(["Width"]));
}

#[tokio::test(start_paused = true)]
async fn an_agreed_update_is_no_drift_even_when_something_else_is() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let bundle = world.submit(&world.alice, world.retitle(&mug, "Cup")).await;
    world.approve(&bundle).await;
    world.run().await;
    let same = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!(same.drifted, vec![]);
    world.platform.edit_title(&product_ref(&mug), "Pot").unwrap();
    let found = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    let [title] = found.drifted[0].differences.as_slice() else { panic!("{found:?}") };
    assert_eq!(title.desired, json!("Cup"), "what was agreed last is what is wanted");
}

#[tokio::test(start_paused = true)]
async fn a_product_that_is_gone_is_said_to_be_gone() {
    let world = World::new(Script { page_size: 1, ..Script::default() }).await;
    let (mug, cup) = (world.published("Mug", 1).await, world.published("Cup", 1).await);
    // Not on the pages, and not when it is asked for alone.
    world.platform.spoil(&product_ref(&mug));
    let path = format!("/products/{}", product_ref(&mug).id);
    let there = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((there.checked, there.drifted.len(), there.unreadable.len()), (2, 0, 1));
    for _ in 0..3 {
        world.platform.fail_at(&path, Fault::Refused("damaged"));
    }
    let unread = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((unread.checked, unread.drifted.len()), (1, 0), "what can't be read is not compared");
    assert!(unread.unreadable.len() > 1, "and said: {unread:?}");

    // Deleted by somebody else: a second hub's view of the same platform.
    let deleting = World::new(Script::default()).await;
    let listing = deleting.published("Mug", 1).await;
    let bundle = deleting.submit(&deleting.alice, deleting.delete(&listing)).await;
    deleting.approve(&bundle).await;
    deleting.run().await;
    let mut stored = fusion_core::storage::load::<fusion_core::model::Listing>(
        &deleting.memory,
        deleting.acme.tenant(),
        listing.id,
    )
    .await
    .unwrap();
    let report = deleting.hub.drift(&deleting.alice, deleting.store.id).await.unwrap();
    assert_eq!(report.checked, 0, "what we deleted ourselves is no drift");
    let mut changes = fusion_core::storage::ChangeSet::default();
    stored.value.refs = listing.refs.clone();
    stored.value.desired = listing.desired.clone();
    changes.update(stored.version, stored.value);
    let _ = fusion_core::storage::Storage::commit(&deleting.memory, deleting.acme.tenant(), changes)
        .await
        .unwrap();
    let report = deleting.hub.drift(&deleting.alice, deleting.store.id).await.unwrap();
    let [gone] = report.drifted[0].differences.as_slice() else { panic!("{report:?}") };
    assert_eq!((gone.path.as_str(), &gone.live), ("", &json!(null)));
    let _ = cup;
}
