//! What holds at every commit, held against every commit.

mod stored;

use crate::{
    scene::{DAY, HOUR, anyone, everything_needs},
    watched::watched,
    world::World,
};
use fusion_core::{
    approval::{Phase, Policy, Request},
    storage::{Query, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, LookUp, Script};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Ends only in phases that are closed; then every grant is used or void.
async fn settled(world: &World) {
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!(open.len(), 0, "{:?}", open.iter().map(|one| one.value.phase).collect::<Vec<_>>());
    let _ = world.hub.verify_audit(&world.alice, None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_through_every_fault() {
    let faults = [
        Fault::Throttle(Some(HOUR)),
        Fault::Throttle(None),
        Fault::ResetBefore,
        Fault::LostBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::OutOfOrder,
        Fault::OutOfOrderAfter,
        Fault::ExpiredToken,
        Fault::Refused("no"),
        Fault::Slow(Duration::from_secs(60)),
    ];
    for (nth, fault) in faults.into_iter().enumerate() {
        for path in ["POST /stores", "/variants", "/show"] {
            let script = Script { variants_per_call: Some(1), ..Script::default() };
            let (world, commits) = watched(script, Policy::two_people()).await;
            let mug = world.save("Mug", 2).await;
            let bundle = world.publish(&[mug]).await;
            world.approve(&bundle).await;
            world.platform.fail_at(path, fault.clone());
            if nth % 2 == 0 {
                world.platform.fail_at(path, fault.clone());
            }
            world.run().await;
            // Two refused tokens in a row call for a person, who signs in and tests the store.
            world.hub.test_store(&world.alice, world.store.id).await.unwrap();
            world.run().await;
            settled(&world).await;
            assert!(world.platform.count("create") <= 1, "{fault:?} at {path}");
            assert!(commits.load(Ordering::Relaxed) > 6);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_on_every_way_people_go() {
    let (world, _) = watched(Script::default(), everything_needs(vec![anyone(1), anyone(1)])).await;
    let carol = world.person("carol");
    let mut bundles = Vec::new();
    for title in ["Mug", "Cup", "Pot", "Jug", "Bowl", "Dish", "Vase"] {
        let product = world.save(title, 1).await;
        bundles.push(world.publish(&[product]).await);
    }
    for bundle in &bundles {
        world.approve(bundle).await;
    }
    let id = |nth: usize| bundles[nth].items[0].id;
    let hub = &world.hub;
    hub.withdraw(&world.alice, id(0)).await.unwrap();
    let _ = hub.reject(&carol, &bundles[1], "no").await.unwrap().all().unwrap();
    let _ = hub.request_changes(&carol, &bundles[2], "no").await.unwrap().all().unwrap();
    for bundle in &bundles[3..6] {
        let _ = hub.approve(&carol, bundle).await.unwrap().all().unwrap();
    }
    hub.revoke(&carol, id(3), "no").await.unwrap();
    hub.withdraw(&world.alice, id(4)).await.unwrap();
    world.run().await;
    assert_eq!(world.phase(id(5)).await, Phase::Done);
    hub.withdraw(&world.alice, id(2)).await.unwrap();
    tokio::time::advance(14 * DAY).await;
    world.run().await;
    assert_eq!(world.phase(id(6)).await, Phase::Expired);
    // One question remains: the stock push that this policy wants people for, and it has expired by now too.
    tokio::time::advance(14 * DAY).await;
    world.run().await;
    settled(&world).await;
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_when_nobody_can_tell() {
    use fusion_core::approval::Verdict;
    for verdict in [Verdict::Done, Verdict::Failed, Verdict::Again] {
        let script = Script { look_up: LookUp::Doubtful, ..Script::default() };
        let (world, _) = watched(script, Policy::two_people()).await;
        let mug = world.save("Mug", 1).await;
        let bundle = world.publish(&[mug]).await;
        world.approve(&bundle).await;
        world.platform.fail_at("POST /stores", Fault::LostBefore);
        world.live(HOUR).await;
        world.hub.decide(&world.person("dora"), bundle.items[0].id, verdict, "seen").await.unwrap();
        world.run().await;
        settled(&world).await;

        let late = Late { asks: u32::MAX, outcome: LateOutcome::Done };
        let script = Script { late: Some(late), ..Script::default() };
        let (world, _) = watched(script, Policy::two_people()).await;
        let mug = world.save("Mug", 1).await;
        let bundle = world.publish(&[mug]).await;
        world.approve(&bundle).await;
        world.live(2 * HOUR).await;
        world.platform.script(|script| script.late = None);
        world.hub.decide(&world.person("dora"), bundle.items[0].id, verdict, "seen").await.unwrap();
        world.run().await;
        settled(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn grants_jobs_and_audit_agree_when_everything_happens_at_once() {
    for round in 0..5 {
        let (world, _) = watched(Script::default(), Policy::two_people()).await;
        let world = Arc::new(world);
        let mut products = Vec::new();
        for nth in 0..12 {
            products.push(world.save(&format!("Mug {nth}"), 1).await);
        }
        let bundle = Arc::new(world.publish(&products).await);
        let mut racing = Vec::new();
        for who in ["bob", "carol", "dora"] {
            let (world, bundle) = (world.clone(), bundle.clone());
            racing.push(tokio::spawn(async move {
                let _ = world.hub.approve(&world.person(who), &*bundle).await.unwrap();
            }));
        }
        for nth in 0..12 {
            let (world, id) = (world.clone(), bundle.items[nth].id);
            racing.push(tokio::spawn(async move {
                if (nth + round) % 3 == 0 {
                    let _ = world.hub.withdraw(&world.alice, id).await;
                } else if (nth + round) % 3 == 1 {
                    let _ = world.hub.revoke(&world.person("dora"), id, "no").await;
                }
                world.run().await;
            }));
        }
        for one in racing {
            one.await.unwrap();
        }
        world.run().await;
        settled(&world).await;
        let done = {
            let now = world.hub.bundle(&world.alice, bundle.id).await.unwrap();
            now.items.iter().filter(|item| item.phase == Phase::Done).count()
        };
        assert_eq!(world.platform.count("create"), done);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_childs_approval_and_its_parents_end_at_one_moment_lose_nothing() {
    for round in 0..15 {
        let (world, _) = watched(Script::default(), Policy::two_people()).await;
        let world = Arc::new(world);
        let listing = world.published("Mug", 1).await;
        let (first, second) = (world.retitle(&listing, "Cup"), world.retitle(&listing, "Cup"));
        let parent = world.submit(&world.alice, first).await;
        let after = parent.items[0].id;
        world.approve(&parent).await;
        // Asked for, agreed on and waited for while the parent runs.
        let child = {
            let world = world.clone();
            tokio::spawn(async move {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                let submission =
                    fusion_core::hub::Submission { command: second, key: None, after: Some(after) };
                let bundle = world.hub.submit(&world.alice, [submission]).await.unwrap();
                assert_eq!(bundle.skipped, vec![]);
                let _ = world.hub.approve(&world.bob, &bundle).await.unwrap().all().unwrap();
                bundle.items[0].id
            })
        };
        world.run().await;
        let child = child.await.unwrap();
        world.run().await;
        assert_eq!(world.phase(after).await, Phase::Done);
        assert!(world.phase(child).await.is_closed(), "{:?}", world.phase(child).await);
        settled(&world).await;
    }
}
