//! Several processes on one schema.

use super::{Schema, another, completed, opened};
use crate::{fixture::*, random::Random};
use fusion_core::{
    clock::Clock as _,
    error::When,
    job::*,
    model::{JobId, StoreId},
};
use fusion_queue::{Postgres, TokioClock};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

const JOBS: usize = 600;
const SERIALS: usize = 7;

/// What all workers have done, in the order of their answers.
#[derive(Default)]
struct Log {
    inside: BTreeSet<JobId>,
    inside_serials: BTreeSet<String>,
    ended: BTreeMap<JobId, u32>,
    order: BTreeMap<String, Vec<JobId>>,
}

async fn work(db: Postgres, log: Arc<Mutex<Log>>, seed: u64) {
    let mut random = Random::new(seed);
    let mut settlements: Vec<Settlement> = Vec::new();
    let mut held: Vec<(Lease, NewJob)> = Vec::new();
    loop {
        let limit = 1 + random.below(12);
        let request = ClaimRequest { worker: seed.to_string(), limit, kinds: vec![kind()], lease_for: LEASE };
        let ends = settlements.clone();
        {
            // Whoever is let in by these ends may be claimed before their answer is here.
            let mut log = log.lock().unwrap();
            for (lease, job) in held.drain(..) {
                assert!(log.inside.remove(&lease.job));
                if let Some(serial) = &job.serial {
                    log.inside_serials.remove(serial);
                }
                let end = ends.iter().find(|one| one.lease == lease).unwrap();
                if matches!(end.end, JobEnd::Completed(_)) {
                    *log.ended.entry(lease.job).or_default() += 1;
                    log.order.entry(job.serial.unwrap_or_default()).or_default().push(lease.job);
                }
            }
        }
        let exchange = db.exchange(std::mem::take(&mut settlements), request).await.unwrap();
        assert_eq!(exchange.verdicts, vec![SettleVerdict::Accepted; ends.len()]);
        if exchange.claimed.is_empty() && ends.is_empty() {
            let all_ended = log.lock().unwrap().ended.len() == JOBS;
            if all_ended {
                return;
            }
            tokio::task::yield_now().await;
        }
        for one in exchange.claimed {
            let mut log = log.lock().unwrap();
            assert!(log.inside.insert(one.job.id), "two have it at once");
            if let Some(serial) = &one.job.serial {
                assert!(log.inside_serials.insert(serial.clone()), "two of one serial key are in hands");
            }
            let end = match random.below(10) {
                0 => retry_in(Duration::ZERO),
                1 => snooze(When::In(Duration::ZERO), false),
                _ => JobEnd::Completed(json!(1)),
            };
            settlements.push(Settlement { lease: one.lease.clone(), end });
            held.push((one.lease, one.job));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn claims_of_several_processes_never_meet_and_every_job_ends_once_and_in_its_order() {
    let schema = Schema::new();
    let clock = TokioClock::system();
    let mut dbs = Vec::new();
    for _ in 0..3 {
        dbs.push(schema.settings().connect().await.unwrap());
    }
    let w = World::over(Arc::new(clock), dbs[0].clone());
    let stores: Vec<StoreId> = (0..5).map(|_| StoreId::new(&w.clock)).collect();
    let mut random = Random::new(5);
    let mut jobs = Vec::new();
    for nth in 0..JOBS {
        let serial = (nth % 3 == 0).then(|| random.below(SERIALS).to_string());
        let tenant = match &serial {
            // A serial key is its tenant's.
            Some(_) => w.tenant.clone(),
            None => random.one_of(&[w.tenant.clone(), w.other.clone()]).clone(),
        };
        let priority = *random.one_of(&[Priority::High, Priority::Normal, Priority::Low]);
        jobs.push(NewJob { partition: Some(*random.one_of(&stores)), tenant, serial, priority, ..w.job() });
    }
    for part in jobs.chunks(150) {
        w.db.enqueue(part.to_vec()).await.unwrap();
    }
    let log = Arc::<Mutex<Log>>::default();
    let workers = (0..6_u64).map(|seed| {
        let nth = usize::try_from(seed).unwrap() % dbs.len();
        tokio::spawn(work(dbs[nth].clone(), log.clone(), seed))
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let log = std::mem::take(&mut *log.lock().unwrap());
    assert!(log.ended.len() == JOBS && log.ended.values().all(|times| *times == 1));
    for (serial, ended) in log.order.iter().filter(|(serial, _)| !serial.is_empty()) {
        let put_in = jobs.iter().filter(|job| job.serial.as_ref() == Some(serial)).map(|job| job.id);
        assert_eq!(*ended, put_in.collect::<Vec<_>>(), "the order of {serial} was broken");
    }
    assert_eq!(
        schema.count("SELECT count(*) FROM fusion.leases").await,
        0,
        "no lease is left of settled jobs"
    );
    assert_eq!(schema.count("SELECT count(*) FROM fusion.keys").await, 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn what_one_process_claims_another_settles_and_a_third_is_told_so() {
    let (w, schema) = opened().await;
    let (second, third) = (another(&w, &schema).await, another(&w, &schema).await);
    w.put(&w.job()).await;
    let lease = w.claim_one().await.lease;
    assert_eq!(second.settle(vec![completed(&lease)]).await.unwrap(), [SettleVerdict::Accepted]);
    assert_eq!(third.settle(vec![completed(&lease)]).await.unwrap(), [SettleVerdict::AlreadySettled]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn one_settlement_twice_in_a_batch_counts_once() {
    let (w, _schema) = opened().await;
    w.put(&w.job()).await;
    let lease = w.claim_one().await.lease;
    let verdicts = w.db.settle(vec![completed(&lease), completed(&lease)]).await.unwrap();
    assert_eq!(verdicts, [SettleVerdict::Accepted, SettleVerdict::AlreadySettled]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_schemas_of_one_database_never_meet() {
    let ((w, _one), (v, _two)) = (opened().await, opened().await);
    let job = w.job();
    w.put(&job).await;
    assert!(v.claim(9).await.is_empty());
    assert_eq!(JobQueue::get(&v.db, &w.tenant, job.id).await.unwrap(), None);
    assert_eq!(v.put(&job).await, Enqueued::New, "an id is known within its schema alone");
    assert_eq!(w.claim_ids(9).await, [job.id]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn without_a_clock_of_ones_own_the_servers_time_counts() {
    let schema = Schema::new();
    let db = schema.settings().connect().await.unwrap();
    let w = World::over(Arc::new(TokioClock::system()), db);
    let now = schema.count("SELECT fusion.now(NULL)").await;
    let soon = fusion_core::clock::Timestamp::from_micros(now) + SECOND * 3_600;
    let (due, later) = (w.job(), NewJob { due: When::At(soon), ..w.job() });
    w.db.enqueue(vec![due.clone(), later.clone()]).await.unwrap();
    assert_eq!(w.claim_ids(9).await, [due.id]);
    let Explanation::NotDue(span) = w.explain(later.id).await else { panic!("it is due") };
    assert!(span > SECOND * 1_800 && span <= SECOND * 3_600);
    assert!(w.clock.now() > soon - SECOND * 7_200, "the machine and its server have one time");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_has_a_job_of_a_store_that_was_paused_since_is_told_before_it_starts() {
    let (w, schema) = opened().await;
    let (begins, looks) = (NewJob { begins_work: true, ..w.job() }, w.job());
    w.db.enqueue(vec![begins.clone(), looks.clone()]).await.unwrap();
    let claimed = w.claim(2).await;
    another(&w, &schema).await.pause(&w.tenant, w.store).await.unwrap();
    for one in &claimed {
        let is_paused = one.job.id == begins.id;
        let wanted = if is_paused { BeatVerdict::Paused } else { BeatVerdict::Held };
        assert_eq!(w.beat(one, false).await, wanted);
        assert_eq!(w.beat(one, true).await, BeatVerdict::Held, "it has started all the same");
    }
}
