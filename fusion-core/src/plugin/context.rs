//! What a plugin is given with every call.

use super::{App, BudgetLedger, CredentialSource, Journal};
use crate::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
    model::{Connection, Media, PersonalRef, Private, Store, StoreFacts},
    tenant::Tenant,
};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Told how far long work is.
pub trait Progress: Send + Sync {
    /// `done` of `of` pieces are through.
    fn report(&self, done: u64, of: Option<u64>);
    /// A line for people; no secrets, no personal data.
    fn log(&self, line: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _: u64, _: Option<u64>) {}
    fn log(&self, _: &str) {}
}

/// Remembers answers for a while; one cache belongs to one connection.
pub trait Cache: Send + Sync {
    /// What was put under `key`, unless it has expired.
    fn get(&self, key: &str, clock: &dyn Clock) -> Option<Value>;
    /// Keeps `value` for `keep`.
    fn put(&self, key: &str, value: Value, keep: Duration, clock: &dyn Clock);
}

/// A cache in memory.
#[derive(Default)]
pub struct MemoryCache(Mutex<HashMap<String, (Duration, Value)>>);

/// Entries that a [`MemoryCache`] holds; beyond it the expired ones go first, then all.
const MAX_CACHED: usize = 1_024;

impl Cache for MemoryCache {
    fn get(&self, key: &str, clock: &dyn Clock) -> Option<Value> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(until, _)| *until > clock.elapsed()).map(|(_, value)| value.clone())
    }

    fn put(&self, key: &str, value: Value, keep: Duration, clock: &dyn Clock) {
        let now = clock.elapsed();
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_CACHED {
            entries.retain(|_, (until, _)| *until > now);
        }
        if entries.len() >= MAX_CACHED {
            entries.clear();
        }
        entries.insert(key.to_owned(), (now + keep, value));
    }
}

/// Opens the bytes of pictures and files that the merchant keeps.
#[async_trait]
pub trait Assets: Send + Sync {
    /// The bytes of `media`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: there are none. [`ErrorKind::Unavailable`]: they can't be had now.
    async fn open(&self, media: &Media) -> Result<Bytes>;
}

/// Has no files: platforms are given addresses only.
#[derive(Clone, Copy, Debug)]
pub struct NoAssets;

#[async_trait]
impl Assets for NoAssets {
    async fn open(&self, _: &Media) -> Result<Bytes> {
        Err(Error::new(
            ErrorKind::NotFound,
            "no source of files is set up; give the platform an address instead",
        ))
    }
}

/// Opens a sealed personal value for the time of one call.
#[async_trait]
pub trait PersonalData: Send + Sync {
    /// The value behind `reference`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: it was erased.
    async fn open(&self, reference: &PersonalRef) -> Result<Private<Value>>;
}

/// Has no personal values.
#[derive(Clone, Copy, Debug)]
pub struct NoPersonalData;

#[async_trait]
impl PersonalData for NoPersonalData {
    async fn open(&self, _: &PersonalRef) -> Result<Private<Value>> {
        Err(Error::new(ErrorKind::NotFound, "the personal value was erased or never stored"))
    }
}

/// The way to the platform.
#[derive(Clone, Copy)]
pub struct Net<'a> {
    /// The embedder's own app, where the platform has apps.
    pub app: Option<&'a App>,
    /// Sends requests.
    pub transport: &'a dyn HttpTransport,
    /// Where credentials come from.
    pub credentials: &'a dyn CredentialSource,
    /// Keeps the platform's limits.
    pub budget: &'a dyn BudgetLedger,
}

/// The circumstances of one call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// When it has to be over, in [`Clock::elapsed`] time: in a job, when the attempt has to.
    pub deadline: Duration,
    /// How long a budget may make it wait before it answers `RateLimited`.
    pub patience: Duration,
    /// Raised when nobody wants the answer any more.
    pub cancel: &'a Cancel,
    /// Remembers writing calls.
    pub journal: &'a dyn Journal,
    /// Told how far it is.
    pub progress: &'a dyn Progress,
}

/// What a call about an authorisation is given.
#[derive(Clone, Copy)]
pub struct ConnectionContext<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// Which authorisation.
    pub connection: &'a Connection,
    /// Which storefront, if the call is about one.
    pub store: Option<&'a Store>,
    /// The way to the platform.
    pub net: Net<'a>,
    /// The circumstances.
    pub call: Call<'a>,
    /// Time and chance.
    pub clock: &'a dyn Clock,
    /// Remembers answers of this connection.
    pub cache: &'a dyn Cache,
}

/// What a call about a storefront is given. `Copy`, so that it can be kept beside its pieces over an await.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// The authorisation it goes through.
    pub connection: &'a Connection,
    /// Which storefront.
    pub store: &'a Store,
    /// The way to the platform.
    pub net: Net<'a>,
    /// The circumstances.
    pub call: Call<'a>,
    /// Time and chance.
    pub clock: &'a dyn Clock,
    /// Remembers answers of this connection.
    pub cache: &'a dyn Cache,
    /// Opens pictures and files.
    pub media: &'a dyn Assets,
    /// Opens personal values.
    pub private: &'a dyn PersonalData,
}

impl<'a> Context<'a> {
    /// What no payload tells about the storefront.
    pub fn facts(&self) -> &'a StoreFacts {
        &self.store.facts
    }
}

impl<'a> From<Context<'a>> for ConnectionContext<'a> {
    fn from(cx: Context<'a>) -> Self {
        Self {
            tenant: cx.tenant,
            connection: cx.connection,
            store: Some(cx.store),
            net: cx.net,
            call: cx.call,
            clock: cx.clock,
            cache: cx.cache,
        }
    }
}
