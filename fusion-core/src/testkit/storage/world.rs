use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    clock::Timestamp,
    error::ErrorKind,
    model::StoreId,
    storage::{ChangeSet, Committed, Key, Query, Storage},
    tenant::{ActorKind, PersonId, Signature, Tenant},
    testkit::TestClock,
};

/// An empty storage with two tenants, under a clock that stands still until it is advanced.
pub struct World<S> {
    pub(super) clock: TestClock,
    pub(super) db: S,
    pub(super) tenant: Tenant,
    pub(super) other: Tenant,
    pub(super) store: StoreId,
}

impl World<()> {
    /// The clock that a clause begins with.
    pub fn clock() -> TestClock {
        TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000))
    }
}

impl<S> World<S> {
    /// Around an empty storage on `clock`.
    pub fn new(clock: TestClock, db: S) -> Self {
        let (tenant, other) = (Tenant::new("acme").unwrap(), Tenant::new("bolt").unwrap());
        Self { store: StoreId::new(&clock), clock, db, tenant, other }
    }
}

impl<S: Storage> World<S> {
    pub(super) async fn commit(&self, fill: impl FnOnce(&mut ChangeSet)) {
        drop(self.commit_to(&self.tenant, fill).await);
    }

    pub(super) async fn commit_to(&self, tenant: &Tenant, fill: impl FnOnce(&mut ChangeSet)) -> Committed {
        self.db.commit(tenant, change(fill)).await.unwrap()
    }

    pub(super) async fn refusal(&self, fill: impl FnOnce(&mut ChangeSet)) -> ErrorKind {
        self.db.commit(&self.tenant, change(fill)).await.unwrap_err().kind()
    }

    pub(super) async fn keys(&self, query: Query) -> Vec<Key> {
        let rows = self.db.list(&self.tenant, &query, None, 100).await.unwrap();
        rows.into_iter().map(|row| row.key).collect()
    }
}

pub(super) fn change(fill: impl FnOnce(&mut ChangeSet)) -> ChangeSet {
    let mut changes = ChangeSet::default();
    fill(&mut changes);
    changes
}

pub(super) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(super) fn signature() -> Signature {
    Signature { kind: ActorKind::Human, id: person("ann") }
}

pub(super) fn entry(id: &str) -> NewAudit {
    let subject = Subject::new(SubjectKind::Job, id);
    NewAudit::new(signature(), Action::Claimed, subject, Timestamp::EPOCH)
}

pub(super) fn sorted(keys: impl IntoIterator<Item = Key>) -> Vec<Key> {
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort();
    keys
}
