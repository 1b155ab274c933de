//! What may be there once in a tenant: one clause for each kind of [`UniqueKey`](crate::storage::UniqueKey),
//! and for what frees one.

use super::{kinds, world::World};
use crate::{
    approval::{GrantState, Vote},
    canonical::Hash,
    error::ErrorKind,
    model::*,
    storage::{ChangeSet, Storage, Version},
};

pub async fn no_two_listings_of_a_store_have_one_ref_whether_their_own_or_a_variants<S: Storage>(
    w: World<S>,
) {
    let (a, b) = (Ref::new(RefKind::of("product"), "1"), Ref::new(RefKind::of("variant"), "2"));
    w.commit(|c| c.create(w.listing(std::slice::from_ref(&a), std::slice::from_ref(&b)))).await;
    for second in [w.listing(std::slice::from_ref(&a), &[]), w.listing(&[], std::slice::from_ref(&b))] {
        assert_eq!(w.refusal(|c| c.create(second)).await, ErrorKind::AlreadyExists);
    }
    let twins = |c: &mut ChangeSet| {
        for _ in 0..2 {
            c.create(w.listing(&[Ref::new(RefKind::of("product"), "9")], &[]));
        }
    };
    assert_eq!(w.refusal(twins).await, ErrorKind::AlreadyExists);
    let elsewhere = Listing { store: StoreId::new(&w.clock), ..w.listing(std::slice::from_ref(&a), &[]) };
    w.commit(|c| c.create(elsewhere)).await;
    // A record doesn't stand in its own way, nor does one that says the same twice.
    let own = w.listing(&[Ref::new(RefKind::of("product"), "3")], &[Ref::new(RefKind::of("product"), "3")]);
    w.commit(|c| c.create(own.clone())).await;
    w.commit(|c| c.update(Version(1), own)).await;
}

pub async fn a_ref_that_is_given_up_may_be_taken_over_in_the_same_commit<S: Storage>(w: World<S>) {
    let (a, b) = (Ref::new(RefKind::of("product"), "1"), Ref::new(RefKind::of("product"), "2"));
    let (first, second) =
        (w.listing(std::slice::from_ref(&a), &[]), w.listing(std::slice::from_ref(&b), &[]));
    w.commit(|c| [&first, &second].into_iter().for_each(|one| c.create(one.clone()))).await;
    w.commit(|c| {
        c.update(Version(1), Listing { refs: second.refs.clone(), ..first.clone() });
        c.update(Version(1), Listing { refs: first.refs.clone(), ..second.clone() });
    })
    .await;
    let third = w.listing(&[a], &[]);
    let taking = |c: &mut ChangeSet| {
        c.create(third.clone());
        c.update(Version(2), first.clone());
    };
    assert_eq!(w.refusal(taking).await, ErrorKind::AlreadyExists);
    w.commit(|c| {
        c.create(third.clone());
        c.delete::<Listing>(Version(2), second.id);
    })
    .await;
}

pub async fn two_listings_of_a_store_may_have_one_id_of_a_shared_kind<S: Storage>(w: World<S>) {
    let shared = Ref::new(RefKind::shared("asin"), "B00");
    let own = |id: &str| Ref::new(RefKind::of("sku"), id);
    w.commit(|c| c.create(w.listing(&[shared.clone(), own("1")], &[]))).await;
    w.commit(|c| c.create(w.listing(&[own("2")], std::slice::from_ref(&shared)))).await;
    let third = w.listing(&[shared, own("2")], &[]);
    assert_eq!(w.refusal(|c| c.create(third)).await, ErrorKind::AlreadyExists);
}

pub async fn a_store_has_one_listing_of_a_product<S: Storage>(w: World<S>) {
    let first = w.listing(&[], &[]);
    w.commit(|c| c.create(first.clone())).await;
    let second = Listing { product: first.product, ..w.listing(&[], &[]) };
    assert_eq!(w.refusal(|c| c.create(second.clone())).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.create(Listing { store: StoreId::new(&w.clock), ..second })).await;
}

pub async fn a_store_has_one_order_of_an_id_that_names_one_thing<S: Storage>(w: World<S>) {
    let own = Ref::new(RefKind::of("order"), "1001");
    let shared = Ref::new(RefKind::shared("batch"), "7");
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

pub async fn an_event_is_taken_once_for_each_connection_topic_and_body<S: Storage>(w: World<S>) {
    let (one, other) = (ConnectionId::new(&w.clock), ConnectionId::new(&w.clock));
    w.commit(|c| c.create(w.delivery(one, "orders/paid", "{}"))).await;
    let again = w.delivery(one, "orders/paid", "{}");
    assert_eq!(w.refusal(|c| c.create(again)).await, ErrorKind::AlreadyExists);
    for (connection, topic, body) in
        [(other, "orders/paid", "{}"), (one, "orders/edited", "{}"), (one, "orders/paid", "[]")]
    {
        w.commit(|c| c.create(w.delivery(connection, topic, body))).await;
    }
    let named = |event: Option<&str>| WebhookDelivery {
        event: event.map(Hash::of),
        ..w.delivery(one, "orders/paid", "{}")
    };
    w.commit(|c| c.create(named(Some("another")))).await;
    w.commit(|c| c.create(named(None))).await;
    w.commit(|c| c.create(named(None))).await;
}

pub async fn a_storefront_is_one_store<S: Storage>(w: World<S>) {
    let first = w.shop(w.store);
    w.commit(|c| c.create(first.clone())).await;
    let again = Store { id: StoreId::new(&w.clock), ..first };
    assert_eq!(w.refusal(|c| c.create(again.clone())).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.create(Store { platform: "etsy".into(), ..again })).await;
}

pub async fn a_callers_key_names_one_request<S: Storage>(w: World<S>) {
    let first = w.request(Some("order-7"));
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(w.request(None))).await;
    w.commit(|c| c.create(w.request(None))).await;
    assert_eq!(w.refusal(|c| c.create(w.request(Some("order-7")))).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.update(Version(1), first)).await;
}

pub async fn a_cause_changes_a_level_once<S: Storage>(w: World<S>) {
    let (item, here, there) = (w.item("mug").id, LocationId::new(&w.clock), LocationId::new(&w.clock));
    w.commit(|c| c.create(w.change_of_stock(item, here, "line 1"))).await;
    w.commit(|c| c.create(w.change_of_stock(item, there, "line 1"))).await;
    w.commit(|c| c.create(w.change_of_stock(item, here, "line 2"))).await;
    let other = StockMove { kind: MoveKind::Ship, ..w.change_of_stock(item, here, "line 1") };
    w.commit(|c| c.create(other)).await;
    let again = w.change_of_stock(item, here, "line 1");
    assert_eq!(w.refusal(|c| c.create(again)).await, ErrorKind::AlreadyExists);
}

pub async fn a_revision_has_one_live_grant<S: Storage>(w: World<S>) {
    let request = w.request(None).id;
    let first = w.grant(request, 1).await;
    let (second, later) = (w.grant(request, 1).await, w.grant(request, 2).await);
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(later)).await;
    assert_eq!(w.refusal(|c| c.create(second.clone())).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.update(Version(1), first.in_state(GrantState::Void))).await;
    w.commit(|c| c.create(second)).await;
}

pub async fn a_person_has_one_vote_that_counts_on_a_revision<S: Storage>(w: World<S>) {
    let request = w.request(None).id;
    let first = w.vote(request, 1, "ann");
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(w.vote(request, 1, "bob"))).await;
    w.commit(|c| c.create(w.vote(request, 2, "ann"))).await;
    assert_eq!(w.refusal(|c| c.create(w.vote(request, 1, "ann"))).await, ErrorKind::AlreadyExists);
    w.commit(|c| {
        c.create(w.vote(request, 1, "ann"));
        c.update(Version(1), Vote { void: true, ..first });
    })
    .await;
}

pub async fn what_a_deleted_record_held_is_free<S: Storage>(w: World<S>) {
    for record in kinds::of_every_kind(&w).await {
        let fixed = matches!(record.key().kind(), "step" | "revision");
        let key = record.key();
        let write = |expect, record| crate::storage::Write { key: key.clone(), expect, record };
        w.commit(|c| c.writes.push(write(Version::NEW, Some(record.clone())))).await;
        if !fixed {
            w.commit(|c| c.writes.push(write(Version(1), None))).await;
            w.commit(|c| c.writes.push(write(Version::NEW, Some(record.clone())))).await;
        }
    }
}
