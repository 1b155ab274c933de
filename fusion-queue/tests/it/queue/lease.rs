use crate::fixture::*;
use fusion_core::{clock::Clock, error::When, job::*};
use fusion_queue::memory::{MAX_CRASHES, MAX_FINISHED};

#[tokio::test]
async fn a_job_that_hadnt_started_doesnt_count_its_lost_worker() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    for _ in 0..MAX_CRASHES + 5 {
        w.claim_one().await;
        w.clock.advance(LEASE);
        assert!(w.db.rescue(&[kind()]).await.unwrap().is_empty());
    }
    assert_eq!(w.state(job.id).await.crashes, 0);
}

#[tokio::test]
async fn ended_jobs_are_kept_up_to_a_limit_oldest_first_to_go() {
    let w = World::new();
    let jobs: Vec<NewJob> = (0..MAX_FINISHED + 2).map(|_| w.job()).collect();
    w.db.enqueue(jobs.clone()).await.unwrap();
    for claimed in w.claim(jobs.len()).await {
        w.done(&claimed).await;
    }
    let known = async |id| JobQueue::get(&w.db, &w.tenant, id).await.unwrap().is_some();
    let mut ids = jobs.iter().map(|job| job.id);
    assert_eq!([known(ids.next().unwrap()).await, known(ids.next().unwrap()).await], [false, false]);
    assert!(known(ids.next().unwrap()).await);
}

#[tokio::test]
async fn a_wait_ends_with_news_a_due_time_or_its_patience() {
    let w = World::flowing();
    let before = w.clock.elapsed();
    w.db.wait(SECOND * 5).await;
    assert_eq!(w.clock.elapsed() - before, SECOND * 5);

    w.put(&NewJob { due: When::In(SECOND * 2), ..w.job() }).await;
    w.db.wait(SECOND * 60).await; // the news of the job itself
    let before = w.clock.elapsed();
    w.db.wait(SECOND * 60).await;
    assert!(w.clock.elapsed() - before <= SECOND * 2);
    assert_eq!(w.claim(1).await.len(), 1);

    let held = World::new();
    let db = held.db.clone();
    let waiting = tokio::spawn(async move { db.wait(SECOND * 3600).await });
    tokio::task::yield_now().await;
    held.put(&held.job()).await;
    waiting.await.unwrap();
}
