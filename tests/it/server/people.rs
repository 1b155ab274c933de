//! Two processes on one schema, and who acts there.

use super::{Schema, leaping::Leaping};
use crate::{
    scene::{anyone, everything_needs},
    world::builder,
};
use fusion_core::{
    approval::{GrantRecord, GrantState, Membership, PeopleRecord, Phase, Revision, Vote},
    canonical::EphemeralKeys,
    clock::Clock,
    error::Result,
    hub::{BundleView, Decided, Decisions, Hub, NewStore, RequestView, StoredDirectory},
    job::{JobFilter, JobKind, JobStatus, QueueControl},
    model::{NewProduct, NewVariant, ProductId, RequestId, Store, StoreId},
    plugin::{Change, Command},
    storage::{Query, list_all, load},
    tenant::{Actor, PersonId},
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform};
use fusion_queue::Postgres;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Products of one publication: a page that people look through.
const AT_ONCE: usize = 25;

/// Two processes on one schema, and who acts there.
pub(super) struct Scene {
    // The schema goes last.
    pub(super) hubs: [Hub; 2],
    pub(super) db: Postgres,
    pub(super) clock: Arc<Leaping>,
    pub(super) platform: ScriptedPlatform,
    pub(super) alice: Actor,
    store: Store,
    saved: AtomicUsize,
    pub(super) schema: Schema,
}

impl Scene {
    /// Where so many people have to agree.
    pub(super) async fn new(quorum: u32) -> Self {
        let (schema, clock) = (Schema::new(), Arc::new(Leaping::new()));
        let platform = ScriptedPlatform::with_script(clock.clone(), Script::default());
        let keys = Arc::new(EphemeralKeys::new(&*clock as &dyn Clock));
        let policy = everything_needs(vec![anyone(quorum)]);
        let hub = async || {
            let db = schema.open(clock.clone()).await;
            let hub = builder(db.clone(), &platform, platform.transport()).keys(keys.clone());
            let hub = hub.policy(policy.clone()).directory(StoredDirectory::new(db.clone()));
            (hub.build().await.unwrap(), db)
        };
        let ((one, db), (other, _)) = (hub().await, hub().await);
        let alice = one.tenant("acme").unwrap().person("alice").unwrap();
        let people = [("alice", true), ("bob", false), ("carol", false), ("dora", true)];
        let first = |list: &mut PeopleRecord| people.iter().for_each(|(who, admin)| join(list, who, *admin));
        one.change_people(&alice, first).await.unwrap();
        let store = one.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
        Self { hubs: [one, other], db, clock, platform, alice, store, saved: AtomicUsize::new(0), schema }
    }

    pub(super) fn person(&self, name: &str) -> Actor {
        self.hubs[0].tenant("acme").unwrap().person(name).unwrap()
    }

    pub(super) fn store(&self) -> StoreId {
        self.store.id
    }

    /// Requests to publish a product each, each in a view of its own.
    pub(super) async fn asked(&self, many: usize) -> Vec<BundleView> {
        let mut asked = Vec::new();
        while asked.len() < many {
            let mut products: Vec<ProductId> = Vec::new();
            for _ in 0..AT_ONCE.min(many - asked.len()) {
                let (price, nth) = ("12.50 EUR".parse().unwrap(), self.saved.fetch_add(1, Ordering::SeqCst));
                let mug = NewProduct::new(format!("Mug {nth}"));
                let mug = mug.with_variant(NewVariant::new(format!("MUG-{nth}"), price, 40));
                products.push(self.hubs[0].save_product(&self.alice, mug).await.unwrap().id);
            }
            let bundle = self.hubs[0].publish(&self.alice, products, [self.store.id]).await.unwrap();
            let bundle = match bundle.is_ready() {
                true => bundle,
                false => self.hubs[0].prepare(&self.alice, bundle.id).await.unwrap(),
            };
            asked.extend(
                bundle.items.iter().map(|item| BundleView { items: vec![item.clone()], ..bundle.clone() }),
            );
        }
        asked
    }

    pub(super) async fn phase(&self, request: RequestId) -> Phase {
        self.hubs[0].request(&self.alice, request).await.unwrap().phase
    }

    /// Grants that may be used, votes that count, and jobs under a grant that haven't ended.
    pub(super) async fn stands(&self, request: RequestId) -> [usize; 3] {
        let tenant = self.alice.tenant();
        let grants = list_all::<GrantRecord>(&self.db, tenant, &Query::GrantsOf(request)).await.unwrap();
        let votes = list_all::<Vote>(&self.db, tenant, &Query::VotesOn(request)).await.unwrap();
        let ids: Vec<_> = grants.iter().map(|grant| grant.value.id).collect();
        let mut live = 0;
        for status in [JobStatus::Pending, JobStatus::Claimed, JobStatus::Running] {
            let of = JobFilter { kind: Some(JobKind::EXECUTE), status: Some(status), ..JobFilter::default() };
            let jobs = QueueControl::list(&self.db, tenant, &of, None, usize::MAX).await.unwrap();
            live += jobs
                .iter()
                .filter(|row| row.state.job.grant.is_some_and(|grant| ids.contains(&grant)))
                .count();
        }
        [
            grants.iter().filter(|grant| matches!(grant.value.state, GrantState::Unspent)).count(),
            votes.iter().filter(|vote| !vote.value.void).count(),
            live,
        ]
    }

    /// The command of a request with another title.
    pub(super) async fn edited(&self, request: RequestId) -> Command {
        let revision = load::<Revision>(&self.db, self.alice.tenant(), (request, 1)).await.unwrap();
        let mut command = revision.value.open().unwrap();
        let Change::Publish { listing } = &mut command.change else { panic!("it publishes") };
        listing.title = "Cup".to_owned();
        command
    }
}

/// Somebody becomes a member.
pub(super) fn join(list: &mut PeopleRecord, who: &str, admin: bool) {
    let membership = Membership { member: true, admin, ..Membership::default() };
    list.people.insert(PersonId::new(who).unwrap(), membership);
}

/// A person's word on a view, by the process number `hub`.
#[derive(Clone, Copy)]
pub(super) enum Word {
    Approve,
    Reject,
    SendBack,
}

impl Scene {
    pub(super) fn says(
        &self,
        hub: usize,
        who: &str,
        word: Word,
        shown: &BundleView,
    ) -> impl Future<Output = Decided> + Send + 'static {
        let (hub, who, shown) = (self.hubs[hub].clone(), self.person(who), shown.clone());
        async move {
            let decisions: Result<Decisions> = match word {
                Word::Approve => hub.approve(&who, &shown).await,
                Word::Reject => hub.reject(&who, &shown, "no").await,
                Word::SendBack => hub.request_changes(&who, &shown, "another title").await,
            };
            decisions.unwrap().items.remove(0).1
        }
    }

    pub(super) fn approves(
        &self,
        hub: usize,
        who: &str,
        shown: &BundleView,
    ) -> impl Future<Output = Decided> + Send + 'static {
        self.says(hub, who, Word::Approve, shown)
    }

    pub(super) fn withdraws(
        &self,
        request: RequestId,
    ) -> impl Future<Output = Result<RequestView>> + Send + 'static {
        let (hub, alice) = (self.hubs[1].clone(), self.alice.clone());
        async move { hub.withdraw(&alice, request).await }
    }
}
