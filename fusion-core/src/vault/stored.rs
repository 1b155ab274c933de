//! Credentials as storage keeps them: opened for a call, renewed by one caller at a time, stored before use.

use super::{
    Bound, Content, Envelope,
    renewal::{Flights, Stale},
};
use crate::{
    canonical::KeyProvider,
    clock::Clock,
    error::{Error, ErrorKind, Result, Retry},
    http::HttpTransport,
    model::{Connection, SecretRecord},
    plugin::{AuthScheme, Cache, CredentialSource, Credentials, PlatformSetup, SignIn},
    storage::{Backend, Versioned, find},
    tenant::Tenant,
};
use async_trait::async_trait;
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

/// Renewal begins this long before the end: longer than any single call may take.
const MARGIN: Duration = Duration::from_secs(120);

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
    let sealed =
        Envelope::seal(keys, clock, &credentials_place(tenant, connection, &subject, version), &plain)
            .await?
            .to_sealed()?;
    Ok(SecretRecord { connection: connection.id, version, sealed, renewing_until: None })
}

/// The place of a connection's credentials.
pub(crate) fn credentials_place<'a>(
    tenant: &'a Tenant,
    connection: &'a Connection,
    subject: &'a str,
    version: u64,
) -> Bound<'a> {
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

pub(super) struct Opened {
    pub(super) record: Versioned<SecretRecord>,
    pub(super) credentials: Arc<Credentials>,
}

impl StoredCredentials {
    pub(super) async fn open(&self) -> Result<Opened> {
        let record = find::<SecretRecord>(&*self.backend, &self.tenant, self.connection.id)
            .await?
            .ok_or_else(|| no_access("the connection has no credentials; authorise it again"))?;
        let subject = self.connection.id.to_string();
        let bound = credentials_place(&self.tenant, &self.connection, &subject, record.value.version);
        let plain = Envelope::unseal(&record.value.sealed, &*self.keys, &bound).await?;
        let plain = serde_json::from_slice(plain.expose_secret())
            .map_err(|_| Error::new(ErrorKind::Internal, "the stored credentials can't be read"))?;
        Ok(Opened { record, credentials: Arc::new(Credentials::from_plain(plain)) })
    }

    /// The credentials as they are stored, renewed or not.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: there are none.
    pub(crate) async fn stored(&self) -> Result<Arc<Credentials>> {
        Ok(self.open().await?.credentials)
    }

    pub(super) fn is_due(&self, credentials: &Credentials) -> bool {
        credentials.until.is_some_and(|until| self.clock.now() + MARGIN >= until)
    }

    pub(super) fn renewal(&self, credentials: &Arc<Credentials>) -> Option<SignIn> {
        if credentials.refresh.is_some() {
            return Some(SignIn::Refresh(credentials.clone()));
        }
        let by_app = self.setup.plugin.manifest().auth.contains(&AuthScheme::ClientCredentials);
        (by_app && self.setup.app.is_some() && credentials.until.is_some())
            .then_some(SignIn::ClientCredentials)
    }
}

pub(super) fn no_access(message: &'static str) -> Error {
    Error::new(ErrorKind::Unauthenticated, message).with_retry(Retry::AfterReauth)
}

#[async_trait]
impl CredentialSource for StoredCredentials {
    async fn current(&self) -> Result<Arc<Credentials>> {
        let opened = self.open().await?;
        if !self.is_due(&opened.credentials) || self.renewal(&opened.credentials).is_none() {
            return Ok(opened.credentials);
        }
        self.renew(Stale::Due).await
    }

    async fn refused(&self, used: &Credentials) -> Result<()> {
        self.renew(Stale::Refused(used)).await.map(|_| ())
    }
}

/// The version of a secret that isn't stored yet.
pub(crate) const FIRST: u64 = 1;
