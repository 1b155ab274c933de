//! One file, two processes that write to it, and a third that holds it up.

use crate::{fixture::*, random::Random};
use fusion_core::{error::ErrorKind, job::*, model::JobId};
use fusion_queue::{
    Sqlite, TokioClock,
    sqlite::{Durability, SqliteSettings},
};
use serde_json::json;
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

const ROUNDS: usize = 40;

#[derive(Default)]
struct Log {
    ended: BTreeMap<JobId, u32>,
    order: BTreeMap<String, Vec<JobId>>,
    wanted: usize,
    is_filled: bool,
}

/// Repeats a call until the file is free.
macro_rules! again {
    ($call:expr) => {
        loop {
            match $call.await {
                Err(error) if error.kind() == ErrorKind::Unavailable => {}
                told => break told,
            }
        }
    };
}

async fn work(db: Sqlite, log: Arc<Mutex<Log>>, seed: u64) {
    let mut random = Random::new(seed);
    let mut held: Vec<(Settlement, NewJob)> = Vec::new();
    loop {
        let is_over = {
            let log = log.lock().unwrap();
            log.is_filled && log.ended.len() == log.wanted
        };
        if is_over {
            return;
        }
        let limit = 1 + random.below(9);
        let request = ClaimRequest { worker: seed.to_string(), limit, kinds: vec![kind()], lease_for: LEASE };
        let settlements: Vec<_> = held.iter().map(|(settlement, _)| settlement.clone()).collect();
        let exchange = match db.exchange(settlements, request).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => continue,
            told => told.unwrap(),
        };
        for ((settlement, job), verdict) in held.drain(..).zip(exchange.verdicts) {
            assert_ne!(verdict, SettleVerdict::Fenced);
            if matches!(settlement.end, JobEnd::Completed(_)) {
                *log.lock().unwrap().ended.entry(job.id).or_default() += 1;
            }
        }
        for one in exchange.claimed {
            let end = match random.below(8) {
                0 => retry_in(Duration::ZERO),
                1 => snooze(fusion_core::error::When::In(Duration::ZERO), false),
                _ => JobEnd::Completed(json!(1)),
            };
            if let (JobEnd::Completed(_), Some(serial)) = (&end, &one.job.serial) {
                log.lock().unwrap().order.entry(serial.clone()).or_default().push(one.job.id);
            }
            held.push((Settlement { lease: one.lease, end }, one.job));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_on_a_file_that_is_held_up_lose_no_job_and_refuse_none_for_anothers_fault() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("fusion.db");
    let settings = || {
        let settings = SqliteSettings::new(&path).with_durability(Durability::ProcessEnd);
        settings.with_busy_timeout(Duration::from_millis(40))
    };
    let mut dbs: Vec<Sqlite> = Vec::new();
    for _ in 0..2 {
        dbs.push(settings().open_with_queue().await.unwrap());
    }
    let w = World::over(Arc::new(TokioClock::system()), ());
    let log = Arc::<Mutex<Log>>::default();
    let workers: Vec<_> =
        (0..4).map(|nth| tokio::spawn(work(dbs[nth % 2].clone(), log.clone(), nth as u64))).collect();
    let holder = tokio::spawn({
        let (log, path) = (log.clone(), path.clone());
        async move {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            while !log.lock().unwrap().is_filled {
                if connection.execute("BEGIN IMMEDIATE").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(60)).await;
                    connection.execute("ROLLBACK").await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
        }
    });
    let first = w.job();
    again!(dbs[0].enqueue(vec![first.clone()])).unwrap();
    let mut put = vec![first.clone()];
    for round in 0..ROUNDS {
        // Calls that are refused stand in one group with others.
        let orphan = NewJob { parents: vec![w.job().id], ..w.job() };
        let theft = NewJob { tenant: w.other.clone(), ..first.clone() };
        let good = [w.serial("a"), w.job(), w.serial("b"), NewJob { parents: vec![first.id], ..w.job() }];
        let db = &dbs[round % 2];
        let (one, two, three, refused, stolen) = tokio::join!(
            async { again!(db.enqueue(good[..2].to_vec())) },
            async { again!(db.enqueue(vec![good[2].clone()])) },
            async { again!(db.enqueue(vec![good[3].clone()])) },
            async { again!(db.enqueue(vec![w.job(), orphan.clone()])) },
            async { again!(db.enqueue(vec![w.job(), theft.clone()])) },
        );
        for told in [one, two, three] {
            told.unwrap();
        }
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(stolen.unwrap_err().kind(), ErrorKind::InvalidInput);
        put.extend(good);
    }
    {
        let mut log = log.lock().unwrap();
        (log.wanted, log.is_filled) = (put.len(), true);
    }
    for worker in workers {
        tokio::time::timeout(SECOND * 60, worker).await.expect("a job is lost").unwrap();
    }
    holder.await.unwrap();
    let log = log.lock().unwrap();
    assert!(log.ended.values().all(|times| *times == 1));
    for serial in ["a", "b"] {
        let wanted = put.iter().filter(|job| job.serial.as_deref() == Some(serial)).map(|job| job.id);
        assert_eq!(log.order[serial], wanted.collect::<Vec<_>>());
    }
}
