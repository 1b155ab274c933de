use super::{
    proof::Effects,
    trap::{Side, Trap},
};
use crate::world::World;
use fusion_core::{
    approval::Phase,
    audit::Action,
    clock::Cancel,
    error::ErrorKind,
    job::{ClaimRequest, Finish, JobContext, JobKind, JobQueue as _},
    model::Repeat,
    plugin::NoProgress,
    storage::Storage as _,
};
use fusion_plugin_sdk::testkit::{Fault, Script};
use fusion_queue::Worker;
use std::{sync::Arc, time::Duration};

const ONE_CALL: Effects<'static> = &[("create", 1), ("show", 1), ("stock", 1)];

/// The call that nothing can take back: a worker that sleeps right before it for longer than its lease and the
/// platform's settle time sends it when it wakes, and nobody can hold it.
const POINT_OF_NO_RETURN: &str = "Before POST /stores/main/products";

/// The commit that claims the grant.
const FIRST_STEP: &str = "Before commit of 1 steps, 0 jobs, settling false: claimed";

/// A worker falls asleep at every call in turn, another one does its work, and then it wakes.
async fn wakes_harmlessly(side: Side, create: Repeat) -> u64 {
    for nth in 1.. {
        let world = World::new(Script { create, ..Script::default() }).await;
        let bundle = world.agreed(1).await;
        let trap = Trap::at(nth, side);
        let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
        let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
        let fell_asleep = tokio::select! {
            biased;
            what = trap.sprung() => Some(what),
            () = world.ended(&bundle) => None,
        };
        let at = format!("call {nth}, {fell_asleep:?}");
        let other = world.other_worker().await;
        world.work(&other).await;
        let done_meanwhile = world.platform.ledger().len();
        assert_eq!(done_meanwhile, 3, "{at}");
        trap.open();
        sleeper.await.unwrap().unwrap();
        world.work(&other).await;
        // It depends on chance whether the call leaves before the worker finds out that its lease is lost.
        if create == Repeat::Once
            && fell_asleep.as_deref() == Some(POINT_OF_NO_RETURN)
            && world.platform.count("create") == 2
        {
            assert_eq!(world.count(&bundle, &[Action::DoubleEffect]).await, 1, "nobody was told; {at}");
            continue;
        }
        world.assert_whole(&bundle, ONE_CALL, &at).await;
        assert_eq!(world.all_shown().await, [Some(40)], "{at}");
        if fell_asleep.is_none() {
            return nth;
        }
    }
    unreachable!()
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_wakes_after_its_lease_doubles_nothing() {
    assert!(wakes_harmlessly(Side::Before, Repeat::Idempotent).await > 50);
    assert!(wakes_harmlessly(Side::Before, Repeat::Conditional).await > 50);
    assert!(wakes_harmlessly(Side::Before, Repeat::Once).await > 50);
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_was_answered_in_its_sleep_is_recorded() {
    assert!(wakes_harmlessly(Side::After, Repeat::Idempotent).await > 20);
    assert!(wakes_harmlessly(Side::After, Repeat::Conditional).await > 20);
    assert!(wakes_harmlessly(Side::After, Repeat::Once).await > 20);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_a_sleeper_sends_a_second_time_is_told_aloud() {
    let world = World::new(Script::default()).await;
    let bundle = world.agreed(1).await;
    // Only the handler: no worker that could stop it when it wakes.
    let claim = ClaimRequest {
        worker: "sleeper".to_owned(),
        limit: 1,
        kinds: vec![JobKind::EXECUTE],
        lease_for: Duration::from_secs(60),
    };
    let claimed = world.memory.claim(claim).await.unwrap().remove(0);
    let trap = Trap::at_call(POINT_OF_NO_RETURN);
    let handlers = world.trapped_hub(&trap).await.handlers();
    let handler = handlers.get(&JobKind::EXECUTE).unwrap().clone();
    let deadline = world.memory.clock().elapsed() + claimed.job.timeout;
    let job = JobContext::new(claimed, deadline, Cancel::default(), Arc::new(NoProgress));
    let sleeper = tokio::spawn(async move { handler.run(job).await });
    assert_eq!(trap.sprung().await, POINT_OF_NO_RETURN);
    let other = world.other_worker().await;
    world.work(&other).await;
    trap.open();
    let finish = sleeper.await.unwrap();
    assert!(matches!(&finish, Finish::Failed(error) if error.kind() == ErrorKind::Fenced), "{finish:?}");
    assert_eq!(world.platform.count("create"), 2);
    assert_eq!(world.count(&bundle, &[Action::DoubleEffect]).await, 1);
    assert_eq!(world.requests(&bundle).await[0].phase, Phase::Done);
    world.assert_journal("after the sleeper").await;
}

#[tokio::test(start_paused = true)]
async fn whoever_wakes_before_its_first_step_leaves_the_request_to_others() {
    for fault in [None, Some(Fault::Slow(Duration::from_secs(20)))] {
        let world = World::new(Script::default()).await;
        let bundle = world.agreed(1).await;
        let claim = ClaimRequest {
            worker: "sleeper".to_owned(),
            limit: 1,
            kinds: vec![JobKind::EXECUTE],
            lease_for: Duration::from_secs(60),
        };
        let claimed = world.memory.claim(claim).await.unwrap().remove(0);
        let trap = Trap::at_call(FIRST_STEP);
        let handlers = world.trapped_hub(&trap).await.handlers();
        let handler = handlers.get(&JobKind::EXECUTE).unwrap().clone();
        let deadline = world.memory.clock().elapsed() + claimed.job.timeout;
        let job = JobContext::new(claimed, deadline, Cancel::default(), Arc::new(NoProgress));
        let sleeper = tokio::spawn(async move { handler.run(job).await });
        assert_eq!(trap.sprung().await, FIRST_STEP);
        tokio::time::sleep(Duration::from_secs(61)).await;
        let other = world.other_worker().await;
        let working = async {
            if let Some(fault) = &fault {
                world.platform.fail_at("POST /stores/main/products", fault.clone());
                world.work(&other).await;
            }
        };
        let waking = async {
            if fault.is_some() {
                tokio::time::sleep(Duration::from_secs(5)).await;
                let phase = world.requests(&bundle).await[0].phase;
                assert!(matches!(phase, Phase::Executing { .. }), "{phase:?}");
            }
            trap.open();
            sleeper.await.unwrap()
        };
        let ((), finish) = tokio::join!(working, waking);
        assert!(matches!(&finish, Finish::Failed(error) if error.kind() == ErrorKind::Fenced), "{finish:?}");
        world.work(&other).await;
        world.assert_whole(&bundle, ONE_CALL, &format!("{fault:?}")).await;
    }
}
