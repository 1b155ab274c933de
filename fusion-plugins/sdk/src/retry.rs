//! When a call is tried again: the schedule, what the other side told, and what forbids it.

mod told;

pub use told::{MAX_TOLD, retry_after};

use backon::Retryable;
use fusion_core::{
    clock::{Clock, full_jitter},
    error::{Error, Fate, Result, Retry, When},
    model::Repeat,
};
use std::{
    future::{Future, ready},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

/// How often and how patiently one call is tried within an attempt of its job; a constant of a plugin.
///
/// The job's own [`RetryPolicy`](fusion_core::job::RetryPolicy) has the longer breath and knows no quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRetry {
    /// Tries of one call, the first included; at least 1.
    pub attempts: u32,
    /// Bound of the first pause; each further bound is twice the one before.
    pub base: Duration,
    /// No computed pause is longer.
    pub cap: Duration,
    /// Repeats that all calls of one client may need together before it gives up at the first failure.
    pub quota: u32,
}

impl CallRetry {
    /// Three tries within a few seconds; the queue has the longer breath.
    pub const DEFAULT: Self =
        Self { attempts: 3, base: Duration::from_millis(500), cap: Duration::from_secs(8), quota: 10 };

    /// One try.
    pub const NONE: Self = Self { attempts: 1, base: Duration::ZERO, cap: Duration::ZERO, quota: 0 };
}

/// What one repeat takes from the quota, and what one call that went well gives back: five good calls pay for
/// one repeat, so a platform that fails steadily isn't asked twice as often.
const REPEAT_COST: u32 = 5;
const GOOD_CALL: u32 = 1;

/// Bounds the repeats of all calls of one client.
pub(crate) struct Quota {
    left: AtomicU32,
    full: u32,
}

impl Quota {
    pub(crate) fn of(policy: &CallRetry) -> Self {
        let full = policy.quota.saturating_mul(REPEAT_COST);
        Self { left: AtomicU32::new(full), full }
    }

    fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(REPEAT_COST);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    fn give(&self) {
        let more = |left: u32| Some(left.saturating_add(GOOD_CALL).min(self.full));
        // It always stores something, so there is nothing to learn from the result.
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok();
    }
}

/// What a call does at the platform, as far as trying it again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write(Repeat),
    /// Bytes for a place that nothing refers to yet: as harmless as a read, and without credentials.
    Upload,
    /// A single-use code or a rotating token: a second sending may burn what the first one won.
    SignIn,
}

/// A failed attempt.
pub(crate) struct Missed {
    pub(crate) error: Error,
    pub(crate) next: Next,
}

/// What may follow a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing within this call.
    Stop,
    /// The same after a pause.
    Pause,
    /// The same at once, with newer credentials.
    Renewed,
}

impl Missed {
    /// Nothing within this call can help.
    pub(crate) fn stop(error: Error) -> Self {
        Self { error, next: Next::Stop }
    }

    /// Judged by the error's advice; the fate of a write has the veto.
    pub(crate) fn classify(error: Error, effect: Effect) -> Self {
        let advised = matches!(error.retry(), Retry::Backoff | Retry::When(When::In(_) | When::At(_)));
        let harmless = match (effect, error.fate()) {
            (Effect::Read | Effect::Upload, _) => true,
            (_, Fate::NotSent | Fate::Rejected) => true,
            (Effect::Write(Repeat::Idempotent | Repeat::Conditional), Fate::Unknown) => true,
            (Effect::Write(_) | Effect::SignIn, Fate::Unknown | Fate::Applied | Fate::Partial) => false,
        };
        Self { error, next: if advised && harmless { Next::Pause } else { Next::Stop } }
    }
}

/// Full jitter: a random length between zero and a bound that doubles until it is capped.
struct FullJitter<'a> {
    clock: &'a dyn Clock,
    bound: Duration,
    cap: Duration,
    left: u32,
}

impl<'a> FullJitter<'a> {
    fn new(policy: &CallRetry, clock: &'a dyn Clock) -> Self {
        let left = policy.attempts.saturating_sub(1);
        Self { clock, bound: policy.base.min(policy.cap), cap: policy.cap, left }
    }
}

impl Iterator for FullJitter<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let bound = self.bound;
        self.bound = self.bound.saturating_mul(2).min(self.cap);
        Some(full_jitter(bound, self.clock))
    }
}

/// How long a call may still wait.
pub(crate) struct Room {
    /// Until its deadline.
    pub(crate) left: Duration,
    /// At most, if the platform told it to wait.
    pub(crate) patience: Duration,
}

/// The pause before the next try; `None`: there is no next one.
fn pause(missed: &Missed, computed: Option<Duration>, room: &Room, clock: &dyn Clock) -> Option<Duration> {
    // Without a computed one the attempts are used up, whatever the platform told.
    let computed = computed?;
    let (pause, longest) = match missed.error.retry() {
        Retry::When(When::In(told)) => (told, room.patience.min(room.left)),
        Retry::When(When::At(at)) => (at.since(clock.now()), room.patience.min(room.left)),
        Retry::Backoff => (computed, room.left),
        Retry::When(When::OnSignal) | Retry::Never | Retry::AfterReauth | Retry::AfterUserAction => {
            return None;
        }
    };
    // A pause that uses up the rest of the time leaves none for the call.
    (pause <= longest && pause < room.left).then_some(pause)
}

/// Runs `attempt` until it succeeds or nothing may follow; `wait` is given each pause.
pub(crate) async fn run<T, A, W>(
    policy: &CallRetry,
    quota: &Quota,
    clock: &dyn Clock,
    room: impl Fn() -> Room,
    wait: impl Fn(Duration) -> W,
    attempt: impl Fn(u32) -> A,
) -> Result<T>
where
    A: Future<Output = Result<T, Missed>>,
    W: Future<Output = Result<()>>,
{
    // backon's sleeper has to own all it uses and the clock is borrowed: the sleeper is empty, and the pause is
    // handed to the attempt that follows.
    let pending = AtomicU64::new(0);
    let tries = AtomicU32::new(0);
    let (pending, tries, wait, attempt) = (&pending, &tries, &wait, &attempt);
    let again = move || async move {
        let span = Duration::from_nanos(pending.swap(0, Ordering::Relaxed));
        if !span.is_zero() {
            wait(span).await.map_err(Missed::stop)?;
        }
        attempt(tries.fetch_add(1, Ordering::Relaxed) + 1).await
    };
    let outcome = again
        .retry(FullJitter::new(policy, clock))
        .sleep(|_| ready(()))
        .when(|missed| missed.next == Next::Pause)
        .adjust(|missed, computed| pause(missed, computed, &room(), clock).filter(|_| quota.take()))
        .notify(|missed, span| {
            tracing::debug!(kind = ?missed.error.kind(), pause = ?span, "the call is tried again");
            pending.store(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        })
        .await;
    if outcome.is_ok() {
        quota.give();
    }
    outcome.map_err(|missed| missed.error)
}

#[cfg(test)]
mod tests;
