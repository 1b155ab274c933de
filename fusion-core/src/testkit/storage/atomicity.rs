use super::world::{World, entry};
use crate::{
    error::ErrorKind,
    model::{Step, StockItem},
    storage::{ChangeSet, Entity, Storage, Version, Write, find},
};

/// A commit of every kind of part, which a wrong version of `item` refuses.
fn fill<S: Storage>(w: &World<S>, item: &StockItem, version: Version) -> (StockItem, Step, ChangeSet) {
    let (fresh, step) = (w.item("new"), w.step());
    let mut changes = ChangeSet::default();
    changes.create(fresh.clone());
    changes.steps.push(step.clone());
    changes.audit.push(entry("one"));
    changes.update(version, item.clone());
    (fresh, step, changes)
}

pub async fn a_refused_commit_leaves_nothing_of_any_part<S: Storage>(w: World<S>) {
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    // By the first check that looks at records, and by the last.
    for (version, refusal) in [(Version(5), ErrorKind::Conflict), (Version(1), ErrorKind::AlreadyExists)] {
        let (fresh, step, mut changes) = fill(&w, &item, version);
        changes.steps.push(step.clone());
        assert_eq!(w.db.commit(&w.tenant, changes).await.unwrap_err().kind(), refusal);
        assert_eq!(find::<StockItem>(&w.db, &w.tenant, fresh.id).await.unwrap(), None);
        assert_eq!(find::<Step>(&w.db, &w.tenant, step.id()).await.unwrap(), None);
        assert_eq!(find::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap().unwrap().version, Version(1));
        assert!(w.db.audit(&w.tenant, 0, 10).await.unwrap().is_empty());
    }
}

pub async fn an_accepted_commit_brings_every_part<S: Storage>(w: World<S>) {
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let (fresh, step, changes) = fill(&w, &item, Version(1));
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    assert!(find::<StockItem>(&w.db, &w.tenant, fresh.id).await.unwrap().is_some());
    assert!(find::<Step>(&w.db, &w.tenant, step.id()).await.unwrap().is_some());
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap().unwrap().version, Version(2));
    assert_eq!(w.db.audit(&w.tenant, 0, 10).await.unwrap().len(), 1);
}

pub async fn a_record_is_written_under_its_own_key<S: Storage>(w: World<S>) {
    let (one, other) = (w.item("one"), w.item("other"));
    let write = Write { key: StockItem::key(other.id), expect: Version::NEW, record: Some(one.wrap()) };
    assert_eq!(w.refusal(|c| c.writes.push(write)).await, ErrorKind::InvalidInput);
}
