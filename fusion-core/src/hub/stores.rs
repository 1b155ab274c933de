//! Connecting accounts and registering their storefronts.

mod new_store;
mod status;

pub use new_store::NewStore;
pub(super) use status::reconnected;

use super::Hub;
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Connection, ConnectionId, Location, LocationId, LocationKind, Ref, Store, StoreFacts, StoreId,
        StoreStatus,
    },
    plugin::{CredentialSource, Credentials, Manifest, Setting},
    storage::{ChangeSet, Query, Versioned, list_all, load},
    tenant::{Actor, Tenant},
    vault::seal_credentials,
    verb::PlatformSlug,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;

/// Credentials that aren't stored yet.
pub(super) struct Fresh(pub(super) Arc<Credentials>);

#[async_trait]
impl CredentialSource for Fresh {
    async fn current(&self) -> Result<Arc<Credentials>> {
        Ok(self.0.clone())
    }
    async fn refused(&self, _: &Credentials) -> Result<()> {
        Err(Error::new(
            ErrorKind::Unauthenticated,
            "the platform doesn't accept the credentials it has just given",
        ))
    }
}

impl Hub {
    /// Registers one storefront of an account: of one that it signs in to, or of an
    /// [authorisation that is there](NewStore::with_connection). What the account gives access to is read first.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: the platform doesn't accept the sign-in, or the authorisation any more.
    /// [`ErrorKind::InvalidInput`]: a setting is missing, the account has several storefronts, which are named, or
    /// the authorisation that is there is another platform's, or comes with a sign-in or settings.
    /// [`ErrorKind::AlreadyExists`]: the storefront is registered, or every one of the authorisation is;
    /// [`stores`](Self::stores) lists them.
    /// [`ErrorKind::Refused`]: the authorisation that is there belongs to another account by now.
    /// [`ErrorKind::NotFound`]: no such connection or storefront. [`ErrorKind::Conflict`]: the connection was changed
    /// meanwhile. Else as any read of the plugin.
    ///
    /// # Cancellation
    /// Dropping the future registers the store or nothing; the platform may have given out a token nobody has.
    pub async fn register_store(&self, by: &Actor, new: NewStore) -> Result<Store> {
        let inner = &*self.0;
        let mut changes = ChangeSet::default();
        let (connection, facts) = match new.connection {
            Some(connection) => self.joined(by.tenant(), &new, connection, &mut changes).await?,
            None => self.connected(by.tenant(), &new, &mut changes).await?,
        };
        let locations = self.bind_locations(by.tenant(), &facts, &mut changes).await?;
        let store = Store {
            id: StoreId::new(&*inner.clock),
            connection: connection.id,
            platform: new.platform,
            name: new.name,
            status: StoreStatus::Active,
            held: None,
            facts,
            facts_version: 1,
            locations,
            learned: Vec::new(),
        };
        let details = json!({
            "platform": store.platform, "connection": connection.id, "account": connection.account,
            "remote_id": store.facts.remote_id,
        });
        changes.audit.push(
            self.note(by, Action::StoreRegistered, SubjectKind::Store, store.id).with_details(details)?,
        );
        changes.create(store.clone());
        self.store_changes(by.tenant(), changes).await?;
        Ok(store)
    }

    /// A new authorisation, with the storefront of it that is wanted.
    async fn connected(
        &self,
        tenant: &Tenant,
        new: &NewStore,
        changes: &mut ChangeSet,
    ) -> Result<(Connection, StoreFacts)> {
        let inner = &*self.0;
        let setup = inner.plugins.get(&new.platform)?;
        let settings = merged(&setup.settings, &new.settings);
        check_settings(setup.plugin.manifest(), &settings)?;
        let sign_in = new.sign_in.clone().or_else(|| setup.sign_in.clone()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "say how to sign in, with `NewStore::with_sign_in` or the plugin's setup",
            )
        })?;
        let mut connection = Connection {
            id: ConnectionId::new(&*inner.clock),
            platform: new.platform.clone(),
            account: None,
            settings,
            scopes: Vec::new(),
        };
        let session = self.session(tenant, connection.clone())?;
        let no_credentials = crate::plugin::NoCredentials;
        let signing_in = session.connection_context(Some(&no_credentials));
        let fresh = Fresh(Arc::new(session.plugin().authenticate(&signing_in, sign_in).await?));
        let stores = session.plugin().describe(&session.connection_context(Some(&fresh))).await?;
        let facts = chosen(stores, new.remote_id.as_deref())?;
        self.check_unknown(tenant, &new.platform, &facts).await?;
        connection.account = Some(facts.account.clone());
        connection.scopes.clone_from(&facts.scopes);
        let first = crate::vault::FIRST;
        let (keys, clock) = (&*inner.keys, &*inner.clock);
        changes.create(seal_credentials(keys, clock, tenant, &connection, first, &fresh.0).await?);
        changes.create(connection.clone());
        Ok((connection, facts))
    }

    /// The authorisation `connection`, with one more storefront of it.
    async fn joined(
        &self,
        tenant: &Tenant,
        new: &NewStore,
        connection: ConnectionId,
        changes: &mut ChangeSet,
    ) -> Result<(Connection, StoreFacts)> {
        let Versioned { value: connection, version } =
            load::<Connection>(&*self.0.backend, tenant, connection).await?;
        if connection.platform != new.platform {
            return Err(Error::new(ErrorKind::InvalidInput, "the connection is one to another platform"));
        }
        if new.sign_in.is_some() || !new.settings.is_null() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a connection that is there has its sign-in and settings; leave them out, or leave it out",
            ));
        }
        let session = self.session(tenant, connection.clone())?;
        let mut stores = session.plugin().describe(&session.connection_context(None)).await?;
        check_account(&connection, &stores)?;
        if new.remote_id.is_none() && !stores.is_empty() {
            let known = list_all::<Store>(&*self.0.backend, tenant, &Query::Stores).await?;
            let is_new =
                |facts: &StoreFacts| !known.iter().any(|store| is_it(&store.value, &new.platform, facts));
            stores.retain(is_new);
            if stores.is_empty() {
                return Err(Error::new(
                    ErrorKind::AlreadyExists,
                    "every storefront of the authorisation is registered; `Hub::stores` lists them",
                ));
            }
        }
        let facts = chosen(stores, new.remote_id.as_deref())?;
        self.check_unknown(tenant, &new.platform, &facts).await?;
        // Whoever signs in again meanwhile has to find this store too.
        changes.rely_on::<Connection>(connection.id, version);
        Ok((connection, facts))
    }

    /// Every store of the tenant, in the order in which they were registered. A program that starts again finds here
    /// the one that it has registered before.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn stores(&self, by: &Actor) -> Result<Vec<Store>> {
        let stores = list_all::<Store>(&*self.0.backend, by.tenant(), &Query::Stores).await?;
        Ok(stores.into_iter().map(|store| store.value).collect())
    }

    async fn check_unknown(
        &self,
        tenant: &Tenant,
        platform: &PlatformSlug,
        facts: &StoreFacts,
    ) -> Result<()> {
        let known = list_all::<Store>(&*self.0.backend, tenant, &Query::Stores).await?;
        match known.iter().find(|store| is_it(&store.value, platform, facts)) {
            None => Ok(()),
            Some(store) => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!(
                    "the storefront is registered as store `{}`, {}: `Hub::stores` lists it; go on with that one, or \
                     let it in again with `Hub::reauthorise`",
                    store.value.name, store.value.id
                ),
            )),
        }
    }

    /// Ties the platform's places of stock to ours: by name, the only one to the only one, else to a new one.
    async fn bind_locations(
        &self,
        tenant: &Tenant,
        facts: &StoreFacts,
        changes: &mut ChangeSet,
    ) -> Result<Vec<(LocationId, Ref)>> {
        let ours = list_all::<Location>(&*self.0.backend, tenant, &Query::Locations).await?;
        let mut bound = Vec::with_capacity(facts.locations.len());
        for (remote, name) in &facts.locations {
            let same_name = ours.iter().find(|location| location.value.name.eq_ignore_ascii_case(name));
            let only = match ours.as_slice() {
                [only] if facts.locations.len() == 1 => Some(only),
                _ => None,
            };
            let id = match same_name.or(only) {
                Some(location) => location.value.id,
                None => {
                    let id = LocationId::new(&*self.0.clock);
                    changes.create(Location { id, name: name.clone(), kind: LocationKind::Own });
                    id
                }
            };
            bound.push((id, remote.clone()));
        }
        Ok(bound)
    }
}

/// Refuses storefronts of another account than the authorisation was made for.
pub(super) fn check_account(connection: &Connection, stores: &[StoreFacts]) -> Result<()> {
    let is_other = |facts: &StoreFacts| connection.account.as_ref().is_some_and(|own| *own != facts.account);
    match stores.iter().any(is_other) {
        false => Ok(()),
        true => Err(Error::new(
            ErrorKind::Refused,
            "the authorisation is that of another account; register its storefronts as new stores with a connection \
             of their own, or sign in to the old account",
        )
        .with_platform(connection.platform.clone())),
    }
}

/// Whether `store` is the storefront that `facts` describe.
fn is_it(store: &Store, platform: &PlatformSlug, facts: &StoreFacts) -> bool {
    store.platform == *platform && store.facts.remote_id == facts.remote_id
}

fn check_settings(manifest: &Manifest, settings: &Value) -> Result<()> {
    let is_missing =
        |setting: &&Setting| setting.required && settings.get(setting.name).is_none_or(Value::is_null);
    let missing = manifest.settings.iter().filter(is_missing);
    let missing: Vec<Problem> = missing
        .map(|setting| Problem::error(format!("settings.{}", setting.name), "required", setting.help))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::InvalidInput, "the plugin needs more settings")
            .with_platform(manifest.slug.clone())
            .with_problems(missing)),
    }
}

fn chosen(stores: Vec<StoreFacts>, wanted: Option<&str>) -> Result<StoreFacts> {
    let choices = |code: &str| {
        let choice = |facts: &StoreFacts| {
            Problem::error("remote_id", code, format!("`{}` is {}", facts.remote_id, facts.name))
        };
        stores.iter().map(choice).collect::<Vec<_>>()
    };
    let is_wanted = |facts: &&StoreFacts| wanted.is_none_or(|wanted| facts.remote_id == wanted);
    let mut fit = stores.iter().filter(is_wanted);
    match (fit.next(), fit.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) if stores.is_empty() => {
            Err(Error::new(ErrorKind::NotFound, "the authorisation gives access to no storefront"))
        }
        (None, _) => Err(Error::new(
            ErrorKind::NotFound,
            "the authorisation gives access to no such storefront; name one that it has",
        )
        .with_problems(choices("unknown"))),
        (Some(_), Some(_)) => Err(Error::new(
            ErrorKind::InvalidInput,
            "the account has several storefronts; name one with `NewStore::with_remote_id`",
        )
        .with_problems(choices("ambiguous"))),
    }
}

/// `over` on top of `under`, field by field.
fn merged(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            let mut fields = under.clone();
            fields.extend(over.iter().map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(fields)
        }
        (under, Value::Null) => under.clone(),
        (_, over) => over.clone(),
    }
}
