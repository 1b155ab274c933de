//! Programs whose machines disagree about the time.

use super::Schema;
use crate::fixture::*;
use fusion_core::{clock::Clock, error::When, job::*};
use fusion_queue::{Postgres, TokioClock, Worker};
use serde_json::json;
use std::{sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(3_600);

/// Jobs that each program puts in.
const JOBS: u64 = 20;

/// Is done at once.
struct Done;

#[async_trait::async_trait]
impl JobHandler for Done {
    async fn run(&self, _: JobContext) -> Finish {
        Finish::Done(json!(null))
    }
}

type Program = World<Arc<TokioClock>, Postgres>;

/// Programs on one queue; the clock of the first is five hours behind, that of the last as far ahead.
async fn programs(schema: &Schema) -> [Program; 3] {
    let now = TokioClock::system().now();
    let program = async |at| {
        let clock = Arc::new(TokioClock::scaled(at, 1));
        World::over(clock, schema.settings().connect().await.unwrap())
    };
    [program(now - HOUR * 5).await, program(now).await, program(now + HOUR * 5).await]
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_time_and_a_lease_mean_the_same_to_programs_whose_clocks_are_hours_off() {
    let schema = Schema::new();
    let programs = programs(&schema).await;
    let request = |limit| ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: HOUR };
    let mut later = Vec::new();
    for w in &programs {
        w.put(&w.job()).await;
        later.push(NewJob { due: When::In(HOUR), ..w.job() });
        w.put(later.last().unwrap()).await;
    }
    let claimed = programs[0].db.claim(request(9)).await.unwrap();
    assert_eq!(claimed.len(), 3, "what is due is due to everybody");
    for w in &programs {
        for job in &later {
            let Explanation::NotDue(span) = w.explain(job.id).await else { panic!("it is due in an hour") };
            assert!(span > HOUR / 2 && span <= HOUR, "{span:?}");
        }
        assert!(w.db.rescue(&[kind()]).await.unwrap().is_empty());
        assert!(w.db.claim(request(9)).await.unwrap().is_empty(), "no lease has ended to anybody");
    }
    for (w, one) in programs.iter().zip(&claimed) {
        let beat = Beat { lease: one.lease.clone(), started: true, progress: None };
        assert_eq!(w.db.heartbeat(&[beat], HOUR).await.unwrap(), [BeatVerdict::Held]);
        assert_eq!(w.done(one).await, SettleVerdict::Accepted);
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn workers_whose_clocks_are_hours_off_share_a_queue_as_if_they_agreed() {
    let schema = Schema::new();
    let programs = programs(&schema).await;
    let mut jobs = Vec::new();
    for w in &programs {
        jobs.extend((0..JOBS).map(|nth| NewJob {
            due: When::In(Duration::from_millis(nth % 4 * 100)),
            serial: (nth % 5 == 1).then(|| "a".to_owned()),
            ..w.job()
        }));
    }
    programs[0].db.enqueue(jobs.clone()).await.unwrap();
    let worker = |w: &Program| {
        let handlers = Handlers::default().with(kind(), Done);
        let worker = Worker::of_queue(w.db.clone(), w.clock.clone(), handlers);
        worker.with_lease(HOUR).with_poll(SECOND / 20)
    };
    let [first, second, third] = programs.each_ref().map(worker);
    let (first, second, third) =
        tokio::join!(first.run_until_idle(), second.run_until_idle(), third.run_until_idle());
    let mut completed = 0;
    for ran in [first, second, third] {
        let ran = ran.unwrap();
        assert_eq!((ran.lost, ran.failed, ran.retried), (0, 0, 0), "{ran:?}");
        completed += ran.completed;
    }
    assert_eq!(completed, jobs.len() as u64);
    for job in &jobs {
        let state = programs[1].state(job.id).await;
        assert_eq!((state.status, state.attempt, state.crashes), (JobStatus::Completed, 1, 0), "{state:?}");
    }
}
