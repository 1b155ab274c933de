//! How a hub is put together.

use super::budget::Begun;
use crate::{
    approval::{Directory, EveryoneKnown, Policy},
    audit::Checkpoint,
    canonical::{EphemeralKeys, KeyProvider},
    clock::Clock,
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
    model::ConnectionId,
    plugin::{Assets, MemoryCache, NoAssets, PlatformSetup, Plugins},
    storage::Backend,
    vault::Flights,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// From submitting to the last vote.
    pub decide_within: Duration,
    /// From the last moment of voting to the beginning of the work.
    pub execute_within: Duration,
    /// Between two questions about an accepted write.
    pub watch_every: Duration,
    /// How long a budget may make a call wait before its job goes back into the queue.
    pub patience: Duration,
}

impl Default for Periods {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            decide_within: Duration::from_secs(7 * DAY),
            execute_within: Duration::from_secs(7 * DAY),
            watch_every: Duration::from_secs(30),
            patience: Duration::from_secs(20),
        }
    }
}

/// The library's front door; cheap to clone.
#[derive(Clone)]
pub struct Hub(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) plugins: Plugins,
    pub(super) transport: Option<Arc<dyn HttpTransport>>,
    pub(super) keys: Arc<dyn KeyProvider>,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) policy: Policy,
    pub(super) periods: Periods,
    pub(super) assets: Arc<dyn Assets>,
    pub(super) flights: Arc<Flights>,
    pub(super) begun: Begun,
    /// Answers that are remembered for each connection; losing them costs calls, nothing else.
    caches: Mutex<HashMap<ConnectionId, Arc<MemoryCache>>>,
}

/// Puts a hub together.
#[must_use = "a builder does nothing until it is built"]
pub struct HubBuilder {
    backend: Arc<dyn Backend>,
    setups: Vec<PlatformSetup>,
    transport: Option<Arc<dyn HttpTransport>>,
    keys: Option<Arc<dyn KeyProvider>>,
    directory: Arc<dyn Directory>,
    policy: Policy,
    periods: Periods,
    assets: Arc<dyn Assets>,
    checkpoints: Vec<Checkpoint>,
}

impl HubBuilder {
    /// Adds a platform: a plugin, or one with its own transport, app and sign-in.
    pub fn plugin(mut self, setup: impl Into<PlatformSetup>) -> Self {
        self.setups.push(setup.into());
        self
    }

    /// Sets the way out for every plugin without its own.
    pub fn transport(mut self, transport: impl HttpTransport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the keys that seal secrets and sign grants. A backend that outlives the process needs them.
    pub fn keys(mut self, keys: impl KeyProvider + 'static) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// Sets the list of people; without one, everybody whom the program signs in is a member of the tenant.
    pub fn directory(mut self, directory: impl Directory + 'static) -> Self {
        self.directory = Arc::new(directory);
        self
    }

    /// Sets the policy of tenants that have none yet. A tenant keeps the one it began with: another one set here
    /// reaches new tenants alone. A tenant whose people can't fill its seats can ask for nothing.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how long things may take.
    pub fn periods(mut self, periods: Periods) -> Self {
        self.periods = periods;
        self
    }

    /// Sets where pictures and files are opened whose sources no platform can fetch; without one a product with such
    /// a picture can't be published.
    pub fn assets(mut self, assets: impl Assets + 'static) -> Self {
        self.assets = Arc::new(assets);
        self
    }

    /// Names the last checkpoint of a tenant that was kept outside of the database; again for each tenant.
    ///
    /// A database that doesn't hold the chain that was signed was restored from an older copy, and nobody knows what was
    /// done since. The hub then opens held: an alarm stands in the audit, approved and running requests of the tenant are
    /// unknown until a person [decides](Hub::decide) each, and nothing begins at a store, pushes of stock included,
    /// until an import has read it, its orders were pulled, and a person has [released](Hub::release_store) it. Reading,
    /// importing and pulling orders go on. Of a copy that is newer than the checkpoint it can't tell:
    /// [`Hub::hold_store`].
    pub fn checkpoint(mut self, signed: Checkpoint) -> Self {
        self.checkpoints.push(signed);
        self
    }

    /// The hub.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: two plugins of one slug, or a lasting backend without keys.
    /// [`ErrorKind::InvalidInput`]: the policy can't be meant. [`ErrorKind::Refused`]: the signature of a checkpoint
    /// doesn't hold. Else those of a transport that is opened here, and storage's where there is a checkpoint.
    ///
    /// # Cancellation
    /// Dropping the future of a hub that opens held leaves part of it held; the next one goes on with the rest.
    pub async fn build(self) -> Result<Hub> {
        self.policy.check()?;
        let clock = self.backend.clock();
        let mut plugins = Plugins::default();
        for setup in self.setups {
            plugins.add(setup.opened(&clock)?)?;
        }
        let keys = match self.keys {
            Some(keys) => keys,
            None if self.backend.is_lasting() => {
                return Err(Error::new(
                    ErrorKind::InvalidConfig,
                    "a backend that outlives the process needs keys that do; give the builder `.keys(..)`, such as \
                     `LocalKeys`, made once and opened ever after",
                ));
            }
            None => Arc::new(EphemeralKeys::new(&*clock)),
        };
        let hub = Hub(Arc::new(Inner {
            backend: self.backend,
            clock,
            plugins,
            transport: self.transport,
            keys,
            directory: self.directory,
            policy: self.policy,
            periods: self.periods,
            assets: self.assets,
            flights: Arc::default(),
            begun: Begun::default(),
            caches: Mutex::default(),
        }));
        for signed in self.checkpoints {
            hub.hold_if_restored(signed).await?;
        }
        Ok(hub)
    }
}

impl Hub {
    /// A builder over `backend`: storage, queue and budgets in one.
    pub fn builder(backend: impl Backend + 'static) -> HubBuilder {
        HubBuilder {
            backend: Arc::new(backend),
            setups: Vec::new(),
            transport: None,
            keys: None,
            directory: Arc::new(EveryoneKnown),
            policy: Policy::two_people(),
            periods: Periods::default(),
            assets: Arc::new(NoAssets),
            checkpoints: Vec::new(),
        }
    }

    /// What it stands on.
    pub fn backend(&self) -> Arc<dyn Backend> {
        self.0.backend.clone()
    }

    /// The clock that all who share the backend use.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
}

impl Inner {
    pub(super) fn cache(&self, connection: ConnectionId) -> Arc<MemoryCache> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default().clone()
    }
}
