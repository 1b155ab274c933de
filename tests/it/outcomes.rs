//! What becomes of approved work when the world has moved on.

use crate::{
    scene::{HOUR, product_ref},
    world::World,
};
use fusion_core::{
    approval::{Phase, Verdict},
    error::{ErrorKind, Fate},
    model::{Issue, Lifecycle, Product, Store},
    storage::{ChangeSet, Storage, load},
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, LookUp, Script};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_field_that_somebody_changed_meanwhile_is_not_overwritten() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    let change = |product: &mut Product| product.wording.title = "Bowl".to_owned();
    world.hub.change_product(&world.alice, listing.product, change).await.unwrap();
    let again = world.publish(&[listing.product]).await;
    world.platform.edit_title(&product_ref(&listing), "Sold out").unwrap();
    for bundle in [&update, &again] {
        world.approve(bundle).await;
        world.run().await;
        let view = world.view(bundle.items[0].id).await;
        assert_eq!(view.phase, Phase::Stale);
        assert!(view.failure.unwrap().message.contains("title"), "it says which field");
    }
    assert_eq!(world.platform.title(&product_ref(&listing)).unwrap(), "Sold out");
}

#[tokio::test(start_paused = true)]
async fn a_sale_meanwhile_makes_nothing_stale() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.platform.place_order("main", &[(crate::scene::variant_ref(&listing, 0), 3)]).unwrap();
    world.approve(&update).await;
    world.run().await;
    assert_eq!(world.phase(update.items[0].id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_changed_hands_is_not_written_to() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.platform.switch_account("account-2");
    let error = world.hub.test_store(&world.alice, world.store.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "another account is another store");
    world.run().await;
    assert_eq!(world.phase(update.items[0].id).await, Phase::Approved, "it waits for the right account");
    assert_eq!(world.platform.title(&product_ref(&listing)).unwrap(), "Mug");
    world.platform.switch_account("account-1");
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    world.run().await;
    assert_eq!(world.phase(update.items[0].id).await, Phase::Done);
}

impl World {
    async fn change_facts(&self, change: impl FnOnce(&mut Store)) {
        let tenant = self.acme.tenant();
        let mut store = load::<Store>(&self.memory, tenant, self.store.id).await.unwrap();
        change(&mut store.value);
        store.value.facts_version += 1;
        let mut changes = ChangeSet::default();
        changes.update(store.version, store.value);
        let _ = Storage::commit(&self.memory, tenant, changes).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn other_facts_are_harmless_as_long_as_the_preview_is_the_same() {
    let world = World::new(Script::default()).await;
    let [mug, cup] = [world.save("Mug", 1).await, world.save("Cup", 1).await];
    let (same, dearer) = (world.publish(&[mug]).await, world.publish(&[cup]).await);
    world.approve(&same).await;
    world.change_facts(|store| store.facts.name = "Renamed shop".to_owned()).await;
    world.run().await;
    assert_eq!(world.phase(same.items[0].id).await, Phase::Done);
    // Publishing costs money now: nobody has agreed to that.
    world.platform.script(|script| script.fee = Some("0.20 EUR".parse().unwrap()));
    world.approve(&dearer).await;
    world.run().await;
    assert_eq!(world.phase(dearer.items[0].id).await, Phase::Stale);
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_currency_that_changed_ends_the_request_before_anything_is_sent() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    let usd = fusion_core::model::Currency::new("USD").unwrap();
    world.change_facts(|store| store.facts.currency = usd).await;
    world.run().await;
    let view = world.view(bundle.items[0].id).await;
    assert_eq!(view.phase, Phase::Failed);
    assert_eq!(view.failure.unwrap().fate, Fate::NotSent);
    assert_eq!(world.platform.ledger(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_fails_the_request_untouched() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("POST /stores", Fault::Refused("title_taken"));
    world.run().await;
    let view = world.view(bundle.items[0].id).await;
    let failure = view.failure.unwrap();
    assert_eq!((view.phase, failure.platform_code.as_deref()), (Phase::Failed, Some("title_taken")));
    assert_eq!(world.platform.ledger(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn a_later_run_does_not_take_its_own_writes_for_somebody_elses() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 2).await;
    let hub = &world.hub;
    hub.change_product(&world.alice, listing.product, |product| {
        let mut third = product.variants[0].clone();
        third.id = fusion_core::model::VariantId::new(&**hub.clock());
        third.options.set("Size", "size 9");
        third.sku = Some("Mug-9".to_owned());
        product.options[0].values.push("size 9".to_owned());
        product.variants.push(third);
    })
    .await
    .unwrap();
    let bundle = world.publish(&[listing.product]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("/show", Fault::Throttle(Some(HOUR)));
    world.run().await;
    let view = world.view(bundle.items[0].id).await;
    assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
}

#[tokio::test(start_paused = true)]
async fn work_that_keeps_failing_after_a_part_took_effect_ends_and_says_so() {
    let world = World::new(Script::default()).await;
    let listing = world.published("Mug", 1).await;
    world
        .hub
        .change_product(&world.alice, listing.product, |p| {
            p.wording.title = "Cup".into();
            // No edit can tell this: the listing is written anew and shown, which takes two calls.
            p.locale.0 = "de".into();
        })
        .await
        .unwrap();
    let bundle = world.publish(&[listing.product]).await;
    world.approve(&bundle).await;
    world.platform.fail_at("/show", Fault::Throttle(Some(HOUR)));
    // From then on the product can't even be read.
    let product = format!("GET /products/{}", product_ref(&listing).id);
    for _ in 0..200 {
        world.platform.fail_nth(&product, 1, Fault::Refused("gone"));
    }
    world.run().await;
    let view = world.view(bundle.items[0].id).await;
    let failure = view.failure.unwrap();
    assert_eq!((view.phase, failure.fate), (Phase::Failed, Fate::Partial));
    let asked = world.platform.calls().iter().filter(|call| **call == product).count();
    assert!(asked < 20, "asked {asked} times");
}

fn late(outcome: LateOutcome) -> Script {
    Script { late: Some(Late { asks: 3, outcome }), ..Script::default() }
}

async fn accepted(world: &World) -> (fusion_core::model::ProductId, fusion_core::model::RequestId) {
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Accepted);
    (mug, bundle.items[0].id)
}

#[tokio::test(start_paused = true)]
async fn accepted_work_is_done_once_the_platform_says_so() {
    let issue: Issue = serde_json::from_value(serde_json::json!({
        "code": "no_gtin", "message": "the product has no trade number", "severity": "warning",
    }))
    .unwrap();
    let world = World::new(late(LateOutcome::Issues(vec![issue.clone()]))).await;
    let (mug, id) = accepted(&world).await;
    world.live(Duration::from_secs(300)).await;
    assert_eq!(world.phase(id).await, Phase::Done);
    let listing = world.listing(mug).await;
    assert_eq!((listing.state.lifecycle, listing.issues), (Lifecycle::Live, vec![issue]));
}

#[tokio::test(start_paused = true)]
async fn accepted_work_that_is_refused_later_has_failed() {
    let world = World::new(late(LateOutcome::Refused("policy_violation"))).await;
    let (mug, id) = accepted(&world).await;
    assert_eq!(world.listing(mug).await.state.lifecycle, Lifecycle::Submitted);
    world.live(Duration::from_secs(300)).await;
    let view = world.view(id).await;
    assert_eq!(view.phase, Phase::Failed);
    assert_eq!(world.listing(mug).await.state.lifecycle, Lifecycle::Blocked, "no longer submitted");
    assert_eq!(view.failure.unwrap().platform_code.as_deref(), Some("policy_violation"));
}

#[tokio::test(start_paused = true)]
async fn being_locked_out_while_asking_says_nothing_about_the_work() {
    let world = World::new(late(LateOutcome::Done)).await;
    let (_, id) = accepted(&world).await;
    for fault in [Fault::Throttle(None), Fault::OutOfOrder, Fault::Forbidden] {
        world.platform.fail_at("GET /operations", fault);
    }
    world.live(Duration::from_secs(30)).await;
    world.live(Duration::from_secs(600)).await;
    world.hub.test_store(&world.alice, world.store.id).await.unwrap();
    world.live(Duration::from_secs(600)).await;
    assert_eq!(world.phase(id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn nobody_but_an_admin_decides_what_stays_undecided() {
    for (verdict, phase) in [(Verdict::Done, Phase::Done), (Verdict::Failed, Phase::Failed)] {
        let late = Late { asks: u32::MAX, outcome: LateOutcome::Done };
        let world = World::new(Script { late: Some(late), ..Script::default() }).await;
        let (_, id) = accepted(&world).await;
        world.live(HOUR / 2).await;
        assert_eq!(world.phase(id).await, Phase::Accepted);
        let early = world.hub.decide(&world.person("dora"), id, verdict, "I looked").await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::Refused);
        world.live(HOUR).await;
        assert!(matches!(world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
        let error = world.hub.decide(&world.bob, id, verdict, "I looked").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "bob is no admin");
        let dora = world.person("dora");
        let error = world.hub.decide(&dora, id, verdict, "").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(world.hub.decide(&dora, id, verdict, "I looked").await.unwrap().phase, phase);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_the_platform_has_forgotten_comes_to_a_person() {
    let world = World::new(late(LateOutcome::Done)).await;
    let (_, id) = accepted(&world).await;
    for _ in 0..20 {
        world.platform.fail_at("GET /operations", Fault::Refused("no_operation"));
    }
    world.live(HOUR / 2).await;
    assert!(matches!(world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    world.hub.decide(&world.person("dora"), id, Verdict::Done, "it is there").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_person_found_without_effect_is_sent_once_more() {
    let world = World::new(Script { look_up: LookUp::Doubtful, ..Script::default() }).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    world.approve(&bundle).await;
    world.platform.fail_at("POST /stores", Fault::LostBefore);
    world.live(HOUR).await;
    assert!(matches!(world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    assert_eq!(world.platform.count("create"), 0);
    world.hub.decide(&world.person("dora"), id, Verdict::Again, "there is no such product").await.unwrap();
    world.live(HOUR).await;
    let view = world.view(id).await;
    assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
    assert_eq!(world.platform.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_nothing_is_sent_twice() {
    for (fault, look_up) in [
        (Fault::ResetAfter, LookUp::Honest),
        (Fault::LostBefore, LookUp::Honest),
        (Fault::Truncated, LookUp::Honest),
        (Fault::OutOfOrderAfter, LookUp::Honest),
    ] {
        let world = World::new(Script { look_up, ..Script::default() }).await;
        let mug = world.save("Mug", 2).await;
        let bundle = world.publish(&[mug]).await;
        world.approve(&bundle).await;
        world.platform.fail_at("POST /stores", fault.clone());
        world.run().await;
        let view = world.view(bundle.items[0].id).await;
        assert_eq!(view.phase, Phase::Done, "{fault:?}: {:?}", view.failure);
        assert_eq!(world.platform.count("create"), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_and_came_to_nothing_is_asked_for_once_more() {
    let late = Late { asks: u32::MAX, outcome: LateOutcome::Done };
    let world = World::new(Script { late: Some(late), ..Script::default() }).await;
    let listing = {
        world.platform.script(|script| script.late = None);
        world.published("Mug", 1).await
    };
    let late = Late { asks: u32::MAX, outcome: LateOutcome::Done };
    world.platform.script(|script| script.late = Some(late));
    let update = world.submit(&world.alice, world.retitle(&listing, "Cup")).await;
    world.approve(&update).await;
    world.live(2 * HOUR).await;
    let id = update.items[0].id;
    assert!(matches!(world.phase(id).await, Phase::Unknown { needs_person: true, .. }));
    let updates = world.platform.count("update");
    world.platform.script(|script| script.late = None);
    world.hub.decide(&world.person("dora"), id, Verdict::Again, "it is still the old title").await.unwrap();
    world.run().await;
    let view = world.view(id).await;
    assert_eq!(view.phase, Phase::Done, "{:?}", view.failure);
    assert_eq!(world.platform.count("update"), updates + 1, "sent under a key of its own");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_another_listing_has_does_not_lose_the_answer() {
    let world = World::new(Script::default()).await;
    let (mug, cup) = (world.save("Mug", 1).await, world.save("Cup", 1).await);
    let other = world.publish(&[cup]).await.items[0].listing.unwrap();
    let tenant = world.acme.tenant();
    let mut listing = load::<fusion_core::model::Listing>(&world.memory, tenant, other).await.unwrap();
    let kind = fusion_plugin_sdk::testkit::kinds::PRODUCT;
    listing.value.refs.set(fusion_core::model::Ref::new(kind, "product-000001"));
    let mut changes = ChangeSet::default();
    changes.update(listing.version, listing.value);
    let _ = Storage::commit(&world.memory, tenant, changes).await.unwrap();
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    let listing = world.listing(mug).await;
    assert_eq!(listing.issues.len(), 1, "a person has to say which is which");
    assert_eq!(world.platform.count("create"), 1);
}
