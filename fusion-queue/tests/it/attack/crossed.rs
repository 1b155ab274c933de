//! Late callers beside those whose turn it is.

use crate::{
    fixture::*,
    postgres::{another, completed, opened, schema::connection},
};
use fusion_core::{error::ErrorKind, job::*};
use serde_json::json;
use sqlx::Executor as _;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_job_that_is_retried_out_of_a_large_lease_and_claimed_again_is_the_others_alone() {
    let (w, schema) = opened().await;
    let second = another(&w, &schema).await;
    let jobs: Vec<NewJob> = (0..700).map(|_| w.job()).collect();
    w.db.enqueue(jobs).await.unwrap();
    let mut all = w.claim(700).await;
    while all.len() < 700 {
        all.extend(w.claim(700 - all.len()).await);
    }
    let given_back: Vec<Claimed> = all.iter().step_by(7).cloned().collect();
    let ends = given_back
        .iter()
        .map(|one| Settlement { lease: one.lease.clone(), end: retry_in(std::time::Duration::ZERO) });
    let told = w.db.settle(ends.collect()).await.unwrap();
    assert!(told.iter().all(|one| *one == SettleVerdict::Accepted));
    let request = ClaimRequest { worker: "v".into(), limit: 700, kinds: vec![kind()], lease_for: LEASE };
    let again = second.claim(request).await.unwrap();
    assert_eq!(again.len(), given_back.len());
    // The first worker settles and beats all that it ever had, in one call each.
    let beats: Vec<Beat> =
        all.iter().map(|one| Beat { lease: one.lease.clone(), started: true, progress: None }).collect();
    let lost = w.db.heartbeat(&beats, LEASE).await.unwrap();
    assert_eq!(lost.iter().filter(|one| **one == BeatVerdict::Lost).count(), given_back.len());
    let told = w.db.settle(all.iter().map(|one| completed(&one.lease)).collect()).await.unwrap();
    assert_eq!(told.iter().filter(|one| **one == SettleVerdict::Accepted).count(), 700 - again.len());
    let told = second.settle(again.iter().map(|one| completed(&one.lease)).collect()).await.unwrap();
    assert!(told.iter().all(|one| *one == SettleVerdict::Accepted));
    assert_eq!(schema.count("SELECT count(*) FROM fusion.leases").await, 0);
    assert_eq!(schema.count("SELECT count(*) FROM fusion.ended").await, 700);
    assert_eq!(schema.count("SELECT count(DISTINCT u) FROM fusion.ends, unnest(jobs) u").await, 700);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn one_attempt_with_every_end_at_once_ends_by_the_first() {
    let (w, schema) = opened().await;
    let ends = || {
        [
            JobEnd::Completed(json!(1)),
            retry_in(SECOND),
            snooze(fusion_core::error::When::OnSignal, true),
            JobEnd::Dead(failure()),
            JobEnd::Cancelled,
        ]
    };
    for first in 0..5 {
        w.put(&w.job()).await;
        let lease = w.claim_one().await.lease;
        let mut settlements: Vec<Settlement> =
            ends().into_iter().map(|end| Settlement { lease: lease.clone(), end }).collect();
        settlements.rotate_left(first);
        let told = w.db.settle(settlements).await.unwrap();
        assert_eq!(told[0], SettleVerdict::Accepted);
        assert!(told[1..].iter().all(|one| *one == SettleVerdict::AlreadySettled), "{told:?}");
        let status = w.status(lease.job).await;
        let wanted = [
            JobStatus::Completed,
            JobStatus::Pending,
            JobStatus::Pending,
            JobStatus::Failed,
            JobStatus::Cancelled,
        ];
        assert_eq!(status, wanted[first]);
        w.db.open_gate(&w.tenant, Some(w.store)).await.unwrap();
        if status == JobStatus::Pending {
            w.db.cancel(&w.tenant, lease.job).await.unwrap();
        }
    }
    assert_eq!(schema.count("SELECT count(*) FROM fusion.leases").await, 0);
    assert_eq!(schema.count("SELECT count(*) FROM fusion.jobs").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_late_sign_of_life_never_breaks_the_settlement_of_who_has_the_jobs_now() {
    let (w, schema) = opened().await;
    let mut jobs = [w.job(), w.job(), w.job()];
    jobs.sort_unstable_by_key(|job| job.id);
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    let late = w.claim(3).await;
    w.clock.advance(LEASE * 2);
    w.db.rescue(&[kind()]).await.unwrap();
    let second = another(&w, &schema).await;
    let request = ClaimRequest { worker: "v".into(), limit: 3, kinds: vec![kind()], lease_for: LEASE };
    let now = second.claim(request).await.unwrap();
    assert_eq!(now.len(), 3);
    let lease = |nth: usize| now.iter().find(|one| one.job.id == jobs[nth].id).unwrap().lease.clone();
    let mut holder = connection().await;
    holder.execute("BEGIN").await.unwrap();
    let middle = schema.sql("SELECT id FROM fusion.jobs WHERE id = $1 FOR UPDATE");
    sqlx::query(middle).bind(jobs[1].id.as_uuid()).execute(&mut holder).await.unwrap();
    let beats: Vec<Beat> =
        late.iter().map(|one| Beat { lease: one.lease.clone(), started: true, progress: None }).collect();
    let beating = tokio::spawn({
        let db = w.db.clone();
        async move { db.heartbeat(&beats, LEASE).await }
    });
    schema.blocked_or(1, || beating.is_finished()).await;
    let ends = vec![completed(&lease(2)), completed(&lease(0))];
    let settling = tokio::spawn(async move { second.settle(ends).await });
    schema.blocked_or(2, || settling.is_finished()).await;
    holder.execute("ROLLBACK").await.unwrap();
    let (beaten, settled) = (beating.await.unwrap(), settling.await.unwrap());
    for error in [beaten.as_ref().err(), settled.as_ref().err()].into_iter().flatten() {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    assert!(beaten.is_ok() && settled.is_ok(), "{beaten:?} {settled:?}");
}
