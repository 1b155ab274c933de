//! The same random commands for a queue and for the one in memory: every answer is the same.

mod dry;

use crate::{fixture::*, random::Random};
use fusion_core::{error::When, job::*, model::*, testkit::TestClock};
use fusion_queue::Memory;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const COMMANDS: usize = 250;

/// The same of both; they answer alike.
macro_rules! both {
    ($pair:ident.$verb:ident($($given:expr),*)) => {
        assert_eq!(
            $pair.w.db.$verb($($given),*).await.map_err(|error| error.kind()),
            $pair.memory.$verb($($given),*).await.map_err(|error| error.kind()),
        )
    };
}

struct Pair<D> {
    w: World<TestClock, D>,
    memory: Memory,
    random: Random,
    stores: [Option<StoreId>; 3],
    put: Vec<NewJob>,
    leases: Vec<[Lease; 2]>,
}

impl<D: JobQueue + QueueControl> Pair<D> {
    fn any(&mut self) -> JobId {
        match self.put.len() {
            0 => JobId::new(&self.w.clock),
            count => self.put[self.random.below(count)].id,
        }
    }

    async fn put(&mut self) {
        let count = 1 + self.random.below(3);
        let mut jobs = Vec::new();
        for _ in 0..count {
            let takes_key_of = (self.random.below(4) == 0).then(|| self.any());
            let random = &mut self.random;
            let known = self.put.iter().chain(&jobs).map(|job| job.id).collect::<Vec<_>>();
            let parents = match random.below(3) {
                0 if !known.is_empty() => (0..=random.below(2)).map(|_| *random.one_of(&known)).collect(),
                _ => Vec::new(),
            };
            let while_running = *random.one_of(&[WhileRunning::Join, WhileRunning::FollowUp]);
            let key = *random.one_of(&[None, None, Some(b"x"), Some(b"y")]);
            let job = NewJob {
                partition: *random.one_of(&self.stores),
                grant: (random.below(9) == 0).then(|| GrantId::new(&self.w.clock)),
                serial: random.one_of(&[None, Some("a"), Some("b")]).map(str::to_owned),
                unique: key.map(|key| Unique::new(&kind(), &[key], while_running)),
                begins_work: random.below(2) == 0,
                background: random.below(3) == 0,
                priority: *random.one_of(&[Priority::High, Priority::Normal, Priority::Low]),
                due: *random.one_of(&[When::In(Duration::ZERO), When::In(SECOND * 5), When::OnSignal]),
                payload: json!(random.below(1_000)),
                takes_key_of,
                dead_head: *random.one_of(&[DeadHead::GoOn, DeadHead::Hold, DeadHead::CancelRest]),
                parent_failed: *random.one_of(&[ParentFailed::Fail, ParentFailed::Run, ParentFailed::Wait]),
                ..self.w.job()
            };
            let is_free = job.unique.is_none() && job.takes_key_of.is_none();
            let job = NewJob { parents: if is_free { parents } else { Vec::new() }, ..job };
            jobs.push(job);
        }
        if self.random.below(8) == 0
            && let Some(known) = self.put.last()
        {
            jobs.push(known.clone());
        }
        // A job that has joined another is unknown, and nobody's parent.
        let answers = self.w.db.enqueue(jobs.clone()).await.map_err(|error| error.kind());
        let theirs = self.memory.enqueue(jobs.clone()).await.map_err(|error| error.kind());
        assert_eq!(answers, theirs, "{jobs:#?}");
        if answers.is_ok() {
            self.put.extend(jobs);
        }
    }

    async fn claim(&mut self) {
        let request =
            ClaimRequest { worker: "w".into(), limit: 1_000, kinds: vec![kind()], lease_for: LEASE };
        let by_id =
            |all: Vec<Claimed>| all.into_iter().map(|one| (one.job.id, one)).collect::<BTreeMap<_, _>>();
        let ours = by_id(self.w.db.claim(request.clone()).await.unwrap());
        let mut theirs = by_id(self.memory.claim(request).await.unwrap());
        let all: Vec<JobId> = ours.keys().copied().collect();
        assert_eq!(all, theirs.keys().copied().collect::<Vec<_>>());
        // Which of two jobs of one claim is taken first isn't said, so one may see the other before or after.
        let same = |mut one: Claimed| {
            let beside = one.parents.iter_mut().filter(|parent| all.contains(&parent.id));
            beside.for_each(|parent| parent.status = JobStatus::Claimed);
            one
        };
        for (id, our) in ours {
            let (our, mut their) = (same(our), same(theirs.remove(&id).unwrap()));
            self.leases.push([our.lease.clone(), std::mem::replace(&mut their.lease, our.lease.clone())]);
            assert_eq!(our, their);
        }
    }

    async fn settle(&mut self) {
        let mut pairs = [Vec::new(), Vec::new()];
        for _ in 0..1 + self.random.below(4) {
            if self.leases.is_empty() {
                return;
            }
            let leases = self.leases[self.random.below(self.leases.len())].clone();
            let after =
                *self.random.one_of(&[When::In(Duration::ZERO), When::In(SECOND * 3), When::OnSignal]);
            let ends = [
                JobEnd::Completed(json!(1)),
                JobEnd::Dead(failure()),
                JobEnd::Cancelled,
                JobEnd::Retry { failure: failure(), after },
                JobEnd::Snooze { after, close_gate: self.random.below(2) == 0, why: SnoozeReason::Outcome },
            ];
            let end = self.random.one_of(&ends).clone();
            for (pair, lease) in pairs.iter_mut().zip(leases) {
                // Of two settlements of one job in a batch it isn't said which comes first, nor of two parents'.
                let put = &self.put;
                let is_parent = |id: JobId| put.iter().any(|job| job.parents.contains(&id));
                // What one of them cancels another may have let in.
                let cancels =
                    |id: JobId| put.iter().any(|job| job.id == id && job.dead_head == DeadHead::CancelRest);
                let meets = |earlier: &Settlement| {
                    earlier.lease.job == lease.job
                        || (is_parent(earlier.lease.job) && is_parent(lease.job))
                        || cancels(earlier.lease.job)
                        || cancels(lease.job)
                };
                if !pair.iter().any(meets) {
                    pair.push(Settlement { lease, end: end.clone() });
                }
            }
        }
        let [ours, theirs] = pairs;
        let answers = self.w.db.settle(ours.clone()).await.unwrap();
        assert_eq!(answers, self.memory.settle(theirs).await.unwrap(), "{ours:#?}");
    }

    async fn beat(&mut self) {
        if self.leases.is_empty() {
            return;
        }
        let leases = self.leases[self.random.below(self.leases.len())].clone();
        let progress = (self.random.below(2) == 0).then_some((3, Some(7)));
        let started = self.random.below(2) == 0;
        let [ours, theirs] = leases.map(|lease| [Beat { lease, started, progress }]);
        let answers = self.w.db.heartbeat(&ours, LEASE).await.unwrap();
        assert_eq!(answers, self.memory.heartbeat(&theirs, LEASE).await.unwrap());
    }

    async fn rescue(&mut self) {
        let ours = self.w.db.rescue(&[kind()]).await.unwrap();
        assert_eq!(ours, self.memory.rescue(&[kind()]).await.unwrap());
        if let Some(row) = ours.first() {
            self.w.db.told(&[row.id]).await.unwrap();
            self.memory.told(&[row.id]).await.unwrap();
        }
    }

    async fn control(&mut self) {
        let (id, tenant) = (self.any(), self.w.tenant.clone());
        let store = *self.random.one_of(&self.stores);
        // Of all jobs few are dead letters.
        let failed = JobFilter { status: Some(JobStatus::Failed), ..JobFilter::default() };
        let dead = self.memory.list(&tenant, &failed, None, usize::MAX).await.unwrap();
        let dead = dead.get(self.random.below(dead.len() + 1)).map_or(id, |row| row.id);
        match (self.random.below(10), store) {
            (0, Some(store)) => both!(self.pause(&tenant, store)),
            (1, Some(store)) => both!(self.resume(&tenant, store)),
            (2, store) => both!(self.open_gate(&tenant, store)),
            (3, _) => {
                let kind = Some(kind()).filter(|_| self.random.below(2) == 0);
                both!(self.pause_kind(&tenant, kind.as_ref()));
            }
            (4 | 5, _) => {
                for kind in [Some(kind()), None] {
                    both!(self.resume_kind(&tenant, kind.as_ref()));
                }
            }
            (6, store) => {
                // Which of several goes through a narrow gate isn't said.
                let limit = *self.random.one_of(&[None, None, Some(0), Some(1_000)]);
                both!(self.limit_gate(&tenant, store, limit));
            }
            (7, _) => {
                let key = *self.random.one_of(&["a", "b"]);
                both!(self.go_on(&tenant, key));
            }
            (8, _) => both!(self.cancel(&tenant, id)),
            (nth, _) if nth % 2 == 0 => {
                both!(self.requeue_all(&tenant, &JobFilter::default(), Some(dead), 3));
            }
            _ => both!(self.requeue(&tenant, dead)),
        }
    }

    async fn compare(&self) {
        let (db, memory, tenant) = (&self.w.db, &self.memory, &self.w.tenant);
        let all = JobFilter::default();
        assert_eq!(
            db.list(tenant, &all, None, usize::MAX).await.unwrap(),
            memory.list(tenant, &all, None, usize::MAX).await.unwrap()
        );
        assert_eq!(db.stats(tenant).await.unwrap(), memory.stats(tenant).await.unwrap());
        assert_eq!(db.next_due(&[kind()]).await.unwrap(), memory.next_due(&[kind()]).await.unwrap());
        let mut stands = BTreeMap::new();
        for job in &self.put {
            let ours = db.explain(tenant, job.id).await.map_err(|error| error.kind());
            assert_eq!(ours, memory.explain(tenant, job.id).await.map_err(|error| error.kind()));
            if let Ok(explained) = ours {
                stands.insert(job.id, (explained, self.w.status(job.id).await));
            }
        }
        let is_live = |id| stands.get(&id).is_none_or(|(_, status)| !status.is_final());
        let is_dead = |id| stands.get(&id).is_none_or(|(_, status)| *status == JobStatus::Failed);
        for (id, (explained, status)) in &stands {
            assert_eq!(*explained == Explanation::Ended, status.is_final());
            assert!(may_go_on(explained, is_live, is_dead), "{id} waits for what never comes: {explained:?}");
        }
    }
}

/// Whatever isn't finished can be claimed, waits for its time or for something that comes, or is in hands.
fn may_go_on(
    explained: &Explanation,
    is_live: impl Fn(JobId) -> bool,
    is_dead: impl Fn(JobId) -> bool,
) -> bool {
    match explained {
        Explanation::Behind(first) => is_live(*first),
        Explanation::Awaits(parent) => is_live(*parent) || is_dead(*parent),
        Explanation::Held(head) => is_dead(*head),
        _ => true,
    }
}

/// Holds a queue against the one in memory. `wrong`: rows that may never be; `left`: what there is beside the ended jobs
/// once all have ended.
pub(crate) async fn every_answer_is_the_memorys<D: JobQueue + QueueControl, K>(
    runs: u64,
    open: impl AsyncFn(TestClock) -> (D, K),
    wrong: impl AsyncFn(&K) -> i64,
    left: impl AsyncFn(&K) -> i64,
) {
    for seed in 0..runs {
        println!("seed {seed}");
        let clock = World::new().clock;
        let (db, kept) = open(clock.clone()).await;
        let w = World::over(clock, db);
        let memory = Memory::with_clock(Arc::new(w.clock.clone()));
        let stores = [None, Some(w.store), Some(StoreId::new(&w.clock))];
        let random = Random::new(100 + seed);
        let mut pair = Pair { w, memory, random, stores, put: Vec::new(), leases: Vec::new() };
        for nth in 0..COMMANDS {
            match pair.random.below(16) {
                0..4 => pair.put().await,
                4..6 => pair.claim().await,
                6..9 => pair.settle().await,
                9 => pair.beat().await,
                10 => pair.rescue().await,
                11..14 => pair.control().await,
                14 => pair.w.clock.advance(SECOND * 4),
                _ => pair.w.clock.advance(*pair.random.one_of(&[SECOND, LEASE / 2, LEASE])),
            }
            if nth % 10 == 0 {
                pair.compare().await;
                assert_eq!(wrong(&kept).await, 0, "jobs that may not be");
            }
        }
        pair.compare().await;
        pair.run_dry().await;
        assert_eq!(left(&kept).await, 0, "keys, leases, parents or loose ends are left of an empty queue");
    }
}
