//! What happens without anybody's word stands in the audit too.

use crate::world::World;
use fusion_core::{
    approval::{Group, Policy, Stage},
    audit::Tail,
    error::ErrorKind,
};
use fusion_plugin_sdk::testkit::{Fault, Script};

#[tokio::test(start_paused = true)]
async fn what_a_store_teaches_is_recorded_once() {
    let world = World::with(Script::default(), Policy::automatic()).await;
    let listing = world.published("Mug", 1).await;
    let item = world.item(listing.product, 0).await;
    for (fault, action) in [(Fault::Forbidden, "limit_learned"), (Fault::Withdrawn, "store_disconnected")] {
        world.platform.fail_at("POST /stock", fault);
        world.adjust(item, -1, action).await;
        world.run().await;
        world.hub.test_store(&world.alice, world.store.id).await.ok();
        let actions = world.actions().await;
        assert_eq!(actions.iter().filter(|one| **one == action).count(), 1, "{actions:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_that_a_tenant_begins_with_is_recorded() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    world.publish(&[mug]).await;
    world.publish(&[mug]).await;
    let entries = world.hub.audit(&world.alice, 0, 100).await.unwrap();
    let changed: Vec<_> =
        entries.iter().filter(|entry| entry.entry.action.as_str() == "policy_changed").collect();
    assert_eq!(changed.len(), 1);
    let hash = Policy::two_people().hash().unwrap();
    assert_eq!(changed[0].entry.details()["policy"], serde_json::json!(hash));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_nobody_could_satisfy_is_refused_before_it_is_in_force() {
    for stage in
        [Stage::new("lawyers", Group::Named("lawyers".to_owned()), 1), Stage::new("review", Group::Anyone, 9)]
    {
        let world = World::with(Script::default(), crate::scene::everything_needs(vec![stage])).await;
        let mug = world.save("Mug", 1).await;
        let refused = world.hub.publish(&world.alice, [mug], [world.store.id]).await.unwrap_err();
        assert_eq!((refused.kind(), refused.problems().len()), (ErrorKind::InvalidInput, 1));
        assert!(!world.actions().await.contains(&"policy_changed"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_signed_end_is_recorded_behind_what_it_signs_and_shows_what_was_cut_off() {
    let world = World::new(Script::default()).await;
    let signed = world.hub.sign_checkpoint(&world.alice).await.unwrap();
    let end = u64::try_from(world.actions().await.len()).unwrap();
    assert_eq!((signed.sequence, world.actions().await.last()), (end - 1, Some(&"checkpoint_signed")));
    let again = world.hub.sign_checkpoint(&world.alice).await.unwrap();
    let verified = world.hub.verify_audit(&world.alice, Some(&again)).await.unwrap();
    assert_eq!(verified.tail, Tail::ProvedUpTo(end));

    let mut forged = again.clone();
    forged.sequence += 1;
    let refused = world.hub.verify_audit(&world.alice, Some(&forged)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused, "its signature doesn't hold");
    let other = world.hub.tenant("other").unwrap().person("eve").unwrap();
    let refused = world.hub.verify_audit(&other, Some(&again)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "it is another's");
    let empty = world.hub.sign_checkpoint(&other).await.unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::NotFound);
}
