//! Limits of gates, and pauses, that several processes share.

use super::{another, completed, opened};
use crate::fixture::*;
use fusion_core::job::*;
use fusion_queue::Postgres;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

const JOBS: usize = 120;
const LIMIT: usize = 3;

#[derive(Default)]
struct Seen {
    inside: usize,
    done: BTreeSet<fusion_core::model::JobId>,
}

async fn work(db: Postgres, seen: Arc<Mutex<Seen>>) {
    let request = ClaimRequest { worker: "w".into(), limit: 4, kinds: vec![kind()], lease_for: LEASE };
    while seen.lock().unwrap().done.len() < JOBS {
        let claimed = db.claim(request.clone()).await.unwrap();
        {
            let mut seen = seen.lock().unwrap();
            seen.inside += claimed.len();
            assert!(seen.inside <= LIMIT, "{} are in hands at once", seen.inside);
        }
        tokio::task::yield_now().await;
        let ends = claimed.iter().map(|one| completed(&one.lease)).collect();
        {
            // The room is there before the answer is here.
            let mut seen = seen.lock().unwrap();
            seen.inside -= claimed.len();
            seen.done.extend(claimed.iter().map(|one| one.job.id));
        }
        db.settle(ends).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn claims_of_several_processes_never_take_more_than_a_gate_lets_through() {
    let (w, schema) = opened().await;
    w.db.limit_gate(&w.tenant, Some(w.store), Some(LIMIT as u32)).await.unwrap();
    let priority = |nth| if nth % 2 == 0 { Priority::High } else { Priority::Low };
    let jobs = (0..JOBS).map(|nth| NewJob { begins_work: true, priority: priority(nth), ..w.job() });
    w.db.enqueue(jobs.collect()).await.unwrap();
    let seen = Arc::<Mutex<Seen>>::default();
    let dbs = [w.db.clone(), another(&w, &schema).await, another(&w, &schema).await];
    let workers = (0..6).map(|nth| tokio::spawn(work(dbs[nth % 3].clone(), seen.clone())));
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_pause_and_a_limit_count_for_a_process_that_has_looked_before() {
    let (w, schema) = opened().await;
    let other = another(&w, &schema).await;
    let request = ClaimRequest { worker: "w".into(), limit: 1, kinds: vec![kind()], lease_for: LEASE };
    let jobs = [0; 3].map(|_| NewJob { begins_work: true, ..w.job() });
    w.db.enqueue(jobs.to_vec()).await.unwrap();
    assert_eq!(other.claim(request.clone()).await.unwrap().len(), 1);
    w.db.pause_kind(&w.tenant, Some(&kind())).await.unwrap();
    assert!(other.claim(request.clone()).await.unwrap().is_empty());
    w.db.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
    w.db.limit_gate(&w.tenant, Some(w.store), Some(1)).await.unwrap();
    assert!(other.claim(request.clone()).await.unwrap().is_empty(), "one is in hands");
    w.db.limit_gate(&w.tenant, Some(w.store), Some(2)).await.unwrap();
    assert_eq!(other.claim(request).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_limit_counts_over_all_lanes_of_its_gate_and_leaves_a_turn_to_the_others() {
    let (w, _schema) = opened().await;
    let other = JobKind::custom("other").unwrap();
    w.db.limit_gate(&w.tenant, Some(w.store), Some(3)).await.unwrap();
    let begins = |kind: &JobKind| NewJob { begins_work: true, kind: kind.clone(), ..w.job() };
    let jobs: Vec<NewJob> = (0..3).flat_map(|_| [begins(&kind()), begins(&other), w.job()]).collect();
    // One by one: at one moment the older ones go first.
    for job in &jobs {
        w.put(job).await;
    }
    let request = |limit| ClaimRequest {
        worker: "w".into(),
        limit,
        kinds: vec![kind(), other.clone()],
        lease_for: LEASE,
    };
    let nth_of = |claimed: Vec<Claimed>| -> Vec<usize> {
        claimed.iter().filter_map(|one| jobs.iter().position(|job| job.id == one.job.id)).collect()
    };
    assert_eq!(nth_of(w.db.claim(request(6)).await.unwrap()), [0, 1, 2, 3, 5, 8]);
    w.db.limit_gate(&w.tenant, Some(w.store), None).await.unwrap();
    assert_eq!(nth_of(w.db.claim(request(2)).await.unwrap()), [4, 6]);
}
