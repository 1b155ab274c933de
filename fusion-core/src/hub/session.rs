//! A connection made ready for calls of its plugin.

use super::{Hub, budget::Budget, builder::Inner, orders::StoredPersonal};
use crate::{
    clock::Cancel,
    error::{Error, ErrorKind, Result},
    model::{Connection, Store, StoreId},
    plugin::{
        Call, ConnectionContext, Context, CredentialSource, Credentials, Journal, MemoryCache, Net,
        NoJournal, NoProgress, PlatformPlugin, PlatformSetup, Progress,
    },
    storage::{Versioned, load},
    tenant::Tenant,
    vault::StoredCredentials,
};
use std::{sync::Arc, time::Duration};

/// How long a call outside of any job may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// Everything a context borrows from.
pub(super) struct Session<'h> {
    inner: &'h Inner,
    pub(super) tenant: Tenant,
    pub(super) connection: Connection,
    pub(super) setup: PlatformSetup,
    credentials: StoredCredentials,
    personal: StoredPersonal,
    cache: Arc<MemoryCache>,
    budget: Budget<'h>,
    /// When a job's attempt has to be over; `None`: each call has a deadline of its own.
    deadline: Option<Duration>,
    cancel: Cancel,
}

impl Hub {
    /// A session with `connection`.
    pub(super) fn session(&self, tenant: &Tenant, connection: Connection) -> Result<Session<'_>> {
        let inner = &*self.0;
        let setup = inner.plugins.get(&connection.platform)?.clone();
        let transport = setup.transport.clone().or_else(|| inner.transport.clone()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidConfig,
                "the plugin has no transport; give the hub's builder one with `transport`, such as the sdk's \
                 `ReqwestTransport`",
            )
            .with_platform(connection.platform.clone())
        })?;
        let cache = inner.cache(connection.id);
        let credentials = StoredCredentials {
            backend: inner.backend.clone(),
            keys: inner.keys.clone(),
            clock: inner.clock.clone(),
            setup: setup.clone(),
            transport,
            cache: cache.clone(),
            tenant: tenant.clone(),
            connection: connection.clone(),
            flights: inner.flights.clone(),
        };
        Ok(Session {
            inner,
            tenant: tenant.clone(),
            connection,
            setup,
            credentials,
            personal: self.personal(tenant),
            cache,
            budget: Budget::outside_of_jobs(inner),
            deadline: None,
            cancel: Cancel::default(),
        })
    }

    /// A store and a session with its connection.
    pub(super) async fn store_session(
        &self,
        tenant: &Tenant,
        store: StoreId,
    ) -> Result<(Versioned<Store>, Session<'_>)> {
        let store = load::<Store>(&*self.0.backend, tenant, store).await?;
        let connection = load::<Connection>(&*self.0.backend, tenant, store.value.connection).await?.value;
        let session = self.session(tenant, connection)?;
        Ok((store, session))
    }
}

impl Session<'_> {
    /// The same under a job's deadline and cancellation.
    pub(super) fn within(mut self, deadline: Duration, cancel: &Cancel) -> Self {
        self.deadline = Some(deadline);
        self.budget = Budget::of_job(self.inner, self.connection.id);
        self.cancel = cancel.clone();
        self
    }

    pub(super) fn plugin(&self) -> &dyn PlatformPlugin {
        &*self.setup.plugin
    }

    /// The credentials as they are stored: nothing is renewed, and no platform is called.
    pub(super) async fn stored_credentials(&self) -> Result<Arc<Credentials>> {
        self.credentials.stored().await
    }

    fn net<'a>(&'a self, credentials: &'a dyn CredentialSource) -> Net<'a> {
        Net {
            app: self.setup.app.as_ref(),
            transport: &*self.credentials.transport,
            credentials,
            budget: &self.budget,
        }
    }

    fn call<'a>(&'a self, journal: &'a dyn Journal, progress: &'a dyn Progress) -> Call<'a> {
        Call {
            deadline: self.deadline.unwrap_or_else(|| self.inner.clock.elapsed() + CALL_TIMEOUT),
            patience: self.inner.periods.patience,
            cancel: &self.cancel,
            journal,
            progress,
        }
    }

    /// For calls about the authorisation; `credentials` differ from the stored ones while it is being made.
    pub(super) fn connection_context<'a>(
        &'a self,
        credentials: Option<&'a dyn CredentialSource>,
    ) -> ConnectionContext<'a> {
        ConnectionContext {
            tenant: &self.tenant,
            connection: &self.connection,
            store: None,
            net: self.net(credentials.unwrap_or(&self.credentials)),
            call: self.call(&NoJournal, &NoProgress),
            clock: &*self.inner.clock,
            cache: &*self.cache,
        }
    }

    /// For one read about a store: outside of a job its time begins here.
    pub(super) fn context<'a>(&'a self, store: &'a Store) -> Context<'a> {
        self.journaled(store, &NoJournal, &NoProgress)
    }

    /// For the work of a job.
    pub(super) fn journaled<'a>(
        &'a self,
        store: &'a Store,
        journal: &'a dyn Journal,
        progress: &'a dyn Progress,
    ) -> Context<'a> {
        Context {
            tenant: &self.tenant,
            connection: &self.connection,
            store,
            net: self.net(&self.credentials),
            call: self.call(journal, progress),
            clock: &*self.inner.clock,
            cache: &*self.cache,
            media: &*self.inner.assets,
            private: &self.personal,
        }
    }
}
