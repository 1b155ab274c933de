//! A vote counts by the policy and the people that there are at the moment of its commit, or not at all.

use crate::{
    scene::{STAGE_1, anyone, everything_needs},
    world::{World, builder, people},
};
use async_trait::async_trait;
use fusion_core::{
    ErrorKind, Result,
    approval::{
        Directory, Group, Membership, PeopleRecord, PeopleVersion, Phase, Policy, PolicyRecord, Refusal, Vote,
    },
    hub::{Decided, StoredDirectory},
    model::RequestId,
    storage::{ChangeSet, Entity, Query, Storage, Versioned, list_all, load},
    tenant::{PersonId, Tenant},
};
use fusion_plugin_sdk::testkit::Script;
use fusion_queue::Memory;
use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// People of whom the first to be looked up is the last to be left in peace: then something else happens.
struct Meddled<D> {
    people: D,
    meanwhile: Mutex<Option<Meanwhile>>,
}

#[async_trait]
impl<D: Directory> Directory for Meddled<D> {
    async fn person(&self, tenant: &Tenant, person: &PersonId) -> Result<Membership> {
        let answer = self.people.person(tenant, person).await;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        answer
    }
    async fn members(&self, tenant: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        self.people.members(tenant, group).await
    }
    async fn version(&self, tenant: &Tenant) -> Result<PeopleVersion> {
        self.people.version(tenant).await
    }
}

/// Changes a record as another process would.
async fn change<E: Entity<Id = ()>>(memory: Memory, tenant: Tenant, change: impl FnOnce(&mut E)) {
    let Versioned { mut value, version } = load::<E>(&memory, &tenant, ()).await.unwrap();
    change(&mut value);
    let mut changes = ChangeSet::default();
    changes.update(version, value);
    let _ = memory.commit(&tenant, changes).await.unwrap();
}

fn stricter(record: &mut PolicyRecord) {
    record.policy = everything_needs(vec![anyone(2)]);
    record.hash = record.policy.hash().unwrap();
}

impl World {
    /// From now on the hub's people come from `directory`, and `meanwhile` happens behind its next look-up.
    async fn meddled(&mut self, directory: impl Directory + 'static, meanwhile: Meanwhile) {
        let meddled = Meddled { people: directory, meanwhile: Mutex::new(Some(meanwhile)) };
        self.directed(meddled).await;
    }

    async fn directed(&mut self, directory: impl Directory + 'static) {
        let hub = builder(self.memory.clone(), &self.platform, self.platform.transport());
        self.hub = hub.keys(self.keys.clone()).directory(directory).build().await.unwrap();
    }

    async fn votes(&self, request: RequestId) -> Vec<Vote> {
        let votes =
            list_all::<Vote>(&self.memory, self.acme.tenant(), &Query::VotesOn(request)).await.unwrap();
        votes.into_iter().map(|vote| vote.value).collect()
    }

    async fn first_people(&mut self) {
        self.directed(StoredDirectory::new(self.memory.clone())).await;
        let first = |list: &mut PeopleRecord| {
            for (name, admin) in [("alice", true), ("bob", false)] {
                let membership = Membership { member: true, admin, groups: BTreeSet::new() };
                list.people.insert(PersonId::new(name).unwrap(), membership);
            }
        };
        self.hub.change_people(&self.alice, first).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_replaced_between_the_look_and_the_commit_counts_no_vote() {
    let mut world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    let replaced = change::<PolicyRecord>(world.memory.clone(), world.acme.tenant().clone(), stricter);
    world.meddled(people(), Box::pin(replaced)).await;
    let decided = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(decided.items[0].1.refusal(), Some(Refusal::OtherPolicy));
    assert_eq!((world.phase(id).await, world.votes(id).await), (STAGE_1, vec![]));

    // Asked for anew it goes by the policy that there is: one of two.
    let again = world.publish(&[mug]).await;
    let decided = world.hub.approve(&world.bob, &again).await.unwrap();
    assert_eq!(decided.items[0].1, Decided::Counted);
    let decided = world.hub.approve(&world.person("carol"), &again).await.unwrap();
    assert_eq!(decided.items[0].1, Decided::Approved);
}

#[tokio::test(start_paused = true)]
async fn saying_no_needs_no_policy() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    change::<PolicyRecord>(world.memory.clone(), world.acme.tenant().clone(), stricter).await;
    let decided = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(decided.items[0].1.refusal(), Some(Refusal::OtherPolicy));
    let decided = world.hub.reject(&world.bob, &bundle, "not like this").await.unwrap();
    assert_eq!(decided.items[0].1, Decided::Closed);
    assert_eq!(world.phase(bundle.items[0].id).await, Phase::Rejected);
}

#[tokio::test(start_paused = true)]
async fn whoever_left_between_the_look_and_the_commit_has_no_vote() {
    let mut world = World::new(Script::default()).await;
    world.first_people().await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    let id = bundle.items[0].id;
    let leaves = |list: &mut PeopleRecord| drop(list.people.remove(&PersonId::new("bob").unwrap()));
    let left = change::<PeopleRecord>(world.memory.clone(), world.acme.tenant().clone(), leaves);
    world.meddled(StoredDirectory::new(world.memory.clone()), Box::pin(left)).await;
    let decided = world.hub.approve(&world.bob, &bundle).await.unwrap();
    assert_eq!(decided.items[0].1.refusal(), Some(Refusal::NotAMember));
    assert_eq!((world.phase(id).await, world.votes(id).await), (STAGE_1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_vote_names_the_policy_and_the_people_it_counts_by() {
    let mut world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let bundle = world.publish(&[mug]).await;
    world.approve(&bundle).await;
    let vote = world.votes(bundle.items[0].id).await.remove(0);
    assert_eq!(vote.policy, Policy::two_people().hash().unwrap());
    assert_eq!(vote.people, Some(people().version(world.acme.tenant()).await.unwrap()));
    world.first_people().await;
    let cup = world.save("Cup", 1).await;
    let bundle = world.publish(&[cup]).await;
    world.approve(&bundle).await;
    assert_eq!(world.votes(bundle.items[0].id).await[0].people, Some(PeopleVersion::Stored(1)));
    let entries = world.hub.audit(&world.alice, 0, 1_000).await.unwrap();
    let last = entries.iter().rev().find(|entry| entry.entry.action.as_str() == "approved").unwrap();
    assert_eq!(last.entry.details()["people"], serde_json::json!({ "stored": 1 }));
    assert_eq!(last.entry.details()["policy"], serde_json::json!(vote.policy));
}

#[tokio::test(start_paused = true)]
async fn two_static_lists_have_one_version_only_if_they_say_the_same() {
    let world = World::new(Script::default()).await;
    let version = async |list: Arc<dyn Directory>| list.version(world.acme.tenant()).await.unwrap();
    let other = people().with(PersonId::new("erin").unwrap(), &["owners"]);
    assert_eq!(version(Arc::new(people())).await, version(Arc::new(people())).await);
    assert_ne!(version(Arc::new(people())).await, version(Arc::new(other)).await);
}

#[tokio::test(start_paused = true)]
async fn only_an_admin_changes_the_people_and_one_is_left() {
    let mut world = World::new(Script::default()).await;
    world.first_people().await;
    let refused = async |by, change: fn(&mut PeopleRecord)| {
        world.hub.change_people(by, change).await.map_err(|error| error.kind()).map(|_| ())
    };
    let (service, stranger) = (world.acme.service("robot").unwrap(), world.person("mallory"));
    for by in [&world.bob, &service, &stranger] {
        assert_eq!(refused(by, |list| list.people.clear()).await, Err(ErrorKind::Refused));
    }
    assert_eq!(refused(&world.alice, |list| list.people.clear()).await, Err(ErrorKind::InvalidInput));
    let leave: fn(&mut PeopleRecord) = |list| drop(list.people.remove(&PersonId::new("bob").unwrap()));
    assert_eq!(refused(&world.alice, leave).await, Ok(()));
    let actions = world.actions().await;
    assert_eq!(actions.iter().filter(|one| **one == "people_changed").count(), 2);
}
