//! How long ended jobs are remembered.

use super::opened;
use crate::fixture::*;
use fusion_core::{clock::Clock as _, error::When, job::*, testkit::TestClock};
use fusion_queue::Postgres;

/// An hour later, twice: children are forgotten before their parents.
async fn forget(w: &World<TestClock, Postgres>) {
    w.clock.advance(SECOND * 3_601);
    for _ in 0..2 {
        w.db.forget(SECOND * 3_600, 99).await.unwrap();
    }
}

async fn is_known(w: &World<TestClock, Postgres>, job: &NewJob) -> bool {
    w.db.get(&w.tenant, job.id).await.unwrap().is_some()
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_parent_is_remembered_as_long_as_its_children_are() {
    let (w, schema) = opened().await;
    let parent = w.job();
    w.put(&parent).await;
    w.done(&w.claim_one().await).await;
    let child = NewJob { parents: vec![parent.id], due: When::OnSignal, ..w.job() };
    w.put(&child).await;
    forget(&w).await;
    assert!(is_known(&w, &parent).await);
    w.db.open_gate(&w.tenant, child.partition).await.unwrap();
    let claimed = w.claim_one().await;
    assert_eq!(claimed.parents.len(), 1);
    w.done(&claimed).await;
    forget(&w).await;
    assert_eq!([is_known(&w, &parent).await, is_known(&w, &child).await], [false; 2]);
    assert_eq!(schema.count("SELECT count(*) FROM fusion.parents").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn lines_go_with_their_jobs_and_none_are_kept_of_a_job_that_nobody_knows() {
    let (w, schema) = opened().await;
    let job = w.job();
    w.put(&job).await;
    let line = |job: &NewJob| JobLine::new(job.id, w.clock.now(), "words");
    w.db.log(vec![line(&job), line(&w.job()), line(&job)]).await.unwrap();
    let kept = async || schema.count("SELECT count(*) FROM fusion.lines").await;
    assert_eq!(kept().await, 2);
    w.done(&w.claim_one().await).await;
    w.db.log(vec![line(&job)]).await.unwrap();
    assert_eq!(kept().await, 3, "an ended one is known");
    forget(&w).await;
    assert_eq!((is_known(&w, &job).await, kept().await), (false, 0));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dead_head_is_remembered_while_it_holds_its_key() {
    let (w, _schema) = opened().await;
    let head = NewJob { dead_head: DeadHead::Hold, ..w.serial("a") };
    w.put(&head).await;
    w.end(&w.claim_one().await, JobEnd::Dead(failure())).await;
    w.db.told(&[head.id]).await.unwrap();
    for is_remembered in [true, false] {
        forget(&w).await;
        assert_eq!(is_known(&w, &head).await, is_remembered);
        w.db.go_on(&w.tenant, "a").await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn an_ended_job_is_remembered_for_its_time_and_until_its_handler_has_heard_of_it() {
    let (w, _schema) = opened().await;
    let (old, done, dead) = (w.job(), w.job(), w.job());
    let ends = [JobEnd::Completed(0.into()), JobEnd::Completed(1.into()), JobEnd::Dead(failure())];
    for (job, end) in [&old, &done, &dead].into_iter().zip(ends) {
        w.put(job).await;
        w.end(&w.claim_one().await, end).await;
        w.clock.advance(SECOND);
    }
    let known = async || {
        let mut known = Vec::new();
        for job in [&old, &done, &dead] {
            known.push(w.db.get(&w.tenant, job.id).await.unwrap().is_some());
        }
        known
    };
    w.clock.advance(SECOND * 3_597);
    assert_eq!(w.db.forget(SECOND * 3_600, 9).await.unwrap(), 1, "the old one alone is of age");
    assert_eq!(known().await, [false, true, true]);
    w.clock.advance(SECOND * 9);
    assert_eq!(w.db.forget(SECOND * 3_600, 0).await.unwrap(), 0);
    assert_eq!(w.db.forget(SECOND * 3_600, 9).await.unwrap(), 1, "nobody has heard of the dead one");
    assert_eq!(known().await, [false, false, true]);
    w.db.told(&[dead.id]).await.unwrap();
    assert_eq!(w.db.forget(SECOND * 3_600, 9).await.unwrap(), 1);
    assert_eq!(w.put(&done).await, Enqueued::New, "what is forgotten is a new one");
}
