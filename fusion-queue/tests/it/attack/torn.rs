//! Several processes under load whose sessions are ended at random moments.

use crate::{
    fixture::*,
    postgres::schema::{Schema, connection},
    random::Random,
};
use fusion_core::{error::ErrorKind, job::*, model::JobId};
use fusion_queue::{Postgres, TokioClock};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

const JOBS: usize = 1_500;
const KEYS: usize = 5;
const SHORT: Duration = Duration::from_millis(1_500);

#[derive(Default)]
struct Log {
    /// Attempts whose completion was accepted, or told as settled after a call that was cut off.
    completed: BTreeMap<JobId, BTreeSet<u64>>,
    is_over: bool,
}

async fn work(db: Postgres, log: Arc<Mutex<Log>>, seed: u64) {
    let mut random = Random::new(seed);
    let mut held: Vec<(Settlement, NewJob)> = Vec::new();
    while !log.lock().unwrap().is_over {
        let limit = 1 + random.below(20);
        let request = ClaimRequest { worker: seed.to_string(), limit, kinds: vec![kind()], lease_for: SHORT };
        if random.below(20) == 0 {
            drop(db.rescue(&[kind()]).await);
        }
        let settlements = held.iter().map(|(settlement, _)| settlement.clone()).collect();
        let exchange = match db.exchange(settlements, request).await {
            Ok(exchange) => exchange,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                continue;
            }
        };
        for ((settlement, job), verdict) in held.drain(..).zip(exchange.verdicts) {
            if verdict == SettleVerdict::Fenced || !matches!(settlement.end, JobEnd::Completed(_)) {
                continue;
            }
            log.lock().unwrap().completed.entry(job.id).or_default().insert(settlement.lease.token);
        }
        for one in exchange.claimed {
            let end = match random.below(12) {
                0 => retry_in(Duration::ZERO),
                1 => snooze(fusion_core::error::When::In(Duration::from_millis(5)), false),
                // Its worker forgets it.
                2 if one.crashes == 0 => continue,
                _ => JobEnd::Completed(json!(1)),
            };
            held.push((Settlement { lease: one.lease, end }, one.job));
        }
        tokio::task::yield_now().await;
    }
}

/// Repeats a call until it is answered.
async fn put(db: &Postgres, jobs: Vec<NewJob>) {
    loop {
        match db.enqueue(jobs.clone()).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn sessions_that_are_ended_at_random_lose_no_job_and_leave_nothing_behind() {
    let schema = Schema::new();
    let mut dbs = Vec::new();
    for _ in 0..3 {
        dbs.push(schema.settings().connect().await.unwrap());
    }
    let w = World::over(Arc::new(TokioClock::system()), dbs[0].clone());
    let log = Arc::<Mutex<Log>>::default();
    let workers: Vec<_> =
        (0..6).map(|nth| tokio::spawn(work(dbs[nth % 3].clone(), log.clone(), nth as u64))).collect();
    let killer = tokio::spawn({
        let (log, name) = (log.clone(), schema.name().to_owned());
        async move {
            let mut connection = connection().await;
            let sql = "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
                WHERE application_name = $1 ORDER BY random() LIMIT 1) one";
            for _ in 0..60 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                sqlx::query(sql).bind(&name).execute(&mut connection).await.unwrap();
                if log.lock().unwrap().is_over {
                    break;
                }
            }
        }
    });
    let mut random = Random::new(11);
    let mut ids = BTreeSet::new();
    let mut last = BTreeMap::new();
    let mut nth = 0_i64;
    while ids.len() < JOBS {
        let mut jobs = Vec::new();
        for _ in 0..=random.below(30) {
            nth += 1;
            let serial = (random.below(3) == 0).then(|| format!("s{}", random.below(KEYS)));
            jobs.push(NewJob { serial, ..w.job() });
        }
        ids.extend(jobs.iter().map(|job| job.id));
        if let Some(before) = jobs.first().map(|job| job.id) {
            let child = NewJob { parents: vec![before], ..w.job() };
            ids.insert(child.id);
            jobs.push(child);
        }
        put(&dbs[random.below(3)], jobs).await;
        let key = random.below(KEYS);
        let unique = Unique::new(&kind(), &[key.to_string().as_bytes()], WhileRunning::FollowUp);
        last.insert(unique.key.as_bytes().to_vec(), nth);
        put(&dbs[0], vec![NewJob { unique: Some(unique), payload: json!(nth), ..w.job() }]).await;
        if random.below(6) == 0 {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
    let mut left = -1;
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        left = schema.count("SELECT count(*) FROM fusion.jobs").await;
        if left == 0 {
            break;
        }
    }
    log.lock().unwrap().is_over = true;
    for worker in workers {
        worker.await.unwrap();
    }
    killer.await.unwrap();
    assert_eq!(left, 0, "jobs that nobody reaches any more");
    let ended = schema.count("SELECT count(*) FROM fusion.ended WHERE status = 3").await;
    assert_eq!(ended, schema.count("SELECT count(*) FROM fusion.ended").await, "an innocent was given up");
    let names = schema.count("SELECT count(DISTINCT u) FROM fusion.ends, unnest(jobs) u").await;
    assert_eq!(names, ended);
    for table in ["leases", "keys", "loose"] {
        let many = match table {
            "leases" => schema.count("SELECT count(*) FROM fusion.leases").await,
            "keys" => schema.count("SELECT count(*) FROM fusion.keys").await,
            _ => schema.count("SELECT count(*) FROM fusion.loose").await,
        };
        assert_eq!(many, 0, "{table}");
    }
    let disorder = "SELECT count(*) FROM fusion.ended a JOIN fusion.ended b USING (tenant, serial)
        WHERE a.number < b.number AND a.ended_at > b.ended_at";
    assert_eq!(schema.count(disorder).await, 0, "the order of a serial key was broken");
    {
        let log = log.lock().unwrap();
        assert!(log.completed.values().all(|attempts| attempts.len() == 1), "one was completed twice");
    }
    for (key, payload) in last {
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let newest = format!(
            "SELECT max(payload::bigint) FROM fusion.ended WHERE unique_key = decode('{key}', 'hex')"
        );
        assert_eq!(schema.count(&newest).await, payload, "the newest payload of a key was swallowed");
    }
    let ids: Vec<String> = ids.iter().map(|id| format!("'{}'", id.as_uuid())).collect();
    let sql = format!("SELECT count(*) FROM fusion.ended WHERE id IN ({})", ids.join(","));
    assert_eq!(schema.count(&sql).await, ids.len() as i64, "a job that was put in is lost");
}
