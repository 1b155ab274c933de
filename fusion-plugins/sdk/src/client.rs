//! Talks to a platform: a read, or a step of a writing work.

mod deliver;
mod prepare;
mod read;
mod step;
mod wire;

use crate::retry::{CallRetry, Effect, Quota, Room, run};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry},
    http::Limits,
    plugin::{ConnectionContext, Credentials, Manifest, WireResponse},
    verb::Operation,
};
use futures_util::future::{Either, select};
use std::{future::Future, pin::pin, time::Duration};

/// What is the same for every call of a plugin; a constant of it.
#[derive(Clone, Copy)]
pub struct Profile {
    /// Largest answer and longest wait for it.
    pub limits: Limits,
    /// How often and how patiently a call is tried.
    pub retry: CallRetry,
    /// Adds the headers that let the call in, when it leaves; they are never stored.
    pub authorize: fn(&Credentials, &mut Vec<(String, String)>),
    /// Whether the answer is a success; if not, kind, retry advice and fate of the write. The platform's own
    /// code comes before the status, [`judge_status`](crate::judge_status) is the fall-back.
    ///
    /// It sees every header while the call runs, and those of `keep_headers` when it judges a recorded answer;
    /// both judgements have to agree. An error that still says [`Fate::NotSent`] counts as
    /// [`Fate::Unknown`]: what was answered had been sent. A write that was throttled and may be partly done
    /// is [`Fate::Unknown`] too.
    pub judge: fn(&WireResponse) -> Result<()>,
    /// What the answer tells about buckets; asked for answers of calls that have a cost.
    pub readings: fn(&WireResponse, &Draws) -> Vec<Reading>,
    /// The headers of an answer that are kept in the journal.
    pub keep_headers: &'static [&'static str],
}

/// What a call takes from one bucket of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The bucket's name.
    pub bucket: &'static str,
    /// How much, in the bucket's unit.
    pub amount: u32,
}

impl Cost {
    /// `amount` of `bucket`.
    pub const fn of(bucket: &'static str, amount: u32) -> Self {
        Self { bucket, amount }
    }
}

/// What was booked for a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draws(Vec<Cost>);

impl Draws {
    /// What was booked of `bucket`.
    pub fn amount(&self, bucket: &str) -> Option<u32> {
        self.0.iter().find(|cost| cost.bucket == bucket).map(|cost| cost.amount)
    }
}

impl FromIterator<Cost> for Draws {
    fn from_iter<I: IntoIterator<Item = Cost>>(costs: I) -> Self {
        Self(costs.into_iter().collect())
    }
}

/// What an answer tells about one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The bucket's name in the manifest.
    pub bucket: &'static str,
    /// What the call really cost.
    pub actual: Option<u32>,
    /// What is left.
    pub available: Option<u32>,
    /// What the bucket really holds when full.
    pub capacity: Option<u32>,
    /// What really flows in, each `per` of the bucket.
    pub refill: Option<u32>,
}

/// Talks to a platform for one call of a plugin: cheap to make, keeps nothing but its retry quota.
pub struct Client<'a> {
    cx: ConnectionContext<'a>,
    manifest: &'a Manifest,
    profile: &'a Profile,
    operation: Option<Operation>,
    quota: Quota,
}

impl<'a> Client<'a> {
    /// A client for what `cx` is about.
    pub fn new(cx: impl Into<ConnectionContext<'a>>, manifest: &'a Manifest, profile: &'a Profile) -> Self {
        Self { cx: cx.into(), manifest, profile, operation: None, quota: Quota::of(&profile.retry) }
    }

    /// Names the operation in errors and traces.
    #[must_use]
    pub fn for_operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    fn left(&self) -> Duration {
        self.cx.call.deadline.saturating_sub(self.cx.clock.elapsed())
    }

    /// # Errors
    /// [`ErrorKind::Cancelled`] and [`ErrorKind::Timeout`], nothing sent.
    fn check_time(&self) -> Result<()> {
        if self.cx.call.cancel.is_cancelled() {
            return Err(cancelled(Fate::NotSent));
        }
        if self.left().is_zero() {
            return Err(deadline_over(Fate::NotSent));
        }
        Ok(())
    }

    /// Sleeps, unless somebody cancels.
    async fn wait(&self, span: Duration) -> Result<()> {
        if span.is_zero() {
            return Ok(());
        }
        match select(pin!(self.cx.clock.sleep(span)), self.cx.call.cancel.cancelled()).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(cancelled(Fate::NotSent)),
        }
    }

    async fn retrying<A>(&self, attempt: impl Fn(u32) -> A) -> Result<WireResponse>
    where
        A: Future<Output = Result<WireResponse, crate::retry::Missed>>,
    {
        let room = || Room { left: self.left(), patience: self.cx.call.patience };
        let wait = |span| self.wait(span);
        run(&self.profile.retry, &self.quota, self.cx.clock, room, wait, attempt)
            .await
            .map_err(|error| self.named(error))
    }

    fn named(&self, error: Error) -> Error {
        let error = error.with_platform(self.manifest.slug.clone());
        match self.operation {
            Some(operation) => error.with_operation(operation),
            None => error,
        }
    }
}

fn cancelled(fate: Fate) -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled").with_fate(fate)
}

fn deadline_over(fate: Fate) -> Error {
    Error::new(ErrorKind::Timeout, "the deadline of the call is over; it goes on when it is started again")
        .with_retry(Retry::Backoff)
        .with_fate(fate)
}

/// The fate of a call that may have arrived.
fn maybe_sent(effect: Effect) -> Fate {
    match effect {
        Effect::Read | Effect::Upload => Fate::NotSent,
        Effect::Write(_) | Effect::SignIn => Fate::Unknown,
    }
}

#[cfg(test)]
mod tests;
