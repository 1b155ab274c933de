//! Everything that a plugin is given with a call, in one place.

use super::{MemoryJournal, ScriptedPlatform};
use async_trait::async_trait;
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
    model::{Connection, ConnectionId, Currency, Locale, Store, StoreFacts, StoreId, StoreStatus, TaxBasis},
    plugin::{
        Assets, Call, ConnectionContext, Context, CredentialSource, Credentials, MemoryCache, MemoryLedger,
        Net, NoAssets, NoPersonalData, NoProgress,
    },
    tenant::Tenant,
    verb::PlatformSlug,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What a test needs to call a plugin without a hub: change the fields as the test wants it, then
/// [`cx`](Self::cx).
pub struct Workbench {
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// Where requests go.
    pub transport: Arc<dyn HttpTransport>,
    /// Whose data.
    pub tenant: Tenant,
    /// The authorisation.
    pub connection: Connection,
    /// The storefront.
    pub store: Store,
    /// The limits of the platform.
    pub budget: MemoryLedger,
    /// The steps of the work.
    pub journal: MemoryJournal,
    /// What lets the calls in.
    pub credentials: CredentialList,
    /// Stops the calls.
    pub cancel: Cancel,
    /// What the plugin remembers.
    pub cache: MemoryCache,
    /// Opens pictures and files; none at first.
    pub media: Arc<dyn Assets>,
    /// How long each call may take.
    pub time: Duration,
    /// How long a budget may make it wait.
    pub patience: Duration,
}

impl Workbench {
    /// A store that sells in euros at the platform `slug`, let in by `credentials`.
    pub fn new(
        slug: PlatformSlug,
        transport: Arc<dyn HttpTransport>,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
    ) -> Self {
        #[expect(clippy::expect_used, reason = "a short name and a currency of ISO 4217")]
        let (tenant, euro) =
            (Tenant::new("acme").expect("a tenant"), Currency::new("EUR").expect("a currency"));
        let connection = Connection {
            id: ConnectionId::new(&*clock),
            platform: slug.clone(),
            account: Some("account-1".to_owned()),
            settings: Value::Null,
            scopes: Vec::new(),
        };
        let facts = StoreFacts {
            account: "account-1".to_owned(),
            remote_id: "main".to_owned(),
            name: "Main shop".to_owned(),
            currency: euro,
            tax_basis: TaxBasis::Gross,
            locale: Locale::default(),
            locations: Vec::new(),
            scopes: Vec::new(),
            other: BTreeMap::new(),
        };
        let store = Store {
            id: StoreId::new(&*clock),
            connection: connection.id,
            platform: slug,
            name: "Main shop".to_owned(),
            status: StoreStatus::Active,
            held: None,
            facts,
            facts_version: 1,
            locations: Vec::new(),
            learned: Vec::new(),
        };
        Self {
            budget: MemoryLedger::new(clock.clone()),
            journal: MemoryJournal::new(clock.clone(), "work-1"),
            credentials: CredentialList::new(credentials),
            cancel: Cancel::default(),
            cache: MemoryCache::default(),
            media: Arc::new(NoAssets),
            time: Duration::from_secs(60),
            patience: Duration::from_secs(10),
            clock,
            transport,
            tenant,
            connection,
            store,
        }
    }

    /// The first store of `platform`.
    pub fn scripted(platform: &ScriptedPlatform) -> Self {
        Self::new(
            PlatformSlug::of("scripted"),
            platform.transport(),
            platform.credentials(),
            platform.clock.clone(),
        )
    }

    /// Begins another piece of work: an empty journal.
    pub fn next_work(&mut self, name: &str) {
        self.journal = MemoryJournal::new(self.clock.clone(), name);
    }

    /// A call that starts now.
    pub fn cx(&self) -> Context<'_> {
        Context {
            tenant: &self.tenant,
            connection: &self.connection,
            store: &self.store,
            net: Net {
                app: None,
                transport: &*self.transport,
                credentials: &self.credentials,
                budget: &self.budget,
            },
            call: Call {
                deadline: self.clock.elapsed() + self.time,
                patience: self.patience,
                cancel: &self.cancel,
                journal: &self.journal,
                progress: &NoProgress,
            },
            clock: &*self.clock,
            cache: &self.cache,
            media: &*self.media,
            private: &NoPersonalData,
        }
    }

    /// A call about the authorisation that starts now.
    pub fn connection_cx(&self) -> ConnectionContext<'_> {
        ConnectionContext { store: None, ..self.cx().into() }
    }
}

/// Credentials, and those that come after them when they are refused.
pub struct CredentialList(Mutex<VecDeque<Arc<Credentials>>>);

impl CredentialList {
    /// Just these.
    pub fn new(credentials: Credentials) -> Self {
        Self(Mutex::new(VecDeque::from([Arc::new(credentials)])))
    }

    /// Adds those that are taken once all before them were refused.
    pub fn then(&self, newer: Credentials) {
        self.lock().push_back(Arc::new(newer));
    }

    /// Puts these in the place of all others, as after a renewal.
    pub fn replace(&self, newer: Credentials) {
        *self.lock() = VecDeque::from([Arc::new(newer)]);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Credentials>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialSource for CredentialList {
    async fn current(&self) -> Result<Arc<Credentials>> {
        self.lock().front().cloned().ok_or_else(nothing)
    }

    async fn refused(&self, used: &Credentials) -> Result<()> {
        let mut list = self.lock();
        if list.front().is_some_and(|current| current.is_same_access(used)) {
            list.pop_front();
        }
        if list.is_empty() { Err(nothing()) } else { Ok(()) }
    }
}

fn nothing() -> Error {
    Error::new(ErrorKind::Unauthenticated, "every credential was refused; sign in again")
}
