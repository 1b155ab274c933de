//! What lets a program in, in memory.

use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// The embedder's own app at a platform.
#[derive(Clone)]
pub struct App {
    /// Public id.
    pub id: String,
    /// Secret.
    pub secret: SecretString,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Access to one account. It has no serde form: only the vault turns it into bytes, and seals them at once.
#[derive(Clone)]
pub struct Credentials {
    /// What goes with every call.
    pub access: SecretString,
    /// What renews it.
    pub refresh: Option<SecretString>,
    /// Until when it is accepted.
    pub until: Option<Timestamp>,
    /// What else the plugin needs, by name.
    pub extra: BTreeMap<String, SecretString>,
}

impl Credentials {
    /// Under this name in [`extra`](Self::extra) a plugin keeps the secret that the platform signs this
    /// connection's webhook deliveries with, where that isn't the app's.
    pub const WEBHOOK_SECRET: &'static str = "webhook_secret";

    /// Under this name, the one before, as long as deliveries signed with it may come.
    pub const OLD_WEBHOOK_SECRET: &'static str = "old_webhook_secret";

    /// A token that doesn't expire.
    pub fn token(access: impl Into<String>) -> Self {
        Self { access: SecretString::from(access.into()), refresh: None, until: None, extra: BTreeMap::new() }
    }

    /// Whether `other` sends the same thing with a call.
    pub fn is_same_access(&self, other: &Self) -> bool {
        self.access.expose_secret() == other.access.expose_secret()
    }

    pub(crate) fn to_plain(&self) -> Plain {
        Plain {
            access: self.access.expose_secret().to_owned(),
            refresh: self.refresh.as_ref().map(|secret| secret.expose_secret().to_owned()),
            until: self.until,
            extra: self
                .extra
                .iter()
                .map(|(name, secret)| (name.clone(), secret.expose_secret().to_owned()))
                .collect(),
        }
    }

    pub(crate) fn from_plain(plain: Plain) -> Self {
        Self {
            access: plain.access.into(),
            refresh: plain.refresh.map(Into::into),
            until: plain.until,
            extra: plain.extra.into_iter().map(|(name, secret)| (name, secret.into())).collect(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("until", &self.until).finish_non_exhaustive()
    }
}

/// The form that is sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Plain {
    access: String,
    refresh: Option<String>,
    until: Option<Timestamp>,
    extra: BTreeMap<String, String>,
}

/// How an authorisation is obtained.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// A token that a person made at the platform.
    Token(SecretString),
    /// The code that the platform handed back.
    Code {
        /// The code.
        code: SecretString,
        /// The PKCE verifier, where the platform has PKCE.
        verifier: Option<SecretString>,
        /// The address the platform was told.
        redirect: String,
    },
    /// Renewal with what is stored.
    Refresh(Arc<Credentials>),
    /// The app's own id and secret.
    ClientCredentials,
}

/// Where a call gets its credentials.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The newest credentials, renewed if they are about to expire.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: a person has to authorise again.
    async fn current(&self) -> Result<Arc<Credentials>>;

    /// Says that the platform refused `used`; the next [`current`](Self::current) is newer or an error.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: there is nothing newer.
    async fn refused(&self, used: &Credentials) -> Result<()>;
}

/// No credentials, as while signing in.
#[derive(Clone, Copy, Debug)]
pub struct NoCredentials;

#[async_trait]
impl CredentialSource for NoCredentials {
    async fn current(&self) -> Result<Arc<Credentials>> {
        Err(Error::new(ErrorKind::Unauthenticated, "there are no credentials yet; connect the account first"))
    }
    async fn refused(&self, _: &Credentials) -> Result<()> {
        Err(Error::new(ErrorKind::Unauthenticated, "there are no credentials yet; connect the account first"))
    }
}
