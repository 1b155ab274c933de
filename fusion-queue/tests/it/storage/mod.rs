//! What storage promises: the kit, and what a commit does to jobs of the same database.

pub(crate) mod commit;
pub(crate) mod outbox;

use crate::fixture::World;
use fusion_core::{
    ErrorKind,
    audit::Checkpoint,
    canonical::EphemeralKeys,
    clock::{Clock, Timestamp},
    model::*,
    storage::*,
    testkit::TestClock,
};
use fusion_queue::Memory;
use std::sync::Arc;
use uuid::Uuid;

mod memory {
    use super::*;

    fusion_core::storage_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });

    commit::commits!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
}

pub(crate) fn change(fill: impl FnOnce(&mut ChangeSet)) -> ChangeSet {
    let mut changes = ChangeSet::default();
    fill(&mut changes);
    changes
}

impl<C: Clock + Clone + 'static, D: Storage> World<C, D> {
    pub(crate) async fn commit(&self, fill: impl FnOnce(&mut ChangeSet)) {
        drop(self.committed(fill).await);
    }

    pub(crate) async fn committed(&self, fill: impl FnOnce(&mut ChangeSet)) -> Committed {
        self.db.commit(&self.tenant, change(fill)).await.unwrap()
    }

    pub(crate) async fn refusal(&self, fill: impl FnOnce(&mut ChangeSet)) -> ErrorKind {
        self.db.commit(&self.tenant, change(fill)).await.unwrap_err().kind()
    }
}

/// The kit allows a storage that keeps every entry; none of ours does.
pub(crate) async fn audit_entries_below_a_signed_end_can_be_dropped<D: Storage>(w: World<TestClock, D>) {
    w.commit(|c| c.audit.extend([w.entry("a"), w.entry("b")])).await;
    let head = w.db.head(&w.tenant).await.unwrap();
    let keys = EphemeralKeys::new(&w.clock);
    let signed = Checkpoint::sign(&head, Timestamp::EPOCH, None, &keys).await.unwrap();
    let signed = signed.check(&keys).await.unwrap();
    assert_eq!(w.db.drop_audit(&w.tenant, &signed).await.unwrap(), 2);
    assert!(w.db.audit(&w.tenant, 0, 9).await.unwrap().is_empty());
}

/// The keys of what commit `number` makes.
pub(crate) fn keys(number: u64) -> [Key; 2] {
    let id = Uuid::from_u128(u128::from(number) + 1);
    [StockItem::key(StockItemId::from_uuid(id)), Location::key(LocationId::from_uuid(id))]
}

/// Two records, an audit entry and a job that belong together.
pub(crate) fn numbered<C: Clock + Clone + 'static, D>(w: &World<C, D>, number: u64) -> ChangeSet {
    let id = Uuid::from_u128(u128::from(number) + 1);
    let name = number.to_string();
    change(|c| {
        c.create(StockItem { id: StockItemId::from_uuid(id), name: name.clone() });
        c.create(Location { id: LocationId::from_uuid(id), name: name.clone(), kind: LocationKind::Own });
        c.audit.push(w.entry(&name));
        c.jobs.push(w.job());
    })
}

/// Whether commit `number` is there; half of it never is.
pub(crate) async fn is_there<C, D>(db: &impl Storage, w: &World<C, D>, number: u64) -> bool {
    let found = db.get(&w.tenant, &keys(number)).await.unwrap();
    assert_eq!(found[0].is_some(), found[1].is_some(), "commit {number} is there by half");
    found[0].is_some()
}
