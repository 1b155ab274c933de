//! Orders, deliveries and doubts: what may be there once, and how it is found.

use crate::fixture::*;
use fusion_core::{ErrorKind, canonical::Hash, clock::Timestamp, model::*, storage::*};

const KIND: RefKind = RefKind::of("order");

impl World {
    fn order(&self, refs: &[Ref], life: Axis<Life>) -> Order {
        let facts = OrderFacts {
            refs: Refs::of(refs.iter().cloned()),
            number: None,
            role: OrderRole::Sale,
            locale: None,
            placed: Timestamp::from_micros(10),
            updated: None,
            life,
            payment: Axis::NotTold,
            total: None,
            paid: None,
            shipment: Axis::NotTold,
            lines: Vec::new(),
            charges: Vec::new(),
            fulfilments: Vec::new(),
            refunds: Vec::new(),
            extensions: Extensions::default(),
        };
        Order::new(OrderId::new(&self.clock), self.store, facts, Timestamp::EPOCH)
    }

    fn delivery(&self, connection: ConnectionId, topic: &str, body: &str) -> WebhookDelivery {
        WebhookDelivery {
            id: WebhookDeliveryId::new(&self.clock),
            connection,
            store: Some(self.store),
            topic: topic.to_owned(),
            body: Hash::of(body),
            about: None,
            taken: Timestamp::EPOCH,
        }
    }

    fn doubt(&self, question: &Question) -> Doubt {
        Doubt::new(DoubtId::new(&self.clock), self.store, question.clone(), Vec::new(), Timestamp::EPOCH)
    }

    async fn keys(&self, query: Query) -> Vec<Key> {
        let rows = Storage::list(&self.db, &self.tenant, &query, None, 100).await.unwrap();
        rows.into_iter().map(|row| row.key).collect()
    }
}

fn resolved(doubt: Doubt) -> Doubt {
    let resolution = Resolution { choice: Choice::Nothing, by: signature(), at: Timestamp::EPOCH };
    Doubt { resolution: Some(resolution), ..doubt }
}

#[tokio::test]
async fn a_store_has_one_order_of_an_id_that_names_one_thing() {
    let w = World::new();
    let (own, shared) = (Ref::new(KIND, "1001"), Ref::new(RefKind::shared("batch"), "7"));
    let first = w.order(&[own.clone(), shared.clone()], Axis::Known(Life::Open));
    w.commit(|c| c.create(first.clone())).await;
    let twin = w.order(std::slice::from_ref(&own), Axis::NotTold);
    assert_eq!(w.refusal(|c| c.create(twin.clone())).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.create(w.order(&[shared], Axis::NotTold))).await;
    w.commit(|c| c.create(Order { store: StoreId::new(&w.clock), ..twin })).await;
    // A listing's id is no order's.
    w.commit(|c| c.create(w.listing(std::slice::from_ref(&own), &[]))).await;
    w.commit(|c| c.update(Version(1), first)).await;
}

#[tokio::test]
async fn a_delivery_is_taken_once_for_each_connection_topic_and_body() {
    let w = World::new();
    let (one, other) = (ConnectionId::new(&w.clock), ConnectionId::new(&w.clock));
    let first = w.delivery(one, "orders/paid", "{}");
    w.commit(|c| c.create(first.clone())).await;
    let again = w.delivery(one, "orders/paid", "{}");
    assert_eq!(w.refusal(|c| c.create(again)).await, ErrorKind::AlreadyExists);
    for (connection, topic, body) in
        [(other, "orders/paid", "{}"), (one, "orders/edited", "{}"), (one, "orders/paid", "[]")]
    {
        w.commit(|c| c.create(w.delivery(connection, topic, body))).await;
    }
    assert_eq!(w.keys(Query::DeliveriesOf(one)).await.len(), 3);
    assert_eq!(w.keys(Query::DeliveriesOf(other)).await.len(), 1);
}

#[tokio::test]
async fn a_question_waits_once_and_may_come_up_again_when_it_is_answered() {
    let w = World::new();
    let order = OrderId::new(&w.clock);
    let line = |line: &str| Question::OrderLine { order, line: line.to_owned() };
    let first = w.doubt(&line("1"));
    w.commit(|c| c.create(first.clone())).await;
    assert_eq!(w.refusal(|c| c.create(w.doubt(&line("1")))).await, ErrorKind::AlreadyExists);
    let other = w.doubt(&line("2"));
    w.commit(|c| c.create(other.clone())).await;
    w.commit(|c| c.update(Version(1), resolved(first.clone()))).await;
    let again = w.doubt(&line("1"));
    w.commit(|c| c.create(again.clone())).await;
    assert_eq!(w.keys(Query::OpenDoubts).await, sorted([Key::Doubt(other.id), Key::Doubt(again.id)]));
    let all = sorted([Key::Doubt(first.id), Key::Doubt(again.id)]);
    assert_eq!(w.keys(Query::DoubtsOn(w.store, line("1"))).await, all);
    assert_eq!(w.keys(Query::DoubtsOn(StoreId::new(&w.clock), line("1"))).await, []);
}

#[tokio::test]
async fn orders_are_found_by_state_by_change_and_by_every_id_they_had() {
    let w = World::new();
    let old = Ref::new(KIND, "old");
    let mut open = w.order(std::slice::from_ref(&old), Axis::Unknown("limbo".to_owned()));
    open.facts.refs.set(Ref::new(KIND, "new"));
    open.facts.updated = Some(Timestamp::from_micros(50));
    let closed = w.order(&[], Axis::Known(Life::Closed));
    let cancelled = w.order(&[], Axis::Known(Life::Cancelled));
    let elsewhere = Order { store: StoreId::new(&w.clock), ..w.order(&[], Axis::Known(Life::Open)) };
    for order in [&open, &closed, &cancelled, &elsewhere] {
        w.commit(|c| c.create(order.clone())).await;
    }
    let since = |micros| Query::OrdersChangedSince(w.store, Timestamp::from_micros(micros));
    assert_eq!(w.keys(Query::OpenOrders(w.store)).await, [Key::Order(open.id)]);
    assert_eq!(w.keys(Query::OrdersKnowing(w.store, old)).await, [Key::Order(open.id)]);
    assert_eq!(w.keys(since(50)).await, [Key::Order(open.id)]);
    assert_eq!(w.keys(since(51)).await, []);
    assert_eq!(w.keys(since(10)).await.len(), 3);
}

#[tokio::test]
async fn a_walk_has_one_watermark_and_its_own_unread_records() {
    let w = World::new();
    let mark = Watermark::new(w.store, Walk::Orders);
    w.commit(|c| c.create(mark.clone())).await;
    w.commit(|c| c.create(Watermark::new(w.store, Walk::Products))).await;
    assert_eq!(w.refusal(|c| c.create(mark)).await, ErrorKind::Conflict);
    let unread = Unread {
        id: UnreadId::new(&w.clock),
        store: w.store,
        walk: Walk::Orders,
        record: None,
        problem: fusion_core::error::Problem::error("lines", "truncated", "the lines end in the middle"),
        tries: 0,
        at: Timestamp::EPOCH,
    };
    w.commit(|c| c.create(unread.clone())).await;
    assert_eq!(w.keys(Query::UnreadIn(w.store, Walk::Orders)).await, [Key::Unread(unread.id)]);
    assert_eq!(w.keys(Query::UnreadIn(w.store, Walk::Products)).await, []);
}

#[tokio::test]
async fn requests_are_found_by_their_listing() {
    let w = World::new();
    let listing = ListingId::new(&w.clock);
    let mut first = w.request(None);
    first.listing = Some(listing);
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(w.request(None))).await;
    assert_eq!(w.keys(Query::RequestsOn(listing)).await, [Key::Request(first.id)]);
}

fn sorted(keys: impl IntoIterator<Item = Key>) -> Vec<Key> {
    let mut keys: Vec<Key> = keys.into_iter().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn products_are_found_by_how_far_they_are_and_since_when() {
    let w = World::new();
    let product = |status, changed| Product {
        id: ProductId::new(&w.clock),
        locale: Locale::default(),
        wording: Wording::default(),
        translations: std::collections::BTreeMap::new(),
        brand: None,
        nature: Nature::Physical,
        options: Vec::new(),
        variants: Vec::new(),
        media: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        extensions: Extensions::default(),
        status,
        changed: Timestamp::from_micros(changed),
    };
    let (draft, staged) = (product(ProductStatus::Draft, 10), product(ProductStatus::Staged, 20));
    w.commit(|c| [&draft, &staged].into_iter().for_each(|one| c.create(one.clone()))).await;
    assert_eq!(w.keys(Query::ProductsIn(ProductStatus::Draft)).await, [Key::Product(draft.id)]);
    assert_eq!(
        w.keys(Query::ProductsChangedSince(Timestamp::from_micros(20))).await,
        [Key::Product(staged.id)]
    );
    assert_eq!(w.keys(Query::ProductsChangedSince(Timestamp::from_micros(10))).await.len(), 2);
}
