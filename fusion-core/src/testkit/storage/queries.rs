use super::world::{World, signature, sorted};
use crate::{
    approval::{GrantRecord, Note, Phase, Request},
    clock::Timestamp,
    model::*,
    storage::{Entity, Key, PersonalValue, Query, Record, Storage, Version, Write},
    verb::PlatformSlug,
};
use std::{collections::HashSet, mem::discriminant};

pub async fn a_list_pages_by_key_without_gaps_or_repeats<S: Storage>(w: World<S>) {
    let requests: Vec<Request> = (0..25).map(|_| w.request(None)).collect();
    w.commit(|c| requests.iter().for_each(|one| c.create(one.clone()))).await;
    w.commit(|c| c.create(w.item("mug"))).await;
    let query = Query::RequestsIn(w.store);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = w.db.list(&w.tenant, &query, after.as_ref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.push(page.len());
        assert!(page.iter().all(|row| row.key == row.record.key() && row.version == Version(1)));
    }
    assert_eq!(seen, [7, 7, 7, 4]);
    assert_eq!(paged(&w, &query, 7).await, sorted(requests.iter().map(|one| Key::Request(one.id))));
    assert!(w.db.list(&w.tenant, &query, None, 0).await.unwrap().is_empty());
}

pub async fn a_page_of_a_range_of_keys_goes_on_behind_any_key<S: Storage>(w: World<S>) {
    let [before, request, behind] = [1, 2, 3].map(|id| RequestId::from_uuid(uuid::Uuid::from_u128(id)));
    w.commit(|c| (1..=3).for_each(|number| c.create(w.revision(request, number)))).await;
    w.commit(|c| [before, behind].into_iter().for_each(|other| c.create(w.revision(other, 1)))).await;
    let query = Query::RevisionsOf(request);
    for (after, wanted) in [
        (Key::StockItem(w.item("of a kind before").id), 3),
        (Key::Revision((RequestId::from_uuid(uuid::Uuid::nil()), 9)), 3),
        (Key::Revision((request, 2)), 1),
        (Key::Revision((request, u32::MAX)), 0),
        (Key::Revision((RequestId::from_uuid(uuid::Uuid::max()), 0)), 0),
        (Key::Vote(VoteId::new(&w.clock)), 0),
    ] {
        let page = w.db.list(&w.tenant, &query, Some(&after), 9).await.unwrap();
        assert_eq!(page.len(), wanted, "{after:?}");
    }
}

async fn paged<S: Storage>(w: &World<S>, query: &Query, limit: usize) -> Vec<Key> {
    let mut listed: Vec<Key> = Vec::new();
    loop {
        let page = w.db.list(&w.tenant, query, listed.last(), limit).await.unwrap();
        if page.is_empty() {
            return listed;
        }
        listed.extend(page.into_iter().map(|row| row.key));
    }
}

/// The values that records share, two of each, so that every query finds some and leaves out others.
struct Values {
    connections: [ConnectionId; 2],
    stores: [StoreId; 2],
    items: [StockItemId; 2],
    places: [LocationId; 2],
    refs: [Ref; 2],
    sales: [OrderId; 2],
    questions: [Question; 2],
    listings: [ListingId; 2],
    bundles: [BundleId; 2],
    requests: [RequestId; 2],
    grants: [GrantId; 2],
    jobs: [JobId; 2],
}

const SKUS: [&str; 2] = ["MUG-1", "MUG-2"];
const STATUSES: [ProductStatus; 2] = [ProductStatus::Draft, ProductStatus::Published];
const CAUSES: [&str; 2] = ["line 1", "line 2"];
const WALKS: [Walk; 2] = [Walk::Products, Walk::Orders];
const LIVES: [Axis<Life>; 2] = [Axis::Known(Life::Open), Axis::Known(Life::Closed)];

/// Records of each kind.
const EACH: usize = 12;

/// One of two, by a digit of `nth`; different digits mix independently.
fn one_of<T: Clone>(two: &[T; 2], nth: usize, digit: u32) -> T {
    two[(nth >> digit) % 2].clone()
}

impl Values {
    fn new<S>(w: &World<S>) -> Self {
        let ids = [OrderId::new(&w.clock), OrderId::new(&w.clock)];
        Self {
            connections: [(); 2].map(|()| ConnectionId::new(&w.clock)),
            stores: [w.store, StoreId::new(&w.clock)],
            items: [(); 2].map(|()| StockItemId::new(&w.clock)),
            places: [(); 2].map(|()| LocationId::new(&w.clock)),
            refs: ["1", "2"].map(|id| Ref::new(RefKind::of("thing"), id)),
            sales: ids,
            questions: ids.map(|order| Question::OrderLine { order, line: "1".to_owned() }),
            listings: [(); 2].map(|()| ListingId::new(&w.clock)),
            bundles: [(); 2].map(|()| BundleId::new(&w.clock)),
            requests: [(); 2].map(|()| RequestId::new(&w.clock)),
            grants: [(); 2].map(|()| GrantId::new(&w.clock)),
            jobs: [(); 2].map(|()| JobId::new(&w.clock)),
        }
    }

    /// The `nth` record of every kind that a query lists, with a mixture of the values.
    fn records<S>(&self, w: &World<S>, nth: usize, grant: GrantRecord) -> Vec<Record> {
        let number = u32::try_from(nth).unwrap();
        let (store, request) = (one_of(&self.stores, nth, 0), one_of(&self.requests, nth, 0));
        let connection = Connection {
            id: ConnectionId::new(&w.clock),
            platform: PlatformSlug::from("etsy"),
            account: None,
            settings: serde_json::Value::Null,
            scopes: Vec::new(),
        };
        let shop = Store { connection: one_of(&self.connections, nth, 0), ..w.shop(StoreId::new(&w.clock)) };
        let mut product = w.product(one_of(&STATUSES, nth, 0), i64::from(number));
        product.variants = vec![w.variant(one_of(&SKUS, nth, 1), one_of(&self.items, nth, 2))];
        // Both variants say the same: the product is listed once all the same.
        product.variants.push(product.variants[0].clone());
        let place =
            Location { id: LocationId::new(&w.clock), name: "here".to_owned(), kind: LocationKind::Own };
        let (item, at) = (one_of(&self.items, nth, 0), one_of(&self.places, nth, 1));
        let at = if nth < 4 { at } else { place.id };
        let level = StockLevel {
            item,
            location: at,
            on_hand: 1,
            committed: 0,
            safety: 0,
            sequence: 0,
            opening: None,
        };
        let mut listing = Listing { store, ..w.listing(&[one_of(&self.refs, nth, 1)], &[]) };
        listing.refs.retire_all();
        let mut order = Order { store, ..w.order(&[one_of(&self.refs, nth, 1)], one_of(&LIVES, nth, 2)) };
        order.facts.refs.retire_all();
        let take = Take { item, location: at, units: 1 };
        order.ledger =
            vec![LineLedger { left_out: vec![take, take], ..LineLedger::new("1".to_owned(), vec![]) }];
        order.facts.placed = Timestamp::from_micros(i64::from(number));
        order.facts.role = match nth % 3 {
            0 => OrderRole::Sale,
            1 => OrderRole::Supply { sale: Some(one_of(&self.sales, nth, 1)) },
            _ => OrderRole::Replacement { of: Some(one_of(&self.sales, nth, 1)) },
        };
        let mut doubt = Doubt { store, ..w.doubt(&one_of(&self.questions, nth, 1)) };
        if nth >= 4 {
            doubt = answered(doubt);
        }
        let mut asked = w.request(Some(&nth.to_string()));
        asked.store = (!nth.is_multiple_of(3)).then_some(store);
        asked.listing = (nth % 3 > 1).then(|| one_of(&self.listings, nth, 1));
        asked.bundle = one_of(&self.bundles, nth, 2);
        let mut erasure = w.erasure(&nth.to_string());
        erasure.met = (nth >= 4).then_some(Timestamp::EPOCH);
        vec![
            connection.wrap(),
            shop.wrap(),
            product.wrap(),
            w.change_of_stock(item, place.id, one_of(&CAUSES, nth, 1)).wrap(),
            place.wrap(),
            level.wrap(),
            listing.wrap(),
            order.wrap(),
            w.delivery(one_of(&self.connections, nth, 0), "topic", &nth.to_string()).wrap(),
            doubt.wrap(),
            Unread { store, ..w.unread(one_of(&WALKS, nth, 1)) }.wrap(),
            erasure.wrap(),
            asked.wrap(),
            w.revision(request, number).wrap(),
            w.vote(request, number, "ann").wrap(),
            Note::new(request, signature(), "words", &w.clock).wrap(),
            grant.wrap(),
            PersonalValue { id: PersonalId::new(&w.clock), sealed: Sealed::from_text(String::new()) }.wrap(),
            w.step_of(
                one_of(&self.jobs, nth, 0),
                (!nth.is_multiple_of(3)).then(|| one_of(&self.grants, nth, 1)),
            )
            .wrap(),
        ]
    }

    fn queries(&self, product: ProductId) -> Vec<Query> {
        let at = Timestamp::from_micros(5);
        let mut all = vec![
            Query::Connections,
            Query::Stores,
            Query::Products,
            Query::ProductsChangedSince(at),
            Query::Locations,
            Query::OpenDoubts,
            Query::OpenErasures,
            Query::PersonalValues,
            Query::Steps,
            Query::OpenRequests,
            Query::ListingsOf(product),
        ];
        for nth in 0..2 {
            let (store, request) = (self.stores[nth], self.requests[nth]);
            all.extend([
                Query::StoresOf(self.connections[nth]),
                Query::ProductsIn(STATUSES[nth]),
                Query::ProductsWithSku(SKUS[nth].to_owned()),
                Query::ProductsConsuming(self.items[nth]),
                Query::LevelsOf(self.items[nth]),
                Query::LevelsAt(self.places[nth]),
                Query::MovesOf(self.items[nth]),
                Query::MovesBecause(CAUSES[nth].to_owned()),
                Query::ListingsIn(store),
                Query::ListingsKnowing(store, self.refs[nth].clone()),
                Query::OrdersIn(store),
                Query::OpenOrders(store),
                Query::OrdersLeftOut(self.items[nth]),
                Query::OrdersChangedSince(store, at),
                Query::OrdersKnowing(store, self.refs[nth].clone()),
                Query::OrdersFor(self.sales[nth]),
                Query::DeliveriesOf(self.connections[nth]),
                Query::OpenDoubtsOn(self.questions[nth].clone()),
                Query::DoubtsOn(store, self.questions[nth].clone()),
                Query::UnreadIn(store, WALKS[nth]),
                Query::RequestsOf(self.bundles[nth]),
                Query::RequestsIn(store),
                Query::RequestsOn(self.listings[nth]),
                Query::RequestWithKey((nth + 10).to_string()),
                Query::RevisionsOf(request),
                Query::VotesOn(request),
                Query::NotesOn(request),
                Query::GrantsOf(request),
                Query::StepsUnder(self.grants[nth]),
                Query::StepsOf(self.jobs[nth]),
            ]);
        }
        all
    }
}

fn answered(doubt: Doubt) -> Doubt {
    let resolution = Resolution { choice: Choice::Nothing, by: signature(), at: Timestamp::EPOCH };
    Doubt { resolution: Some(resolution), ..doubt }
}

/// Moves `record` from under one value of a query to none of them, or another.
fn move_away(record: &mut Record) {
    match record {
        Record::Store(store) => store.connection = ConnectionId::from_uuid(uuid::Uuid::max()),
        Record::Product(product) => {
            product.status = ProductStatus::Staged;
            product.changed = Timestamp::from_micros(-product.changed.as_micros());
            product.variants.truncate(0);
        }
        Record::Listing(listing) => {
            listing.refs = Refs::of([Ref::new(RefKind::of("thing"), listing.id.to_string())]);
        }
        Record::Order(order) => {
            order.facts.life = LIVES[1].clone();
            order.facts.placed = Timestamp::from_micros(-order.facts.placed.as_micros());
            order.facts.role = OrderRole::Sale;
        }
        Record::Doubt(doubt) => **doubt = answered((**doubt).clone()),
        Record::Unread(unread) => unread.walk = WALKS[0],
        Record::Erasure(erasure) => erasure.met = Some(Timestamp::EPOCH),
        Record::Request(request) => (request.phase, request.store) = (Phase::Done, None),
        _ => {}
    }
}

/// Records that every query finds some of, and the queries.
pub(super) async fn sample<S>(w: &World<S>) -> (Vec<Record>, Vec<Query>) {
    let values = Values::new(w);
    let mut all = Vec::new();
    for nth in 0..EACH {
        let grant = w.grant(one_of(&values.requests, nth, 0), u32::try_from(nth).unwrap()).await;
        all.extend(values.records(w, nth, grant));
    }
    let product = all
        .iter()
        .find_map(|one| if let Record::Listing(listing) = one { Some(listing.product) } else { None });
    let queries = values.queries(product.unwrap());
    let kinds: HashSet<_> = queries.iter().map(discriminant).collect();
    assert_eq!(kinds.len(), 41, "a new query needs a line here");
    (all, queries)
}

pub async fn every_query_lists_exactly_what_matches_it_also_after_changes<S: Storage>(w: World<S>) {
    let (all, queries) = sample(&w).await;
    let write = |record: &Record, expect| Write { key: record.key(), expect, record: Some(record.clone()) };
    w.commit(|c| c.writes.extend(all.iter().map(|record| write(record, Version::NEW)))).await;
    check(&w, &queries, &all).await;
    for query in &queries {
        let matching = all.iter().filter(|one| query.matches(one)).count();
        assert!(matching > 0 && matching < all.len(), "{query:?} proves nothing");
    }
    // Of three that may change one is written anew elsewhere, one as it is, and one deleted.
    let fixed = |record: &Record| matches!(record, Record::Step(_) | Record::Revision(_));
    let mut changes = crate::storage::ChangeSet::default();
    let mut left = Vec::new();
    for (nth, mut record) in all.into_iter().enumerate() {
        match nth % 3 {
            _ if fixed(&record) => {}
            0 => {
                let delete = Write { key: record.key(), expect: Version(1), record: None };
                changes.writes.push(delete);
                continue;
            }
            1 => {
                move_away(&mut record);
                changes.writes.push(write(&record, Version(1)));
            }
            _ => changes.writes.push(write(&record, Version(1))),
        }
        left.push(record);
    }
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    check(&w, &queries, &left).await;
}

async fn check<S: Storage>(w: &World<S>, queries: &[Query], all: &[Record]) {
    for query in queries {
        let wanted = sorted(all.iter().filter(|one| query.matches(one)).map(Record::key));
        assert_eq!(paged(w, query, 2).await, wanted, "{query:?}");
    }
}
