//! Many people at one moment, on real threads.

use crate::{
    scene::{anyone, everything_needs},
    world::World,
};
use fusion_core::{
    approval::{Decision, Phase, Vote},
    hub::Decided,
    storage::{Query, list_all},
};
use fusion_plugin_sdk::testkit::Script;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_at_one_moment_fill_the_quorum_exactly() {
    for _ in 0..20 {
        let world = Arc::new(World::with(Script::default(), everything_needs(vec![anyone(2)])).await);
        let products = [world.save("Mug", 1).await, world.save("Cup", 1).await];
        let bundle = Arc::new(world.publish(&products).await);
        let racing: Vec<_> = ["bob", "carol", "dora"]
            .into_iter()
            .flat_map(|who| [who; 4])
            .map(|who| {
                let (world, bundle) = (world.clone(), bundle.clone());
                tokio::spawn(async move { world.hub.approve(&world.person(who), &*bundle).await.unwrap() })
            })
            .collect();
        let mut said = Vec::new();
        for one in racing {
            said.extend(one.await.unwrap().items);
        }
        for item in &bundle.items {
            let of = |wanted: Decided| {
                said.iter().filter(|(id, decided)| *id == item.id && *decided == wanted).count()
            };
            assert_eq!((of(Decided::Counted), of(Decided::Approved)), (1, 1));
            let query = Query::VotesOn(item.id);
            let votes = list_all::<Vote>(&world.memory, world.acme.tenant(), &query).await.unwrap();
            assert_eq!(votes.len(), 2);
        }
        world.run().await;
        assert_eq!(world.platform.count("create"), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_and_a_withdrawal_at_one_moment_end_as_one_of_them() {
    for _ in 0..20 {
        let world = Arc::new(World::new(Script::default()).await);
        let mug = world.save("Mug", 1).await;
        let bundle = Arc::new(world.publish(&[mug]).await);
        let id = bundle.items[0].id;
        let approving = {
            let (world, bundle) = (world.clone(), bundle.clone());
            tokio::spawn(async move { world.hub.approve(&world.bob, &*bundle).await.unwrap() })
        };
        let running = {
            let world = world.clone();
            tokio::spawn(async move { world.run().await })
        };
        let withdrawn = world.hub.withdraw(&world.alice, id).await;
        let approved = approving.await.unwrap();
        running.await.unwrap();
        world.run().await;
        let created = world.platform.count("create");
        match world.phase(id).await {
            Phase::Withdrawn => assert!(withdrawn.is_ok() && created == 0),
            Phase::Done => assert!(withdrawn.is_err() && created == 1 && approved.counted() == 1),
            phase => panic!("{phase:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn yes_and_no_at_one_moment_are_both_recorded_or_told() {
    for _ in 0..20 {
        let world = Arc::new(World::new(Script::default()).await);
        let mug = world.save("Mug", 1).await;
        let bundle = Arc::new(world.publish(&[mug]).await);
        let id = bundle.items[0].id;
        let saying = {
            let (world, bundle) = (world.clone(), bundle.clone());
            tokio::spawn(async move { world.hub.approve(&world.bob, &*bundle).await.unwrap() })
        };
        let no = world.hub.reject(&world.person("carol"), &*bundle, "no").await.unwrap();
        let yes = saying.await.unwrap();
        world.run().await;
        let query = Query::VotesOn(id);
        let votes = list_all::<Vote>(&world.memory, world.acme.tenant(), &query).await.unwrap();
        let [vote] = votes.try_into().unwrap();
        match vote.value.decision {
            Decision::Approve => {
                assert_eq!((yes.counted(), no.counted()), (1, 0));
                assert_eq!(world.phase(id).await, Phase::Done);
            }
            _ => {
                assert_eq!((yes.counted(), no.counted()), (0, 1));
                assert_eq!(world.phase(id).await, Phase::Rejected);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_somebody_else_stored_is_decided_anew() {
    // Every commit lets all others read first, so that each of these meets the others' writes.
    let (world, _) = crate::watched::watched(Script::default(), everything_needs(vec![anyone(3)])).await;
    let world = Arc::new(world);
    let mug = world.save("Mug", 1).await;
    let bundle = Arc::new(world.publish(&[mug]).await);
    let voting: Vec<_> = ["bob", "carol", "dora"]
        .into_iter()
        .map(|who| {
            let (world, bundle) = (world.clone(), bundle.clone());
            tokio::spawn(async move { world.hub.approve(&world.person(who), &*bundle).await.unwrap() })
        })
        .collect();
    let mut counted = 0;
    for one in voting {
        counted += one.await.unwrap().counted();
    }
    assert_eq!((counted, world.phase(bundle.items[0].id).await), (3, Phase::Approved));
    world.run().await;

    let item = world.item(mug, 0).await;
    let moving: Vec<_> = (0..20)
        .map(|nth| {
            let world = world.clone();
            tokio::spawn(async move { world.adjust(item, -1, &format!("sale {nth}")).await })
        })
        .collect();
    for one in moving {
        one.await.unwrap();
    }
    assert_eq!(world.hub.levels(&world.alice, item).await.unwrap()[0].on_hand, 20);
}
