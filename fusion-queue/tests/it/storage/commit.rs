use super::change;
use crate::fixture::*;
use fusion_core::{ErrorKind, approval::Request, job::*, model::*, storage::*};
use serde_json::Value;
use std::time::Duration;

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
