use super::{
    proof::Effects,
    trap::{Side, Trap},
};
use crate::world::World;
use fusion_core::{approval::Phase, audit::Action, model::Repeat};
use fusion_plugin_sdk::testkit::{Late, LateOutcome, Script};
use fusion_queue::Worker;

/// A publish with `variants` is killed at every call in turn, and another worker brings it to its end.
async fn survives(side: Side, script: &Script, variants: usize, effects: Effects<'_>) -> u64 {
    survives_each(1, side, script, variants, effects).await
}

/// The same, killed at the first of every `stride` calls.
async fn survives_each(
    stride: usize,
    side: Side,
    script: &Script,
    variants: usize,
    effects: Effects<'_>,
) -> u64 {
    for nth in (1..).step_by(stride) {
        let world = World::new(script.clone()).await;
        let bundle = world.agreed(variants).await;
        let killed = world.kill(nth, side).await;
        let at = format!("call {nth}, {killed:?}");
        world.assert_runnable(&bundle, &at).await;
        world.work(&world.other_worker().await).await;
        world.assert_whole(&bundle, effects, &at).await;
        assert_eq!(world.all_shown().await, vec![Some(40); variants], "{at}");
        if killed.is_none() {
            return nth;
        }
    }
    unreachable!()
}

const ONE_CALL: Effects<'static> = &[("create", 1), ("show", 1), ("stock", 1)];

fn creating(create: Repeat) -> Script {
    Script { create, ..Script::default() }
}

#[tokio::test(start_paused = true)]
async fn a_publish_survives_a_kill_before_any_call() {
    for repeat in [Repeat::Once, Repeat::Idempotent, Repeat::Conditional] {
        assert!(survives(Side::Before, &creating(repeat), 1, ONE_CALL).await > 50);
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_survives_a_kill_after_any_call() {
    for repeat in [Repeat::Once, Repeat::Idempotent, Repeat::Conditional] {
        assert!(survives(Side::After, &creating(repeat), 1, ONE_CALL).await > 20);
    }
}

const FAMILY: Effects<'static> = &[("create", 1), ("variants", 29), ("show", 1), ("stock", 29)];

/// A step takes six calls, five of which change something: this falls on each of them in turn, and on five steps
/// or six. Every single one takes minutes.
const STRIDE: usize = 7;

fn one_by_one(create: Repeat) -> Script {
    Script { variants_per_call: Some(1), ..creating(create) }
}

#[tokio::test(start_paused = true)]
async fn a_family_of_thirty_one_calls_survives_a_kill_before_any_call() {
    assert!(survives_each(STRIDE, Side::Before, &one_by_one(Repeat::Once), 29, FAMILY).await > 200);
}

#[tokio::test(start_paused = true)]
async fn a_family_of_thirty_one_calls_survives_a_kill_after_any_call() {
    assert!(survives_each(STRIDE, Side::After, &one_by_one(Repeat::Idempotent), 29, FAMILY).await > 150);
}

/// A family of thirty-one writes is accepted whole and refused later, and the worker dies at the seventeenth.
async fn refused_after_a_kill(side: Side, create: Repeat) {
    let late = Some(Late { asks: 2, outcome: LateOutcome::Refused("13013") });
    let world = World::new(Script { late, ..one_by_one(create) }).await;
    let bundle = world.agreed(29).await;
    let trap = Trap::at_sent(17, side);
    let worker = Worker::of(&world.trapped_hub(&trap).await).with_name("trapped");
    tokio::select! {
        biased;
        _ = trap.sprung() => {}
        () = world.work(&worker) => panic!("nothing was written for the seventeenth time"),
    }
    let done = world.platform.ledger().len();
    assert_eq!(done, if side == Side::Before { 16 } else { 17 }, "effects when it died");
    world.work(&world.other_worker().await).await;
    let request = world.requests(&bundle).await.remove(0);
    assert_eq!(request.phase, Phase::Failed);
    assert_eq!(request.failure.unwrap().platform_code.as_deref(), Some("13013"));
    // Stock follows what is accepted; nobody knows by then that it will be refused.
    world.assert_effects(FAMILY, "every effect once");
    assert_eq!(world.count(&bundle, &[Action::ExecutedDone]).await, 0, "at no time was it done");
}

#[tokio::test(start_paused = true)]
async fn a_family_killed_at_the_seventeenth_of_thirty_one_calls_and_refused_later_has_failed_once() {
    refused_after_a_kill(Side::Before, Repeat::Once).await;
    refused_after_a_kill(Side::After, Repeat::Once).await;
    refused_after_a_kill(Side::After, Repeat::Idempotent).await;
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_is_decided_later_survives_a_kill_at_any_call() {
    let late = Some(Late { asks: 2, outcome: LateOutcome::Done });
    let script = Script { late, ..creating(Repeat::Once) };
    assert!(survives(Side::Before, &script, 1, ONE_CALL).await > 70);
    assert!(survives(Side::After, &script, 1, ONE_CALL).await > 30);
}

/// A sale is to be told to the store; the worker is killed at every call in turn.
async fn stock_survives(side: Side) -> u64 {
    for nth in 1.. {
        let world = World::new(Script::default()).await;
        let bundle = world.agreed(2).await;
        world.work(&world.worker()).await;
        world.sell(7).await;
        let killed = world.kill(nth, side).await;
        let at = format!("call {nth}, {killed:?}");
        world.work(&world.other_worker().await).await;
        world.assert_whole(&bundle, &[("create", 1), ("show", 1), ("stock", 3)], &at).await;
        assert_eq!(world.all_shown().await, [Some(33), Some(40)], "{at}");
        if killed.is_none() {
            return nth;
        }
    }
    unreachable!()
}

#[tokio::test(start_paused = true)]
async fn a_stock_push_survives_a_kill_at_any_call() {
    assert!(stock_survives(Side::Before).await > 15);
    assert!(stock_survives(Side::After).await > 8);
}

/// Publishing, approving and selling by hand are killed at every call in turn, and the person tries again.
#[tokio::test(start_paused = true)]
async fn what_a_person_does_is_done_once_however_often_it_is_interrupted() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let world = World::new(Script::default()).await;
            let mug = world.save("Mug", 1).await;
            let bundle = world.publish(&[mug]).await;
            let trap = Trap::at(nth, side);
            let hub = world.trapped_hub(&trap).await;
            let change = world.sale(7).await;
            let by_hand = async {
                hub.approve(&world.bob, &bundle).await.unwrap().all().unwrap();
                hub.move_stock(&world.alice, change.clone()).await.unwrap();
            };
            let killed = tokio::select! {
                biased;
                what = trap.sprung() => Some(what),
                () = by_hand => None,
            };
            let at = format!("call {nth}, {killed:?}");
            let again = world.hub.approve(&world.bob, &bundle).await.unwrap();
            let approved = world.requests(&bundle).await[0].phase == Phase::Approved;
            assert!(approved, "{at}: {again:?}");
            world.hub.move_stock(&world.alice, change).await.unwrap();
            world.assert_runnable(&bundle, &at).await;
            world.work(&world.worker()).await;
            world.assert_whole(&bundle, ONE_CALL, &at).await;
            assert_eq!(world.all_shown().await, [Some(33)], "{at}");
            if killed.is_none() {
                assert!(nth > 2, "{nth}");
                break;
            }
        }
    }
}
