use super::{
    kinds::of_every_kind,
    queries::sample,
    world::{World, change, entry},
};
use crate::{
    error::ErrorKind,
    model::{StockItem, StockItemId},
    storage::{Key, Query, Record, Storage, Version, Write, list_all, load},
    tenant::Tenant,
};
use std::collections::BTreeMap;

pub async fn a_tenant_neither_sees_nor_changes_what_another_has<S: Storage>(w: World<S>) {
    let (item, store) = (w.item("mug"), w.shop(w.store));
    for (tenant, name) in [(&w.tenant, "mine"), (&w.other, "theirs")] {
        let named = StockItem { name: name.into(), ..item.clone() };
        let mut here = store.clone();
        name.clone_into(&mut here.name);
        drop(
            w.commit_to(tenant, |c| {
                c.create(named);
                c.create(here);
                c.audit.push(entry(name));
            })
            .await,
        );
    }
    w.commit(|c| c.update(Version(1), StockItem { name: "mine again".into(), ..item.clone() })).await;
    w.commit(|c| c.delete::<crate::model::Store>(Version(1), store.id)).await;
    assert_eq!(name(&w, &w.tenant, item.id).await, "mine again");
    assert_eq!(name(&w, &w.other, item.id).await, "theirs");
    for (tenant, names, subject) in [(&w.tenant, vec![], "mine"), (&w.other, vec!["theirs"], "theirs")] {
        for query in [Query::Stores, Query::StoresOf(store.connection)] {
            let stores = list_all::<crate::model::Store>(&w.db, tenant, &query).await.unwrap();
            assert_eq!(stores.iter().map(|one| one.value.name.as_str()).collect::<Vec<_>>(), names);
        }
        let feed = w.db.audit(tenant, 0, 10).await.unwrap();
        assert_eq!(feed.iter().map(|one| one.entry.subject.id.as_str()).collect::<Vec<_>>(), [subject]);
    }
    let theirs = w.item("theirs alone");
    drop(w.commit_to(&w.other, |c| c.create(theirs.clone())).await);
    assert_eq!(w.refusal(|c| c.update(Version(1), theirs)).await, ErrorKind::Conflict);
}

async fn name<S: Storage>(w: &World<S>, tenant: &Tenant, item: StockItemId) -> String {
    load::<StockItem>(&w.db, tenant, item).await.unwrap().value.name
}

pub async fn what_is_there_once_is_there_once_in_each_tenant<S: Storage>(w: World<S>) {
    let request = w.request(Some("key"));
    w.commit(|c| c.create(request.clone())).await;
    let theirs = w.request(Some("key"));
    drop(w.commit_to(&w.other, |c| c.create(theirs)).await);
}

/// A tenant's records of every kind, and the queries that find them.
struct Full<'a> {
    tenant: &'a Tenant,
    records: BTreeMap<Key, Record>,
    queries: Vec<Query>,
}

impl<'a> Full<'a> {
    async fn new<S>(w: &World<S>, tenant: &'a Tenant) -> Self {
        let (mut records, queries) = sample(w).await;
        records.extend(of_every_kind(w).await);
        for record in &mut records {
            if let Record::Request(request) = record {
                request.caller_key = request.caller_key.take().map(|key| format!("{key} of {tenant}"));
            }
        }
        let records = records.into_iter().map(|record| (record.key(), record)).collect();
        Self { tenant, records, queries }
    }

    async fn is_stored<S: Storage>(&self, w: &World<S>) {
        let new = |(key, record): (&Key, &Record)| Write {
            key: key.clone(),
            expect: Version::NEW,
            record: Some(record.clone()),
        };
        drop(w.commit_to(self.tenant, |c| c.writes.extend(self.records.iter().map(new))).await);
    }

    fn found_by(&self, query: &Query) -> impl Iterator<Item = &Key> {
        self.records.iter().filter(|(_, record)| query.matches(record)).map(|(key, _)| key)
    }

    /// What the tenant is told who asks with the ids, filters and cursors of both: nothing but what is its own.
    async fn answers<S: Storage>(&self, w: &World<S>, other: &Full<'_>) -> Vec<Vec<Key>> {
        let keys: Vec<Key> = other.records.keys().cloned().collect();
        let found = w.db.get(self.tenant, &keys).await.unwrap();
        for (key, row) in keys.iter().zip(found) {
            assert_eq!(row.is_some(), self.records.contains_key(key), "{key:?}");
        }
        let mut answers = Vec::new();
        for query in self.queries.iter().chain(&other.queries) {
            for after in other.found_by(query).map(Some).chain([None]) {
                let rows = w.db.list(self.tenant, query, after, 100).await.unwrap();
                let keys: Vec<Key> = rows.into_iter().map(|row| row.key).collect();
                assert!(keys.iter().all(|key| self.records.contains_key(key)), "{query:?} after {after:?}");
                answers.push(keys);
            }
        }
        answers
    }

    /// Nothing that the tenant does under another's ids relies on what is there, or changes it.
    async fn acts_on_what_is_of<S: Storage>(&self, w: &World<S>, other: &Full<'_>) {
        for (key, record) in other.records.iter().filter(|(key, _)| !self.records.contains_key(key)) {
            let relied = change(|c| c.expects.push((key.clone(), Version(1))));
            let refused = w.db.commit(self.tenant, relied).await.unwrap_err().kind();
            assert_eq!(refused, ErrorKind::Conflict, "{key:?}");
            for record in [Some(record.clone()), None] {
                let write = Write { key: key.clone(), expect: Version(1), record };
                // Whether it is refused is said elsewhere.
                drop(w.db.commit(self.tenant, change(|c| c.writes.push(write))).await);
            }
        }
        let keys: Vec<Key> = other.records.keys().cloned().collect();
        let found = w.db.get(other.tenant, &keys).await.unwrap();
        let versions: Vec<_> = found.iter().map(|row| row.as_ref().map(|row| row.version)).collect();
        assert_eq!(versions, vec![Some(Version(1)); keys.len()]);
    }
}

pub async fn no_id_filter_or_cursor_of_another_tenant_reaches_what_it_has<S: Storage>(w: World<S>) {
    let (one, other) = (Full::new(&w, &w.tenant).await, Full::new(&w, &w.other).await);
    one.is_stored(&w).await;
    let before = one.answers(&w, &other).await;
    other.is_stored(&w).await;
    assert!(before == one.answers(&w, &other).await, "what another has changes no answer");
    other.answers(&w, &one).await;
    one.acts_on_what_is_of(&w, &other).await;
    other.acts_on_what_is_of(&w, &one).await;
}
