//! An update that rolls over the workers: for a while two versions of a program share a queue.

use crate::{
    every::{Every, in_every_queue},
    fixture::*,
};
use fusion_core::{clock::Cancel, job::*};
use fusion_queue::Worker;
use serde::{Deserialize, Serialize};
use serde_json::json;

in_every_queue!(jobs_of_a_newer_version_are_left_to_workers_that_know_it);

/// What the older program knows.
#[derive(Serialize, Deserialize)]
struct Report {
    month: u32,
}

impl Payload for Report {
    const KIND: &'static str = "report";
}

/// What the newer one puts in.
#[derive(Serialize, Deserialize)]
struct Reports {
    months: Vec<u32>,
}

impl Payload for Reports {
    const KIND: &'static str = "report";
    const VERSION: u32 = 2;
}

const JOBS: u32 = 60;

async fn jobs_of_a_newer_version_are_left_to_workers_that_know_it(e: Every) {
    let older = |handlers: Handlers| {
        handlers.on(|report: Report, _| async move { Finish::Done(json!(report.month)) })
    };
    let newer = |handlers: Handlers| {
        handlers.on(|reports: Reports, _| async move { Finish::Done(json!(reports.months)) })
    };
    let old = older(Handlers::default()).unwrap();
    let both = newer(old.clone()).unwrap();
    let mut jobs = Vec::new();
    for nth in 0..JOBS {
        jobs.push(NewJob {
            kind: Report::kind().unwrap(),
            payload: json!(Report { month: nth }),
            ..e.w.job()
        });
        let months = vec![nth];
        jobs.push(NewJob { kind: Reports::kind().unwrap(), payload: json!(Reports { months }), ..e.w.job() });
    }
    let worker = |queue, handlers, name: &str| {
        Worker::of_queue(queue, e.w.clock.clone(), handlers).with_name(name).with_poll(SECOND / 20)
    };
    // The older program works alone for a while.
    let (stop, older) = (Cancel::default(), worker(e.another().await, old, "old"));
    let signal = stop.clone();
    let older = tokio::spawn(async move { older.run(signal).await });
    for part in jobs.chunks(20) {
        e.w.db.enqueue(part.to_vec()).await.unwrap();
        tokio::time::sleep(SECOND / 50).await;
    }
    let first = &jobs[0];
    let done = e.w.db.wait_for(&first.tenant, first.id, &*e.w.clock, SECOND * 60).await.unwrap().unwrap();
    assert_eq!(done.status, JobStatus::Completed, "nobody but the older program performs it");
    let newer = worker(e.another().await, both, "new").run_until_idle().await.unwrap();
    stop.cancel();
    let older = older.await.unwrap().unwrap();
    assert_eq!(older.completed + newer.completed, u64::from(2 * JOBS), "{older:?} {newer:?}");
    assert_eq!((older.failed, older.retried, older.lost), (0, 0, 0), "{older:?}");
    assert!(newer.completed >= u64::from(JOBS) && older.completed > 0, "{newer:?} {older:?}");
    for job in jobs {
        let state = e.w.state(job.id).await;
        let stands = (state.status, state.attempt, state.crashes);
        assert_eq!(stands, (JobStatus::Completed, 1, 0), "{state:?}");
    }
}
