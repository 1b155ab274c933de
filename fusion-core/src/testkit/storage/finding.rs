use super::world::{World, signature, sorted};
use crate::{
    clock::Timestamp,
    error::ErrorKind,
    model::*,
    storage::{Entity, Key, Query, Storage, Version},
};

fn resolved(doubt: Doubt) -> Doubt {
    let resolution = Resolution { choice: Choice::Nothing, by: signature(), at: Timestamp::EPOCH };
    Doubt { resolution: Some(resolution), ..doubt }
}

pub async fn a_question_waits_once_and_may_come_up_again_when_it_is_answered<S: Storage>(w: World<S>) {
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
    assert_eq!(w.keys(Query::OpenDoubtsOn(line("1"))).await, [Key::Doubt(again.id)]);
    let all = sorted([Key::Doubt(first.id), Key::Doubt(again.id)]);
    assert_eq!(w.keys(Query::DoubtsOn(w.store, line("1"))).await, all);
    assert_eq!(w.keys(Query::DoubtsOn(StoreId::new(&w.clock), line("1"))).await, []);
}

pub async fn orders_are_found_by_state_by_change_and_by_every_id_they_had<S: Storage>(w: World<S>) {
    let kind = RefKind::of("order");
    let old = Ref::new(kind.clone(), "old");
    let mut open = w.order(std::slice::from_ref(&old), Axis::Unknown("limbo".to_owned()));
    open.facts.refs.set(Ref::new(kind, "new"));
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
    // A change of the time alone moves it, too.
    open.facts.updated = Some(Timestamp::from_micros(60));
    w.commit(|c| c.update(Version(1), open.clone())).await;
    assert_eq!(w.keys(since(60)).await, [Key::Order(open.id)]);
}

pub async fn open_orders_are_found_by_the_items_whose_levels_leave_them_out<S: Storage>(w: World<S>) {
    let [first, second] = [1, 2].map(|_| StockItemId::new(&w.clock));
    let left_out = |item, life| {
        let take = Take { item, location: LocationId::new(&w.clock), units: 1 };
        let ledger = LineLedger { left_out: vec![take, take], ..LineLedger::new("1".to_owned(), vec![]) };
        Order { ledger: vec![ledger], ..w.order(&[], Axis::Known(life)) }
    };
    let mut open = left_out(first, Life::Open);
    let other = left_out(second, Life::Open);
    for order in [&open, &other, &left_out(first, Life::Closed)] {
        w.commit(|c| c.create(order.clone())).await;
    }
    assert_eq!(w.keys(Query::OrdersLeftOut(first)).await, [Key::Order(open.id)]);
    assert_eq!(w.keys(Query::OrdersLeftOut(second)).await, [Key::Order(other.id)]);
    open.ledger[0].left_out.clear();
    w.commit(|c| c.update(Version(1), open.clone())).await;
    assert_eq!(w.keys(Query::OrdersLeftOut(first)).await, []);
}

pub async fn orders_are_found_by_the_one_that_they_were_made_for<S: Storage>(w: World<S>) {
    let sale = OrderId::new(&w.clock);
    let order = |store, role| {
        let mut order = Order { store, ..w.order(&[], Axis::Known(Life::Open)) };
        order.facts.role = role;
        order
    };
    let supply = order(w.store, OrderRole::Supply { sale: Some(sale) });
    let replacement = order(StoreId::new(&w.clock), OrderRole::Replacement { of: Some(sale) });
    let mut unknown = order(w.store, OrderRole::Supply { sale: None });
    let other = order(w.store, OrderRole::Supply { sale: Some(OrderId::new(&w.clock)) });
    for order in [&supply, &replacement, &unknown, &other] {
        w.commit(|c| c.create(order.clone())).await;
    }
    let (first, second) = (Key::Order(supply.id), Key::Order(replacement.id));
    assert_eq!(w.keys(Query::OrdersFor(sale)).await, sorted([first.clone(), second.clone()]));
    unknown.facts.role = OrderRole::Supply { sale: Some(sale) };
    w.commit(|c| c.update(Version(1), unknown.clone())).await;
    assert_eq!(w.keys(Query::OrdersFor(sale)).await, sorted([first, second, Key::Order(unknown.id)]));
}

pub async fn a_walk_has_one_watermark_and_its_own_unread_records<S: Storage>(w: World<S>) {
    let mark = Watermark::new(w.store, Walk::Orders);
    w.commit(|c| c.create(mark.clone())).await;
    w.commit(|c| c.create(Watermark::new(w.store, Walk::Products))).await;
    assert_eq!(w.refusal(|c| c.create(mark)).await, ErrorKind::Conflict);
    let unread = w.unread(Walk::Orders);
    w.commit(|c| c.create(unread.clone())).await;
    assert_eq!(w.keys(Query::UnreadIn(w.store, Walk::Orders)).await, [Key::Unread(unread.id)]);
    assert_eq!(w.keys(Query::UnreadIn(w.store, Walk::Products)).await, []);
}

pub async fn a_demand_to_erase_is_one_for_what_it_names_and_waits_until_it_is_met<S: Storage>(w: World<S>) {
    let order = w.erasure("1");
    let store = Erasure { buyers: BuyersOf::Storefront("1".to_owned()), ..order.clone() };
    let elsewhere = Erasure { connection: ConnectionId::new(&w.clock), ..order.clone() };
    let key = |one: &Erasure| Erasure::key(one.id());
    for one in [&order, &store, &elsewhere] {
        w.commit(|c| c.create(one.clone())).await;
        assert_eq!(w.refusal(|c| c.create(one.clone())).await, ErrorKind::Conflict);
    }
    assert_eq!(w.keys(Query::OpenErasures).await, sorted([key(&order), key(&store), key(&elsewhere)]));
    let met = Erasure { met: Some(Timestamp::EPOCH), ..store.clone() };
    w.commit(|c| c.update(Version(1), met)).await;
    w.commit(|c| c.delete::<Erasure>(Version(1), order.id())).await;
    assert_eq!(w.keys(Query::OpenErasures).await, [key(&elsewhere)]);
    w.commit(|c| c.update(Version(2), store.clone())).await;
    assert_eq!(w.keys(Query::OpenErasures).await, sorted([key(&store), key(&elsewhere)]));
}

pub async fn products_are_found_by_how_far_they_are_and_since_when<S: Storage>(w: World<S>) {
    let (draft, staged) = (w.product(ProductStatus::Draft, -10), w.product(ProductStatus::Staged, 20));
    w.commit(|c| [&draft, &staged].into_iter().for_each(|one| c.create(one.clone()))).await;
    let since = |micros| Query::ProductsChangedSince(Timestamp::from_micros(micros));
    assert_eq!(w.keys(Query::ProductsIn(ProductStatus::Draft)).await, [Key::Product(draft.id)]);
    assert_eq!(w.keys(since(20)).await, [Key::Product(staged.id)]);
    assert_eq!(w.keys(since(-9)).await, [Key::Product(staged.id)]);
    assert_eq!(w.keys(since(-10)).await.len(), 2);
}
