pub(crate) use super::audit_entries_below_a_signed_end_can_be_dropped;
use super::change;
use crate::fixture::*;
use fusion_core::{ErrorKind, error::When, job::*, model::*, storage::*, testkit::TestClock};
use serde_json::Value;

/// Makes a test of each of these over an empty back-end, which a function opens on a clock and returns with whatever has
/// to live as long.
macro_rules! commits {
    (#[$attribute:meta] $open:expr) => {
        $crate::storage::commit::commits! { @each (#[$attribute]) $open;
            the_checks_come_in_the_order_time_fence_versions_rules
            a_refused_commit_leaves_nothing_of_any_part
            a_lost_lease_refuses_a_fenced_commit_and_drops_a_settlement_alone
            a_tenant_neither_sees_nor_changes_jobs_of_another
            a_commit_hands_its_serial_key_on_before_all_that_waits
            what_a_commit_cancels_frees_its_keys_for_what_it_puts_in
            a_commit_whose_job_or_result_is_too_large_is_refused_whole
            audit_entries_below_a_signed_end_can_be_dropped
        }
    };
    ($open:expr) => {
        $crate::storage::commit::commits! { @each () $open;
            the_checks_come_in_the_order_time_fence_versions_rules
            a_refused_commit_leaves_nothing_of_any_part
            a_lost_lease_refuses_a_fenced_commit_and_drops_a_settlement_alone
            a_tenant_neither_sees_nor_changes_jobs_of_another
            a_commit_hands_its_serial_key_on_before_all_that_waits
            what_a_commit_cancels_frees_its_keys_for_what_it_puts_in
            a_commit_whose_job_or_result_is_too_large_is_refused_whole
            audit_entries_below_a_signed_end_can_be_dropped
        }
    };
    (@each $attributes:tt $open:expr; $($name:ident)*) => {
        mod commits {
            use super::*;

            $($crate::storage::commit::commits! { @test $attributes $open; $name })*
        }
    };
    (@test ($($attribute:tt)*) $open:expr; $name:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $name() {
            let clock = $crate::fixture::World::new().clock;
            let (db, _kept) = ($open)(clock.clone()).await;
            $crate::storage::commit::$name($crate::fixture::World::over(clock, db)).await;
        }
    };
}
pub(crate) use commits;

pub(crate) async fn the_checks_come_in_the_order_time_fence_versions_rules<D: Backend>(
    w: World<TestClock, D>,
) {
    let step = w.step();
    w.commit(|c| c.steps.push(step.clone())).await;
    let lost = Lease { job: JobId::new(&w.clock), token: 7 };
    let mut changes = change(|c| {
        c.not_after = Some(w.db.clock().now());
        c.fence = Some(lost);
        c.rely_on::<Step>(step.id(), Version(9));
        c.steps.push(step);
    });
    let mut kinds = Vec::new();
    for mend in [
        |c: &mut ChangeSet| c.not_after = None,
        |c: &mut ChangeSet| c.fence = None,
        |c: &mut ChangeSet| c.expects.clear(),
        |c: &mut ChangeSet| c.steps.clear(),
    ] {
        kinds.push(w.db.commit(&w.tenant, changes.clone()).await.unwrap_err().kind());
        mend(&mut changes);
    }
    use ErrorKind::*;
    assert_eq!(kinds, [Timeout, Fenced, Conflict, AlreadyExists]);
    assert!(w.db.commit(&w.tenant, changes).await.is_ok());
}

pub(crate) async fn a_refused_commit_leaves_nothing_of_any_part<D: Backend>(w: World<TestClock, D>) {
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

pub(crate) async fn a_lost_lease_refuses_a_fenced_commit_and_drops_a_settlement_alone<D: Backend>(
    w: World<TestClock, D>,
) {
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

pub(crate) async fn a_tenant_neither_sees_nor_changes_jobs_of_another<D: Backend>(w: World<TestClock, D>) {
    let (mut mine, mut theirs) = (w.job(), w.job());
    theirs.tenant = w.other.clone();
    mine.unique = Some(Unique::new(&kind(), &[b"one"], WhileRunning::Join));
    theirs.unique = mine.unique;
    (mine.serial, theirs.serial) = (Some("key".into()), Some("key".into()));
    w.commit(|c| c.jobs.push(mine.clone())).await;
    let committed = w.db.commit(&w.other, change(|c| c.jobs.push(theirs.clone()))).await.unwrap();
    // Neither the unique nor the serial key of one stands in the way of the other.
    assert_eq!(committed.jobs, [Enqueued::New]);
    for (tenant, own, foreign) in [(&w.tenant, mine.id, theirs.id), (&w.other, theirs.id, mine.id)] {
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

pub(crate) async fn a_commit_hands_its_serial_key_on_before_all_that_waits<D: Backend>(
    w: World<TestClock, D>,
) {
    let (write, later) = (w.serial("a"), w.serial("a"));
    w.db.enqueue(vec![write.clone(), later]).await.unwrap();
    let lease = w.claim_one().await.lease;
    let watch = NewJob { takes_key_of: Some(write.id), due: When::In(SECOND), serial: None, ..w.job() };
    let committed = w
        .committed(|c| {
            c.jobs.push(watch.clone());
            c.fence = Some(lease.clone());
            c.settle = Some(Settlement { lease: lease.clone(), end: JobEnd::Completed(Value::Null) });
        })
        .await;
    assert_eq!(committed.jobs, [Enqueued::New]);
    assert_eq!(w.claim_ids(9).await, [], "what waits goes behind the watch, which isn't due");
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, [watch.id]);
}

pub(crate) async fn what_a_commit_cancels_frees_its_keys_for_what_it_puts_in<D: Backend>(
    w: World<TestClock, D>,
) {
    let granted = |job: NewJob| NewJob { grant: Some(GrantId::new(&w.clock)), ..job };
    let (running, old) = (granted(w.job()), granted(w.unique(1, WhileRunning::Join)));
    w.put(&running).await;
    let held = w.claim_one().await;
    w.put(&old).await;
    let new = granted(w.unique(2, WhileRunning::Join));
    let committed = w
        .committed(|c| {
            c.cancels.extend([running.id, old.id, JobId::new(&w.clock)]);
            c.jobs.push(new.clone());
        })
        .await;
    assert_eq!(committed.jobs, [Enqueued::New]);
    assert_eq!(w.status(old.id).await, JobStatus::Cancelled);
    assert_eq!(w.beat(&held, true).await, BeatVerdict::CancelWanted);
    assert_eq!(w.claim_ids(9).await, [new.id]);
    assert_eq!(w.db.rescue(&[kind()]).await.unwrap(), [], "whoever committed it knows of the end");
}

pub(crate) async fn a_commit_whose_job_or_result_is_too_large_is_refused_whole<D: Backend>(
    w: World<TestClock, D>,
) {
    let running = w.job();
    w.put(&running).await;
    let claimed = w.claim_one().await;
    let large: Value = "x".repeat(MAX_PAYLOAD_BYTES).into();
    let (job, item) = (NewJob { payload: large.clone(), ..w.job() }, w.item("mug"));
    let settle = Settlement { lease: claimed.lease.clone(), end: JobEnd::Completed(large) };
    for changes in [change(|c| c.jobs.push(job)), change(|c| c.settle = Some(settle))] {
        let mut changes = changes;
        changes.create(item.clone());
        let refused = w.db.commit(&w.tenant, changes).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    }
    assert_eq!(find::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap(), None);
    assert_eq!(w.status(running.id).await, JobStatus::Claimed);
}
