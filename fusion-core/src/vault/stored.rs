//! Credentials as storage keeps them: opened for a call, renewed by one caller at a time, stored before use.

use super::{Bound, Content, Envelope};
use crate::{
    canonical::KeyProvider,
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result, Retry},
    http::HttpTransport,
    model::{Connection, ConnectionId, SecretRecord},
    plugin::{
        AuthScheme, Cache, Call, ConnectionContext, CredentialSource, Credentials, Net, NoCredentials,
        NoJournal, NoProgress, PlatformSetup, SignIn,
    },
    storage::{Backend, ChangeSet, Versioned, find},
    tenant::Tenant,
};
use async_trait::async_trait;
use futures_util::lock::Mutex as AsyncMutex;
use secrecy::ExposeSecret;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Renewal begins this long before the end: longer than any single call may take.
const MARGIN: Duration = Duration::from_secs(120);

/// How long the call that renews may take.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Writes of a rotated secret that are tried: the old one may be dead already, so giving up loses the account.
const MAX_STORES: u32 = 20;

/// One renewal at a time for each connection of this process.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<ConnectionId, Arc<AsyncMutex<()>>>>);

impl Flights {
    fn of(&self, connection: ConnectionId) -> Arc<AsyncMutex<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default().clone()
    }
}

/// Seals `credentials` as version `version` of `connection`'s secret.
///
/// # Errors
/// Those of the key provider.
pub async fn seal_credentials(
    keys: &dyn KeyProvider,
    clock: &dyn Clock,
    tenant: &Tenant,
    connection: &Connection,
    version: u64,
    credentials: &Credentials,
) -> Result<SecretRecord> {
    let plain = serde_json::to_vec(&credentials.to_plain())
        .map_err(|_| Error::new(ErrorKind::Internal, "credentials have no stored form"))?;
    let plain = secrecy::zeroize::Zeroizing::new(plain);
    let subject = connection.id.to_string();
    let sealed = Envelope::seal(keys, clock, &bound(tenant, connection, &subject, version), &plain)
        .await?
        .to_sealed()?;
    Ok(SecretRecord { connection: connection.id, version, sealed })
}

fn bound<'a>(tenant: &'a Tenant, connection: &'a Connection, subject: &'a str, version: u64) -> Bound<'a> {
    Bound { tenant, subject, platform: Some(&connection.platform), content: Content::Credentials, version }
}

/// The credentials of one connection, for as long as a piece of work takes.
pub struct StoredCredentials {
    /// Where they lie.
    pub backend: Arc<dyn Backend>,
    /// What opens them.
    pub keys: Arc<dyn KeyProvider>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// The plugin that renews them.
    pub setup: PlatformSetup,
    /// The way to the platform.
    pub transport: Arc<dyn HttpTransport>,
    /// Answers of this connection.
    pub cache: Arc<dyn Cache>,
    /// Whose.
    pub tenant: Tenant,
    /// Of which authorisation.
    pub connection: Connection,
    /// Who is renewing.
    pub flights: Arc<Flights>,
}

struct Opened {
    record: Versioned<SecretRecord>,
    credentials: Arc<Credentials>,
}

impl StoredCredentials {
    async fn open(&self) -> Result<Opened> {
        let record = find::<SecretRecord>(&*self.backend, &self.tenant, self.connection.id)
            .await?
            .ok_or_else(|| no_access("the connection has no credentials; authorise it again"))?;
        let subject = self.connection.id.to_string();
        let bound = bound(&self.tenant, &self.connection, &subject, record.value.version);
        let plain = Envelope::from_sealed(&record.value.sealed)?.open(&*self.keys, &bound).await?;
        let plain = serde_json::from_slice(plain.expose_secret())
            .map_err(|_| Error::new(ErrorKind::Internal, "the stored credentials can't be read"))?;
        Ok(Opened { record, credentials: Arc::new(Credentials::from_plain(plain)) })
    }

    fn is_due(&self, credentials: &Credentials) -> bool {
        credentials.until.is_some_and(|until| self.clock.now() + MARGIN >= until)
    }

    fn renewal(&self, credentials: &Arc<Credentials>) -> Option<SignIn> {
        if credentials.refresh.is_some() {
            return Some(SignIn::Refresh(credentials.clone()));
        }
        let by_app = self.setup.plugin.manifest().auth.contains(&AuthScheme::ClientCredentials);
        (by_app && self.setup.app.is_some() && credentials.until.is_some())
            .then_some(SignIn::ClientCredentials)
    }

    /// Renews what `is_stale` says of, unless somebody else has done so meanwhile.
    async fn renew(&self, is_stale: impl Fn(&Credentials) -> bool + Send + Sync) -> Result<Arc<Credentials>> {
        let flight = self.flights.of(self.connection.id);
        let _flying = flight.lock().await;
        let opened = self.open().await?;
        if !is_stale(&opened.credentials) {
            return Ok(opened.credentials);
        }
        let Some(sign_in) = self.renewal(&opened.credentials) else {
            return Err(no_access(
                "the platform doesn't accept the credentials; authorise the connection again",
            ));
        };
        match self.setup.plugin.authenticate(&self.context(&Cancel::default()), sign_in).await {
            Ok(fresh) => self.keep(opened, fresh).await,
            Err(error) if error.kind() == ErrorKind::Unauthenticated => {
                // Another process may have used up the refresh token a moment ago: its secret is the good one.
                let newer = self.open().await?;
                if newer.record.version != opened.record.version && !is_stale(&newer.credentials) {
                    return Ok(newer.credentials);
                }
                Err(error.with_retry(Retry::AfterReauth))
            }
            // The old ones serve for as long as they are valid.
            Err(_) if opened.credentials.until.is_some_and(|until| self.clock.now() < until) => {
                Ok(opened.credentials)
            }
            Err(error) => Err(error),
        }
    }

    /// Stores what the platform gave: until it is stored, a crash would lose the account.
    async fn keep(&self, exchanged: Opened, fresh: Credentials) -> Result<Arc<Credentials>> {
        let mut base = exchanged.record;
        for _ in 0..MAX_STORES {
            let record = seal_credentials(
                &*self.keys,
                &*self.clock,
                &self.tenant,
                &self.connection,
                base.value.version + 1,
                &fresh,
            )
            .await?;
            let mut changes = ChangeSet::default();
            changes.update(base.version, record);
            match self.backend.commit(&self.tenant, changes).await {
                Ok(_) => return Ok(Arc::new(fresh)),
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    let now = self.open().await?;
                    if !is_same_refresh(&now.credentials, &exchanged.credentials) {
                        return Ok(now.credentials);
                    }
                    base = now.record;
                }
                Err(error) if error.retry() == Retry::Never => return Err(error),
                Err(_) => self.clock.sleep(Duration::from_millis(250)).await,
            }
        }
        Err(Error::new(ErrorKind::Unavailable, "renewed credentials could not be stored")
            .with_retry(Retry::Backoff))
    }

    fn context<'a>(&'a self, cancel: &'a Cancel) -> ConnectionContext<'a> {
        ConnectionContext {
            tenant: &self.tenant,
            connection: &self.connection,
            store: None,
            net: Net {
                app: self.setup.app.as_ref(),
                transport: &*self.transport,
                credentials: &NoCredentials,
                budget: &*self.backend,
            },
            call: Call {
                deadline: self.clock.elapsed() + RENEWAL_TIMEOUT,
                patience: RENEWAL_TIMEOUT,
                cancel,
                journal: &NoJournal,
                progress: &NoProgress,
            },
            clock: &*self.clock,
            cache: &*self.cache,
        }
    }
}

fn no_access(message: &'static str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message).with_retry(Retry::AfterReauth)
}

fn is_same_refresh(one: &Credentials, other: &Credentials) -> bool {
    match (&one.refresh, &other.refresh) {
        (Some(one), Some(other)) => one.expose_secret() == other.expose_secret(),
        (None, None) => one.is_same_access(other),
        _ => false,
    }
}

#[async_trait]
impl CredentialSource for StoredCredentials {
    async fn current(&self) -> Result<Arc<Credentials>> {
        let opened = self.open().await?;
        if !self.is_due(&opened.credentials) || self.renewal(&opened.credentials).is_none() {
            return Ok(opened.credentials);
        }
        self.renew(|credentials| self.is_due(credentials)).await
    }

    async fn refused(&self, used: &Credentials) -> Result<()> {
        self.renew(|credentials| credentials.is_same_access(used)).await.map(|_| ())
    }
}

/// The version of a secret that isn't stored yet.
pub(crate) const FIRST: u64 = 1;
