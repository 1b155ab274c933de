use super::change;
use crate::fixture::*;
use fusion_core::{
    ErrorKind,
    approval::{GrantRecord, GrantState},
    job::*,
    model::*,
    storage::*,
};
use serde_json::Value;

#[tokio::test]
async fn no_two_listings_of_a_store_have_one_ref_whether_their_own_or_a_variants() {
    let w = World::new();
    let (a, b) = (Ref::new(RefKind::of("product"), "1"), Ref::new(RefKind::of("variant"), "2"));
    let first = w.listing(std::slice::from_ref(&a), std::slice::from_ref(&b));
    w.commit(|c| c.create(first.clone())).await;
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
    // A ref that is given up may be taken over in the same commit, in either order.
    let heir = w.listing(&[a, b], &[]);
    w.commit(|c| {
        c.create(heir.clone());
        c.update(Version(1), Listing { refs: Refs::default(), variants: Vec::new(), ..first });
    })
    .await;
    let third = w.listing(heir.refs.current(), &[]);
    assert_eq!(w.refusal(|c| c.create(third)).await, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn two_listings_of_a_store_may_have_one_id_of_a_shared_kind() {
    let w = World::new();
    let shared = Ref::new(RefKind::shared("asin"), "B00");
    let own = |id: &str| Ref::new(RefKind::of("sku"), id);
    w.commit(|c| c.create(w.listing(&[shared.clone(), own("1")], &[]))).await;
    w.commit(|c| c.create(w.listing(&[own("2")], std::slice::from_ref(&shared)))).await;
    let third = w.listing(&[shared, own("2")], &[]);
    assert_eq!(w.refusal(|c| c.create(third)).await, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_callers_key_names_one_request() {
    let w = World::new();
    let first = w.request(Some("order-7"));
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(w.request(None))).await;
    w.commit(|c| c.create(w.request(None))).await;
    assert_eq!(w.refusal(|c| c.create(w.request(Some("order-7")))).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.update(Version(1), first)).await;
}

#[tokio::test]
async fn a_cause_changes_a_level_once() {
    let w = World::new();
    let (item, here, there) = (w.item("mug").id, LocationId::new(&w.clock), LocationId::new(&w.clock));
    w.commit(|c| c.create(w.change_of_stock(item, here, "line 1"))).await;
    w.commit(|c| c.create(w.change_of_stock(item, there, "line 1"))).await;
    w.commit(|c| c.create(w.change_of_stock(item, here, "line 2"))).await;
    let other = StockMove { kind: MoveKind::Ship, ..w.change_of_stock(item, here, "line 1") };
    w.commit(|c| c.create(other)).await;
    let again = w.change_of_stock(item, here, "line 1");
    assert_eq!(w.refusal(|c| c.create(again)).await, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_revision_has_one_live_grant() {
    let w = World::new();
    let request = w.request(None).id;
    let first = w.grant(request, 1).await;
    let (second, later) = (w.grant(request, 1).await, w.grant(request, 2).await);
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(later)).await;
    assert_eq!(w.refusal(|c| c.create(second.clone())).await, ErrorKind::AlreadyExists);
    w.commit(|c| c.update(Version(1), first.in_state(GrantState::Void))).await;
    w.commit(|c| c.create::<GrantRecord>(second)).await;
}

#[tokio::test]
async fn a_person_has_one_vote_that_counts_on_a_revision() {
    let w = World::new();
    let request = w.request(None).id;
    let first = w.vote(request, 1, "ann");
    w.commit(|c| c.create(first.clone())).await;
    w.commit(|c| c.create(w.vote(request, 1, "bob"))).await;
    w.commit(|c| c.create(w.vote(request, 2, "ann"))).await;
    assert_eq!(w.refusal(|c| c.create(w.vote(request, 1, "ann"))).await, ErrorKind::AlreadyExists);
    w.commit(|c| {
        c.create(w.vote(request, 1, "ann"));
        c.update(Version(1), fusion_core::approval::Vote { void: true, ..first });
    })
    .await;
}

#[tokio::test]
async fn a_step_is_recorded_once_and_never_changed() {
    let w = World::new();
    let step = w.step();
    w.commit(|c| c.steps.push(step.clone())).await;
    assert_eq!(w.refusal(|c| c.steps.push(step.clone())).await, ErrorKind::AlreadyExists);
    assert_eq!(w.refusal(|c| c.update(Version(1), step.clone())).await, ErrorKind::Refused);
    assert_eq!(w.refusal(|c| c.delete::<Step>(Version(1), step.id())).await, ErrorKind::Refused);
    let of_job = list_all::<Step>(&w.db, &w.tenant, &Query::StepsOf(step.job())).await.unwrap();
    assert_eq!(of_job, [Versioned { value: step, version: Version(1) }]);
}

#[tokio::test]
async fn a_tenant_neither_sees_nor_changes_what_another_has() {
    let w = World::new();
    let item = w.item("mug");
    let (mut mine, mut theirs) = (w.job(), w.job());
    theirs.tenant = w.other.clone();
    mine.unique = Some(Unique::new(&kind(), &[b"one"], WhileRunning::Join));
    theirs.unique = mine.unique;
    (mine.serial, theirs.serial) = (Some("key".into()), Some("key".into()));
    let fill = |c: &mut ChangeSet, job: &NewJob, name: &str| {
        c.create(StockItem { name: name.into(), ..item.clone() });
        c.jobs.push(job.clone());
        c.audit.push(w.entry(name));
    };
    w.commit(|c| fill(c, &mine, "mine")).await;
    let committed = w.db.commit(&w.other, change(|c| fill(c, &theirs, "theirs"))).await.unwrap();
    // Neither the unique nor the serial key of one stands in the way of the other.
    assert_eq!(committed.jobs, [Enqueued::New]);
    for (tenant, name, own, foreign) in
        [(&w.tenant, "mine", mine.id, theirs.id), (&w.other, "theirs", theirs.id, mine.id)]
    {
        assert_eq!(load::<StockItem>(&w.db, tenant, item.id).await.unwrap().value.name, name);
        let feed = w.db.audit(tenant, 0, 10).await.unwrap();
        assert_eq!(feed.iter().map(|entry| entry.entry.subject.id.as_str()).collect::<Vec<_>>(), [name]);
        assert!(JobQueue::get(&w.db, tenant, own).await.unwrap().is_some());
        assert!(JobQueue::get(&w.db, tenant, foreign).await.unwrap().is_none());
        assert_eq!(
            QueueControl::list(&w.db, tenant, &JobFilter::default(), None, 10).await.unwrap().len(),
            1
        );
        assert_eq!(w.db.cancel(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(w.db.explain(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(w.db.requeue(tenant, foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
        drop(w.db.commit(tenant, change(|c| c.cancels.push(foreign))).await.unwrap());
    }
    let claimed = w.claim(10).await;
    assert_eq!(claimed.len(), 2);
    let foreign = claimed.iter().find(|one| one.job.tenant == w.other).unwrap();
    let settle = Settlement { lease: foreign.lease.clone(), end: JobEnd::Completed(Value::Null) };
    let committed = w.committed(|c| c.settle = Some(settle)).await;
    assert_eq!(committed.settled.unwrap().verdict(), SettleVerdict::Fenced);
    assert_eq!(w.refusal(|c| c.fence = Some(foreign.lease.clone())).await, ErrorKind::Fenced);
    assert_eq!(w.refusal(|c| c.jobs.push(theirs.clone())).await, ErrorKind::InvalidInput);
}
