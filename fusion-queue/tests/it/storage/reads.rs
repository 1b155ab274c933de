use super::change;
use crate::{fixture::*, random::Random};
use fusion_core::{
    approval::Request,
    audit::{Start, Verifier},
    model::*,
    storage::*,
};

#[tokio::test]
async fn a_list_pages_by_key_without_gaps_or_repeats() {
    let w = World::new();
    let mut requests: Vec<Request> = (0..25).map(|_| w.request(None)).collect();
    w.commit(|c| requests.iter().for_each(|one| c.create(one.clone()))).await;
    w.commit(|c| c.create(w.item("mug"))).await;
    requests.sort_by_key(|one| one.id);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page =
            Storage::list(&w.db, &w.tenant, &Query::RequestsIn(w.store), after.as_ref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|row| row.key));
    }
    let wanted: Vec<Key> = requests.iter().map(|one| Key::Request(one.id)).collect();
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn audit_entries_are_chained_in_the_order_of_their_commits() {
    let w = World::new();
    for nth in 0..5 {
        w.commit(|c| c.audit.push(w.entry(&nth.to_string()))).await;
    }
    assert_eq!(w.db.chain(2).await.unwrap(), 2);
    let feed = w.db.audit(&w.tenant, 0, 100).await.unwrap();
    assert_eq!(w.db.chain(2).await.unwrap(), 0);
    let subjects: Vec<&str> = feed.iter().map(|entry| entry.entry.subject.id.as_str()).collect();
    assert_eq!(subjects, ["0", "1", "2", "3", "4"]);
    let mut verifier = Verifier::new(&w.tenant, Start::Genesis, None).unwrap();
    for entry in &feed {
        verifier.push(entry).unwrap();
    }
    let page: Vec<u64> =
        w.db.audit(&w.tenant, 3, 100).await.unwrap().iter().map(|one| one.sequence).collect();
    assert_eq!(page, [4, 5]);
}

#[tokio::test]
async fn an_entry_that_could_never_be_chained_is_refused() {
    let w = World::new();
    let mut entry = w.entry("far away");
    entry.at = fusion_core::clock::Timestamp::from_micros(i64::MAX);
    let changes = ChangeSet { audit: vec![entry], ..ChangeSet::default() };
    let error = w.db.commit(&w.tenant, changes).await.unwrap_err();
    assert_eq!(error.kind(), fusion_core::ErrorKind::InvalidInput);
    assert_eq!(w.db.chain(9).await.unwrap(), 0);
}

#[tokio::test]
async fn one_chaining_goes_over_all_tenants_up_to_its_limit() {
    let w = World::new();
    for tenant in [&w.tenant, &w.other] {
        let entries = change(|c| c.audit.extend([w.entry("a"), w.entry("b")]));
        drop(w.db.commit(tenant, entries).await.unwrap());
    }
    assert_eq!([w.db.chain(3).await.unwrap(), w.db.chain(3).await.unwrap()], [3, 1]);
}

#[tokio::test]
async fn every_query_lists_exactly_what_matches_it_also_after_changes() {
    let w = World::new();
    let mut random = Random::new(1);
    let refs: Vec<Ref> = (0..6).map(|n| Ref::new(RefKind::of("product"), n.to_string())).collect();
    let product = ProductId::new(&w.clock);
    let (item, here) = (w.item("mug").id, LocationId::new(&w.clock));
    let bundle = BundleId::new(&w.clock);
    let steps = [w.step(), w.step()];
    let request = w.request(None).id;
    let mut keys: Vec<Key> = Vec::new();
    let mut all: Vec<Record> = Vec::new();
    for nth in 0..120 {
        let record = match random.below(6) {
            0 | 1 => {
                let mut listing = w.listing(&[], &[]);
                listing.refs.set(random.one_of(&refs).clone());
                listing.refs.retire_all();
                if random.below(2) == 0 {
                    // One listing of a product in a store: the others are in others.
                    (listing.product, listing.store) = (product, StoreId::new(&w.clock));
                }
                listing.wrap()
            }
            2 => {
                let mut request = w.request(Some(&nth.to_string()));
                if random.below(2) == 0 {
                    request.bundle = bundle;
                }
                request.wrap()
            }
            3 => w.change_of_stock(item, here, &format!("cause {nth}")).wrap(),
            4 => w.vote(request, nth, "ann").wrap(),
            _ => w.grant(request, nth).await.wrap(),
        };
        keys.push(record.key());
        all.push(record);
    }
    let write = |record: &Record, expect| Write { key: record.key(), expect, record: Some(record.clone()) };
    w.commit(|c| c.writes.extend(all.iter().map(|record| write(record, Version::NEW)))).await;
    w.commit(|c| c.steps.extend(steps.clone())).await;
    all.extend(steps.clone().map(Step::wrap));
    // A third is written anew, some of it elsewhere, and another third deleted.
    for record in &mut all[..40] {
        if let Record::Listing(listing) = record {
            listing.product = ProductId::new(&w.clock);
            listing.variants.clear();
        }
    }
    w.commit(|c| {
        c.writes.extend(all[..40].iter().map(|record| write(record, Version(1))));
        let gone = keys[40..80].iter();
        c.writes.extend(gone.map(|key| Write { key: key.clone(), expect: Version(1), record: None }));
    })
    .await;
    all.drain(40..80);
    let mut queries = vec![
        Query::ListingsOf(product),
        Query::ListingsIn(w.store),
        Query::RequestsOf(bundle),
        Query::RequestsIn(w.store),
        Query::OpenRequests,
        Query::MovesOf(item),
        Query::VotesOn(request),
        Query::GrantsOf(request),
        Query::StepsOf(steps[0].job()),
    ];
    queries.extend(refs.iter().map(|one| Query::ListingsKnowing(w.store, one.clone())));
    queries.extend((0..120).map(|nth| Query::RequestWithKey(nth.to_string())));
    queries.extend((0..120).map(|nth| Query::MovesBecause(format!("cause {nth}"))));
    let mut found = 0;
    for query in queries {
        let mut wanted: Vec<Key> = all.iter().filter(|one| query.matches(one)).map(Record::key).collect();
        wanted.sort();
        let mut listed: Vec<Key> = Vec::new();
        while let Some(row) = Storage::list(&w.db, &w.tenant, &query, listed.last(), 1).await.unwrap().pop() {
            listed.push(row.key);
        }
        found += listed.len();
        assert_eq!(listed, wanted, "{query:?}");
    }
    assert!(found > 100, "{found}");
}
