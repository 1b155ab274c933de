//! How long ended jobs are remembered.

use super::Schema;
use crate::fixture::*;
use fusion_core::{error::When, job::*, testkit::TestClock};
use fusion_queue::Postgres;
use std::sync::Arc;

async fn opened() -> (World<TestClock, Postgres>, Schema) {
    let (schema, clock) = (Schema::new(), World::new().clock);
    let settings = schema.settings().with_clock(Arc::new(clock.clone())).with_retention(SECOND * 3_600);
    (World::over(clock, settings.connect().await.unwrap()), schema)
}

/// An hour later, twice: children are forgotten before their parents.
async fn forget(w: &World<TestClock, Postgres>) {
    w.clock.advance(SECOND * 3_601);
    for _ in 0..2 {
        w.db.rescue(&[]).await.unwrap();
    }
}

async fn is_known(w: &World<TestClock, Postgres>, job: &NewJob) -> bool {
    w.db.get(&w.tenant, job.id).await.unwrap().is_some()
}

#[tokio::test]
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
async fn an_ended_job_is_remembered_for_its_time_and_until_its_handler_has_heard_of_it() {
    let (w, _schema) = opened().await;
    let (done, dead) = (w.job(), w.job());
    for (job, end) in [(&done, JobEnd::Completed(1.into())), (&dead, JobEnd::Dead(failure()))] {
        w.put(job).await;
        w.end(&w.claim_one().await, end).await;
    }
    let rescue_and_look = async || {
        w.db.rescue(&[]).await.unwrap();
        let known = [&done, &dead].map(|job| w.db.get(&w.tenant, job.id));
        let [done, dead] = known;
        [done.await.unwrap().is_some(), dead.await.unwrap().is_some()]
    };
    w.clock.advance(SECOND * 3_600);
    assert_eq!(rescue_and_look().await, [true, true]);
    w.clock.advance(SECOND);
    assert_eq!(rescue_and_look().await, [false, true]);
    w.db.told(&[dead.id]).await.unwrap();
    assert_eq!(rescue_and_look().await, [false, false]);
    assert_eq!(w.put(&done).await, Enqueued::New, "what is forgotten is a new one");
}
