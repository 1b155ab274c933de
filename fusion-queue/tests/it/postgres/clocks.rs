//! Programs whose machines disagree about the time.

use super::Schema;
use crate::fixture::*;
use fusion_core::{
    clock::{Cancel, Clock},
    error::When,
    job::*,
};
use fusion_queue::{TokioClock, Worker};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const HOURS: Duration = Duration::from_secs(5 * 3_600);

/// Takes as many milliseconds as its payload says.
struct Nap(Arc<TokioClock>);

#[async_trait::async_trait]
impl JobHandler for Nap {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.sleep(Duration::from_millis(job.job().payload.as_u64().unwrap())).await;
        Finish::Done(json!(null))
    }
}

#[tokio::test]
async fn programs_whose_clocks_are_hours_off_share_a_queue_as_if_they_agreed() {
    let schema = Schema::new();
    let now = TokioClock::system().now();
    let clocks = [now - HOURS, now, now + HOURS].map(|at| Arc::new(TokioClock::scaled(at, 1)));
    let lease = SECOND * 2;
    let (stop, mut workers, mut jobs) = (Cancel::default(), Vec::new(), Vec::new());
    for clock in &clocks {
        let w = World::over(clock.clone(), schema.settings().connect().await.unwrap());
        let mine = (0..20_u64).map(|nth| NewJob {
            // One outlives its lease many times by signs of life.
            payload: json!(if nth == 0 { 5_000 } else { nth }),
            due: When::In(Duration::from_millis(nth % 4 * 100)),
            serial: (nth % 5 == 1).then(|| "a".to_owned()),
            partition: None,
            ..w.job()
        });
        jobs.extend(mine);
        let handlers = Handlers::default().with(kind(), Nap(clock.clone()));
        let worker = Worker::of_queue(w.db.clone(), clock.clone(), handlers).with_lease(lease);
        workers.push((w.db, worker.with_poll(SECOND / 20)));
    }
    let db = workers[0].0.clone();
    db.enqueue(jobs.clone()).await.unwrap();
    // Somebody who claims and is never heard of again.
    let request = ClaimRequest { worker: "lost".into(), limit: 2, kinds: vec![kind()], lease_for: lease };
    let lost = workers[2].0.claim(request).await.unwrap();
    assert_eq!(lost.len(), 2);
    let running = workers.into_iter().map(|(_, worker)| {
        let stop = stop.clone();
        tokio::spawn(async move { worker.run(stop).await })
    });
    let running: Vec<_> = running.collect();
    for job in &jobs {
        let state = db.wait_for(&job.tenant, job.id, &*clocks[1], SECOND * 60).await.unwrap().unwrap();
        assert_eq!((state.status, state.attempt, state.crashes), (JobStatus::Completed, 1, 0), "{state:?}");
    }
    stop.cancel();
    let mut completed = 0;
    for one in running {
        let ran = one.await.unwrap().unwrap();
        assert_eq!((ran.lost, ran.failed, ran.retried), (0, 0, 0), "{ran:?}");
        completed += ran.completed;
    }
    assert_eq!(completed, jobs.len() as u64);
}
