//! Workers and servers that are killed at random moments under load: no job is lost, none is settled twice, only who
//! kills its process is given up, and the rest goes on without help.

mod child;
mod ledger;
mod server;
mod server_lost;
mod workers_lost;

use crate::{
    every::Queue,
    fixture::*,
    process::{self, Running},
    random::Random,
};
use child::Place;
use fusion_core::{ErrorKind, job::*, model::JobId};
use fusion_queue::TokioClock;
use serde_json::json;
use std::{collections::BTreeMap, os::unix::process::ExitStatusExt as _, sync::Arc, time::Duration};

/// Jobs that come in between two kills.
const JOBS: usize = 40;

/// A queue that is worked on by other processes, and what was put in.
struct Site {
    place: Place,
    queue: Arc<dyn Queue>,
    w: World<Arc<TokioClock>, ()>,
    random: Random,
    put: Vec<NewJob>,
    crew: Vec<Running>,
}

impl Site {
    async fn open(place: Place, seed: u64) -> Self {
        let queue = place.open().await;
        place.make_ledger().await;
        let w = World::over(Arc::new(TokioClock::system()), ());
        let crew = (0..2).map(|_| child::start(&place)).collect();
        Self { place, queue, w, random: Random::new(seed), put: Vec::new(), crew }
    }

    /// Puts in jobs, a quarter of them under serial keys; a queue that is out of reach is asked again.
    async fn put(&mut self, jobs: usize) {
        for _ in 0..jobs {
            let serial = (self.random.below(4) == 0).then(|| self.random.below(9).to_string());
            self.put_one(NewJob { serial, payload: json!(child::NAPS), ..self.job() }).await;
        }
    }

    /// A job that kills its process whenever it begins.
    async fn put_culprit(&mut self) {
        self.put_one(NewJob { payload: json!(null), ..self.job() }).await;
    }

    fn job(&self) -> NewJob {
        let retry = RetryPolicy { attempts: 10_000, base: SECOND / 20, cap: SECOND / 5 };
        NewJob { retry, ..self.w.job() }
    }

    async fn put_one(&mut self, job: NewJob) {
        for _ in 0..1_000 {
            match self.queue.enqueue(vec![job.clone()]).await {
                Ok(_) => return self.put.push(job),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the queue stays out of reach");
    }

    async fn nap(&mut self, at_most_ms: u64) {
        tokio::time::sleep(Duration::from_millis(self.random.next() % at_most_ms)).await;
    }

    fn kill_one(&mut self) {
        let nth = self.random.below(self.crew.len());
        let victim = std::mem::replace(&mut self.crew[nth], child::start(&self.place));
        drop(victim.kill());
    }

    /// Puts another in the place of who was killed by a culprit. Nobody ends by itself.
    fn replace_the_dead(&mut self) -> usize {
        let mut dead = 0;
        for one in &mut self.crew {
            if let Some(end) = one.end() {
                assert!(end.signal().is_some(), "a worker gave up: {end:?}");
                *one = child::start(&self.place);
                dead += 1;
            }
        }
        dead
    }

    /// Lets the crew work until everything has ended; how many of it died on the way.
    async fn finish(&mut self) -> usize {
        let mut dead = 0;
        for _ in 0..3_000 {
            dead += self.replace_the_dead();
            tokio::time::sleep(Duration::from_millis(50)).await;
            match self.queue.next_due(&[kind()]).await {
                Ok(None) => return dead,
                Ok(Some(_)) => {}
                // The first call after a kill tells of it.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
            }
        }
        panic!("the crew doesn't get done: {:?}", self.queue.stats(&self.w.tenant).await);
    }

    /// Holds what the ledger says against what was put in.
    async fn check(&self) {
        let ledger = self.place.ledger().await;
        assert_eq!(ledger.len(), self.put.len(), "as many jobs are known as were put in");
        let by_id: BTreeMap<JobId, &ledger::Entry> = ledger.iter().map(|entry| (entry.job, entry)).collect();
        let mut order: BTreeMap<&str, i64> = BTreeMap::new();
        for job in &self.put {
            let entry = by_id.get(&job.id).expect("a job that was put in is lost");
            let state = JobQueue::get(&self.queue, &job.tenant, job.id).await.unwrap().unwrap();
            assert_eq!(entry.ends, 1, "a job is settled once: {state:?}");
            if job.payload.is_null() {
                assert_eq!(state.status, JobStatus::Failed);
                assert!(state.crashes > fusion_queue::memory::MAX_CRASHES, "{state:?}");
                continue;
            }
            assert_eq!(state.status, JobStatus::Completed, "an innocent is given up: {state:?}");
            assert_eq!(entry.effects, 1, "the attempt that was settled has had its effect once: {state:?}");
            if let Some(key) = &job.serial {
                let before = order.insert(key, entry.nth);
                assert!(before.is_none_or(|before| before < entry.nth), "the order of {key} was broken");
            }
        }
    }
}
