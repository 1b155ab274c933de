//! Who performs a job.

use super::{Claimed, JobEnd, JobKind, Lease, NewJob, Parent, SettleVerdict, SnoozeReason};
use crate::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Failure, Result, Retry, When},
    plugin::Progress,
};
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

/// A claimed job as its handler sees it. Owned, so that closures may be handlers.
#[derive(Clone)]
pub struct JobContext(Arc<Inner>);

struct Inner {
    claimed: Claimed,
    deadline: Duration,
    cancel: Cancel,
    progress: Arc<dyn Progress>,
}

impl JobContext {
    /// What a worker makes for each claimed job. `deadline` is in [`Clock::elapsed`] time.
    pub fn new(claimed: Claimed, deadline: Duration, cancel: Cancel, progress: Arc<dyn Progress>) -> Self {
        Self(Arc::new(Inner { claimed, deadline, cancel, progress }))
    }

    /// The job.
    pub fn job(&self) -> &NewJob {
        &self.0.claimed.job
    }

    /// Proof of the claim.
    pub fn lease(&self) -> &Lease {
        &self.0.claimed.lease
    }

    /// How the jobs ended that it waited for, in the order in which it names them.
    pub fn parents(&self) -> &[Parent] {
        &self.0.claimed.parents
    }

    /// How long the claim holds without a sign of life.
    pub fn lease_for(&self) -> Duration {
        self.0.claimed.lease_for
    }

    /// Attempts so far, this one included.
    pub fn attempt(&self) -> u32 {
        self.0.claimed.attempt
    }

    /// When the attempt has to be over, in [`Clock::elapsed`] time.
    pub fn deadline(&self) -> Duration {
        self.0.deadline
    }

    /// Raised when the attempt is to stop: somebody wants the job cancelled, or its time is over.
    pub fn cancel(&self) -> &Cancel {
        &self.0.cancel
    }

    /// Whether the attempt is to stop because somebody wants the job cancelled, and not for its time.
    pub fn is_cancel_wanted(&self, clock: &dyn Clock) -> bool {
        self.cancel().is_cancelled() && clock.elapsed() < self.deadline()
    }

    /// `error` as it is meant: an attempt that stopped without anybody wanting the job cancelled ran out of time.
    pub fn meant(&self, error: Error, clock: &dyn Clock) -> Error {
        if error.kind() != ErrorKind::Cancelled || self.is_cancel_wanted(clock) {
            return error;
        }
        Error::new(ErrorKind::Timeout, "the attempt took longer than the job allows")
            .with_retry(Retry::Backoff)
            .with_fate(error.fate())
    }

    /// Told how far it is.
    pub fn progress(&self) -> &dyn Progress {
        &*self.0.progress
    }

    /// Writes a line about the job that people read beside it; no secrets, no personal data. The newest
    /// [`MAX_LINES`](super::MAX_LINES) are kept; a line may be lost with its worker.
    pub fn log(&self, line: &str) {
        self.0.progress.log(line);
    }

    /// The payload as a value of `P`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: it can't be read as one.
    pub fn payload<P: DeserializeOwned>(&self) -> Result<P> {
        P::deserialize(&self.job().payload).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the job's payload can't be read").with_source(source)
        })
    }

    /// What `error` means for this attempt: again, later, or never. One place, pure but for the jitter.
    pub fn end_of(&self, error: &Error, clock: &dyn Clock) -> JobEnd {
        let policy = &self.job().retry;
        let again = |failure| match policy.has_more(self.attempt()) {
            true => JobEnd::Retry { failure, after: When::In(policy.delay(self.attempt(), clock)) },
            false => JobEnd::Dead(failure),
        };
        match (error.retry(), error.kind()) {
            (_, ErrorKind::Cancelled) if self.is_cancel_wanted(clock) => JobEnd::Cancelled,
            (_, ErrorKind::Cancelled) => again(error.to_failure()),
            // A platform that asks for patience is no failure of the job: the whole store waits.
            (Retry::When(after), ErrorKind::RateLimited | ErrorKind::QuotaExhausted) => {
                JobEnd::Snooze { after, close_gate: true, why: SnoozeReason::Budget }
            }
            (Retry::When(after), _) => match policy.has_more(self.attempt()) {
                true => JobEnd::Retry { failure: error.to_failure(), after },
                false => JobEnd::Dead(error.to_failure()),
            },
            (Retry::AfterReauth, _) => {
                JobEnd::Snooze { after: When::OnSignal, close_gate: true, why: SnoozeReason::Authorisation }
            }
            (Retry::AfterUserAction, _) => {
                JobEnd::Snooze { after: When::OnSignal, close_gate: false, why: SnoozeReason::Person }
            }
            (Retry::Backoff, _) => again(error.to_failure()),
            (Retry::Never, _) => JobEnd::Dead(error.to_failure()),
        }
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobContext").field("lease", &self.0.claimed.lease).finish_non_exhaustive()
    }
}

/// Proof that a commit has dealt with the job's end; only storages make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled(SettleVerdict);

impl Settled {
    /// What the commit's settlement came to.
    pub const fn by_commit(verdict: SettleVerdict) -> Self {
        Self(verdict)
    }

    /// What the settlement came to.
    pub const fn verdict(self) -> SettleVerdict {
        self.0
    }
}

/// How a handler ended. The worker settles it, unless a commit has done so already.
#[derive(Debug)]
pub enum Finish {
    /// Done; the result is kept, if it has at most [`MAX_RESULT_BYTES`](super::MAX_RESULT_BYTES) as JSON. One that is
    /// larger fails its job for good.
    Done(Value),
    /// A commit carried the settlement.
    Settled(Settled),
    /// Failed. Whether the job is tried again is the error's to say ([`Error::with_retry`]): without a word of it the job
    /// is a dead letter at once. [`JobContext::end_of`] tells all of it.
    Failed(Error),
    /// Not its time; costs no attempt.
    Snooze {
        /// When it is due.
        after: When,
        /// Whether all jobs of its partition that begin work wait as long.
        close_gate: bool,
        /// Why, for people.
        why: SnoozeReason,
    },
    /// Failed for good.
    Dead(Failure),
}

/// Performs jobs of one kind.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Performs one attempt. It may be dropped at any await, and run again by another worker.
    async fn run(&self, job: JobContext) -> Finish;

    /// The last word: the queue gave the job up, or it was cancelled, without the handler's say. It comes at
    /// least once, possibly again and to several workers, and also after a [`Finish::Dead`] whose worker was lost.
    ///
    /// # Errors
    /// Whatever kept the handler from taking it in; it is told again later.
    async fn abandoned(&self, _job: &NewJob, _why: Failure) -> Result<()> {
        Ok(())
    }
}

/// A payload with its kind, for jobs of the embedder's own.
///
/// A payload that programs which are still running couldn't read is another version. Workers claim the versions that
/// they have a handler for and no other, so while an update rolls over them each job waits for one that knows it.
/// Keep the older type, with its handler, until its jobs have ended.
///
/// ```
/// # use fusion_core::job::{Finish, Handlers, Payload};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct Report {
///     month: u32,
/// }
///
/// impl Payload for Report {
///     const KIND: &'static str = "acme.report";
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Reports {
///     months: Vec<u32>,
/// }
///
/// impl Payload for Reports {
///     const KIND: &'static str = "acme.report";
///     const VERSION: u32 = 2;
/// }
///
/// # fn main() -> fusion_core::Result<()> {
/// Handlers::default()
///     .on(|report: Report, _| async move { Finish::Done(report.month.into()) })?
///     .on(|reports: Reports, _| async move { Finish::Done(reports.months.into()) })?;
/// assert_eq!(Reports::kind()?.as_str(), "acme.report@2");
/// # Ok(()) }
/// ```
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {
    /// The kind's name, without an `@`; `fusion.` is the hub's.
    const KIND: &'static str;

    /// Which form of the payload; 1 is the first.
    const VERSION: u32 = 1;

    /// The kind of jobs with this payload: its name, and from version 2 on the version behind an `@`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: the kind belongs to the hub, or has an `@` in its name; or the version is 0.
    fn kind() -> Result<JobKind> {
        if Self::KIND.contains('@') {
            let why = format!("`{}` names a version; leave it to `Payload::VERSION`", Self::KIND);
            return Err(Error::new(ErrorKind::InvalidInput, why));
        }
        match Self::VERSION {
            0 => {
                let why = format!("version 0 of `{}` can't be told from the first, which is 1", Self::KIND);
                Err(Error::new(ErrorKind::InvalidInput, why))
            }
            1 => JobKind::custom(Self::KIND),
            version => JobKind::custom(format!("{}@{version}", Self::KIND)),
        }
    }
}

type Running = Pin<Box<dyn Future<Output = Finish> + Send>>;

struct Closure<F>(F);

#[async_trait]
impl<F: Fn(JobContext) -> Running + Send + Sync> JobHandler for Closure<F> {
    async fn run(&self, job: JobContext) -> Finish {
        (self.0)(job).await
    }
}

/// Handlers by kind. The hub hands out its own and holds none, so there is no cycle.
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<JobKind, Arc<dyn JobHandler>>);

impl Handlers {
    /// Sets the handler of `kind`.
    #[must_use]
    pub fn with(mut self, kind: JobKind, handler: impl JobHandler + 'static) -> Self {
        self.0.insert(kind, Arc::new(handler));
        self
    }

    /// Sets a function as the handler of the embedder's payload `P`.
    ///
    /// # Errors
    /// As [`Payload::kind`].
    pub fn on<P, F, R>(self, perform: F) -> Result<Self>
    where
        P: Payload,
        F: Fn(P, JobContext) -> R + Send + Sync + 'static,
        R: Future<Output = Finish> + Send + 'static,
    {
        let perform = Arc::new(perform);
        let handler = Closure(move |job: JobContext| -> Running {
            let perform = perform.clone();
            Box::pin(async move {
                match job.payload::<P>() {
                    Ok(payload) => perform(payload, job).await,
                    Err(error) => Finish::Failed(error),
                }
            })
        });
        Ok(self.with(P::kind()?, handler))
    }

    /// The handler of `kind`.
    pub fn get(&self, kind: &JobKind) -> Option<&Arc<dyn JobHandler>> {
        self.0.get(kind)
    }

    /// Every kind with a handler.
    pub fn kinds(&self) -> Vec<JobKind> {
        self.0.keys().cloned().collect()
    }
}
