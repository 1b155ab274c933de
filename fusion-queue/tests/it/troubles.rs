//! Jobs that go wrong in every way: each comes to a clear state with its reason, and the others go on.

use crate::{
    every::{Every, in_every_queue},
    fixture::*,
};
use async_trait::async_trait;
use fusion_core::{ErrorKind, clock::Timestamp, job::*};
use fusion_queue::Worker;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

in_every_queue!(
    every_trouble_is_told_and_holds_up_nobody,
    ten_million_bytes_are_kept_as_they_are,
    a_result_that_is_too_large_is_its_jobs_failure_and_the_others_go_on,
    a_zero_byte_is_kept_wherever_somebody_may_write_one,
    a_kind_that_nobody_here_performs_waits_unharmed,
);

#[derive(Serialize, Deserialize)]
struct Report {
    month: u32,
}

impl Payload for Report {
    const KIND: &'static str = "report";
}

/// Does what its payload says.
struct Clumsy;

#[async_trait]
impl JobHandler for Clumsy {
    async fn run(&self, job: JobContext) -> Finish {
        match job.job().payload.as_str() {
            Some("panic") => std::panic::resume_unwind(Box::new("a bug")),
            Some("never") => std::future::pending().await,
            Some("large") => Finish::Done(json!("x".repeat(MAX_RESULT_BYTES))),
            Some("wordy") => {
                let mut why = failure();
                why.message = "x".repeat(MAX_RESULT_BYTES);
                Finish::Dead(why)
            }
            Some("zero") => {
                let mut why = failure();
                why.message = "a \0 in it".into();
                Finish::Dead(why)
            }
            _ => Finish::Done(job.job().payload.clone()),
        }
    }
}

fn worker(e: &Every) -> Worker {
    let handlers = Handlers::default().with(kind(), Clumsy);
    let handlers = handlers.on(|report: Report, _| async move { Finish::Done(json!(report.month)) }).unwrap();
    Worker::of_queue(e.w.db.clone(), e.w.clock.clone(), handlers).with_poll(SECOND / 20)
}

async fn every_trouble_is_told_and_holds_up_nobody(e: Every) {
    let once = RetryPolicy { attempts: 1, ..RetryPolicy::DEFAULT };
    let job = |payload: Value| NewJob { payload, retry: once, timeout: SECOND / 10, ..e.w.job() };
    let report = JobKind::custom(Report::KIND).unwrap();
    let unreadable = NewJob { kind: report.clone(), ..job(json!({ "month": "July" })) };
    let readable = NewJob { kind: report, ..job(json!({ "month": 7 })) };
    let troubles = [
        (unreadable, ErrorKind::InvalidInput),
        (job(json!("panic")), ErrorKind::Internal),
        (job(json!("never")), ErrorKind::Timeout),
        (job(json!("zero")), ErrorKind::Unavailable),
    ];
    let good: Vec<NewJob> = (0..30).map(|nth| job(json!(nth))).chain([readable]).collect();
    let bad = troubles.iter().map(|(job, _)| job.clone());
    e.w.db.enqueue(bad.chain(good.clone()).collect()).await.unwrap();
    let ran = worker(&e).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, ran.failed), (31, 4), "{ran:?}");
    for job in good {
        assert_eq!(e.w.status(job.id).await, JobStatus::Completed);
    }
    for (job, why) in troubles {
        let state = e.w.state(job.id).await;
        let told = state.failure.map(|failure| failure.kind);
        assert_eq!((state.status, told, state.attempt, state.crashes), (JobStatus::Failed, Some(why), 1, 0));
    }
}

async fn ten_million_bytes_are_kept_as_they_are(e: Every) {
    // Not all alike, or they would be stored short.
    let letter = |nth: u32| char::from(b'a' + (nth.wrapping_mul(nth) % 26) as u8);
    let large = json!([(0..10_000_000).map(letter).collect::<String>()]);
    let (heavy, light) = (NewJob { payload: large.clone(), ..e.w.job() }, e.w.job());
    e.w.db.enqueue(vec![heavy.clone(), light.clone()]).await.unwrap();
    let ran = worker(&e).run_until_idle().await.unwrap();
    assert_eq!(ran.completed, 2, "{ran:?}");
    let state = e.w.state(heavy.id).await;
    assert!(state.job.payload == large && state.result == Some(large));
    assert_eq!(e.w.status(light.id).await, JobStatus::Completed);
}

async fn a_zero_byte_is_kept_wherever_somebody_may_write_one(e: Every) {
    let zero = NewJob { payload: json!("zero"), serial: Some("a\0b".into()), ..e.w.job() };
    let next = NewJob { payload: json!({ "a\0": "\0" }), serial: Some("a\0b".into()), ..e.w.job() };
    e.w.db.enqueue(vec![zero.clone(), next.clone()]).await.unwrap();
    e.w.db.log(vec![JobLine::new(next.id, Timestamp::EPOCH, "a \0 line")]).await.unwrap();
    let ran = worker(&e).with_name("w\0").run_until_idle().await.unwrap();
    assert_eq!((ran.failed, ran.completed), (1, 1), "{ran:?}");
    let (dead, done) = (e.w.state(zero.id).await, e.w.state(next.id).await);
    assert_eq!(dead.failure.map(|failure| failure.message), Some("a \0 in it".into()));
    assert_eq!(done.result, Some(next.payload.clone()));
    let lines = e.w.db.lines(&e.w.tenant, next.id).await.unwrap();
    assert_eq!(lines.iter().map(|line| &*line.text).collect::<Vec<_>>(), ["a \0 line"]);
}

async fn a_kind_that_nobody_here_performs_waits_unharmed(e: Every) {
    let strange = NewJob { kind: JobKind::custom("strange").unwrap(), ..e.w.job() };
    let known = e.w.job();
    e.w.db.enqueue(vec![strange.clone(), known.clone()]).await.unwrap();
    assert_eq!(worker(&e).run_until_idle().await.unwrap().completed, 1);
    let state = e.w.state(strange.id).await;
    assert_eq!((state.status, state.attempt, state.crashes), (JobStatus::Pending, 0, 0));
    let handlers = Handlers::default().with(strange.kind, Clumsy);
    let its_own = Worker::of_queue(e.another().await, e.w.clock.clone(), handlers);
    tokio::time::timeout(Duration::from_secs(30), its_own.run_until_idle()).await.unwrap().unwrap();
    assert_eq!(e.w.status(strange.id).await, JobStatus::Completed);
}

async fn a_result_that_is_too_large_is_its_jobs_failure_and_the_others_go_on(e: Every) {
    let of = |payload: Value| NewJob { payload, ..e.w.job() };
    let (large, wordy) = (of(json!("large")), of(json!("wordy")));
    let good: Vec<NewJob> = (0..30).map(|nth| of(json!(nth))).collect();
    e.w.db.enqueue([large.clone(), wordy.clone()].into_iter().chain(good.clone()).collect()).await.unwrap();
    let ran = worker(&e).run_until_idle().await.unwrap();
    assert_eq!((ran.completed, ran.failed, ran.retried), (30, 2, 0), "{ran:?}");
    for (job, mend) in [(large, "return a reference"), (wordy, "say in a sentence")] {
        let state = e.w.state(job.id).await;
        let why = state.failure.unwrap();
        assert_eq!((state.status, why.kind, state.attempt), (JobStatus::Failed, ErrorKind::InvalidInput, 1));
        assert!(why.message.contains(mend) && why.message.contains(&MAX_RESULT_BYTES.to_string()), "{why}");
    }
    for job in good {
        assert_eq!(e.w.status(job.id).await, JobStatus::Completed);
    }
}
