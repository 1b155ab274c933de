use super::world::{World, entry};
use crate::{
    error::ErrorKind,
    model::{StockItem, StockItemId},
    storage::{Query, Storage, Version, list_all, load},
    tenant::Tenant,
};

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
