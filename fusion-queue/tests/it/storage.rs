use crate::fixture::*;
use fusion_core::{
    ErrorKind,
    approval::{GrantRecord, GrantState, Request},
    audit::{Start, Verifier},
    job::*,
    model::*,
    storage::*,
};
use serde_json::Value;
use std::time::Duration;

fn change(fill: impl FnOnce(&mut ChangeSet)) -> ChangeSet {
    let mut changes = ChangeSet::default();
    fill(&mut changes);
    changes
}

impl World {
    async fn commit(&self, fill: impl FnOnce(&mut ChangeSet)) {
        drop(self.committed(fill).await);
    }

    async fn committed(&self, fill: impl FnOnce(&mut ChangeSet)) -> Committed {
        self.db.commit(&self.tenant, change(fill)).await.unwrap()
    }

    async fn refusal(&self, fill: impl FnOnce(&mut ChangeSet)) -> ErrorKind {
        self.db.commit(&self.tenant, change(fill)).await.unwrap_err().kind()
    }
}

#[tokio::test]
async fn a_record_comes_back_with_its_version_which_grows_with_every_write() {
    let w = World::new();
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let renamed = StockItem { name: "cup".into(), ..item.clone() };
    w.commit(|c| c.update(Version(1), renamed.clone())).await;
    let found = load::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap();
    assert_eq!(found, Versioned { value: renamed, version: Version(2) });
    w.commit(|c| c.delete::<StockItem>(Version(2), item.id)).await;
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap(), None);
}

#[tokio::test]
async fn two_writers_of_one_version_dont_both_succeed() {
    let w = World::new();
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
}

#[tokio::test]
async fn a_record_that_was_relied_on_must_not_have_changed() {
    let w = World::new();
    let (read, written) = (w.item("budget"), w.item("order"));
    w.commit(|c| c.create(read.clone())).await;
    w.commit(|c| c.update(Version(1), read.clone())).await;
    let late = |c: &mut ChangeSet| {
        c.rely_on::<StockItem>(read.id, Version(1));
        c.create(written.clone());
    };
    assert_eq!(w.refusal(late).await, ErrorKind::Conflict);
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, written.id).await.unwrap(), None);
}

#[tokio::test]
async fn the_checks_come_in_the_order_time_fence_versions_rules() {
    let w = World::new();
    let (first, second) = (w.request(Some("key")), w.request(Some("key")));
    w.commit(|c| c.create(first.clone())).await;
    let lost = Lease { job: JobId::new(&w.clock), token: 7 };
    let mut changes = change(|c| {
        c.not_after = Some(w.db.clock().now());
        c.fence = Some(lost);
        c.rely_on::<Request>(first.id, Version(9));
        c.create(second.clone());
    });
    let mut kinds = Vec::new();
    for mend in [
        |c: &mut ChangeSet| c.not_after = None,
        |c: &mut ChangeSet| c.fence = None,
        |c: &mut ChangeSet| c.expects.clear(),
        |c: &mut ChangeSet| c.writes.clear(),
    ] {
        kinds.push(w.db.commit(&w.tenant, changes.clone()).await.unwrap_err().kind());
        mend(&mut changes);
    }
    use ErrorKind::*;
    assert_eq!(kinds, [Timeout, Fenced, Conflict, AlreadyExists]);
    assert!(w.db.commit(&w.tenant, changes).await.is_ok());
}

#[tokio::test]
async fn a_refused_commit_leaves_nothing_of_any_part() {
    let w = World::new();
    let (running, waiting) = (w.job(), w.job());
    w.put(&running).await;
    let claimed = w.claim_one().await;
    w.put(&waiting).await;
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    let (new, step, fresh) = (w.job(), w.step(), w.item("new"));
    let fill = |c: &mut ChangeSet, version| {
        c.create(fresh.clone());
        c.update(version, item.clone());
        c.steps.push(step.clone());
        c.jobs.push(new.clone());
        c.cancels.push(waiting.id);
        c.audit.push(w.entry("one"));
        c.settle = Some(Settlement { lease: claimed.lease.clone(), end: JobEnd::Completed(Value::Null) });
    };
    assert_eq!(w.refusal(|c| fill(c, Version(5))).await, ErrorKind::Conflict);
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, fresh.id).await.unwrap(), None);
    assert_eq!(find::<Step>(&w.db, &w.tenant, step.id()).await.unwrap(), None);
    assert_eq!(JobQueue::get(&w.db, &w.tenant, new.id).await.unwrap(), None);
    assert_eq!(w.status(waiting.id).await, JobStatus::Pending);
    assert_eq!(w.status(running.id).await, JobStatus::Claimed);
    assert!(w.db.audit(&w.tenant, 0, 10).await.unwrap().is_empty());

    let committed = w.committed(|c| fill(c, Version(1))).await;
    assert_eq!(committed.jobs, [Enqueued::New]);
    assert_eq!(committed.settled.unwrap().verdict(), SettleVerdict::Accepted);
    assert!(find::<StockItem>(&w.db, &w.tenant, fresh.id).await.unwrap().is_some());
    assert!(find::<Step>(&w.db, &w.tenant, step.id()).await.unwrap().is_some());
    assert_eq!(w.status(new.id).await, JobStatus::Pending);
    assert_eq!(w.status(waiting.id).await, JobStatus::Cancelled);
    assert_eq!(w.status(running.id).await, JobStatus::Completed);
    assert_eq!(w.db.audit(&w.tenant, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lost_lease_refuses_a_fenced_commit_and_drops_a_settlement_alone() {
    let w = World::new();
    w.put(&w.job()).await;
    let old = w.claim_one().await;
    w.clock.advance(LEASE);
    let (fenced, told) = (w.item("fenced"), w.item("told"));
    let begin = |c: &mut ChangeSet| {
        c.create(fenced.clone());
        c.fence = Some(old.lease.clone());
    };
    assert_eq!(w.refusal(begin).await, ErrorKind::Fenced);
    let committed = w
        .committed(|c| {
            c.create(told.clone());
            c.settle = Some(Settlement { lease: old.lease.clone(), end: JobEnd::Completed(Value::Null) });
        })
        .await;
    assert_eq!(committed.settled.unwrap().verdict(), SettleVerdict::Fenced);
    assert!(find::<StockItem>(&w.db, &w.tenant, told.id).await.unwrap().is_some());
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, fenced.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_deadline_refuses_from_its_own_moment_on() {
    let w = World::new();
    let end = w.db.clock().now() + SECOND;
    let (early, late) = (w.item("early"), w.item("late"));
    w.clock.advance(SECOND - Duration::from_micros(1));
    w.commit(|c| {
        c.create(early);
        c.not_after = Some(end);
    })
    .await;
    w.clock.advance(Duration::from_micros(1));
    let fill = |c: &mut ChangeSet| {
        c.create(late);
        c.not_after = Some(end);
    };
    assert_eq!(w.refusal(fill).await, ErrorKind::Timeout);
}

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
async fn one_chaining_goes_over_all_tenants_up_to_its_limit() {
    let w = World::new();
    for tenant in [&w.tenant, &w.other] {
        let entries = change(|c| c.audit.extend([w.entry("a"), w.entry("b")]));
        drop(w.db.commit(tenant, entries).await.unwrap());
    }
    assert_eq!([w.db.chain(3).await.unwrap(), w.db.chain(3).await.unwrap()], [3, 1]);
}
