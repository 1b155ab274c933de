//! A plugin with what a program gives it.

use super::{App, PlatformPlugin, SignIn};
use crate::{
    clock::Clock,
    error::{Error, ErrorKind, Result},
    http::HttpTransport,
    verb::PlatformSlug,
};
use secrecy::SecretString;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A plugin with transport, app and sign-in, where they differ from the program's others.
#[derive(Clone)]
pub struct PlatformSetup {
    /// The plugin.
    pub plugin: Arc<dyn PlatformPlugin>,
    /// Its own way out: a simulator, a proxy. `None`: the hub's.
    pub transport: Option<Arc<dyn HttpTransport>>,
    /// The program's app at the platform.
    pub app: Option<App>,
    /// How stores sign in unless they say otherwise.
    pub sign_in: Option<SignIn>,
    /// Settings of connections unless they say otherwise.
    pub settings: Value,
    /// What webhook deliveries may be signed with beside the app's secret: one that is being rotated out, or one
    /// that was set at the platform by hand.
    pub webhook_secrets: Vec<SecretString>,
    /// Opens the transport once the hub's clock is known.
    opener: Option<Opener>,
}

type Opener = Arc<dyn Fn(Arc<dyn Clock>) -> Result<Arc<dyn HttpTransport>> + Send + Sync>;

impl<P: PlatformPlugin + 'static> From<P> for PlatformSetup {
    fn from(plugin: P) -> Self {
        Self {
            plugin: Arc::new(plugin),
            transport: None,
            app: None,
            sign_in: None,
            settings: Value::Null,
            webhook_secrets: Vec::new(),
            opener: None,
        }
    }
}

impl PlatformSetup {
    /// Sets its own way out.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn HttpTransport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets a way out that runs on the hub's clock, as a simulator does; opened when the hub is built.
    #[must_use]
    pub fn with_transport_on(
        mut self,
        open: impl Fn(Arc<dyn Clock>) -> Result<Arc<dyn HttpTransport>> + Send + Sync + 'static,
    ) -> Self {
        self.opener = Some(Arc::new(open));
        self
    }

    /// The same with its transport open.
    pub(crate) fn opened(mut self, clock: &Arc<dyn Clock>) -> Result<Self> {
        if let Some(open) = self.opener.take() {
            self.transport = Some(open(clock.clone())?);
        }
        Ok(self)
    }

    /// Sets the program's app at the platform.
    #[must_use]
    pub fn with_app(mut self, app: App) -> Self {
        self.app = Some(app);
        self
    }

    /// Sets how stores sign in unless they say otherwise.
    #[must_use]
    pub fn with_sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }

    /// Adds a secret that webhook deliveries may be signed with beside the app's and the connection's own: while
    /// one is rotated, the old one is given here.
    #[must_use]
    pub fn with_webhook_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.webhook_secrets.push(secret.into());
        self
    }

    /// Sets settings of connections unless they say otherwise.
    #[must_use]
    pub fn with_settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }
}

/// The plugins of a program, by slug.
#[derive(Clone, Default)]
pub(crate) struct Plugins(BTreeMap<PlatformSlug, PlatformSetup>);

impl Plugins {
    /// Adds a plugin.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: there is one of this slug already.
    pub(crate) fn add(&mut self, setup: PlatformSetup) -> Result<()> {
        let slug = setup.plugin.manifest().slug.clone();
        if self.0.contains_key(&slug) {
            return Err(
                Error::new(ErrorKind::InvalidConfig, "two plugins have the same slug").with_platform(slug)
            );
        }
        self.0.insert(slug, setup);
        Ok(())
    }

    /// The plugin of `slug`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: there is none.
    pub(crate) fn get(&self, slug: &PlatformSlug) -> Result<&PlatformSetup> {
        self.0.get(slug).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(PlatformSlug::as_str).collect();
            let known =
                if known.is_empty() { "none".to_owned() } else { format!("`{}`", known.join("`, `")) };
            let message =
                format!("there is no plugin for `{slug}`; the hub's builder was given {known}: add it there");
            Error::new(ErrorKind::InvalidConfig, message).with_platform(slug.clone())
        })
    }
}
