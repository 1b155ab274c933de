//! Random commands, against a model of the queue that looks through all jobs each time.

mod expected;
mod people;

use crate::{
    commands::{Coming, Command, hold, nth},
    fixture::*,
    long::times,
};
use expected::Model;
use fusion_core::{
    clock::{Clock, Timestamp},
    error::When,
    job::*,
    model::{JobId, StoreId},
    testkit::TestClock,
};
use std::{collections::BTreeSet, time::Duration};

struct Trial {
    w: World<TestClock>,
    model: Model,
    stores: [StoreId; 2],
    leases: Vec<Lease>,
}

impl Trial {
    fn now(&self) -> Timestamp {
        self.w.clock.now()
    }

    fn store(&self, number: usize) -> StoreId {
        *nth(&self.stores, number).unwrap()
    }

    fn id(&self, number: usize) -> Option<JobId> {
        nth(&self.model.jobs, number).map(|one| one.job.id)
    }

    async fn perform(&mut self, command: Command) {
        match command {
            Command::Put { jobs, .. } => {
                for job in jobs {
                    self.put(&job).await;
                }
            }
            Command::Claim { limit } => self.claim(limit).await,
            Command::Settle(ends) => {
                for (lease, end) in ends {
                    self.settle(lease, end).await;
                }
            }
            Command::Beat { .. } => {}
            Command::Rescue => self.rescue().await,
            Command::Pass(span) => self.w.clock.advance(span),
            of_people => self.ask(of_people).await,
        }
    }

    async fn put(&mut self, coming: &Coming) {
        let parents = coming.parents.iter().filter_map(|number| self.id(*number));
        let job = NewJob {
            partition: Some(self.store(coming.store)),
            parents: parents.filter(|_| coming.unique.is_none()).collect(),
            ..coming.job(self.w.job())
        };
        // What has never run isn't parked.
        let due = match job.due {
            When::OnSignal => When::In(Duration::ZERO),
            due => due,
        };
        let (job, now) = (NewJob { due, ..job }, self.now());
        assert_eq!(self.w.put(&job).await, self.model.put(job, now));
    }

    async fn claim(&mut self, limit: usize) {
        let now = self.now();
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

    async fn settle(&mut self, lease: usize, end: JobEnd) {
        let Some(lease) = nth(&self.leases, lease).cloned() else { return };
        let now = self.now();
        // The model's gates are closed until they are opened.
        let end = match end {
            JobEnd::Snooze { after, close_gate, why } => {
                JobEnd::Snooze { after, close_gate: close_gate && after == When::OnSignal, why }
            }
            end => end,
        };
        let settlement = Settlement { lease: lease.clone(), end: end.clone() };
        let verdict = self.w.db.settle(vec![settlement]).await.unwrap()[0];
        let known = self.model.find(lease.job);
        let holds = known.lease.as_ref().is_some_and(|(held, ends)| *held == lease && now < *ends);
        assert_eq!(verdict == SettleVerdict::Accepted, holds);
        if !holds {
            return;
        }
        let store = known.job.partition.unwrap();
        let due = |after| match after {
            When::In(span) => Some(now + span),
            _ => None,
        };
        match end {
            JobEnd::Completed(_) => self.model.end(lease.job, JobStatus::Completed),
            JobEnd::Dead(_) => self.model.end(lease.job, JobStatus::Failed),
            JobEnd::Cancelled => self.model.end(lease.job, JobStatus::Cancelled),
            JobEnd::Retry { after, .. } => self.model.back(lease.job, due(after)),
            JobEnd::Snooze { after, close_gate, .. } => {
                if close_gate {
                    self.model.closed.insert(store);
                }
                self.model.back(lease.job, due(after));
            }
        }
    }

    async fn rescue(&mut self) {
        let now = self.now();
        self.w.db.rescue(&[kind()]).await.unwrap();
        let is_lost = |lease: &(Lease, Timestamp)| lease.1 <= now;
        let lost = self.model.jobs.iter().filter(|one| one.lease.as_ref().is_some_and(is_lost));
        let lost: Vec<JobId> = lost.map(|one| one.job.id).collect();
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

#[test]
fn random_commands_leave_the_memory_queue_as_its_model() {
    hold(times(150, 1_500), async |commands| {
        let w = World::new();
        let stores = [w.store, StoreId::new(&w.clock)];
        let mut trial = Trial { w, model: Model::default(), stores, leases: Vec::new() };
        for command in commands {
            trial.perform(command).await;
            trial.compare().await;
        }
        trial.run_dry().await;
    });
}
