//! Requests that wait for another one.

use crate::{scene::STAGE_1, world::World};
use fusion_core::{
    approval::{Phase, Policy},
    hub::{BundleView, Submission},
    model::RequestId,
};
use fusion_plugin_sdk::testkit::Script;

impl World {
    async fn after(&self, parent: RequestId, titles: &[&str]) -> BundleView {
        let mut submissions = Vec::new();
        for title in titles {
            let product = self.save(title, 1).await;
            let bundle = self.publish(&[product]).await;
            let listing = self.listing(product).await;
            self.hub.withdraw(&self.alice, bundle.items[0].id).await.unwrap();
            let mut submission = Submission::from(self.publish_command(product, listing).await);
            submission.after = Some(parent);
            submissions.push(submission);
        }
        self.hub.submit(&self.alice, submissions).await.unwrap()
    }

    async fn publish_command(
        &self,
        product: fusion_core::model::ProductId,
        listing: fusion_core::model::Listing,
    ) -> fusion_core::plugin::Command {
        let _ = product;
        let query = fusion_core::storage::Query::RequestsIn(self.store.id);
        let requests = fusion_core::storage::list_all::<fusion_core::approval::Request>(
            &self.memory,
            self.acme.tenant(),
            &query,
        )
        .await
        .unwrap();
        let of = requests.iter().find(|request| request.value.listing == Some(listing.id)).unwrap();
        fusion_core::storage::load::<fusion_core::approval::Revision>(
            &self.memory,
            self.acme.tenant(),
            (of.value.id, 1),
        )
        .await
        .unwrap()
        .value
        .open()
        .unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_runs_once_its_parent_is_done() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let child = world.after(parent.items[0].id, &["Cup"]).await;
    assert_eq!(child.skipped, vec![]);
    world.approve(&child).await;
    world.run().await;
    assert_eq!(world.phase(child.items[0].id).await, Phase::Approved);
    assert_eq!(world.platform.count("create"), 0, "the parent isn't approved");
    world.approve(&parent).await;
    world.run().await;
    assert_eq!(world.phase(child.items[0].id).await, Phase::Done);
    let titles: Vec<_> = world.platform.ledger().into_iter().filter(|row| row.what == "create").collect();
    assert_eq!(titles.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_approved_after_its_parent_is_done_runs_too() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let child = world.after(parent.items[0].id, &["Cup"]).await;
    world.approve(&parent).await;
    world.run().await;
    assert_eq!(world.phase(child.items[0].id).await, STAGE_1);
    world.approve(&child).await;
    world.run().await;
    assert_eq!(world.phase(child.items[0].id).await, Phase::Done);
    let late = world.after(parent.items[0].id, &["Pot"]).await;
    world.approve(&late).await;
    world.run().await;
    assert_eq!(world.phase(late.items[0].id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn several_children_of_one_parent_are_all_asked_for() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let children = world.after(parent.items[0].id, &["Cup", "Pot", "Jug"]).await;
    assert_eq!((children.items.len(), children.skipped), (3, vec![]));
    assert_eq!(world.stored(parent.items[0].id).await.children.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_ends_otherwise_takes_its_children_back_in_sight_of_all() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let [approved, pending] = [&["Cup"], &["Pot"]].map(|titles| titles.as_slice());
    let approved = world.after(parent.items[0].id, approved).await;
    let pending = world.after(parent.items[0].id, pending).await;
    let grandchild = world.after(approved.items[0].id, &["Jug"]).await;
    world.approve(&approved).await;
    let _ = world.hub.reject(&world.bob, &parent, "no").await.unwrap().all().unwrap();
    for child in [&approved, &pending, &grandchild] {
        let view = world.view(child.items[0].id).await;
        assert_eq!(view.phase, Phase::Withdrawn);
        assert!(view.failure.unwrap().message.contains("ended otherwise"));
    }
    // Bob has taken nobody's request back: the hub did.
    let entries = world.hub.audit(&world.alice, 0, 1_000).await.unwrap();
    let child = approved.items[0].id.to_string();
    let taken_back = entries
        .iter()
        .find(|entry| entry.entry.action.as_str() == "withdrawn" && entry.entry.subject.id == child)
        .unwrap();
    assert_eq!(taken_back.entry.by.id.to_string(), "hub");
    world.run().await;
    assert_eq!(world.platform.ledger(), vec![]);
    let too_late = world.hub.submit(
        &world.alice,
        [Submission {
            after: Some(parent.items[0].id),
            key: None,
            command: world.publish_command(mug, world.listing(mug).await).await,
        }],
    );
    assert_eq!(too_late.await.unwrap().skipped.len(), 1, "nothing waits for what has ended");
}

#[tokio::test(start_paused = true)]
async fn parent_and_child_decided_in_one_call_end_as_if_one_by_one() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let child = world.after(parent.items[0].id, &["Cup"]).await;
    let mut both = parent.clone();
    both.items.extend(child.items.clone());
    let _ = world.hub.reject(&world.bob, &both, "no").await.unwrap();
    assert_eq!(world.phase(parent.items[0].id).await, Phase::Rejected);
    assert_eq!(world.phase(child.items[0].id).await, Phase::Withdrawn);

    let parent = world.publish(&[mug]).await;
    let child = world.after(parent.items[0].id, &["Bowl"]).await;
    let mut both = parent.clone();
    both.items.extend(child.items.clone());
    world.approve(&both).await;
    world.run().await;
    assert_eq!(world.phase(parent.items[0].id).await, Phase::Done);
    assert_eq!(world.phase(child.items[0].id).await, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_allows_the_child_does_not_let_it_overtake() {
    let world = World::with(Script::default(), Policy::automatic()).await;
    world.hub.pause_store(&world.alice, world.store.id).await.unwrap();
    let mug = world.save("Mug", 1).await;
    let parent = world.publish(&[mug]).await;
    let cup = world.save("Cup", 1).await;
    let _ = world.publish(&[cup]).await;
    let mut submission = Submission::from(world.publish_command(cup, world.listing(cup).await).await);
    submission.after = Some(parent.items[0].id);
    let child = world.hub.submit(&world.alice, [submission]).await.unwrap().items[0].id;
    let stored = world.stored(child).await;
    assert_eq!((stored.phase, stored.job), (Phase::Approved, None));
}
