use crate::fixture::*;
use fusion_core::{clock::Clock, error::When, job::*, model::JobId};
use fusion_queue::memory::{MAX_CRASHES, MAX_FINISHED};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_job_put_in_twice_is_known_while_it_lives_and_after() {
    let w = World::new();
    let job = w.job();
    assert_eq!(w.put(&job).await, Enqueued::New);
    assert_eq!(w.put(&job).await, Enqueued::Known);
    let claimed = w.claim_one().await;
    assert_eq!(w.put(&job).await, Enqueued::Known);
    w.done(&claimed).await;
    assert_eq!(w.put(&job).await, Enqueued::Known);
    assert!(w.claim(10).await.is_empty());
}

#[tokio::test]
async fn a_claimed_job_is_nobody_elses_until_its_lease_ends() {
    let w = World::new();
    w.put(&w.job()).await;
    let first = w.claim_one().await;
    w.clock.advance(LEASE - SECOND);
    assert!(w.db.rescue(&[kind()]).await.unwrap().is_empty());
    assert!(w.claim(1).await.is_empty());
    w.clock.advance(SECOND);
    w.db.rescue(&[kind()]).await.unwrap();
    let second = w.claim_one().await;
    assert!(second.lease.token > first.lease.token);
}

#[tokio::test]
async fn a_late_settlement_changes_nothing_and_a_repeated_one_is_told_so() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    let first = w.claim_one().await;
    w.clock.advance(LEASE);
    assert_eq!(w.done(&first).await, SettleVerdict::Fenced);
    w.db.rescue(&[kind()]).await.unwrap();
    let second = w.claim_one().await;
    assert_eq!(w.done(&first).await, SettleVerdict::Fenced);
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    assert_eq!(w.end(&second, JobEnd::Completed(json!(1))).await, SettleVerdict::Accepted);
    assert_eq!(w.end(&second, JobEnd::Completed(json!(2))).await, SettleVerdict::AlreadySettled);
    assert_eq!(w.done(&first).await, SettleVerdict::Fenced);
    assert_eq!(w.state(job.id).await.result, Some(json!(1)));
}

#[tokio::test]
async fn a_settlement_repeated_after_the_retry_has_begun_is_still_known() {
    let w = World::new();
    w.put(&w.job()).await;
    let first = w.claim_one().await;
    assert_eq!(w.end(&first, retry_in(Duration::ZERO)).await, SettleVerdict::Accepted);
    let second = w.claim_one().await;
    assert_eq!(w.end(&first, retry_in(Duration::ZERO)).await, SettleVerdict::AlreadySettled);
    assert_eq!(w.beat(&second, true).await, BeatVerdict::Held);
}

#[tokio::test]
async fn a_heartbeat_extends_the_lease_and_says_when_it_is_lost() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    for _ in 0..5 {
        w.clock.advance(LEASE - SECOND);
        assert_eq!(w.beat(&claimed, true).await, BeatVerdict::Held);
    }
    assert_eq!(w.status(job.id).await, JobStatus::Running);
    let progress = Beat { lease: claimed.lease.clone(), started: true, progress: Some((2, Some(5))) };
    w.db.heartbeat(&[progress], LEASE).await.unwrap();
    assert_eq!(w.state(job.id).await.progress, Some((2, Some(5))));
    w.clock.advance(LEASE);
    assert_eq!(w.beat(&claimed, true).await, BeatVerdict::Lost);
}

#[tokio::test]
async fn a_retry_costs_an_attempt_and_a_snooze_and_a_crash_cost_none() {
    let w = World::new();
    let job = w.job();
    w.put(&job).await;
    let mut attempts = Vec::new();
    for end in [retry_in(SECOND), snooze(When::In(SECOND), false), retry_in(SECOND)] {
        let claimed = w.claim_one().await;
        attempts.push(claimed.attempt);
        w.end(&claimed, end).await;
        assert!(w.claim(1).await.is_empty(), "it waits for its time");
        w.clock.advance(SECOND);
    }
    let crashed = w.claim_one().await;
    attempts.push(crashed.attempt);
    w.beat(&crashed, true).await;
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    let last = w.claim_one().await;
    attempts.push(last.attempt);
    assert_eq!((attempts, last.crashes), (vec![1, 2, 2, 3, 3], 1));
    assert!(w.state(job.id).await.failure.is_some());
}

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
async fn a_job_whose_worker_was_lost_is_a_suspect_until_a_started_attempt_is_settled() {
    let w = World::new();
    w.put(&w.job()).await;
    let first = w.claim_one().await;
    assert!(!first.suspect);
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    let given_back = w.claim_one().await;
    assert!(given_back.suspect, "it may have killed its worker before the first sign of life");
    w.end(&given_back, snooze(When::In(Duration::ZERO), false)).await;
    let second = w.claim_one().await;
    assert!(second.suspect, "it hasn't run since");
    w.beat(&second, true).await;
    w.end(&second, retry_in(Duration::ZERO)).await;
    let third = w.claim_one().await;
    assert!(!third.suspect);
    w.beat(&third, true).await;
    w.clock.advance(LEASE);
    w.db.rescue(&[kind()]).await.unwrap();
    let fourth = w.claim_one().await;
    assert_eq!((fourth.suspect, fourth.crashes), (true, 1));
}

#[tokio::test]
async fn a_job_that_keeps_losing_its_workers_is_given_up_and_its_neighbour_isnt() {
    let w = World::new();
    let (poison, neighbour) = (w.job(), w.job());
    w.put(&poison).await;
    w.put(&neighbour).await;
    for round in 0..=MAX_CRASHES {
        let claimed = w.claim(2).await;
        assert_eq!(claimed.len(), 2);
        let started = claimed.iter().find(|one| one.job.id == poison.id).unwrap();
        w.beat(started, true).await;
        w.clock.advance(LEASE);
        let given_up: Vec<JobId> = w.db.rescue(&[kind()]).await.unwrap().iter().map(|row| row.id).collect();
        let wanted = if round == MAX_CRASHES { vec![poison.id] } else { vec![] };
        assert_eq!(given_up, wanted, "round {round}");
    }
    assert_eq!(w.status(poison.id).await, JobStatus::Failed);
    assert_eq!(w.status(neighbour.id).await, JobStatus::Pending);
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    let w = World::new();
    let soon = NewJob { due: When::In(SECOND), ..w.job() };
    let at = NewJob { due: When::At(w.clock.now() + SECOND * 2), ..w.job() };
    w.put(&soon).await;
    w.put(&at).await;
    assert!(w.claim(9).await.is_empty());
    assert_eq!(w.explain(soon.id).await, Explanation::NotDue(SECOND));
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, [soon.id]);
    w.clock.advance(SECOND);
    assert_eq!(w.claim_ids(9).await, [at.id]);
}

#[tokio::test]
async fn a_kind_without_a_handler_is_not_claimed() {
    let w = World::new();
    let foreign = NewJob { kind: JobKind::custom("other").unwrap(), ..w.job() };
    let own = w.job();
    w.put(&foreign).await;
    w.put(&own).await;
    assert_eq!(w.claim_ids(9).await, [own.id]);
}

#[tokio::test]
async fn an_exchange_settles_before_it_claims() {
    let w = World::new();
    let (first, second) = (w.serial("k"), w.serial("k"));
    w.put(&first).await;
    w.put(&second).await;
    let claimed = w.claim_one().await;
    let settlement = Settlement { lease: claimed.lease, end: JobEnd::Completed(json!(null)) };
    let request = ClaimRequest { worker: "w".into(), limit: 5, kinds: vec![kind()], lease_for: LEASE };
    let exchange = w.db.exchange(vec![settlement], request).await.unwrap();
    assert_eq!(exchange.verdicts, [SettleVerdict::Accepted]);
    assert_eq!(exchange.claimed.iter().map(|one| one.job.id).collect::<Vec<_>>(), [second.id]);
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
