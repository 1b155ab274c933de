use crate::fixture::*;
use fusion_core::{error::When, job::*, storage::*};
use fusion_queue::memory::MAX_CRASHES;
use serde_json::json;

use WhileRunning::{FollowUp, Join};

#[tokio::test]
async fn a_unique_key_is_free_after_every_final_state() {
    for end in [JobEnd::Completed(json!(1)), JobEnd::Dead(failure()), JobEnd::Cancelled] {
        let w = World::new();
        w.put(&w.unique(1, Join)).await;
        let claimed = w.claim_one().await;
        w.end(&claimed, end).await;
        assert_eq!(w.put(&w.unique(2, Join)).await, Enqueued::New);
    }
    let w = World::new();
    let waiting = w.unique(1, Join);
    w.put(&waiting).await;
    w.db.cancel(&w.tenant, waiting.id).await.unwrap();
    assert_eq!(w.put(&w.unique(2, Join)).await, Enqueued::New);
}

#[tokio::test]
async fn a_follow_up_can_be_cancelled_without_its_holder() {
    let w = World::new();
    w.put(&w.unique(1, FollowUp)).await;
    let running = w.claim_one().await;
    let follow_up = w.unique(2, FollowUp);
    w.put(&follow_up).await;
    assert_eq!(w.db.cancel(&w.tenant, follow_up.id).await.unwrap(), CancelVerdict::Now);
    w.done(&running).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.put(&w.unique(3, FollowUp)).await, Enqueued::New);
}

#[tokio::test]
async fn the_commit_that_ends_the_holder_may_put_in_its_follow_up() {
    let w = World::new();
    w.put(&w.unique(1, FollowUp)).await;
    let running = w.claim_one().await;
    let changes = ChangeSet {
        jobs: vec![w.unique(2, FollowUp)],
        settle: Some(Settlement { lease: running.lease, end: JobEnd::Completed(json!(null)) }),
        ..ChangeSet::default()
    };
    let committed = w.db.commit(&w.tenant, changes).await.unwrap();
    assert_eq!(committed.jobs, [Enqueued::FollowUp]);
    assert_eq!(w.claim_one().await.job.payload, json!(2));
}

#[tokio::test]
async fn behind_a_dead_or_cancelled_head_the_serial_key_goes_on() {
    let w = World::new();
    let jobs = [w.serial("a"), w.serial("a"), w.serial("a")];
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    w.db.cancel(&w.tenant, jobs[1].id).await.unwrap();
    assert_eq!(w.claim_ids(9).await, [jobs[2].id]);
}

#[tokio::test]
async fn behind_a_head_that_lost_its_workers_too_often_the_serial_key_goes_on() {
    let w = World::new();
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.db.enqueue(vec![head.clone(), next.clone()]).await.unwrap();
    for _ in 0..=MAX_CRASHES {
        let claimed = w.claim_one().await;
        assert_eq!(claimed.job.id, head.id);
        w.beat(&claimed, true).await;
        assert_eq!(w.explain(next.id).await, Explanation::Behind(head.id));
        w.clock.advance(LEASE);
        drop(w.db.rescue(&[kind()]).await.unwrap());
    }
    assert_eq!(w.status(head.id).await, JobStatus::Failed);
    assert_eq!(w.claim_ids(9).await, [next.id]);
}

#[tokio::test]
async fn a_job_that_takes_a_key_is_the_head_in_the_commit_that_settles_the_old_one() {
    let w = World::new();
    let (write, later) = (w.serial("a"), w.serial("a"));
    w.put(&write).await;
    w.put(&later).await;
    let claimed = w.claim_one().await;
    let watch = NewJob { takes_key_of: Some(write.id), due: When::In(SECOND), ..w.serial("a") };
    let changes = ChangeSet {
        jobs: vec![watch.clone()],
        settle: Some(Settlement { lease: claimed.lease, end: JobEnd::Completed(json!(null)) }),
        ..ChangeSet::default()
    };
    drop(w.db.commit(&w.tenant, changes).await.unwrap());
    assert!(w.claim(9).await.is_empty(), "the later write waits for the watch, which isn't due");
    w.clock.advance(SECOND);
    let watching = w.claim_one().await;
    assert_eq!(watching.job.id, watch.id);
    let second = NewJob { takes_key_of: Some(watch.id), serial: None, ..w.job() };
    w.put(&second).await;
    w.done(&watching).await;
    assert_eq!(w.claim_ids(9).await, [second.id], "it has the key of the one it follows");
}

#[tokio::test]
async fn a_job_that_takes_the_key_of_one_that_has_ended_goes_before_all_that_waits() {
    let w = World::new();
    let jobs = [w.serial("a"), w.serial("a"), w.serial("a")];
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    let first = w.claim_one().await;
    w.done(&first).await;
    let heir = NewJob { takes_key_of: Some(jobs[0].id), ..w.serial("a") };
    w.put(&heir).await;
    let claimed = w.claim_one().await;
    assert_eq!(claimed.job.id, heir.id);
    let second = NewJob { takes_key_of: Some(jobs[0].id), ..w.serial("a") };
    w.put(&second).await;
    assert!(w.claim(9).await.is_empty(), "it doesn't pass one that runs");
    w.done(&claimed).await;
    assert_eq!(w.claim_ids(9).await, [second.id]);
}

#[tokio::test]
async fn jobs_that_take_one_key_stand_in_the_order_they_came_in() {
    let w = World::new();
    let (running, waiting) = (w.serial("a"), w.serial("a"));
    w.db.enqueue(vec![running.clone(), waiting.clone()]).await.unwrap();
    let mut claimed = w.claim_one().await;
    let heirs = [0; 3].map(|_| NewJob { takes_key_of: Some(running.id), ..w.serial("a") });
    w.db.enqueue(heirs.to_vec()).await.unwrap();
    for next in heirs.iter().chain([&waiting]) {
        w.done(&claimed).await;
        claimed = w.claim_one().await;
        assert_eq!(claimed.job.id, next.id);
    }
}
