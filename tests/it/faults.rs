//! What goes wrong between hub and platform mends itself, or ends where it has to.

use crate::{behind::BehindRead, kill::proof::Effects, world::World};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    approval::{GrantState, Phase},
    audit::Action,
    error::{ErrorKind, Fate},
    http::{HttpTransport, Limits, TransportError},
    job::{JobStatus, QueueControl as _},
    model::{MoveKind, Repeat, Store, StoreStatus},
    plugin::SignIn,
    storage::{ChangeSet, Storage as _, load},
    testkit::Through,
    verb::Operation,
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, Script};
use fusion_queue::Worker;
use std::{sync::Arc, time::Duration};

const CREATE: &str = "POST /stores/main/products";
const SHOW: &str = "/show";
/// Lost workers that the queue bears with for one job.
const MAX_CRASHES: u32 = 3;

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
            assert_eq!(world.all_shown().await, [Some(40); 3], "{at}");
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

impl World {
    async fn store_status(&self) -> StoreStatus {
        self.hub.stores(&self.alice).await.unwrap()[0].status
    }

    async fn gate_is_closed(&self) -> bool {
        !self.memory.stats(self.alice.tenant()).await.unwrap().closed_gates.is_empty()
    }

    /// A person signs in to the account again.
    async fn reauthorise(&self) {
        let sign_in = SignIn::Token("another-token".into());
        let stores = self.hub.reauthorise(&self.alice, self.store.connection, sign_in).await.unwrap();
        assert_eq!(stores.len(), 1);
    }
}

const ALL: Effects<'static> = &[("create", 1), ("show", 1), ("stock", 1)];

#[tokio::test(start_paused = true)]
async fn a_withdrawn_authorisation_stops_the_store_until_somebody_signs_in_again() {
    for create in [Repeat::Once, Repeat::Idempotent, Repeat::Conditional] {
        for part in [CREATE, SHOW, STOCK] {
            let world = World::new(Script { create, ..Script::default() }).await;
            let bundle = world.agreed(1).await;
            world.platform.fail_at(part, Fault::Withdrawn);
            world.worker().run_until_idle().await.unwrap();
            let at = format!("{create:?} at {part}");
            assert_eq!(world.store_status().await, StoreStatus::Disconnected, "{at}");
            assert!(world.gate_is_closed().await, "{at}");
            let calls = world.platform.calls().len();
            tokio::time::sleep(Duration::from_secs(3600)).await;
            world.worker().run_until_idle().await.unwrap();
            assert_eq!(world.platform.calls().len(), calls, "{at}: nothing is tried meanwhile");
            assert_eq!(
                world.hub.test_store(&world.alice, world.store.id).await.unwrap_err().kind(),
                ErrorKind::Unauthenticated
            );
            assert!(world.gate_is_closed().await, "{at}");

            world.reauthorise().await;
            assert_eq!(world.store_status().await, StoreStatus::Active, "{at}");
            world.work(&world.worker()).await;
            world.assert_whole(&bundle, ALL, &at).await;
            assert_eq!(world.count_all(Action::ConnectionRenewed).await, 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_write_waits_for_the_next_sign_in_without_using_up_its_attempts() {
    for create in [Repeat::Once, Repeat::Idempotent, Repeat::Conditional] {
        let world = World::new(Script { create, ..Script::default() }).await;
        let bundle = world.agreed(1).await;
        world.platform.fail_at(CREATE, Fault::ResetAfter);
        world.platform.fail_at(CREATE, Fault::Withdrawn);
        world.platform.fail_at("GET /references", Fault::Withdrawn);
        world.worker().run_until_idle().await.unwrap();
        let at = format!("{create:?}");
        let Phase::Unknown { needs_person: false, .. } = world.requests(&bundle).await[0].phase else {
            panic!("{at}: {:?}", world.requests(&bundle).await[0].phase);
        };
        assert!(world.gate_is_closed().await, "{at}");
        world.reauthorise().await;
        world.work(&world.worker()).await;
        world.assert_whole(&bundle, ALL, &at).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_sale_while_the_store_is_disconnected_is_told_after_the_next_sign_in() {
    let world = World::new(Script::default()).await;
    let bundle = world.agreed(1).await;
    world.work(&world.worker()).await;
    world.platform.fail_at(STOCK, Fault::Withdrawn);
    world.sell(3).await;
    world.worker().run_until_idle().await.unwrap();
    assert_eq!(world.store_status().await, StoreStatus::Disconnected);
    world.sell(4).await;
    world.worker().run_until_idle().await.unwrap();
    world.reauthorise().await;
    world.work(&world.worker()).await;
    assert_eq!(world.all_shown().await, [Some(33)]);
    world.assert_whole(&bundle, &[("create", 1), ("show", 1), ("stock", 2)], "").await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_read_the_store_disconnected_doesnt_sleep_through_the_sign_in() {
    for reads in 1..=2 {
        let world = World::new(Script::default()).await;
        world.agreed(1).await;
        world.work(&world.worker()).await;
        // As one whose authorisation was found to be another account's, by a look at a store beside it.
        let known = load::<Store>(&world.memory, world.alice.tenant(), world.store.id).await.unwrap();
        let store = Store { status: StoreStatus::Disconnected, ..known.value };
        let mut changes = ChangeSet::default();
        changes.update(known.version, store.clone());
        drop(world.memory.commit(world.alice.tenant(), changes).await.unwrap());
        world.sell(3).await;
        let (hub, alice) = (world.hub.clone(), world.alice.clone());
        let watch = BehindRead::new(store.id, reads, move || {
            let (hub, alice, connection) = (hub.clone(), alice.clone(), store.connection);
            async move {
                hub.reauthorise(&alice, connection, SignIn::Token("another-token".into())).await.map(drop)
            }
        });
        let through = Through { backend: world.memory.clone(), watch };
        let hub = world.another_hub(through, world.platform.transport()).await;
        world.work(&Worker::of(&hub)).await;
        assert_eq!(world.all_shown().await, [Some(37)], "{reads}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_to_another_account_is_refused() {
    let world = World::new(Script::default()).await;
    world.platform.switch_account("account-2");
    let sign_in = SignIn::Token("another-token".into());
    let refused = world.hub.reauthorise(&world.alice, world.store.connection, sign_in).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_learned_and_forgotten_when_the_store_is_tested() {
    for part in [CREATE, SHOW, STOCK] {
        let world = World::new(Script::default()).await;
        let bundle = world.agreed(1).await;
        world.platform.fail_at(part, Fault::Forbidden);
        world.worker().run_until_idle().await.unwrap();
        let wanted = if part == STOCK { Operation::SyncInventory } else { Operation::Publish };
        let store = world.hub.stores(&world.alice).await.unwrap().remove(0);
        let learned: Vec<_> = store.learned.iter().map(|learned| learned.operation).collect();
        assert_eq!(learned, [wanted], "{part}");
        assert_eq!(store.status, StoreStatus::Active, "{part}");

        let store = world.hub.test_store(&world.alice, store.id).await.unwrap();
        assert_eq!(store.learned, []);
        world.work(&world.worker()).await;
        world.assert_whole(&bundle, ALL, part).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_fails_the_request_and_tells_what_stands() {
    for create in [Repeat::Once, Repeat::Idempotent, Repeat::Conditional] {
        for (part, fate, done) in
            [(CREATE, Fate::Rejected, &[][..]), (SHOW, Fate::Partial, &[("create", 1)][..])]
        {
            let world = World::new(Script { create, ..Script::default() }).await;
            let bundle = world.agreed(1).await;
            world.platform.fail_at(part, Fault::Refused("bad_word"));
            world.work(&world.worker()).await;
            let at = format!("{create:?} at {part}");
            let request = world.requests(&bundle).await.remove(0);
            assert_eq!(request.phase, Phase::Failed, "{at}");
            let failure = request.failure.clone().unwrap();
            assert_eq!((failure.fate, failure.platform_code.as_deref()), (fate, Some("bad_word")), "{at}");
            assert_eq!(world.grant(&request).await.state, GrantState::Spent, "{at}");
            world.assert_effects(done, &at);
            world.assert_journal(&at).await;
            let failed = world.jobs().await.into_iter().filter(|row| row.state.status == JobStatus::Failed);
            assert_eq!(failed.count(), 1, "{at}: a dead letter is there to look at");
            let calls = world.platform.calls().len();
            world.work(&world.worker()).await;
            assert_eq!(world.platform.calls().len(), calls, "{at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_stock_level_is_not_repeated_until_it_changes() {
    let world = World::new(Script::default()).await;
    world.agreed(1).await;
    world.work(&world.worker()).await;
    world.platform.fail_at(STOCK, Fault::Refused("not_counted"));
    world.sell(3).await;
    world.work(&world.worker()).await;
    assert_eq!(world.all_shown().await, [Some(40)]);
    let calls = world.platform.calls().len();
    // Back and forth: what is wanted is what was refused.
    let mut back = world.sale(3).await;
    back.kind = MoveKind::Release;
    let mut forth = world.sale(3).await;
    forth.cause = "order 3, again".to_owned();
    for change in [back, forth] {
        world.hub.move_stock(&world.alice, change).await.unwrap();
    }
    world.work(&world.worker()).await;
    assert_eq!(world.platform.calls().len(), calls);
    world.sell(4).await;
    world.work(&world.worker()).await;
    assert_eq!(world.all_shown().await, [Some(33)]);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_write_that_nobody_can_ask_about_comes_to_a_person() {
    let late = Some(Late { asks: 1, outcome: LateOutcome::Done });
    let world = World::new(Script { late, ..Script::default() }).await;
    let bundle = world.agreed(1).await;
    for _ in 0..100 {
        world.platform.fail_at("GET /operations", Fault::OutOfOrder);
    }
    let worker = world.worker();
    for _ in 0..120 {
        worker.run_until_idle().await.unwrap();
        tokio::time::sleep(Duration::from_secs(31)).await;
    }
    let request = world.requests(&bundle).await.remove(0);
    assert!(matches!(request.phase, Phase::Unknown { needs_person: true, .. }), "{:?}", request.phase);
    assert_eq!(request.failure.unwrap().kind, ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_write_accepted_and_then_refused_fails_its_request() {
    let late = Some(Late { asks: 2, outcome: LateOutcome::Refused("bad_picture") });
    let world = World::new(Script { late, ..Script::default() }).await;
    let bundle = world.agreed(1).await;
    world.work(&world.worker()).await;
    let request = world.requests(&bundle).await.remove(0);
    assert_eq!(request.phase, Phase::Failed);
    assert_eq!(request.failure.unwrap().platform_code.as_deref(), Some("bad_picture"));
    world.assert_journal("").await;
}

/// Each worker that takes the job dies while the platform is silent, until the queue gives the job up.
#[tokio::test(start_paused = true)]
async fn a_job_that_keeps_losing_its_workers_is_looked_up_and_done_by_another() {
    let world = World::new(Script::default()).await;
    let bundle = world.agreed(1).await;
    world.platform.fail_at(CREATE, Fault::HangAfter);
    for _ in 0..MAX_CRASHES {
        world.platform.fail_at("GET /references", Fault::Hang);
    }
    for nth in 0..=MAX_CRASHES {
        let worker = world.other_worker().await;
        let lost = tokio::time::timeout(Duration::from_secs(100), worker.run_until_idle()).await;
        assert!(lost.is_err(), "worker {nth} came through: {lost:?}");
        drop(worker);
        tokio::time::sleep(Duration::from_secs(61)).await;
    }
    world.work(&world.other_worker().await).await;
    let request = world.requests(&bundle).await.remove(0);
    assert_eq!(request.phase, Phase::Done, "{:?}", request.failure);
    world.assert_effects(ALL, "");
    world.assert_journal("").await;
    let given_up = world.jobs().await.into_iter().filter(|row| row.state.status == JobStatus::Failed);
    assert_eq!(given_up.count(), 1);
}

/// The platform as somebody sees it whose account has no storefront.
struct WithoutStores(Arc<dyn HttpTransport>);

#[async_trait]
impl HttpTransport for WithoutStores {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let is_account = request.uri().path() == "/account";
        let answer = self.0.send(request, limits).await?;
        Ok(answer.map(|body| match is_account {
            true => {
                let mut account: serde_json::Value = serde_json::from_slice(&body).unwrap();
                account["stores"] = serde_json::json!([]);
                account.to_string().into()
            }
            false => body,
        }))
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_without_a_storefront_is_not_taken_for_the_old_account() {
    let world = World::new(Script::default()).await;
    let way = Arc::new(WithoutStores(world.platform.transport()));
    let hub = world.another_hub(world.memory.clone(), way).await;
    let sign_in = SignIn::Token("another-token".into());
    let refused = hub.reauthorise(&world.alice, world.store.connection, sign_in).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(!world.actions().await.contains(&"connection_renewed"));
}
