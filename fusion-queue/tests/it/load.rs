//! Two thousand jobs, several workers that come and go, and handlers that do whatever handlers do.

use crate::{
    fixture::*,
    random::Random,
    watched::{Watched, watched},
};
use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind,
    clock::{Cancel, Clock, Timestamp},
    error::{Retry, When},
    job::*,
    model::{JobId, StoreId},
    storage::{ChangeSet, Storage},
};
use fusion_queue::{TokioClock, Worker};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

const JOBS: usize = 2_000;
const WORKERS: usize = 4;

type Site = World<Arc<TokioClock>>;

/// Who is inside a handler now, by job and by serial key.
#[derive(Default)]
struct Inside {
    jobs: BTreeSet<JobId>,
    serials: BTreeSet<String>,
}

/// Takes the handler's entry out also when the handler is dropped or panics.
struct Visit(Arc<Mutex<Inside>>, NewJob);

impl Visit {
    /// `None`: somebody is in there already.
    fn begin(inside: &Arc<Mutex<Inside>>, job: &NewJob) -> Option<Self> {
        let mut all = inside.lock().unwrap();
        if all.jobs.contains(&job.id) || job.serial.as_ref().is_some_and(|key| all.serials.contains(key)) {
            return None;
        }
        all.jobs.insert(job.id);
        all.serials.extend(job.serial.clone());
        Some(Self(inside.clone(), job.clone()))
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut all = self.0.lock().unwrap();
        all.jobs.remove(&self.1.id);
        if let Some(key) = &self.1.serial {
            all.serials.remove(key);
        }
    }
}

struct Chaos {
    db: Watched,
    clock: Arc<TokioClock>,
    random: Mutex<Random>,
    inside: Arc<Mutex<Inside>>,
    faults: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl JobHandler for Chaos {
    async fn run(&self, job: JobContext) -> Finish {
        let Some(_visit) = Visit::begin(&self.inside, job.job()) else {
            self.faults.lock().unwrap().push(format!("{} ran twice at once", job.job().id));
            return Finish::Dead(failure());
        };
        let (nap, fate) = {
            let mut random = self.random.lock().unwrap();
            (Duration::from_millis(random.next() % 3_000), random.below(100))
        };
        self.clock.sleep(nap).await;
        let fail = |retry| Finish::Failed(Error::new(ErrorKind::Unavailable, "chaos").with_retry(retry));
        match fate {
            0..6 => fail(Retry::Backoff),
            6..9 => fail(Retry::When(When::In(nap))),
            9..12 => Finish::Snooze { after: When::In(nap), close_gate: false, why: SnoozeReason::Unsaid },
            12..15 => Finish::Failed(
                Error::new(ErrorKind::RateLimited, "slow down").with_retry(Retry::When(When::In(nap))),
            ),
            15..17 => std::panic::resume_unwind(Box::new("chaos")),
            17 => {
                self.clock.sleep(Duration::from_secs(100_000)).await;
                Finish::Done(json!("late"))
            }
            18..40 => {
                let settle =
                    Settlement { lease: job.lease().clone(), end: JobEnd::Completed(json!("commit")) };
                let changes = ChangeSet { settle: Some(settle), ..ChangeSet::default() };
                let committed = self.db.commit(&job.job().tenant, changes).await.unwrap();
                Finish::Settled(committed.settled.unwrap())
            }
            _ => Finish::Done(json!("worker")),
        }
    }
}

fn jobs(w: &Site, random: &mut Random) -> Vec<NewJob> {
    let stores: Vec<StoreId> = (0..7).map(|_| StoreId::new(&*w.clock)).collect();
    let retry = RetryPolicy { attempts: 1_000, base: SECOND, cap: SECOND * 5 };
    let mut job = |nth: usize| NewJob {
        tenant: if nth.is_multiple_of(5) { w.other.clone() } else { w.tenant.clone() },
        partition: Some(*random.one_of(&stores)),
        begins_work: random.below(2) == 0,
        priority: *random.one_of(&[Priority::High, Priority::Normal, Priority::Low]),
        serial: (random.below(4) == 0).then(|| format!("{}/{}", nth.is_multiple_of(5), random.below(20))),
        due: When::In(Duration::from_millis(random.next() % 20_000)),
        timeout: SECOND * 20,
        retry,
        ..w.job()
    };
    (0..JOBS).map(&mut job).collect()
}

/// What isn't final is claimable, waits for something that comes, or is under a lease.
async fn check_property(w: &Site, some: &[NewJob]) {
    for job in some {
        let state = JobQueue::get(&w.db, &job.tenant, job.id).await.unwrap().expect("no job is lost");
        let explained = w.db.explain(&job.tenant, job.id).await.unwrap();
        let is_final =
            matches!(state.status, JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled);
        assert_eq!(explained == Explanation::Ended, is_final);
        match explained {
            Explanation::Behind(first) => {
                let first = w.db.explain(&job.tenant, first).await.unwrap();
                assert!(!matches!(first, Explanation::Ended | Explanation::Behind(_)), "{first:?}");
            }
            Explanation::Parked
            | Explanation::Snoozed { due: None, .. }
            | Explanation::Paused
            | Explanation::GateClosed(None) => {
                panic!("nobody would wake it: {explained:?}")
            }
            _ => {}
        }
    }
}

async fn under_load(seed: u64) {
    let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1), 1).with_seed(seed));
    let w = World::with(clock.clone());
    let watched = watched(w.db.clone());
    let mut random = Random::new(seed);
    let jobs = jobs(&w, &mut random);
    for part in jobs.chunks(100) {
        w.db.enqueue(part.to_vec()).await.unwrap();
    }
    let inside = Arc::<Mutex<Inside>>::default();
    let faults = Arc::<Mutex<Vec<String>>>::default();
    let worker = |seed| {
        let chaos = Chaos {
            db: watched.clone(),
            clock: clock.clone(),
            random: Mutex::new(Random::new(seed)),
            inside: inside.clone(),
            faults: faults.clone(),
        };
        let handlers = Handlers::default().with(kind(), chaos);
        Worker::new(watched.clone(), handlers).with_lease(SECOND * 15).with_slots(8)
    };
    let start = |seed| {
        let worker = worker(seed);
        tokio::spawn(async move { worker.run(Cancel::default()).await })
    };
    let mut workers: Vec<_> = (0..WORKERS as u64).map(&start).collect();
    for round in 0..120_u64 {
        clock.sleep(Duration::from_millis(random.next() % 4_000)).await;
        let from = random.below(JOBS - 200);
        check_property(&w, &jobs[from..from + 200]).await;
        if round % 4 == 0 {
            let nth = random.below(WORKERS);
            workers[nth].abort();
            workers[nth] = start(seed + 100 + round);
        }
        if round % 15 == 7 {
            watched.watch.fail(random.below(4) as u32);
        }
    }
    for one in workers {
        one.abort();
        drop(one.await);
    }
    worker(seed + 1_000).run_until_idle().await.unwrap();

    assert_eq!(*faults.lock().unwrap(), Vec::<String>::new());
    check_property(&w, &jobs).await;
    let mut ends: BTreeMap<JobId, u32> = BTreeMap::new();
    let mut order: BTreeMap<&str, Vec<JobId>> = BTreeMap::new();
    let settled = watched.watch.settled();
    for (id, end, verdict) in &settled {
        let is_final = matches!(end, JobEnd::Completed(_) | JobEnd::Dead(_) | JobEnd::Cancelled);
        if *verdict == SettleVerdict::Accepted && is_final {
            *ends.entry(*id).or_default() += 1;
            let job = jobs.iter().find(|job| job.id == *id).unwrap();
            if let Some(key) = &job.serial {
                order.entry(key).or_default().push(*id);
            }
        }
    }
    assert!(ends.values().all(|count| *count == 1), "a job was settled twice");
    for job in &jobs {
        let state = JobQueue::get(&w.db, &job.tenant, job.id).await.unwrap().unwrap();
        // Four crashes of workers around one job are rare here, and then the rescue has ended it.
        let given_up = state.status == JobStatus::Failed && state.crashes > 0;
        assert!(given_up || ends.contains_key(&job.id), "a job has no end: {:?}", state.status);
        assert!(given_up || state.status == JobStatus::Completed);
    }
    for (key, ended) in order {
        let put_in =
            jobs.iter().filter(|job| job.serial.as_deref() == Some(key) && ends.contains_key(&job.id));
        assert_eq!(ended, put_in.map(|job| job.id).collect::<Vec<_>>(), "the order of {key} was broken");
    }
    let refused = settled.iter().filter(|(.., verdict)| *verdict != SettleVerdict::Accepted).count();
    assert!(refused > 0, "the load has had no late or repeated settlement at all");
    assert!(watched.watch.claims().len() > JOBS);
}

#[tokio::test(start_paused = true)]
async fn under_load_no_job_is_lost_or_settled_twice_and_serial_order_holds() {
    for seed in [1, 2, 3] {
        under_load(seed).await;
    }
}
