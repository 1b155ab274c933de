//! Every verb of a queue, begun and dropped at a random await.

use crate::{fixture::*, random::Random};
use fusion_core::{job::*, model::JobId, testkit::TestClock};
use std::{
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

/// Polls `call` at most so often, then drops it.
pub(crate) async fn give_up_after<F: Future>(polls: usize, call: F) -> Option<F::Output> {
    let mut call = pin!(call);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// A queue whose callers don't wait, and what they were told.
pub(crate) struct Dropping<'a, D> {
    w: &'a World<TestClock, D>,
    random: Random,
    /// Polls of a call that is given up.
    patience: usize,
    put: Vec<JobId>,
    leases: Vec<Lease>,
    /// How often the queue said of a job that it has ended.
    ends: BTreeMap<JobId, u32>,
    pub(crate) dropped: usize,
}

impl<'a, D: JobQueue + QueueControl> Dropping<'a, D> {
    pub(crate) fn new(w: &'a World<TestClock, D>, seed: u64, patience: usize) -> Self {
        Self {
            w,
            random: Random::new(seed),
            patience,
            put: Vec::new(),
            leases: Vec::new(),
            ends: BTreeMap::new(),
            dropped: 0,
        }
    }

    /// How many polls the next call gets; now and then somebody stays to the end.
    fn polls(&mut self) -> usize {
        if self.random.below(5) == 0 { usize::MAX } else { self.random.below(self.patience) }
    }

    async fn call<F: Future>(&mut self, call: F) -> Option<F::Output> {
        let polls = self.polls();
        let answer = give_up_after(polls, call).await;
        self.dropped += usize::from(answer.is_none());
        answer
    }

    pub(crate) async fn step(&mut self) {
        match self.random.below(16) {
            0..4 => self.put().await,
            4..7 => self.claim().await,
            7..10 => self.settle().await,
            10 => self.beat().await,
            _ => self.any_other().await,
        }
    }

    async fn put(&mut self) {
        let w = self.w;
        let serial = (self.random.below(2) == 0).then(|| self.random.below(9).to_string());
        let job = match self.random.below(4) {
            0 => w.unique(1, WhileRunning::FollowUp),
            _ => NewJob { serial, ..w.job() },
        };
        let id = job.id;
        let answer = self.call(w.db.enqueue(vec![job])).await;
        let answer = answer.map(|answers| answers.unwrap().remove(0));
        self.put.extend(answer.filter(|one| *one == Enqueued::New).map(|_| id));
    }

    async fn claim(&mut self) {
        let request = ClaimRequest { worker: "w".into(), limit: 2, kinds: vec![kind()], lease_for: LEASE };
        let claimed = self.call(self.w.db.claim(request)).await;
        self.leases.extend(claimed.into_iter().flat_map(Result::unwrap).map(|one| one.lease));
    }

    async fn settle(&mut self) {
        let Some(lease) = self.any_lease() else { return };
        let end = self.random.one_of(&[JobEnd::Completed(1.into()), retry_in(Duration::ZERO)]).clone();
        let is_end = matches!(end, JobEnd::Completed(_));
        let settlement = Settlement { lease: lease.clone(), end };
        let verdicts = self.call(self.w.db.settle(vec![settlement])).await;
        if is_end && verdicts.is_some_and(|told| told.unwrap() == [SettleVerdict::Accepted]) {
            *self.ends.entry(lease.job).or_default() += 1;
        }
    }

    async fn beat(&mut self) {
        let Some(lease) = self.any_lease() else { return };
        let beats = [Beat { lease, started: true, progress: Some((1, None)) }];
        drop(self.call(self.w.db.heartbeat(&beats, LEASE)).await);
    }

    fn any_lease(&mut self) -> Option<Lease> {
        (!self.leases.is_empty()).then(|| self.random.one_of(&self.leases).clone())
    }

    /// What people ask, and what workers see to beside their jobs.
    async fn any_other(&mut self) {
        let (w, nth) = (self.w, self.random.below(22));
        let (db, tenant, kind) = (&w.db, &w.tenant, kind());
        let id = match self.put.is_empty() {
            true => JobId::new(&w.clock),
            false => *self.random.one_of(&self.put),
        };
        let polls = self.polls();
        let (kinds, all, slot) = ([kind.clone()], JobFilter::default(), self.slot());
        let line = JobLine::new(id, fusion_core::clock::Timestamp::EPOCH, "a line");
        let call: Pin<Box<dyn Future<Output = fusion_core::Result<()>> + Send + '_>> = match nth {
            0 => Box::pin(async { db.get(tenant, id).await.map(drop) }),
            1 => Box::pin(db.log(vec![line])),
            2 => Box::pin(async {
                db.wait(Duration::ZERO).await;
                Ok(())
            }),
            3 => Box::pin(async { db.cancel(tenant, id).await.map(drop) }),
            4 => Box::pin(db.pause(tenant, w.store)),
            5 => Box::pin(db.resume(tenant, w.store)),
            6 => Box::pin(db.pause_kind(tenant, Some(&kind))),
            7 => Box::pin(db.resume_kind(tenant, Some(&kind))),
            8 => Box::pin(db.limit_gate(tenant, Some(w.store), Some(9))),
            9 => Box::pin(db.open_gate(tenant, Some(w.store))),
            10 => Box::pin(async { db.requeue(tenant, id).await.map(drop) }),
            11 => Box::pin(async { db.requeue_all(tenant, &all, None, 3).await.map(drop) }),
            12 => Box::pin(db.go_on(tenant, "1")),
            13 => Box::pin(async { db.list(tenant, &all, None, 20).await.map(drop) }),
            14 => Box::pin(async { db.stats(tenant).await.map(drop) }),
            15 => Box::pin(async { db.explain(tenant, id).await.map(drop) }),
            16 => Box::pin(async { db.lines(tenant, id).await.map(drop) }),
            17 => Box::pin(async { db.forget(LEASE * 100_000, 5).await.map(drop) }),
            18 => Box::pin(async { db.last_slot(tenant, "nightly").await.map(drop) }),
            19 => Box::pin(async { db.take_slot(&slot, Some(w.job())).await.map(drop) }),
            20 => Box::pin(async { db.live_kinds().await.map(drop) }),
            _ => Box::pin(async {
                db.next_due(&kinds).await?;
                let untold = db.rescue(&kinds).await?;
                db.told(&untold.iter().map(|row| row.id).collect::<Vec<_>>()).await
            }),
        };
        let answer = give_up_after(polls, call).await;
        self.dropped += usize::from(answer.is_none());
        // Unknown jobs, and jobs that aren't dead: nothing else may be refused.
        if let Some(Err(error)) = answer {
            use fusion_core::ErrorKind;
            assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused), "{nth}: {error:?}");
        }
    }

    fn slot(&mut self) -> Slot {
        use fusion_core::clock::Clock as _;
        let at = self.w.clock.now();
        Slot { tenant: self.w.tenant.clone(), schedule: "nightly".into(), last: None, at }
    }

    /// Ends what is left: no job that was taken in is lost, and none has ended twice.
    pub(crate) async fn check(mut self) {
        let w = self.w;
        w.db.resume(&w.tenant, w.store).await.unwrap();
        w.db.resume_kind(&w.tenant, Some(&kind())).await.unwrap();
        loop {
            w.clock.advance(LEASE);
            w.db.rescue(&[kind()]).await.unwrap();
            let claimed = w.claim(100).await;
            if claimed.is_empty() {
                break;
            }
            for one in claimed {
                assert_eq!(w.done(&one).await, SettleVerdict::Accepted);
                *self.ends.entry(one.job.id).or_default() += 1;
            }
        }
        assert!(self.put.len() > 10);
        let all = w.db.list(&w.tenant, &JobFilter::default(), None, usize::MAX).await.unwrap();
        let ended = |status| matches!(status, JobStatus::Completed | JobStatus::Cancelled);
        assert!(all.iter().all(|row| ended(row.state.status)), "a job doesn't come to its end");
        let mut unknown = self.put.iter().filter(|id| !all.iter().any(|row| row.id == **id));
        assert_eq!(unknown.next(), None, "a job that was taken in is lost");
        assert!(self.ends.values().all(|ends| *ends == 1), "a job has ended twice");
    }
}
