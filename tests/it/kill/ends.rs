use super::trap::Side;
use crate::world::World;
use fusion_core::{
    approval::{GrantState, Phase},
    job::JobStatus,
    model::Repeat,
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, Script};
use std::time::Duration;

/// More than all attempts of a job may meet, with the repeats within each.
const FOR_EVER: u32 = 200;

/// Eight attempts with three tries each are several hundred calls: this falls on each kind of them.
const STRIDE: usize = 11;

/// A work that can't succeed is killed at the first of every `stride` calls in turn; another worker brings it to the same end.
async fn ends(
    stride: usize,
    side: Side,
    script: &Script,
    part: &str,
    fault: &Fault,
    end: impl Fn(Phase) -> bool,
) -> u64 {
    for nth in (1..).step_by(stride) {
        let world = World::new(script.clone()).await;
        let bundle = world.agreed(1).await;
        for _ in 0..FOR_EVER {
            world.platform.fail_at(part, fault.clone());
        }
        let killed = world.kill(nth, side).await;
        let at = format!("call {nth}, {killed:?}");
        let other = world.other_worker().await;
        world.work(&other).await;
        // What is looked up or asked about waits behind no worker.
        tokio::time::sleep(Duration::from_secs(7200)).await;
        world.work(&other).await;
        let request = world.requests(&bundle).await.remove(0);
        assert!(end(request.phase), "{at}: {:?} {:?}", request.phase, request.failure);
        let grant = world.grant(&request).await.state;
        let held = matches!(request.phase, Phase::Unknown { .. });
        assert!(held || matches!(grant, GrantState::Spent | GrantState::Void), "{at}: {grant:?}");
        for row in world.jobs().await {
            let is_over =
                matches!(row.state.status, JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled);
            assert!(is_over || row.state.job.background, "{at}: {:?}", row.state);
        }
        let verified = world.hub.verify_audit(&world.alice, None).await.unwrap();
        assert_eq!(*verified.range.start(), 1, "{at}");
        if killed.is_none() {
            return nth;
        }
    }
    unreachable!()
}

fn is_for_a_person(phase: Phase) -> bool {
    matches!(phase, Phase::Unknown { needs_person: true, .. })
}

#[tokio::test(start_paused = true)]
async fn a_write_that_never_gets_through_fails_at_whichever_call_it_is_interrupted() {
    let create = "POST /stores/main/products";
    let failed = |phase| phase == Phase::Failed;
    for side in [Side::Before, Side::After] {
        assert!(ends(STRIDE, side, &Script::default(), create, &Fault::ResetBefore, failed).await > 50);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_fails_the_request_at_whichever_call_it_is_interrupted() {
    let failed = |phase| phase == Phase::Failed;
    for part in ["POST /stores/main/products", "/show"] {
        for side in [Side::Before, Side::After] {
            assert!(ends(1, side, &Script::default(), part, &Fault::Refused("no"), failed).await > 5);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_of_which_nothing_is_ever_known_comes_to_a_person_at_whichever_call_it_is_interrupted() {
    let script = Script { create: Repeat::Idempotent, ..Script::default() };
    for side in [Side::Before, Side::After] {
        let create = "POST /stores/main/products";
        assert!(ends(STRIDE, side, &script, create, &Fault::OutOfOrder, is_for_a_person).await > 50);
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_write_comes_to_a_person_at_whichever_call_its_watch_is_interrupted() {
    let late = Some(Late { asks: 1, outcome: LateOutcome::Done });
    let script = Script { late, ..Script::default() };
    for side in [Side::Before, Side::After] {
        assert!(
            ends(STRIDE, side, &script, "GET /operations", &Fault::OutOfOrder, is_for_a_person).await > 30
        );
    }
}
