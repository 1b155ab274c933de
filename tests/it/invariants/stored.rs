//! The invariants that every database has to keep, by their numbers, in memory, in a file and on a server.

use crate::{
    place::{Place, in_every_place},
    world::builder,
};
use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Policy, Refusal, Request, Vote},
    audit::{AuditEntry, Start, SubjectKind, verify},
    canonical::EphemeralKeys,
    error::ErrorKind,
    hub::{BundleView, Hub, NewStore},
    model::{GrantId, NewProduct, NewVariant, RequestId, StoreId, VoteId},
    storage::{Backend, ChangeSet, Entity, Query, Storage, Version, Versioned, list_all, load},
    tenant::{Actor, Tenant},
};
use fusion_plugin_sdk::testkit::ScriptedPlatform;
use fusion_queue::{TokioClock, Worker};
use std::sync::Arc;

in_every_place! {
    memory;
    invariant_02_a_revision_has_one_grant_and_a_grant_one_attempt,
    invariant_04_whoever_wrote_it_never_counts,
    invariant_05_a_person_has_one_seat,
    invariant_09_a_closed_request_stays_as_it_is,
    invariant_10_each_transition_has_one_entry_and_a_refused_one_has_none,
    invariant_22_a_program_asks_and_never_decides,
}

struct Scene {
    hub: Hub,
    db: Arc<dyn Backend>,
    platform: ScriptedPlatform,
    alice: Actor,
    store: StoreId,
    /// Goes last.
    _place: Place,
}

impl Scene {
    /// One where anybody but the author may agree.
    async fn at(place: Place) -> Self {
        let db = place.open(Arc::new(TokioClock::system())).await;
        let clock = Storage::clock(&db);
        let platform = ScriptedPlatform::new(clock.clone());
        let hub = builder(db.clone(), &platform, platform.transport()).policy(Policy::two_people());
        let hub = hub.keys(EphemeralKeys::new(&*clock)).build().await.unwrap();
        let alice = hub.tenant("acme").unwrap().person("alice").unwrap();
        let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap().id;
        Self { hub, db, platform, alice, store, _place: place }
    }

    fn tenant(&self) -> &Tenant {
        self.alice.tenant()
    }

    fn person(&self, name: &str) -> Actor {
        self.hub.tenant("acme").unwrap().person(name).unwrap()
    }

    async fn asked(&self) -> BundleView {
        let variant = NewVariant::new("MUG-1", "12.50 EUR".parse().unwrap(), 40);
        let mug = NewProduct::new("Mug").with_variant(variant);
        let mug = self.hub.save_product(&self.alice, mug).await.unwrap().id;
        let bundle = self.hub.publish(&self.alice, [mug], [self.store]).await.unwrap();
        if bundle.is_ready() { bundle } else { self.hub.prepare(&self.alice, bundle.id).await.unwrap() }
    }

    async fn approved(&self) -> BundleView {
        let shown = self.asked().await;
        self.hub.approve(&self.person("bob"), &shown).await.unwrap().all().unwrap();
        shown
    }

    async fn request(&self, id: RequestId) -> Versioned<Request> {
        load(&self.db, self.tenant(), id).await.unwrap()
    }

    async fn all<E: Entity>(&self, query: Query) -> Vec<Versioned<E>> {
        list_all(&self.db, self.tenant(), &query).await.unwrap()
    }

    /// What the database says to a commit.
    async fn refused(&self, fill: impl FnOnce(&mut ChangeSet)) -> Option<ErrorKind> {
        let mut changes = ChangeSet::default();
        fill(&mut changes);
        self.db.commit(self.tenant(), changes).await.err().map(|error| error.kind())
    }

    /// Entries about a request; the whole feed hangs together.
    async fn entries(&self, id: RequestId) -> Vec<AuditEntry> {
        let feed = self.hub.audit(&self.alice, 0, 10_000).await.unwrap();
        assert_eq!(*verify(self.tenant(), &feed, Start::Genesis, None).unwrap().range.start(), 1);
        let about = |one: &AuditEntry| {
            one.entry.subject.kind == SubjectKind::Request && one.entry.subject.id == id.to_string()
        };
        feed.into_iter().filter(about).collect()
    }
}

async fn invariant_02_a_revision_has_one_grant_and_a_grant_one_attempt(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let id = scene.approved().await.items[0].id;
    let grants = scene.all::<GrantRecord>(Query::GrantsOf(id)).await;
    let [Versioned { value: grant, version }] = &grants[..] else { panic!("{grants:?}") };
    let clock = Storage::clock(&scene.db);
    let mut second = serde_json::to_value(grant).unwrap();
    second["id"] = serde_json::json!(GrantId::new(&*clock));
    let second: GrantRecord = serde_json::from_value(second).unwrap();
    let refused = scene.refused(|changes| changes.create(second)).await;
    assert_eq!(refused, Some(ErrorKind::AlreadyExists));
    // Two workers that have both read it unspent.
    let claim = |token| {
        let claimed = grant.clone().in_state(GrantState::Claimed(token));
        scene.refused(move |changes| changes.update(*version, claimed))
    };
    assert_eq!((claim(1).await, claim(2).await), (None, Some(ErrorKind::Conflict)));
}

async fn invariant_04_whoever_wrote_it_never_counts(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let shown = scene.asked().await;
    let id = shown.items[0].id;
    let own = scene.hub.approve(&scene.alice, &shown).await.unwrap();
    assert_eq!(own.items[0].1.refusal(), Some(Refusal::OwnRequest));
    assert_eq!(scene.all::<Vote>(Query::VotesOn(id)).await, []);
    assert_eq!(scene.request(id).await.value.seats, []);
}

async fn invariant_05_a_person_has_one_seat(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let shown = scene.approved().await;
    let id = shown.items[0].id;
    let votes = scene.all::<Vote>(Query::VotesOn(id)).await;
    let [Versioned { value: vote, .. }] = &votes[..] else { panic!("{votes:?}") };
    let clock = Storage::clock(&scene.db);
    let second = Vote { id: VoteId::new(&*clock), ..vote.clone() };
    let refused = scene.refused(|changes| changes.create(second.clone())).await;
    assert_eq!(refused, Some(ErrorKind::AlreadyExists));
    // One that doesn't count may stand beside it.
    let void = Vote { void: true, ..second };
    assert_eq!(scene.refused(|changes| changes.create(void)).await, None);
}

async fn invariant_09_a_closed_request_stays_as_it_is(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let shown = scene.asked().await;
    let id = shown.items[0].id;
    scene.hub.withdraw(&scene.alice, id).await.unwrap();
    let closed = scene.request(id).await;
    assert_eq!(closed.value.phase, Phase::Withdrawn);
    let bob = scene.person("bob");
    for decided in [
        scene.hub.approve(&bob, &shown).await.unwrap(),
        scene.hub.reject(&bob, &shown, "no").await.unwrap(),
        scene.hub.request_changes(&bob, &shown, "another title").await.unwrap(),
    ] {
        assert_eq!(decided.items[0].1.refusal(), Some(Refusal::WrongPhase));
    }
    assert!(scene.hub.withdraw(&scene.alice, id).await.is_err());
    assert!(scene.hub.revoke(&scene.person("dora"), id, "no").await.is_err());
    Worker::of(&scene.hub).run_until_idle().await.unwrap();
    assert_eq!(scene.request(id).await, closed);
    assert_eq!(scene.platform.ledger(), []);
}

async fn invariant_10_each_transition_has_one_entry_and_a_refused_one_has_none(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let shown = scene.approved().await;
    let id = shown.items[0].id;
    Worker::of(&scene.hub).run_until_idle().await.unwrap();
    let done = scene.request(id).await;
    assert_eq!(done.value.phase, Phase::Done);
    let entries = scene.entries(id).await;
    // Each commit of the request has made one version of it.
    assert_eq!(u64::try_from(entries.len()).unwrap(), done.version.0, "{entries:?}");
    let [first, ..] = &entries[..] else { panic!("no entry") };
    let (entry, late) = (first.entry.clone(), Version(done.version.0 - 1));
    let refused = scene.refused(|changes| {
        changes.update(late, done.value.clone());
        changes.audit.push(entry);
    });
    assert_eq!(refused.await, Some(ErrorKind::Conflict));
    assert_eq!(scene.entries(id).await, entries);
}

async fn invariant_22_a_program_asks_and_never_decides(place: fn() -> Place) {
    let scene = Scene::at(place()).await;
    let shown = scene.asked().await;
    let id = shown.items[0].id;
    let robot = scene.hub.tenant("acme").unwrap().service("bob").unwrap();
    for decided in [
        scene.hub.approve(&robot, &shown).await.unwrap(),
        scene.hub.reject(&robot, &shown, "no").await.unwrap(),
    ] {
        assert_eq!(decided.items[0].1.refusal(), Some(Refusal::NotAPerson));
    }
    assert_eq!(scene.all::<Vote>(Query::VotesOn(id)).await, []);
    assert!(matches!(scene.request(id).await.value.phase, Phase::Pending(_)));
}
