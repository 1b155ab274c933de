use super::world::World;
use crate::{
    error::ErrorKind,
    model::StockItem,
    storage::{ChangeSet, Entity, Record, Storage, Version, Versioned, find, load},
};

pub async fn a_record_comes_back_with_its_version_which_grows_with_every_write<S: Storage>(w: World<S>) {
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let renamed = StockItem { name: "cup".into(), ..item.clone() };
    w.commit(|c| c.update(Version(1), renamed.clone())).await;
    let found = load::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap();
    assert_eq!(found, Versioned { value: renamed, version: Version(2) });
    w.commit(|c| c.delete::<StockItem>(Version(2), item.id)).await;
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap(), None);
    w.commit(|c| c.create(item.clone())).await;
    assert_eq!(load::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap().version, Version(1));
}

pub async fn two_writers_of_one_version_dont_both_succeed<S: Storage>(w: World<S>) {
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    w.commit(|c| c.update(Version(1), item.clone())).await;
    assert_eq!(w.refusal(|c| c.update(Version(1), item.clone())).await, ErrorKind::Conflict);
    assert_eq!(w.refusal(|c| c.create(item.clone())).await, ErrorKind::Conflict);
    assert_eq!(w.refusal(|c| c.delete::<StockItem>(Version(1), item.id)).await, ErrorKind::Conflict);
    let twice = |c: &mut ChangeSet| {
        c.update(Version(2), item.clone());
        c.update(Version(2), item.clone());
    };
    assert_eq!(w.refusal(twice).await, ErrorKind::Conflict);
    let made_twice = |c: &mut ChangeSet| {
        let new = w.item("new");
        c.create(new.clone());
        c.create(new);
    };
    assert_eq!(w.refusal(made_twice).await, ErrorKind::Conflict);
}

pub async fn a_record_that_was_relied_on_must_not_have_changed<S: Storage>(w: World<S>) {
    let (read, written) = (w.item("budget"), w.item("order"));
    w.commit(|c| c.create(read.clone())).await;
    w.commit(|c| c.update(Version(1), read.clone())).await;
    let relying = |version| {
        let (read, written) = (read.id, written.clone());
        move |c: &mut ChangeSet| {
            c.rely_on::<StockItem>(read, version);
            c.create(written);
        }
    };
    assert_eq!(w.refusal(relying(Version(1))).await, ErrorKind::Conflict);
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, written.id).await.unwrap(), None);
    w.commit(relying(Version(2))).await;
}

pub async fn what_was_relied_on_as_absent_must_not_be_there<S: Storage>(w: World<S>) {
    let item = w.item("mug");
    let relying = |c: &mut ChangeSet| c.rely_on::<StockItem>(item.id, Version::NEW);
    w.commit(relying).await;
    w.commit(|c| c.create(item.clone())).await;
    assert_eq!(w.refusal(relying).await, ErrorKind::Conflict);
}

pub async fn records_are_returned_in_the_order_of_the_keys_asked_for<S: Storage>(w: World<S>) {
    let (one, other, absent) = (w.item("one"), w.item("other"), w.item("absent"));
    w.commit(|c| [&one, &other].into_iter().for_each(|item| c.create(item.clone()))).await;
    let asked = [&other, &absent, &one, &other].map(|item| StockItem::key(item.id));
    let found = w.db.get(&w.tenant, &asked).await.unwrap();
    let found: Vec<Option<Record>> = found.into_iter().map(|row| row.map(|row| row.value)).collect();
    let wanted = [Some(&other), None, Some(&one), Some(&other)].map(|item| item.cloned().map(Entity::wrap));
    assert_eq!(found, wanted);
    assert_eq!(w.db.get(&w.tenant, &[]).await.unwrap(), []);
}
