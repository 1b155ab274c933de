//! What has to be read first is a draft until a job has read it.

use crate::{
    scene::{STAGE_1, product_ref},
    world::World,
};
use fusion_core::{
    approval::{Phase, Refusal},
    error::ErrorKind,
    hub::BundleView,
    model::{Lifecycle, Listing, Product, Removal, VariantId},
    plugin::Change,
};
use fusion_plugin_sdk::testkit::{Fault, Script};

impl World {
    async fn retitled(&self, listing: &Listing, title: &str) {
        let title = title.to_owned();
        let change =
            move |product: &mut fusion_core::model::Product| product.wording.title.clone_from(&title);
        self.hub.change_product(&self.alice, listing.product, change).await.unwrap();
    }

    async fn update(&self, listing: &Listing) -> BundleView {
        self.hub.update(&self.alice, [listing.product], [self.store.id]).await.unwrap()
    }

    async fn now(&self, bundle: &BundleView) -> BundleView {
        self.hub.bundle(&self.alice, bundle.id).await.unwrap()
    }

    /// Another size comes to the product.
    async fn grown(&self, listing: &Listing, size: &str) {
        let id = VariantId::new(&**self.hub.clock());
        let grow = move |product: &mut Product| {
            let mut more = product.variants[0].clone();
            (more.id, more.sku) = (id, Some(format!("more-{size}")));
            more.options.set("Size", size);
            product.options[0].values.push(size.to_owned());
            product.variants.push(more);
        };
        self.hub.change_product(&self.alice, listing.product, grow).await.unwrap();
    }

    async fn asked(&self, listing: &Listing) -> BundleView {
        let asked = self.update(listing).await;
        assert_eq!((asked.items.len(), asked.skipped.len()), (1, 0), "{asked:?}");
        asked
    }

    fn calls(&self) -> usize {
        self.platform.calls().len()
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_waits_for_a_job_and_the_bundle_tells_how_many_are_ready() {
    let world = World::new(Script::default()).await;
    let (mug, cup) = (world.published("Mug", 2).await, world.published("Cup", 1).await);
    world.retitled(&mug, "Jug").await;
    world.retitled(&cup, "Bowl").await;
    let before = world.calls();
    let bundle = world.hub.update(&world.alice, [mug.product, cup.product], [world.store.id]).await.unwrap();
    assert_eq!(world.calls(), before, "asking reads nothing");
    assert_eq!((bundle.items.len(), bundle.ready()), (2, 0));
    assert!(bundle.items.iter().all(|item| item.phase == Phase::Draft && item.digest.is_none()));
    let waits = "update_product of `Mug` (Mug-0, Mug-1) waits until the store has been read";
    assert_eq!(bundle.items[0].preview.summary, waits);
    // There is nothing yet that anybody could agree to.
    let early = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert!(
        early.items.iter().all(|(_, decided)| decided.refusal() == Some(Refusal::WrongPhase)),
        "{early:?}"
    );
    let told = early.all().unwrap_err();
    for problem in told.problems() {
        let said = ["it is a draft", "`Hub::prepare`", "`Worker::run_until_idle`", "`Hub::bundle`"];
        assert!(said.iter().all(|word| problem.message.contains(word)), "{problem}");
    }
    world.run().await;
    let ready = world.now(&bundle).await;
    assert!(ready.is_ready());
    assert!(ready.items.iter().all(|item| item.phase == STAGE_1), "{ready:?}");
    // What was shown before they were read is no view of what is asked.
    let blind = world.hub.approve(&world.bob, &bundle).await.unwrap().all().unwrap_err();
    assert!(blind.problems()[0].message.contains("was a draft"), "{blind}");
    let changes = &ready.items[0].preview.changes;
    assert_eq!(changes.len(), 1, "the difference alone is shown: {changes:?}");
    let summary = &ready.items[0].preview.summary;
    assert_eq!(summary, "update_product of `Mug` (Mug-0, Mug-1) on the scripted platform");
    world.approve(&ready).await;
    world.run().await;
    assert!(world.now(&bundle).await.items.iter().all(|item| item.phase == Phase::Done));
    assert_eq!(world.listing(mug.product).await.desired.unwrap().title, "Jug");
    let drift = world.hub.drift(&world.alice, world.store.id).await.unwrap();
    assert_eq!((drift.checked, drift.drifted), (2, vec![]));
    assert_eq!(world.actions().await.iter().filter(|action| **action == "request_drafted").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_has_changed_is_asked_for_by_nobody() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let update = world.update(&mug).await;
    assert_eq!((update.items.len(), update.unchanged), (0, vec![mug.id]));
    let again = world.hub.publish(&world.alice, [mug.product], [world.store.id]).await.unwrap();
    world.run().await;
    let ended = &world.now(&again).await.items[0];
    assert_eq!(ended.phase, Phase::Withdrawn);
    assert_eq!(ended.failure.as_ref().unwrap().kind, ErrorKind::AlreadyExists);
    assert_eq!((world.platform.count("create"), world.platform.count("show")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_did_not_keep_is_asked_for_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    // It answered with our title and has another one: a read tells, the answer doesn't.
    world.platform.edit_title(&product_ref(&mug), "Untitled").unwrap();
    let bundle = world.publish(&[mug.product]).await;
    assert_eq!((bundle.items.len(), bundle.items[0].phase), (1, STAGE_1));
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!(world.platform.title(&product_ref(&mug)).as_deref(), Some("Mug"));
}

#[tokio::test(start_paused = true)]
async fn publishing_a_changed_product_again_asks_for_the_difference() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    world.retitled(&mug, "Jug").await;
    let bundle = world.publish(&[mug.product]).await;
    let command = world.hub.command(&world.alice, bundle.items[0].id).await.unwrap();
    let Change::UpdateProduct { edit, .. } = command.change else { panic!("{command:?}") };
    assert_eq!(serde_json::to_value(&*edit).unwrap(), serde_json::json!({"title": {"set": "Jug"}}));
}

#[tokio::test(start_paused = true)]
async fn what_a_variant_costs_and_customs_ask_is_asked_for_as_that_change_alone() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let change = |product: &mut Product| {
        let variant = &mut product.variants[1];
        variant.cost = Some("3.20 EUR".parse().unwrap());
        variant.shipping.hs_code = Some("691200".to_owned());
        variant.shipping.origin = Some("PT".to_owned());
    };
    world.hub.change_product(&world.alice, mug.product, change).await.unwrap();
    let bundle = world.prepared(world.publish(&[mug.product]).await).await;
    let told: Vec<&str> =
        bundle.items[0].preview.changes.iter().filter_map(|change| change.path.rsplit('.').next()).collect();
    assert_eq!(told, ["cost", "hs_code", "origin"]);
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    assert_eq!(world.update(&mug).await.unchanged, [mug.id], "it is told once");
}

#[tokio::test(start_paused = true)]
async fn a_variant_that_leaves_the_catalogue_is_removed_by_name() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 3).await;
    let gone = mug.variants[1].id;
    world
        .hub
        .change_product(&world.alice, mug.product, |product| drop(product.variants.remove(1)))
        .await
        .unwrap();
    let bundle = world.prepared(world.update(&mug).await).await;
    let command = world.hub.command(&world.alice, bundle.items[0].id).await.unwrap();
    let Change::UpdateProduct { edit, .. } = &command.change else { panic!("{command:?}") };
    assert_eq!((edit.remove.as_slice(), edit.add.len(), edit.variants.len()), (&[gone][..], 0, 0));
    world.approve(&bundle).await;
    world.run().await;
    let after = world.listing(mug.product).await;
    assert!(after.variants.iter().all(|row| row.refs.is_empty() == (row.id == gone)), "{after:?}");
    assert_eq!(world.update(&mug).await.unchanged, [mug.id]);
}

#[tokio::test(start_paused = true)]
async fn products_are_hidden_shown_again_and_removed() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let stores = [world.store.id];
    let hidden = world.hub.unpublish(&world.alice, [mug.product], stores).await.unwrap();
    let hidden = world.prepared(hidden).await;
    world.approve(&hidden).await;
    world.run().await;
    assert_eq!(world.listing(mug.product).await.state.lifecycle, Lifecycle::Hidden);
    // Nothing has changed but that it is out of sight.
    let shown = world.publish(&[mug.product]).await;
    world.approve(&shown).await;
    world.run().await;
    assert_eq!(world.listing(mug.product).await.state.lifecycle, Lifecycle::Live);
    let gone = world.hub.remove(&world.alice, [mug.product], stores, Removal::Delete).await.unwrap();
    let gone = world.prepared(gone).await;
    world.approve(&gone).await;
    world.run().await;
    assert_eq!(world.listing(mug.product).await.state.lifecycle, Lifecycle::Gone);
    assert_eq!(world.platform.lifecycle(&product_ref(&mug)), None);
    // What a store doesn't have is skipped with the reason.
    for asked in
        [world.update(&mug).await, world.hub.unpublish(&world.alice, [mug.product], stores).await.unwrap()]
    {
        assert_eq!((asked.items.len(), asked.skipped.len()), (0, 1));
        assert_eq!(asked.skipped[0].failure.kind, ErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cant_be_read_now_is_read_later() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.retitled(&mug, "Jug").await;
    let bundle = world.update(&mug).await;
    for _ in 0..4 {
        world.platform.fail_next(Fault::OutOfOrder);
    }
    let now = world.hub.prepare(&world.alice, bundle.id).await.unwrap();
    assert_eq!(now.ready(), 0, "{now:?}");
    world.run().await;
    assert!(world.now(&bundle).await.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_taken_back_like_anything_else() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.retitled(&mug, "Jug").await;
    let bundle = world.update(&mug).await;
    let taken = world.hub.withdraw(&world.alice, bundle.items[0].id).await.unwrap();
    assert_eq!(taken.phase, Phase::Withdrawn);
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Withdrawn);
}

#[tokio::test(start_paused = true)]
async fn a_variant_that_the_store_has_by_now_is_added_by_no_second_command() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.grown(&mug, "large").await;
    let bundle = world.prepared(world.asked(&mug).await).await;
    let command = world.hub.command(&world.alice, bundle.items[0].id).await.unwrap();
    world.approve(&bundle).await;
    world.run().await;
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Done);
    let again = world.hub.submit(&world.alice, [command.into()]).await.unwrap();
    assert_eq!(again.items, []);
    let failure = &again.skipped[0].failure;
    let places: Vec<_> = failure.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!((failure.kind, places), (ErrorKind::AlreadyExists, vec!["add[0]"]));
    assert_eq!(world.platform.count("update"), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_updates_that_were_agreed_on_the_second_adds_nothing_again() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.grown(&mug, "large").await;
    let first = world.prepared(world.asked(&mug).await).await;
    let second = world.prepared(world.asked(&mug).await).await;
    world.approve(&first).await;
    world.approve(&second).await;
    world.run().await;
    let ends = [world.view(first.items[0].id).await, world.view(second.items[0].id).await];
    let done = ends.iter().filter(|end| end.phase == Phase::Done).count();
    let stale: Vec<_> = ends.iter().filter(|end| end.phase == Phase::Stale).collect();
    assert_eq!((done, stale.len(), world.platform.count("update")), (1, 1, 1), "{ends:?}");
    let why = format!("{:?}", stale[0].failure);
    assert!(why.contains("variants"), "{why}");
    let after = world.listing(mug.product).await;
    assert_eq!((after.variants.len(), after.desired.unwrap().variants.len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_draft_whose_change_is_in_force_when_it_is_prepared_is_withdrawn() {
    type Changed = fn(&mut Product);
    let retitled: Changed = |product| product.wording.title = "Jug".to_owned();
    let pictured: Changed = |product| product.tags = vec!["blue".to_owned()];
    let removed: Changed = |product| drop(product.variants.remove(1));
    for (nth, change) in [Some(retitled), Some(pictured), Some(removed), None].into_iter().enumerate() {
        let world = World::new(Script::default()).await;
        let mug = world.published("Mug", 3).await;
        match change {
            Some(change) => {
                world.hub.change_product(&world.alice, mug.product, change).await.unwrap();
            }
            None => world.grown(&mug, "large").await,
        }
        let first = world.prepared(world.asked(&mug).await).await;
        world.approve(&first).await;
        // Asked for once more before the first runs; its store is read afterwards.
        let second = world.asked(&mug).await;
        world.worker().with_slots(1).run_until_idle().await.unwrap();
        assert_eq!(world.phase(first.items[0].id).await, Phase::Done, "{nth}");
        let end = world.view(second.items[0].id).await;
        assert_eq!(end.phase, Phase::Withdrawn, "{nth}: {end:?}");
        assert_eq!(end.failure.unwrap().kind, ErrorKind::AlreadyExists, "{nth}");
        assert_eq!(world.platform.count("update"), 1, "{nth}");
    }
}
