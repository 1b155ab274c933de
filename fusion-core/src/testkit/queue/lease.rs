use super::world::{LEASE, Queue, SECOND, World, retry_in, snooze};
use crate::{error::When, job::*};
use serde_json::Value;
use std::time::Duration;

/// A queue that gives no job up after so many crashes never does.
const PATIENCE: u32 = 50;

fn completed() -> JobEnd {
    JobEnd::Completed(Value::Null)
}

pub async fn a_claimed_job_is_nobody_elses_until_its_lease_ends<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    w.claim_one().await;
    w.clock.advance(LEASE - SECOND);
    w.rescue().await;
    assert!(w.claim(9).await.is_empty());
    w.clock.advance(SECOND);
    w.rescue().await;
    w.claim_one().await;
}

pub async fn every_claim_of_a_job_has_a_greater_token<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    let mut last = 0;
    for _ in 0..3 {
        let claimed = w.claim_one().await;
        assert!(claimed.lease.token > last);
        last = claimed.lease.token;
        w.end(&claimed, snooze(When::In(Duration::ZERO), false)).await;
    }
}

pub async fn a_settlement_by_an_older_claim_changes_nothing_and_is_told_so<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let older = w.claim_one().await;
    w.lose().await;
    let newer = w.claim_one().await;
    assert_eq!(w.end(&older, completed()).await, SettleVerdict::Fenced);
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    w.done(&newer).await;
    assert_eq!(w.end(&older, completed()).await, SettleVerdict::Fenced);
}

pub async fn a_settlement_after_the_lease_changes_nothing_though_nobody_has_the_job_yet<Q: Queue>(
    w: World<Q>,
) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    w.clock.advance(LEASE);
    assert_eq!(w.end(&claimed, completed()).await, SettleVerdict::Fenced);
    assert_ne!(w.status(job.id).await, JobStatus::Completed);
}

pub async fn a_repeated_settlement_is_told_so_also_after_the_next_claim<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    let first = w.claim_one().await;
    w.end(&first, retry_in(Duration::ZERO)).await;
    assert_eq!(w.end(&first, retry_in(Duration::ZERO)).await, SettleVerdict::AlreadySettled);
    let second = w.claim_one().await;
    assert_eq!(w.end(&first, retry_in(Duration::ZERO)).await, SettleVerdict::AlreadySettled);
    w.done(&second).await;
    assert_eq!(w.end(&second, completed()).await, SettleVerdict::AlreadySettled);
}

pub async fn a_sign_of_life_extends_the_lease_and_is_told_when_it_is_lost<Q: Queue>(w: World<Q>) {
    w.put(&w.job()).await;
    let claimed = w.claim_one().await;
    for _ in 0..3 {
        assert_eq!(w.beat(&claimed, true).await, BeatVerdict::Held);
        w.clock.advance(LEASE - SECOND);
        w.rescue().await;
    }
    w.clock.advance(SECOND);
    assert_eq!(w.beat(&claimed, true).await, BeatVerdict::Lost);
}

pub async fn a_started_job_runs_and_tells_how_far_it_is<Q: Queue>(w: World<Q>) {
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    assert_eq!(w.status(job.id).await, JobStatus::Claimed);
    let beat = Beat { lease: claimed.lease, started: true, progress: Some((2, Some(5))) };
    w.q.heartbeat(&[beat.clone(), Beat { progress: None, ..beat }], LEASE).await.unwrap();
    let state = w.state(job.id).await;
    assert_eq!((state.status, state.progress), (JobStatus::Running, Some((2, Some(5)))));
}

pub async fn a_lost_worker_counts_as_a_crash_of_what_had_started_alone<Q: Queue>(w: World<Q>) {
    let (culprit, innocent) = (w.job(), w.job());
    w.put_all([culprit.clone(), innocent.clone()]).await;
    let claimed = w.claim(2).await;
    let started = claimed.iter().find(|one| one.job.id == culprit.id).unwrap();
    w.beat(started, true).await;
    w.lose().await;
    let mut crashes: Vec<_> = w.claim(2).await.into_iter().map(|one| (one.job.id, one.crashes)).collect();
    crashes.sort_by_key(|(_, count)| *count);
    assert_eq!(crashes, [(innocent.id, 0), (culprit.id, 1)]);
}

pub async fn who_was_lost_with_its_worker_is_a_suspect_until_a_started_attempt_is_settled<Q: Queue>(
    w: World<Q>,
) {
    w.put(&w.job()).await;
    let mut suspected = Vec::new();
    for (started, end) in [
        (false, None),
        (false, Some(snooze(When::In(Duration::ZERO), false))),
        (true, Some(retry_in(Duration::ZERO))),
        (true, None),
        (true, Some(completed())),
    ] {
        let claimed = w.claim_one().await;
        suspected.push(claimed.suspect);
        if started {
            w.beat(&claimed, true).await;
        }
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.lose().await,
        }
    }
    assert_eq!(suspected, [false, true, true, false, true]);
}

pub async fn a_job_that_keeps_losing_its_workers_is_given_up_and_its_neighbour_isnt<Q: Queue>(w: World<Q>) {
    let (poison, neighbour) = (w.job(), w.job());
    w.put_all([poison.clone(), neighbour.clone()]).await;
    for _ in 0..PATIENCE {
        let claimed = w.claim(2).await;
        let Some(started) = claimed.iter().find(|one| one.job.id == poison.id) else { break };
        w.beat(started, true).await;
        w.lose().await;
    }
    let state = w.state(poison.id).await;
    assert_eq!((state.status, state.failure.is_some()), (JobStatus::Failed, true));
    assert!(state.crashes > 1, "one lost worker may have been bad luck");
    assert_ne!(w.status(neighbour.id).await, JobStatus::Failed);
}
