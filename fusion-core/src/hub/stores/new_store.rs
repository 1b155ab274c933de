//! What a person wants registered.

use crate::{model::ConnectionId, plugin::SignIn, verb::PlatformSlug};
use serde_json::Value;

/// What a person wants registered.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Where.
    pub platform: PlatformSlug,
    /// What people call it.
    pub name: String,
    /// The authorisation that it hangs on beside others; `None`: it gets one of its own, by signing in.
    pub connection: Option<ConnectionId>,
    /// Which storefront of the authorisation; `None` takes the only one, under one that is there already the only
    /// one that isn't registered.
    pub remote_id: Option<String>,
    /// Settings of the plugin for a new connection; those of the plugin's setup fill the gaps.
    pub settings: Value,
    /// How to sign in to a new connection; `None`: as the plugin's setup says.
    pub sign_in: Option<SignIn>,
}

impl NewStore {
    /// The only storefront of the authorisation that the plugin's setup signs in to.
    pub fn new(platform: &str, name: impl Into<String>) -> Self {
        Self {
            platform: platform.into(),
            name: name.into(),
            connection: None,
            remote_id: None,
            settings: Value::Null,
            sign_in: None,
        }
    }

    /// Hangs it on an authorisation that is there: it shares its credentials, settings and budgets, and is let in
    /// again with it. Signs in to nothing.
    #[must_use]
    pub const fn with_connection(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// Names one of several storefronts, by the platform's id.
    #[must_use]
    pub fn with_remote_id(mut self, id: impl Into<String>) -> Self {
        self.remote_id = Some(id.into());
        self
    }

    /// Sets the plugin's settings, as its documentation lists them.
    #[must_use]
    pub fn with_settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// Sets how to sign in.
    #[must_use]
    pub fn with_sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }
}
