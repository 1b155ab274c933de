//! What goes wrong between hub and platform mends itself, or ends where it has to.

use crate::world::World;
use fusion_core::{
    approval::{GrantState, Phase},
    error::{ErrorKind, Fate},
    hub::BundleView,
    job::JobStatus,
    model::{Repeat, StoreStatus},
    verb::Operation,
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, Script};
use std::time::Duration;

const CREATE: &str = "POST /stores/main/products";
const SHOW: &str = "/show";
const STOCK: &str = "POST /stock";

/// A platform whose creating call is of each kind, one with a call for each variant, and one that decides later.
fn scripts() -> Vec<Script> {
    let mut scripts: Vec<_> = [Repeat::Once, Repeat::Idempotent, Repeat::Conditional]
        .map(|create| Script { create, ..Script::default() })
        .to_vec();
    scripts.push(Script { variants_per_call: Some(1), ..Script::default() });
    scripts.push(Script { late: Some(Late { asks: 1, outcome: LateOutcome::Done }), ..Script::default() });
    scripts
}

/// `fault` meets each kind of call in turn, and all ends well without anybody's help.
async fn heals(fault: Fault) {
    for script in scripts() {
        let own_calls = script.variants_per_call.map(|_| "POST /products/product-000001/variants");
        for part in [CREATE, SHOW, STOCK].into_iter().chain(own_calls) {
            let world = World::new(script.clone()).await;
            let bundle = world.agreed(3).await;
            world.platform.fail_at(part, fault.clone());
            world.work(&world.worker()).await;
            let at = format!("{fault:?} at {part} of {script:?}");
            let mut effects = vec![("create", 1), ("show", 1), ("stock", 3)];
            effects.extend(own_calls.map(|_| ("variants", 3)));
            world.assert_whole(&bundle, &effects, &at).await;
            assert_eq!(world.shown().await, [Some(40); 3], "{at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_made_when_the_platform_said() {
    heals(Fault::Throttle(Some(Duration::from_secs(5)))).await;
    heals(Fault::Throttle(Some(Duration::from_secs(600)))).await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_without_a_time_is_made_again() {
    heals(Fault::Throttle(None)).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_throttled_midway_is_not_doubled() {
    heals(Fault::ThrottleMidway).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_left_is_made_again() {
    heals(Fault::ResetBefore).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_lost_on_the_way_is_made_again() {
    heals(Fault::LostBefore).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_was_lost_is_not_doubled() {
    heals(Fault::ResetAfter).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_was_cut_off_is_not_doubled() {
    heals(Fault::Truncated).await;
}

#[tokio::test(start_paused = true)]
async fn a_platform_out_of_order_is_asked_again() {
    heals(Fault::OutOfOrder).await;
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_broke_after_the_effect_does_it_once() {
    heals(Fault::OutOfOrderAfter).await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ran_out_is_renewed_on_the_way() {
    heals(Fault::ExpiredToken).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_longer_than_the_call_may_is_not_doubled() {
    heals(Fault::Slow(Duration::from_secs(300))).await;
    heals(Fault::Slow(Duration::from_secs(10))).await;
}
