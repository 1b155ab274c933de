//! Schedules: what the calendar says, and what workers make of it.

use crate::fixture::*;
use chrono::{DateTime, SecondsFormat};
use fusion_core::{
    ErrorKind, Result,
    clock::{Cancel, Clock, Timestamp},
    job::*,
    testkit::{Answer, Call, TestClock, Through, Watch},
};
use fusion_queue::{Worker, cron::Schedule};
use serde_json::json;
use std::sync::{Arc, Mutex};

fn moment(text: &str) -> Timestamp {
    Timestamp::from_micros(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros())
}

fn schedule(w: &World, pattern: &str) -> Schedule {
    Schedule::new("test", pattern, "Europe/Berlin", w.job()).unwrap()
}

#[test]
fn a_time_that_clocks_leave_out_comes_at_the_next_and_one_that_comes_twice_comes_once() {
    let w = World::new();
    let check = |pattern: &str, after: &str, wanted: &[&str]| {
        let mut at = moment(after);
        let mut slots = Vec::new();
        for _ in wanted {
            at = schedule(&w, pattern).after(at).unwrap();
            let slot = DateTime::from_timestamp_micros(at.as_micros()).unwrap();
            slots.push(slot.to_rfc3339_opts(SecondsFormat::Secs, true));
        }
        assert_eq!(slots, wanted, "{pattern}");
    };
    // 2026-03-29: after 01:59:59 comes 03:00. 2026-10-25: after 02:59:59 comes 02:00 again.
    let spring = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    check("30 2 * * *", "2026-03-28T00:00:00Z", &spring);
    let autumn = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    check("30 2 * * *", "2026-10-23T12:00:00Z", &autumn);
    let hours = ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"];
    check("0 * * * *", "2026-10-24T23:30:00Z", &hours);
    check("0 7 * * MON", "2026-10-20T00:00:00Z", &["2026-10-26T06:00:00Z"]);
}

#[test]
fn a_pattern_that_cannot_be_kept_is_refused() {
    let w = World::new();
    for (pattern, zone) in [
        ("61 * * * *", "Europe/Berlin"),
        ("* * * * * *", "Europe/Berlin"),
        ("every day", "Europe/Berlin"),
        ("0 0 31 2 *", "Europe/Berlin"),
        ("0 0 * * *", "Berlin"),
    ] {
        let refused = Schedule::new("test", pattern, zone, w.job()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{pattern} {zone}");
    }
}

/// The moments of the slots that `workers` have run by `until`.
async fn run(w: &World, pattern: &str, workers: usize, until: Timestamp) -> Vec<Timestamp> {
    let ran = Arc::new(Mutex::new(Vec::new()));
    let stop = Cancel::default();
    let mut running = Vec::new();
    for _ in 0..workers {
        let ran = ran.clone();
        let handlers = Handlers::default().with(kind(), Note(ran));
        let backend = Through { backend: w.db.clone(), watch: Interrupted };
        let worker = Worker::new(backend, handlers).with_schedule(schedule(w, pattern));
        let stop = stop.clone();
        running.push(tokio::spawn(async move { worker.run(stop).await }));
    }
    while w.clock.now() < until {
        w.clock.sleep(SECOND).await;
    }
    stop.cancel();
    for one in running {
        one.await.unwrap().unwrap();
    }
    let mut ran = ran.lock().unwrap().clone();
    ran.sort();
    ran
}

/// Lets the other workers go on before each call.
struct Interrupted;

#[async_trait::async_trait]
impl Watch for Interrupted {
    type Held = ();
    async fn before(&self, _: &Call<'_>) -> Result<()> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
    async fn after(&self, (): (), _: &Answer<'_>) -> Result<()> {
        Ok(())
    }
}

struct Note(Arc<Mutex<Vec<Timestamp>>>);

#[async_trait::async_trait]
impl JobHandler for Note {
    async fn run(&self, job: JobContext) -> Finish {
        if let fusion_core::error::When::At(slot) = job.job().due {
            self.0.lock().unwrap().push(slot);
        }
        Finish::Done(json!(null))
    }
}

#[tokio::test]
async fn each_slot_runs_once_however_many_workers_see_it() {
    let w = World::with(TestClock::at(moment("2026-05-01T10:00:30Z")));
    let ran = run(&w, "* * * * *", 3, moment("2026-05-01T10:04:30Z")).await;
    let wanted = [1, 2, 3, 4].map(|minute| moment(&format!("2026-05-01T10:0{minute}:00Z")));
    assert_eq!(ran, wanted);
}

#[tokio::test]
async fn slots_that_nobody_was_there_for_are_made_up_for_by_one_run() {
    let w = World::with(TestClock::at(moment("2026-05-01T10:00:30Z")));
    assert_eq!(run(&w, "*/10 * * * *", 1, moment("2026-05-01T10:01:00Z")).await, []);
    let asleep = moment("2026-05-04T11:25:00Z").since(w.clock.now());
    w.clock.advance(asleep);
    let ran = run(&w, "*/10 * * * *", 1, moment("2026-05-04T11:31:00Z")).await;
    assert_eq!(ran, [moment("2026-05-04T11:20:00Z"), moment("2026-05-04T11:30:00Z")]);
}
