pub(crate) use super::audit_entries_below_a_signed_end_can_be_dropped;
use super::{change, is_there, numbered};
use crate::fixture::World;
use fusion_core::{
    ErrorKind,
    job::{Enqueued, JobEnd, Lease, MAX_PAYLOAD_BYTES, NewJob, SettleVerdict, Settlement},
    storage::{ChangeSet, Errand, Outbox, Version},
    testkit::TestClock,
};
use serde_json::Value;
use std::time::Duration;

/// Makes a test of each of these over an empty storage whose queue lives elsewhere, which a function opens on a clock and
/// returns with whatever has to live as long.
macro_rules! outboxes {
    (#[$attribute:meta] $open:expr) => {
        $crate::storage::outbox::outboxes! { @each (#[$attribute]) $open;
            what_a_commit_asks_of_the_queue_waits_in_order_until_it_is_handed_on
            a_refused_commit_asks_nothing_of_the_queue
            a_fence_is_lost_once_a_greater_token_has_been_here_or_the_job_is_settled
            the_time_is_judged_before_the_fence_and_the_fence_before_the_versions
            a_lost_lease_drops_a_settlement_alone
            tokens_are_forgotten_once_they_were_not_here_for_as_long_as_is_asked
            what_no_queue_would_take_never_waits_for_one
            audit_entries_below_a_signed_end_can_be_dropped
        }
    };
    ($open:expr) => {
        $crate::storage::outbox::outboxes! { @each () $open;
            what_a_commit_asks_of_the_queue_waits_in_order_until_it_is_handed_on
            a_refused_commit_asks_nothing_of_the_queue
            a_fence_is_lost_once_a_greater_token_has_been_here_or_the_job_is_settled
            the_time_is_judged_before_the_fence_and_the_fence_before_the_versions
            a_lost_lease_drops_a_settlement_alone
            tokens_are_forgotten_once_they_were_not_here_for_as_long_as_is_asked
            what_no_queue_would_take_never_waits_for_one
            audit_entries_below_a_signed_end_can_be_dropped
        }
    };
    (@each $attributes:tt $open:expr; $($name:ident)*) => {
        mod outbox {
            use super::*;

            $($crate::storage::outbox::outboxes! { @test $attributes $open; $name })*
        }
    };
    (@test ($($attribute:tt)*) $open:expr; $name:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $name() {
            let clock = $crate::fixture::World::new().clock;
            let (db, _kept) = ($open)(clock.clone()).await;
            $crate::storage::outbox::$name($crate::fixture::World::over(clock, db)).await;
        }
    };
}
pub(crate) use outboxes;

fn settlement(lease: &Lease) -> Settlement {
    Settlement { lease: lease.clone(), end: JobEnd::Completed(Value::Null) }
}

/// Names of what waits, in order.
async fn waiting(db: &impl Outbox) -> Vec<&'static str> {
    let waiting = db.waiting(100).await.unwrap();
    let name = |errand| match errand {
        Errand::Enqueue(_) => "enqueue",
        Errand::Cancel(_) => "cancel",
        Errand::Settle(_) => "settle",
    };
    waiting.into_iter().map(|one| name(one.errand)).collect()
}

pub(crate) async fn what_a_commit_asks_of_the_queue_waits_in_order_until_it_is_handed_on<D: Outbox>(
    w: World<TestClock, D>,
) {
    let db = &w.db;
    let (job, gone) = (w.job(), w.job().id);
    let lease = Lease { job: job.id, token: 1 };
    let committed = db
        .commit(
            &w.tenant,
            change(|c| {
                c.jobs.push(job.clone());
                c.cancels.push(gone);
                c.settle = Some(settlement(&lease));
            }),
        )
        .await
        .unwrap();
    assert_eq!(committed.jobs, [Enqueued::New]);
    let mut theirs = w.job();
    theirs.tenant = w.other.clone();
    drop(db.commit(&w.other, change(|c| c.jobs.push(theirs.clone()))).await.unwrap());
    let all = db.waiting(9).await.unwrap();
    let errands: Vec<_> = all.iter().map(|one| (&one.tenant, one.errand.clone())).collect();
    let wanted = [
        (&w.tenant, Errand::Cancel(gone)),
        (&w.tenant, Errand::Enqueue(job)),
        (&w.tenant, Errand::Settle(settlement(&lease))),
        (&w.other, Errand::Enqueue(theirs)),
    ];
    assert_eq!(errands, wanted);
    assert_eq!(db.waiting(2).await.unwrap(), all[..2]);
    for _ in 0..2 {
        db.handed_on(&[all[0].number, all[2].number]).await.unwrap();
        assert_eq!(db.waiting(9).await.unwrap(), [all[1].clone(), all[3].clone()]);
    }
    // A number that was handed on isn't given again.
    db.handed_on(&[all[3].number]).await.unwrap();
    drop(db.commit(&w.tenant, change(|c| c.cancels.push(gone))).await.unwrap());
    assert!(db.waiting(9).await.unwrap()[1].number > all[3].number);
}

pub(crate) async fn a_refused_commit_asks_nothing_of_the_queue<D: Outbox>(w: World<TestClock, D>) {
    let db = &w.db;
    let step = w.step();
    let lease = Lease { job: w.job().id, token: 1 };
    let fill = |c: &mut ChangeSet| {
        c.jobs.push(w.job());
        c.fence = Some(lease.clone());
        c.settle = Some(settlement(&lease));
        c.steps.extend([step.clone(), step.clone()]);
    };
    let refused = db.commit(&w.tenant, change(fill)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert_eq!(waiting(db).await, [""; 0]);
    // Its token isn't taken either.
    let older = Lease { token: 0, ..lease };
    drop(db.commit(&w.tenant, change(|c| c.fence = Some(older))).await.unwrap());
    let mut foreign = w.job();
    foreign.tenant = w.other.clone();
    let refused = db.commit(&w.tenant, change(|c| c.jobs.push(foreign))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

pub(crate) async fn a_fence_is_lost_once_a_greater_token_has_been_here_or_the_job_is_settled<D: Outbox>(
    w: World<TestClock, D>,
) {
    let db = &w.db;
    let job = w.job().id;
    let fence = async |token| {
        let changes = change(|c| {
            c.fence = Some(Lease { job, token });
            c.create(w.item("begun"));
        });
        db.commit(&w.tenant, changes).await.map(drop).map_err(|error| error.kind())
    };
    let settle = async |token| {
        let changes = change(|c| c.settle = Some(settlement(&Lease { job, token })));
        db.commit(&w.tenant, changes).await.unwrap().settled.unwrap().verdict()
    };
    assert_eq!(fence(2).await, Ok(()));
    assert_eq!(fence(2).await, Ok(()));
    assert_eq!(fence(1).await, Err(ErrorKind::Fenced));
    assert_eq!(settle(1).await, SettleVerdict::Fenced);
    assert_eq!(settle(2).await, SettleVerdict::Accepted);
    assert_eq!(settle(2).await, SettleVerdict::AlreadySettled);
    assert_eq!(fence(2).await, Err(ErrorKind::Fenced));
    // It was put off, and somebody claimed it again.
    assert_eq!(fence(3).await, Ok(()));
    assert_eq!(settle(2).await, SettleVerdict::Fenced);
    assert_eq!(waiting(db).await, ["settle"]);
    // A job of the same id in another tenant is another job.
    let theirs = change(|c| c.fence = Some(Lease { job, token: 1 }));
    drop(db.commit(&w.other, theirs).await.unwrap());
}

pub(crate) async fn the_time_is_judged_before_the_fence_and_the_fence_before_the_versions<D: Outbox>(
    w: World<TestClock, D>,
) {
    let job = w.job().id;
    let item = w.item("mug");
    drop(w.db.commit(&w.tenant, change(|c| c.fence = Some(Lease { job, token: 2 }))).await.unwrap());
    let mut changes = change(|c| {
        c.not_after = Some(w.db.clock().now());
        c.fence = Some(Lease { job, token: 1 });
        c.update(Version(1), item);
    });
    let mut kinds = Vec::new();
    for mend in
        [|c: &mut ChangeSet| c.not_after = None, |c: &mut ChangeSet| c.fence = None, |_: &mut ChangeSet| {}]
    {
        kinds.push(w.db.commit(&w.tenant, changes.clone()).await.unwrap_err().kind());
        mend(&mut changes);
    }
    assert_eq!(kinds, [ErrorKind::Timeout, ErrorKind::Fenced, ErrorKind::Conflict]);
}

pub(crate) async fn a_lost_lease_drops_a_settlement_alone<D: Outbox>(w: World<TestClock, D>) {
    let db = &w.db;
    let job = w.job().id;
    let lease = |token| Lease { job, token };
    drop(db.commit(&w.tenant, change(|c| c.fence = Some(lease(2)))).await.unwrap());
    let mut changes = numbered(&w, 1);
    changes.settle = Some(settlement(&lease(1)));
    let committed = db.commit(&w.tenant, changes).await.unwrap();
    assert_eq!(committed.settled.unwrap().verdict(), SettleVerdict::Fenced);
    assert!(is_there(db, &w, 1).await);
    assert_eq!(waiting(db).await, ["enqueue"]);
}

pub(crate) async fn tokens_are_forgotten_once_they_were_not_here_for_as_long_as_is_asked<D: Outbox>(
    w: World<TestClock, D>,
) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let db = &w.db;
    let [begun, settled, fresh] = [w.job().id, w.job().id, w.job().id];
    let take = async |job, token, settles: bool| {
        let lease = Lease { job, token };
        let changes = change(|c| match settles {
            true => c.settle = Some(settlement(&lease)),
            false => c.fence = Some(lease),
        });
        db.commit(&w.tenant, changes).await.map(|committed| committed.settled.map(|told| told.verdict()))
    };
    take(begun, 2, false).await.unwrap();
    take(settled, 2, true).await.unwrap();
    w.clock.advance(3 * DAY);
    take(fresh, 2, false).await.unwrap();
    // It is taken again.
    take(begun, 2, false).await.unwrap();
    assert_eq!(db.forget_tokens(4 * DAY, 9).await.unwrap(), 0, "none is that old");
    assert_eq!(db.forget_tokens(2 * DAY, 0).await.unwrap(), 0);
    assert_eq!(db.forget_tokens(2 * DAY, 9).await.unwrap(), 1, "what was settled three days ago");
    assert_eq!(take(settled, 1, true).await.unwrap(), Some(SettleVerdict::Accepted), "nobody knows better");
    for job in [begun, fresh] {
        assert_eq!(take(job, 1, false).await.unwrap_err().kind(), ErrorKind::Fenced);
    }
    w.clock.advance(3 * DAY);
    assert_eq!(db.forget_tokens(2 * DAY, 2).await.unwrap(), 2);
    assert_eq!(db.forget_tokens(2 * DAY, 2).await.unwrap(), 1);
    assert_eq!(db.forget_tokens(2 * DAY, 2).await.unwrap(), 0);
}

pub(crate) async fn what_no_queue_would_take_never_waits_for_one<D: Outbox>(w: World<TestClock, D>) {
    let db = &w.db;
    let large: Value = "x".repeat(MAX_PAYLOAD_BYTES).into();
    let job = NewJob { payload: large.clone(), ..w.job() };
    let settle =
        Settlement { end: JobEnd::Completed(large), ..settlement(&Lease { job: w.job().id, token: 1 }) };
    for changes in [change(|c| c.jobs.push(job)), change(|c| c.settle = Some(settle))] {
        let refused = db.commit(&w.tenant, changes).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(refused.problems()[0].message.contains("store it elsewhere"), "{refused}");
    }
    assert_eq!(waiting(db).await, [""; 0]);
}
