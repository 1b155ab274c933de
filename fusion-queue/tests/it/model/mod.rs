//! Random operations, against a model of the queue that looks through all jobs each time.

mod expected;
mod people;

use crate::{fixture::*, random::Random};
use expected::Model;
use fusion_core::{
    clock::{Clock, Timestamp},
    error::When,
    job::*,
    model::{JobId, StoreId},
    testkit::TestClock,
};
use fusion_queue::Memory;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Runs that each begin anew; the first failing one is named by its seed.
const RUNS: u64 = 150;
const OPERATIONS: usize = 250;

struct Trial<D> {
    w: World<TestClock, D>,
    model: Model,
    stores: [StoreId; 2],
    random: Random,
    leases: Vec<Lease>,
}

impl<D: JobQueue + QueueControl> Trial<D> {
    fn now(&self) -> Timestamp {
        self.w.clock.now()
    }

    fn any_job(&mut self) -> Option<JobId> {
        let count = self.model.jobs.len();
        (count > 0).then(|| self.model.jobs[self.random.below(count)].job.id)
    }

    async fn put(&mut self) {
        let random = &mut self.random;
        let while_running = *random.one_of(&[WhileRunning::Join, WhileRunning::FollowUp]);
        let key = *random.one_of(&[None, None, Some(b"x"), Some(b"y")]);
        let known = self.model.jobs.len();
        let parents = match random.below(3) {
            0 if key.is_none() && known > 0 => {
                (0..=random.below(2)).map(|_| self.model.jobs[random.below(known)].job.id).collect()
            }
            _ => Vec::new(),
        };
        let job = NewJob {
            partition: Some(self.stores[random.below(2)]),
            serial: random.one_of(&[None, Some("a"), Some("b")]).map(str::to_owned),
            unique: key.map(|key| Unique::new(&kind(), &[key], while_running)),
            begins_work: random.below(2) == 0,
            priority: *random.one_of(&[Priority::High, Priority::Normal, Priority::Low]),
            due: When::In(SECOND * *random.one_of(&[0, 0, 5])),
            payload: json!(random.below(1_000)),
            dead_head: *random.one_of(&[
                DeadHead::GoOn,
                DeadHead::GoOn,
                DeadHead::Hold,
                DeadHead::CancelRest,
            ]),
            parents,
            parent_failed: *random.one_of(&[ParentFailed::Fail, ParentFailed::Run, ParentFailed::Wait]),
            ..self.w.job()
        };
        let now = self.now();
        assert_eq!(self.w.put(&job).await, self.model.put(job, now));
    }

    async fn claim(&mut self) {
        let (now, limit) = (self.now(), *self.random.one_of(&[1, 2, 100]));
        let may = self.model.claimable(now);
        let room = self.model.room(&may);
        let claimed = self.w.claim(limit).await;
        let ids: BTreeSet<JobId> = claimed.iter().map(|one| one.job.id).collect();
        assert_eq!(ids.len(), room.min(limit));
        assert!(ids.is_subset(&may), "claimed what isn't claimable");
        for one in claimed {
            let known = self.model.find(one.job.id);
            assert_eq!(one.job.payload, known.job.payload);
            (known.status, known.claims) = (JobStatus::Claimed, known.claims + 1);
            known.lease = Some((one.lease.clone(), now + LEASE));
            self.leases.push(one.lease);
        }
    }

    async fn settle(&mut self) {
        if self.leases.is_empty() {
            return;
        }
        let lease = self.leases[self.random.below(self.leases.len())].clone();
        let now = self.now();
        let after = *self.random.one_of(&[When::In(Duration::ZERO), When::In(SECOND * 3), When::OnSignal]);
        let due = match after {
            When::In(span) => Some(now + span),
            _ => None,
        };
        let close_gate = due.is_none() && self.random.below(2) == 0;
        let ends = [
            JobEnd::Completed(json!(1)),
            JobEnd::Dead(failure()),
            JobEnd::Cancelled,
            JobEnd::Retry { failure: failure(), after },
            JobEnd::Snooze { after, close_gate, why: SnoozeReason::Outcome },
        ];
        let end = self.random.one_of(&ends);
        let settlement = Settlement { lease: lease.clone(), end: end.clone() };
        let verdict = self.w.db.settle(vec![settlement]).await.unwrap()[0];
        let known = self.model.find(lease.job);
        let holds = known.lease.as_ref().is_some_and(|(held, ends)| *held == lease && now < *ends);
        assert_eq!(verdict == SettleVerdict::Accepted, holds);
        if !holds {
            return;
        }
        let store = known.job.partition.unwrap();
        match end {
            JobEnd::Completed(_) => self.model.end(lease.job, JobStatus::Completed),
            JobEnd::Dead(_) => self.model.end(lease.job, JobStatus::Failed),
            JobEnd::Cancelled => self.model.end(lease.job, JobStatus::Cancelled),
            JobEnd::Retry { .. } => self.model.back(lease.job, due),
            JobEnd::Snooze { close_gate, .. } => {
                if *close_gate {
                    self.model.closed.insert(store);
                }
                self.model.back(lease.job, due);
            }
        }
    }

    async fn rescue(&mut self) {
        let now = self.now();
        self.w.db.rescue(&[kind()]).await.unwrap();
        let lost: Vec<JobId> = self
            .model
            .jobs
            .iter()
            .filter(|one| one.lease.as_ref().is_some_and(|(_, ends)| *ends <= now))
            .map(|one| one.job.id)
            .collect();
        for id in lost {
            self.model.back(id, Some(now));
        }
    }

    async fn compare(&self) {
        for one in &self.model.jobs {
            let state = self.w.state(one.job.id).await;
            assert_eq!(state.status, one.status);
            let explained = self.w.explain(one.job.id).await;
            assert_eq!(explained == Explanation::Ended, !one.is_live());
            if let Explanation::Behind(first) = explained {
                assert!(self.model.jobs.iter().any(|other| other.job.id == first && other.is_live()));
            }
            if let Explanation::Held(first) = explained {
                assert!(self.model.jobs.iter().any(|other| other.job.id == first && other.holds));
            }
            if let Explanation::Awaits(parent) = explained {
                assert!(one.awaits.contains(&parent));
            }
            assert_eq!(matches!(explained, Explanation::Awaits(_)), !one.awaits.is_empty());
        }
    }

    /// Whatever has happened: once time has passed and the signals are given, every job comes to its end.
    async fn run_dry(&mut self) {
        for store in self.stores {
            self.w.db.resume(&self.w.tenant, store).await.unwrap();
            self.w.db.limit_gate(&self.w.tenant, Some(store), None).await.unwrap();
        }
        self.w.db.resume_kind(&self.w.tenant, Some(&kind())).await.unwrap();
        for _ in 0..self.model.jobs.len() + 2 {
            self.w.clock.advance(LEASE * 2);
            self.w.db.rescue(&[kind()]).await.unwrap();
            for store in self.stores {
                self.w.db.open_gate(&self.w.tenant, Some(store)).await.unwrap();
            }
            for key in ["a", "b"] {
                self.w.db.go_on(&self.w.tenant, key).await.unwrap();
            }
            for claimed in self.w.claim(100).await {
                assert_eq!(self.w.done(&claimed).await, SettleVerdict::Accepted);
            }
            self.requeue_awaited().await;
        }
        for one in &self.model.jobs {
            assert_eq!(self.w.explain(one.job.id).await, Explanation::Ended);
        }
    }
}

impl<D: JobQueue + QueueControl> Trial<D> {
    /// Requeues the dead letters, oldest first, while somebody waits for one.
    async fn requeue_awaited(&self) {
        let mut ids: Vec<JobId> = self.model.jobs.iter().map(|one| one.job.id).collect();
        ids.sort();
        for id in &ids {
            let explained = self.w.explain(*id).await;
            if matches!(explained, Explanation::Awaits(_)) {
                for dead in &ids {
                    drop(self.w.db.requeue(&self.w.tenant, *dead).await);
                }
                return;
            }
        }
    }
}

/// The same random commands for every queue that there is, each held against the model. `compare_every`: after so
/// many commands everything is compared.
pub(crate) async fn random_operations<D: JobQueue + QueueControl, K>(
    runs: u64,
    compare_every: usize,
    open: impl AsyncFn(TestClock) -> (D, K),
) {
    for seed in 0..runs {
        println!("seed {seed}");
        let clock = World::new().clock;
        let (db, _kept) = open(clock.clone()).await;
        let w = World::over(clock, db);
        let stores = [w.store, StoreId::new(&w.clock)];
        let (model, random) = (Model::default(), Random::new(seed));
        let mut trial = Trial { w, model, stores, random, leases: Vec::new() };
        for nth in 0..OPERATIONS {
            match trial.random.below(19) {
                0..4 => trial.put().await,
                4..7 => trial.claim().await,
                7..11 => trial.settle().await,
                11 => trial.w.clock.advance(SECOND * 4),
                12 => trial.rescue().await,
                13 => trial.cancel().await,
                14 | 17 => trial.gate().await,
                15 => trial.requeue().await,
                16 => trial.go_on().await,
                _ => {
                    let span = *trial.random.one_of(&[SECOND, LEASE / 2, LEASE]);
                    trial.w.clock.advance(span);
                }
            }
            if nth % compare_every == 0 {
                trial.compare().await;
            }
        }
        trial.run_dry().await;
    }
}

#[tokio::test]
async fn random_operations_leave_the_memory_queue_as_its_model() {
    random_operations(RUNS, 1, async |clock| (Memory::with_clock(Arc::new(clock)), ())).await;
}
