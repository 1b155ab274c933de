//! Takes jobs out of a queue and has them performed.

#[cfg(feature = "metrics")]
mod figures;
#[cfg(not(feature = "metrics"))]
mod figures {
    use fusion_core::job::JobKind;
    use std::time::Duration;

    pub(super) const fn took(_: &JobKind, _: Duration) {}
    pub(super) const fn ended(_: &JobKind, _: &'static str) {}
    pub(super) const fn in_hand(_: usize) {}
}
mod hands;
mod meter;
mod shelf;
mod shift;
mod suspects;
mod telling;

use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result},
    hub::Hub,
    job::{Handlers, JobKind, JobQueue, QueueControl},
    storage::{Backend, Storage},
};
use shift::Mode;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// Jobs at once: most of an attempt is waiting for a platform.
const SLOTS: usize = 16;

/// Long enough that a pause of the machine or a slow database doesn't lose a lease.
const LEASE: Duration = Duration::from_secs(60);

/// A worker looks at the queue that often where nobody tells it of new work.
const POLL: Duration = Duration::from_secs(1);

/// What is in hand when the worker is stopped has so long to end.
const GRACE: Duration = Duration::from_secs(30);

/// A handler whose job somebody wants cancelled has so long to stop by itself.
const CANCEL_GRACE: Duration = Duration::from_secs(30);

/// Ended jobs are remembered that long: a person looks at last week's dead letters, and next month at none.
const REMEMBER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What a worker takes jobs from.
trait Queue: JobQueue + QueueControl {}

impl<T: JobQueue + QueueControl> Queue for T {}

/// Performs jobs: claims them, runs their handlers, keeps their leases alive and settles how they ended.
///
/// Several workers may share a queue, in one process or many. A worker that is dropped, at any await, or whose
/// process dies loses no job: its leases run out, and whoever tends the queue frees what it held. A handler that
/// panics has failed; one that outlives its lease is dropped and never settled. Where jobs take a few milliseconds it
/// claims some ahead, as many as it is likely to start in the next moment; what waits in it for half a second all the
/// same it gives back, without an attempt. A job whose last worker was lost is
/// noted as started before its handler starts, and runs alone: one that kills its process is given up after a few
/// times, whatever ran beside it isn't.
///
/// ```
/// use fusion_core::job::{Finish, Handlers, JobQueue, NewJob, Payload};
/// use fusion_core::{storage::Storage, tenant::Tenant};
/// use fusion_queue::{Memory, Worker};
/// # use serde_json::json;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Report {
///     month: u32,
/// }
///
/// impl Payload for Report {
///     const KIND: &'static str = "acme.report";
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> fusion_core::Result<()> {
/// let db = Memory::new();
/// let kind = Report::kind()?;
/// let job = NewJob::new(&*db.clock(), &Tenant::new("acme")?, kind, json!(Report { month: 7 }));
/// db.enqueue(vec![job]).await?;
///
/// let handlers = Handlers::default()
///     .on(|report: Report, _| async move { Finish::Done(json!(report.month)) })?;
/// let ran = Worker::new(db, handlers).run_until_idle().await?;
/// assert_eq!(ran.completed, 1);
/// # Ok(()) }
/// ```
///
/// With the feature `metrics` it tells `metrics` how many attempts came to what (`fusion_jobs_total`, by `kind` and
/// `outcome`), how long they took (`fusion_job_seconds`, by `kind`) and how many are under way
/// (`fusion_jobs_in_hand`).
///
/// A handler's `abandoned` is called when its job has ended for good and the handler didn't say so itself: by
/// [`Finish::Dead`](fusion_core::job::Finish::Dead) or in a commit. That is so for the last failure, a timeout, a
/// panic, a job that kept losing its workers, and a cancelled one.
#[derive(Clone)]
pub struct Worker {
    queue: Arc<dyn Queue>,
    /// Whose audit entries it chains, where the queue has a storage beside it.
    storage: Option<Arc<dyn Storage>>,
    clock: Arc<dyn Clock>,
    handlers: Handlers,
    name: String,
    slots: usize,
    slots_of: BTreeMap<JobKind, usize>,
    lease_for: Duration,
    beat_every: Duration,
    poll_every: Duration,
    grace: Duration,
    cancel_grace: Duration,
    remember: Duration,
    #[cfg(feature = "cron")]
    schedules: Vec<crate::cron::Schedule>,
}

/// How the attempts of a worker ended, each counted once. Jobs of the hub end by its commits: they count under
/// [`by_commit`](Self::by_commit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Done, told by the handler.
    pub completed: u64,
    /// Settled by a commit of the handler's; the commit knows as what.
    pub by_commit: u64,
    /// Failed, and due again.
    pub retried: u64,
    /// Put off.
    pub snoozed: u64,
    /// Failed for good.
    pub failed: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Given back before they had started, or because the worker was stopped.
    pub released: u64,
    /// Taken away: the lease was lost.
    pub lost: u64,
}

impl Worker {
    /// A worker for a hub's own jobs, over the hub's backend.
    pub fn of(hub: &Hub) -> Self {
        Self::new(hub.backend(), hub.handlers())
    }

    /// A worker over `backend` for the kinds that `handlers` names; it claims no others.
    pub fn new(backend: impl Backend + 'static, handlers: Handlers) -> Self {
        let backend = Arc::new(backend);
        let clock = backend.clock();
        Self { storage: Some(backend.clone()), ..Self::of_queue(backend, clock, handlers) }
    }

    /// A worker over a queue without a storage, for the kinds that `handlers` names. `clock` is that of the queue.
    pub fn of_queue(
        queue: impl JobQueue + QueueControl + 'static,
        clock: Arc<dyn Clock>,
        handlers: Handlers,
    ) -> Self {
        Self {
            queue: Arc::new(queue),
            storage: None,
            clock,
            handlers,
            name: "worker".to_owned(),
            slots: SLOTS,
            slots_of: BTreeMap::new(),
            lease_for: LEASE,
            beat_every: LEASE / 3,
            poll_every: POLL,
            grace: GRACE,
            cancel_grace: CANCEL_GRACE,
            remember: REMEMBER,
            #[cfg(feature = "cron")]
            schedules: Vec::new(),
        }
    }

    /// Sets the name that people see at a claimed job.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how many jobs it performs at once; at least one.
    #[must_use]
    pub fn with_slots(mut self, slots: usize) -> Self {
        self.slots = slots.max(1);
        self
    }

    /// Sets how many jobs of `kind` it performs at once, of all its slots; at least one. So a slow kind leaves room
    /// for others. None of such a kind are claimed ahead.
    #[must_use]
    pub fn with_slots_of(mut self, kind: JobKind, slots: usize) -> Self {
        self.slots_of.insert(kind, slots.max(1));
        self
    }

    /// Sets how long it keeps a job without a sign of life, of which it gives three in that time.
    #[must_use]
    pub fn with_lease(mut self, lease_for: Duration) -> Self {
        self.lease_for = lease_for;
        self.beat_every = lease_for / 3;
        self
    }

    /// Sets how often it gives a sign of life.
    #[must_use]
    pub fn with_heartbeat(mut self, every: Duration) -> Self {
        self.beat_every = every;
        self
    }

    /// Sets how often it looks for work that nobody told it of.
    #[must_use]
    pub fn with_poll(mut self, every: Duration) -> Self {
        self.poll_every = every;
        self
    }

    /// Sets how long what is in hand may go on after the worker was stopped.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long a handler may go on that was told that its job is to be cancelled; then it is dropped.
    #[must_use]
    pub fn with_cancel_grace(mut self, grace: Duration) -> Self {
        self.cancel_grace = grace;
        self
    }

    /// Sets how long ended jobs are remembered, as long as the queue has room for them: dead letters and their
    /// reasons too. Workers of one queue agree on it, or the shortest counts.
    #[must_use]
    pub fn with_memory(mut self, remember: Duration) -> Self {
        self.remember = remember;
        self
    }

    /// Sees to a schedule beside its jobs, whether or not it performs them itself.
    #[cfg(feature = "cron")]
    #[must_use]
    pub fn with_schedule(mut self, schedule: crate::cron::Schedule) -> Self {
        self.schedules.push(schedule);
        self
    }

    /// Whether somebody performs what waits in the queue: each kind of its jobs has a handler here, or is among the
    /// `remote` ones, which other workers perform. For when a program starts, before its worker runs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: names the kinds that nobody performs.
    /// Any that the queue gives.
    pub async fn check_kinds(&self, remote: &[JobKind]) -> Result<()> {
        let mut orphans = self.queue.live_kinds().await?;
        orphans.retain(|kind| self.handlers.get(kind).is_none() && !remote.contains(kind));
        if orphans.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = orphans.iter().map(JobKind::as_str).collect();
        let why = format!("jobs wait that nobody performs; handle or name as remote: {}", names.join(", "));
        Err(Error::new(ErrorKind::InvalidConfig, why))
    }

    /// Performs jobs until `stop` is raised; then claims nothing more, lets what is in hand end within the grace
    /// length, and gives the rest back. A queue out of reach is waited for.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: what the queue says that no other try mends. Any other kind alone when the worker
    /// was stopped meanwhile: what was in hand falls due when its leases end. Before, it tries again ever more rarely.
    ///
    /// # Cancellation
    /// Dropping the future drops the handlers at their awaits; their jobs fall due when the leases end.
    pub async fn run(&self, stop: Cancel) -> Result<Ran> {
        shift::work(self, Mode::UntilStopped(stop)).await
    }

    /// Performs jobs until nothing is left that could run without a signal: it waits out retries, snoozes and
    /// gates, and what other workers have in hands, but no job in the background.
    ///
    /// # Errors
    /// What the queue gives, at once.
    ///
    /// # Cancellation
    /// As [`run`](Self::run).
    pub async fn run_until_idle(&self) -> Result<Ran> {
        shift::work(self, Mode::UntilIdle).await
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).field("slots", &self.slots).finish_non_exhaustive()
    }
}
