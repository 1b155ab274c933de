//! What comes or goes behind the back of who has looked.

use crate::{
    fixture::*,
    long::times,
    postgres::{another, opened, schema::connection},
};
use fusion_core::job::*;
use sqlx::Executor as _;
use std::time::Duration;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn what_commits_late_behind_a_workers_mark_is_found_while_the_lane_stays_full() {
    let (w, _schema) = opened().await;
    w.put(&w.job()).await;
    let mut embedder = connection().await;
    embedder.execute("BEGIN").await.unwrap();
    let late = w.job();
    w.db.enqueue_in(&mut embedder, vec![late.clone()]).await.unwrap();
    w.clock.advance(SECOND);
    w.db.enqueue((0..300).map(|_| w.job()).collect()).await.unwrap();
    for _ in 0..50 {
        w.clock.advance(Duration::from_millis(1));
        assert_ne!(w.claim_one().await.job.id, late.id);
    }
    embedder.execute("COMMIT").await.unwrap();
    let mut claims = 0;
    while w.claim_one().await.job.id != late.id {
        w.clock.advance(Duration::from_millis(20));
        claims += 1;
        assert!(claims < 60, "the oldest job is passed over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn who_forgets_beside_who_requeues_and_who_cancels_leaves_each_job_in_one_place() {
    let (w, schema) = opened().await;
    let second = another(&w, &schema).await;
    for _ in 0..5 {
        let jobs: Vec<NewJob> = (0..60)
            .map(|nth| match nth % 3 {
                0 => NewJob { dead_head: DeadHead::Hold, ..w.serial(&format!("s{nth}")) },
                _ => w.job(),
            })
            .collect();
        w.db.enqueue(jobs.clone()).await.unwrap();
        let mut ends = Vec::new();
        while ends.len() < jobs.len() {
            let claimed = w.claim(60).await;
            ends.extend(
                claimed.into_iter().map(|one| Settlement { lease: one.lease, end: JobEnd::Dead(failure()) }),
            );
        }
        w.db.settle(ends).await.unwrap();
        let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
        w.db.told(&ids).await.unwrap();
        let forgets = async {
            for _ in 0..20 {
                w.db.forget(Duration::ZERO, 7).await.unwrap();
            }
        };
        let requeues = async {
            for id in &ids {
                drop(second.requeue(&w.tenant, *id).await);
            }
        };
        let cancels = async {
            for id in &ids {
                drop(w.db.cancel(&w.tenant, *id).await);
            }
        };
        tokio::join!(forgets, requeues, cancels);
        let twice = "SELECT count(*) FROM fusion.jobs j JOIN fusion.ended e ON e.id = j.id";
        assert_eq!(schema.count(twice).await, 0);
        let unnamed = "SELECT count(*) FROM fusion.ended e
            WHERE (SELECT count(*) FROM fusion.ends b WHERE e.id = ANY (b.jobs)) <> 1";
        assert_eq!(schema.count(unnamed).await, 0, "an ended job that is never forgotten");
        let gone = "SELECT count(*) FROM fusion.ends b, unnest(b.jobs) u WHERE u NOT IN (SELECT id FROM fusion.ended)";
        assert_eq!(schema.count(gone).await, 0);
        for one in w.claim(99).await {
            assert_eq!(w.done(&one).await, SettleVerdict::Accepted);
        }
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn of_a_hundred_thousand_jobs_of_one_serial_key_the_head_alone_is_handed_out() {
    let (w, _schema) = opened().await;
    let mut put = Vec::new();
    for _ in 0..times(5, 100) {
        let jobs: Vec<NewJob> = (0..1_000).map(|_| w.serial("a")).collect();
        put.extend(jobs.iter().map(|job| job.id));
        w.db.enqueue(jobs).await.unwrap();
    }
    let mut settlements = Vec::new();
    for id in put.iter().take(300) {
        let request = ClaimRequest { worker: "w".into(), limit: 9, kinds: vec![kind()], lease_for: LEASE };
        let mut exchange = w.db.exchange(std::mem::take(&mut settlements), request).await.unwrap();
        assert_eq!(exchange.claimed.len(), 1, "the head alone");
        let one = exchange.claimed.remove(0);
        assert_eq!(one.job.id, *id);
        settlements.push(crate::postgres::completed(&one.lease));
    }
    assert_eq!(w.db.next_due(&[kind()]).await.unwrap(), Some(Duration::ZERO));
}
