use crate::clock::{Clock, Timestamp};
use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// A clock for tests: no time passes but what is slept or advanced, and chance repeats from run to run.
///
/// Clones share one time. Needs no runtime and never waits for real time.
///
/// Made by [`at`](Self::at) it goes on by itself: a sleeper gives everybody else a few turns and then moves the
/// time to the end of its own sleep, the one who has least to sleep first. So `select(call, sleep(timeout))`
/// ends with the call if that needs less time, whichever is polled first. Made by [`held_at`](Self::held_at)
/// time stands still until [`advance`](Self::advance): for tests in which somebody must still be asleep.
///
/// ```
/// # use fusion_core::{clock::{Clock, Timestamp}, testkit::TestClock};
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let clock = TestClock::at(Timestamp::EPOCH);
/// clock.sleep(Duration::from_secs(30)).await;
/// assert_eq!(clock.elapsed(), Duration::from_secs(30));
/// assert_eq!(clock.sleeps(), [Duration::from_secs(30)]);
/// # }
/// ```
#[derive(Clone)]
pub struct TestClock {
    state: Arc<Mutex<State>>,
    held: bool,
}

struct State {
    /// Wall time when nothing had passed yet.
    start: Timestamp,
    elapsed: Duration,
    seed: u64,
    drawn: u64,
    sleeps: Vec<Duration>,
    /// Who sleeps, by end and order of falling asleep.
    asleep: BTreeMap<(Duration, u64), Waker>,
    /// Counts whatever happened: sleeps that began or ended, and spans that passed.
    events: u64,
}

/// Turns that a sleeper leaves to others before it moves the time: enough for a value to pass through a few
/// tasks and channels.
const TURNS: u32 = 32;

/// Turns after which an earlier sleeper counts as forgotten: it is held somewhere and nobody polls it. More than
/// 61 for each of its turns: so often does tokio poll spawned tasks between two polls of a test's own future.
const PATIENCE: u32 = 4096;

impl TestClock {
    /// A clock that stands at `now` and goes on whenever somebody sleeps.
    pub fn at(now: Timestamp) -> Self {
        let state = State {
            start: now,
            elapsed: Duration::ZERO,
            seed: 0,
            drawn: 0,
            sleeps: Vec::new(),
            asleep: BTreeMap::new(),
            events: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), held: false }
    }

    /// A clock that stands at `now` until it is advanced; who sleeps waits.
    pub fn held_at(now: Timestamp) -> Self {
        Self { held: true, ..Self::at(now) }
    }

    /// Starts the entropy from another number: two clocks with one seed draw the same bytes.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.lock().seed = seed;
        self
    }

    /// Lets `span` pass, and wakes whoever has slept enough.
    pub fn advance(&self, span: Duration) {
        let woken = self.lock().advance(span);
        wake(woken);
    }

    /// Sets wall time alone, also back, as when somebody corrects a machine's clock; nobody wakes.
    pub fn set_now(&self, now: Timestamp) {
        let mut state = self.lock();
        state.start = now - state.elapsed;
    }

    /// Every span that somebody began to sleep, in order.
    pub fn sleeps(&self) -> Vec<Duration> {
        self.lock().sleeps.clone()
    }

    /// How many are asleep now.
    pub fn asleep(&self) -> usize {
        self.lock().asleep.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Timestamp {
        self.start + self.elapsed
    }

    #[must_use]
    fn advance(&mut self, span: Duration) -> Vec<Waker> {
        self.elapsed = self.elapsed.saturating_add(span);
        self.events += 1;
        self.asleep.range(..=(self.elapsed, u64::MAX)).map(|(_, waker)| waker.clone()).collect()
    }

    fn fall_asleep(&mut self, span: Duration) -> (Duration, u64) {
        self.sleeps.push(span);
        self.events += 1;
        (self.elapsed.saturating_add(span), self.events)
    }
}

/// Outside the lock: a waker is somebody else's code.
fn wake(woken: Vec<Waker>) {
    for waker in woken {
        waker.wake();
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.lock().now()
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    async fn sleep(&self, span: Duration) {
        let key = self.lock().fall_asleep(span);
        Sleep { clock: self, key, turns: 0, events: 0 }.await;
    }

    fn entropy(&self) -> [u8; 16] {
        let mut state = self.lock();
        state.drawn += 1;
        let mut hasher = Sha256::new();
        hasher.update(state.seed.to_be_bytes());
        hasher.update(state.drawn.to_be_bytes());
        let full: [u8; 32] = hasher.finalize().into();
        let mut drawn = [0; 16];
        for (to, from) in drawn.iter_mut().zip(full) {
            *to = from;
        }
        drawn
    }
}

impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("TestClock")
            .field("now", &state.now())
            .field("elapsed", &state.elapsed)
            .field("asleep", &state.asleep.len())
            .finish_non_exhaustive()
    }
}

struct Sleep<'a> {
    clock: &'a TestClock,
    key: (Duration, u64),
    /// Turns left to others since something last happened.
    turns: u32,
    events: u64,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (end, _) = self.key;
        let clock = self.clock;
        let mut state = clock.lock();
        if state.elapsed < end {
            state.asleep.insert(self.key, cx.waker().clone());
            if clock.held {
                return Poll::Pending;
            }
            self.turns = if self.events == state.events { self.turns + 1 } else { 1 };
            self.events = state.events;
            let first = state.asleep.first_key_value().is_some_and(|(key, _)| *key == self.key);
            if self.turns <= if first { TURNS } else { PATIENCE } {
                drop(state);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let span = end.saturating_sub(state.elapsed);
            let woken = state.advance(span);
            drop(state);
            wake(woken);
        }
        Poll::Ready(())
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        state.asleep.remove(&self.key);
        state.events += 1;
    }
}

#[cfg(test)]
mod tests;
