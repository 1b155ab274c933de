use super::{faults::raw, *};
use fusion_core::{
    audit::Head,
    storage::{PersonalValue, Version},
};

#[tokio::test]
async fn what_was_stored_is_there_when_the_file_is_opened_again() {
    let folder = TempDir::new().unwrap();
    let w = World::new();
    let db = opened(&folder).await;
    drop(db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    let head = db.head(&w.tenant).await.unwrap();
    drop(db.commit(&w.tenant, numbered(&w, 2)).await.unwrap());
    drop(db);
    let db = opened(&folder).await;
    assert!(is_there(&db, &w, 1).await && is_there(&db, &w, 2).await);
    let feed = db.audit(&w.tenant, 0, 9).await.unwrap();
    assert_eq!((feed.len(), feed[0].head(&w.tenant)), (2, head.clone()));
    assert_ne!(head, Head::genesis(&w.tenant));
    assert!(db.is_lasting());
}

#[tokio::test]
async fn many_may_make_and_open_a_file_at_once() {
    let folder = TempDir::new().unwrap();
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(settings(&folder).open())).collect();
    let w = World::new();
    for (number, task) in (0..).zip(tasks) {
        let db = task.await.unwrap().unwrap();
        drop(db.commit(&w.tenant, numbered(&w, number)).await.unwrap());
        assert!(is_there(&db, &w, 0).await);
    }
}

#[tokio::test]
async fn a_commit_of_many_records_is_one() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    let items: Vec<StockItem> = (0..2_500).map(|nth| w.item(&nth.to_string())).collect();
    let fill = |c: &mut ChangeSet| items.iter().for_each(|item| c.create(item.clone()));
    drop(db.commit(&w.tenant, change(fill)).await.unwrap());
    let keys: Vec<Key> = items.iter().map(|item| StockItem::key(item.id)).collect();
    let found = db.get(&w.tenant, &keys).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|row| row.unwrap().value).collect();
    assert_eq!(found, items.into_iter().map(Entity::wrap).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_commit_of_large_records_is_one_and_they_are_read_whole() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    // More than one text carries, and each more than is told with others.
    let sizes = (0..18).map(|_| 1_000_000).chain([1, 65_000, 66_000]);
    let values = |letter: &str| -> Vec<PersonalValue> {
        let sealed = |size: usize| Sealed::from_text(letter.repeat(size));
        sizes
            .clone()
            .map(|size| PersonalValue { id: PersonalId::new(&w.clock), sealed: sealed(size) })
            .collect()
    };
    let old = values("\"");
    drop(
        db.commit(&w.tenant, change(|c| old.iter().for_each(|value| c.create(value.clone())))).await.unwrap(),
    );
    let new: Vec<PersonalValue> =
        values("b").into_iter().zip(&old).map(|(new, old)| PersonalValue { id: old.id, ..new }).collect();
    let keys: Vec<Key> = old.iter().map(|value| PersonalValue::key(value.id)).collect();
    for (version, wanted) in [(1, &old), (2, &new)] {
        let found = db.get(&w.tenant, &keys).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|row| row.unwrap()).collect();
        assert!(found.iter().all(|row| row.version == Version(version)));
        assert!(found.into_iter().map(|row| row.value).eq(wanted.iter().cloned().map(Entity::wrap)));
        let rewrite =
            |c: &mut ChangeSet| new.iter().for_each(|value| c.update(Version(version), value.clone()));
        drop(db.commit(&w.tenant, change(rewrite)).await.unwrap());
    }
}

#[tokio::test]
async fn a_long_feed_is_chained_whole() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    let fill = |c: &mut ChangeSet| c.audit.extend((0..1_200).map(|nth| w.entry(&nth.to_string())));
    drop(db.commit(&w.tenant, change(fill)).await.unwrap());
    drop(db.commit(&w.other, change(fill)).await.unwrap());
    assert_eq!(db.chain(1_100).await.unwrap(), 1_100);
    assert_eq!(db.head(&w.other).await.unwrap().sequence, 1_200);
    assert_eq!(db.chain(5_000).await.unwrap(), 100);
    assert_eq!(db.head(&w.tenant).await.unwrap().sequence, 1_200);
}

#[tokio::test]
async fn nothing_of_an_erased_value_stays_in_a_file_that_is_written_back() {
    let folder = TempDir::new().unwrap();
    let w = World::new();
    let ids: Vec<PersonalId> = (0..40).map(|_| PersonalId::new(&w.clock)).collect();
    let db = opened(&folder).await;
    let sealed = || Sealed::from_text(format!("sealed-{}", "buyer".repeat(40)));
    let all = ids.iter().map(|id| PersonalValue { id: *id, sealed: sealed() });
    drop(db.commit(&w.tenant, change(|c| all.for_each(|value| c.create(value)))).await.unwrap());
    for id in &ids {
        drop(db.commit(&w.tenant, change(|c| c.delete::<PersonalValue>(Version(1), *id))).await.unwrap());
    }
    let mut own = raw(&folder).await;
    let written_back: (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut own).await.unwrap();
    assert_eq!(written_back, (0, 0, 0), "all of it, and nothing is left beside the file");
    let bytes = std::fs::read(folder.path().join(FILE)).unwrap();
    assert!(!bytes.windows(15).any(|window| window == b"buyerbuyerbuyer"));
}
