//! Time and chance, both from outside: nothing else in the library reads a clock or draws randomness.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    future::Future,
    ops::{Add, Sub},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

/// A moment in whole microseconds since 1970 (UTC).
///
/// Databases keep microseconds; a finer time would come back different and break every hash over it. The
/// serde form is the integer, so digests and chains see what a database returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first moment of 1970.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// From calendar time, cut to whole microseconds.
    pub fn from_datetime(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }

    /// Parses RFC 3339, as platforms write it.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`](crate::error::ErrorKind::Protocol) when the text isn't such a time.
    pub fn parse(text: &str) -> crate::error::Result<Self> {
        DateTime::parse_from_rfc3339(text).map(|time| Self(time.timestamp_micros())).map_err(|source| {
            crate::error::Error::new(crate::error::ErrorKind::Protocol, "the time isn't RFC 3339")
                .with_source(source)
        })
    }

    /// How long after `earlier` this is; zero if it isn't.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_micros(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} µs", self.0),
        }
    }
}

/// Time and chance as one thing that is passed in.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall time, the same for everyone who shares the storage.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never goes back. For deadlines inside one process.
    fn elapsed(&self) -> Duration;

    /// Completes when [`elapsed`](Self::elapsed) has grown by `span`. Dropping it leaves nothing behind.
    async fn sleep(&self, span: Duration);

    /// Sixteen unpredictable bytes.
    fn entropy(&self) -> [u8; 16];
}

#[async_trait]
impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
    async fn sleep(&self, span: Duration) {
        (**self).sleep(span).await;
    }
    fn entropy(&self) -> [u8; 16] {
        (**self).entropy()
    }
}

/// A length drawn evenly between zero and `bound`, so that those who failed together don't come back together.
pub fn full_jitter(bound: Duration, clock: &(impl Clock + ?Sized)) -> Duration {
    let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = clock.entropy();
    let share = u128::from(u64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7]));
    // Two factors below 2^64 each: the product fits, and the quotient is no longer than the bound.
    let nanos = bound.as_nanos().min(u128::from(u64::MAX)) * share / u128::from(u64::MAX);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Cooperative cancellation that needs no runtime; clones share one signal.
#[derive(Clone, Default)]
pub struct Cancel(Arc<CancelState>);

#[derive(Default)]
struct CancelState {
    raised: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Cancel {
    /// Tells everybody who holds a clone to stop.
    pub fn cancel(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut *self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in wakers {
            waker.wake();
        }
    }

    /// Whether somebody has cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// Completes when somebody cancels.
    pub fn cancelled(&self) -> Cancelled<'_> {
        Cancelled(self)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

/// The future of [`Cancel::cancelled`].
#[derive(Debug)]
pub struct Cancelled<'a>(&'a Cancel);

impl Future for Cancelled<'_> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.is_cancelled() {
            return Poll::Ready(());
        }
        let mut wakers = self.0.0.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        // Read again under the lock: a cancel between the first look and here has already woken everybody.
        if self.0.is_cancelled() {
            return Poll::Ready(());
        }
        if !wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
