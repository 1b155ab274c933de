//! The same random commands for a queue and for the one in memory: every answer is the same.

mod dry;

use crate::{
    commands::{Coming, Command, hold, nth},
    fixture::*,
};
use fusion_core::{job::*, model::*, testkit::TestClock};
use fusion_queue::Memory;
use std::{collections::BTreeMap, sync::Arc};

/// Commands after which everything is compared.
const COMPARE_EVERY: usize = 10;

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
    stores: [Option<StoreId>; 3],
    put: Vec<NewJob>,
    leases: Vec<[Lease; 2]>,
}

impl<D: JobQueue + QueueControl> Pair<D> {
    fn store(&self, number: usize) -> Option<StoreId> {
        *nth(&self.stores, number).unwrap()
    }

    fn id(&self, number: usize) -> JobId {
        nth(&self.put, number).map_or_else(|| JobId::new(&self.w.clock), |job| job.id)
    }

    async fn perform(&mut self, command: Command) {
        let tenant = self.w.tenant.clone();
        match command {
            Command::Put { jobs, again } => self.put(jobs, again).await,
            // Which of several due jobs are claimed isn't said.
            Command::Claim { .. } => self.claim().await,
            Command::Settle(ends) => self.settle(ends).await,
            Command::Beat { lease, started, progress } => self.beat(lease, started, progress).await,
            Command::Rescue => self.rescue().await,
            Command::Pause(store) => {
                if let Some(store) = self.store(store) {
                    both!(self.pause(&tenant, store));
                }
            }
            Command::Resume(store) => {
                if let Some(store) = self.store(store) {
                    both!(self.resume(&tenant, store));
                }
            }
            Command::OpenGate(store) => both!(self.open_gate(&tenant, self.store(store))),
            Command::PauseKind(of_kind) => {
                let kind = Some(kind()).filter(|_| of_kind);
                both!(self.pause_kind(&tenant, kind.as_ref()));
            }
            Command::ResumeKinds => {
                for kind in [Some(kind()), None] {
                    both!(self.resume_kind(&tenant, kind.as_ref()));
                }
            }
            Command::Limit { store, max_live } => {
                // Which of several goes through a narrow gate isn't said.
                let max_live = max_live.filter(|max_live| *max_live == 0 || *max_live == 1_000);
                both!(self.limit_gate(&tenant, self.store(store), max_live));
            }
            Command::GoOn(key) => both!(self.go_on(&tenant, key)),
            Command::Cancel(job) => both!(self.cancel(&tenant, self.id(job))),
            Command::Requeue(job) => {
                let id = self.dead(job).await;
                both!(self.requeue(&tenant, id));
            }
            Command::RequeueAll(job) => {
                let after = self.dead(job).await;
                both!(self.requeue_all(&tenant, &JobFilter::default(), Some(after), 3));
            }
            Command::Pass(span) => self.w.clock.advance(span),
        }
    }

    /// A dead letter, or now and then any job: of all of them few are dead.
    async fn dead(&self, number: usize) -> JobId {
        let failed = JobFilter { status: Some(JobStatus::Failed), ..JobFilter::default() };
        let dead = self.memory.list(&self.w.tenant, &failed, None, usize::MAX).await.unwrap();
        let dead = number.checked_rem(dead.len() + 1).and_then(|nth| dead.get(nth));
        dead.map_or_else(|| self.id(number), |row| row.id)
    }

    fn job(&self, coming: &Coming, beside: &[NewJob]) -> NewJob {
        let known: Vec<JobId> = self.put.iter().chain(beside).map(|job| job.id).collect();
        let parents = coming.parents.iter().filter_map(|number| nth(&known, *number).copied());
        let takes_key_of = coming.heir_of.map(|number| self.id(number));
        let is_free = coming.unique.is_none() && takes_key_of.is_none();
        NewJob {
            partition: self.store(coming.store),
            grant: coming.is_granted.then(|| GrantId::new(&self.w.clock)),
            takes_key_of,
            parents: parents.filter(|_| is_free).collect(),
            ..coming.job(self.w.job())
        }
    }

    async fn put(&mut self, coming: Vec<Coming>, again: bool) {
        let mut jobs = Vec::new();
        for one in coming {
            jobs.push(self.job(&one, &jobs));
        }
        jobs.extend(self.put.last().filter(|_| again).cloned());
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

    async fn settle(&mut self, ends: Vec<(usize, JobEnd)>) {
        let mut pairs = [Vec::<Settlement>::new(), Vec::new()];
        for (number, end) in ends {
            let Some(leases) = nth(&self.leases, number) else { return };
            let meets = |earlier: &Settlement| {
                earlier.lease.job == leases[0].job
                    || (self.concerns_others(earlier.lease.job) && self.concerns_others(leases[0].job))
            };
            if !pairs[0].iter().any(meets) {
                for (pair, lease) in pairs.iter_mut().zip(leases.clone()) {
                    pair.push(Settlement { lease, end: end.clone() });
                }
            }
        }
        let [ours, theirs] = pairs;
        let answers = self.w.db.settle(ours.clone()).await.unwrap();
        assert_eq!(answers, self.memory.settle(theirs).await.unwrap(), "{ours:#?}");
    }

    /// Whether others line up, fail or are cancelled when a job ends: of two such ends in one batch it isn't said which
    /// comes first.
    fn concerns_others(&self, id: JobId) -> bool {
        self.put.iter().any(|job| {
            let is_parent = job.parents.contains(&id);
            is_parent || (job.id == id && (job.unique.is_some() || job.dead_head == DeadHead::CancelRest))
        })
    }

    async fn beat(&mut self, lease: usize, started: bool, progress: Option<(u64, Option<u64>)>) {
        let Some(leases) = nth(&self.leases, lease).cloned() else { return };
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
pub(crate) fn every_answer_is_the_memorys<D: JobQueue + QueueControl, K>(
    cases: usize,
    open: impl AsyncFn(TestClock) -> (D, K),
    wrong: impl AsyncFn(&K) -> i64,
    left: impl AsyncFn(&K) -> i64,
) {
    hold(cases, async |commands| {
        let clock = World::new().clock;
        let (db, kept) = open(clock.clone()).await;
        let w = World::over(clock, db);
        let memory = Memory::with_clock(Arc::new(w.clock.clone()));
        let stores = [None, Some(w.store), Some(StoreId::new(&w.clock))];
        let mut pair = Pair { w, memory, stores, put: Vec::new(), leases: Vec::new() };
        for (done, command) in commands.into_iter().enumerate() {
            pair.perform(command).await;
            if done % COMPARE_EVERY == 0 {
                pair.compare().await;
                assert_eq!(wrong(&kept).await, 0, "jobs that may not be");
            }
        }
        pair.compare().await;
        pair.run_dry().await;
        assert_eq!(left(&kept).await, 0, "keys, leases, parents or loose ends are left of an empty queue");
    });
}
