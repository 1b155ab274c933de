//! Connecting accounts and registering their storefronts.

mod status;

pub(super) use status::reconnected;

use super::Hub;
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Connection, ConnectionId, Location, LocationId, LocationKind, Ref, Store, StoreFacts, StoreId,
        StoreStatus,
    },
    plugin::{CredentialSource, Credentials, SignIn},
    storage::{ChangeSet, Query, list_all},
    tenant::{Actor, Tenant},
    vault::seal_credentials,
    verb::PlatformSlug,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a person wants registered.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Where.
    pub platform: PlatformSlug,
    /// What people call it.
    pub name: String,
    /// Which storefront of the authorisation; `None` takes the only one.
    pub remote_id: Option<String>,
    /// Settings of the plugin for the connection; those of the plugin's setup fill the gaps.
    pub settings: Value,
    /// How to sign in; `None`: as the plugin's setup says.
    pub sign_in: Option<SignIn>,
}

impl NewStore {
    /// The only storefront of the authorisation that the plugin's setup signs in to.
    pub fn new(platform: &str, name: impl Into<String>) -> Self {
        Self {
            platform: platform.into(),
            name: name.into(),
            remote_id: None,
            settings: Value::Null,
            sign_in: None,
        }
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
    /// Signs in, reads what the account gives access to, and registers one storefront of it.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: the platform doesn't accept the sign-in. [`ErrorKind::InvalidInput`]: a
    /// setting is missing, or the account has several storefronts, which are named.
    /// [`ErrorKind::AlreadyExists`]: the storefront is registered. Else as any read of the plugin.
    ///
    /// # Cancellation
    /// Dropping the future registers the store or nothing; the platform may have given out a token nobody has.
    pub async fn register_store(&self, by: &Actor, new: NewStore) -> Result<Store> {
        let inner = &*self.0;
        let setup = inner.plugins.get(&new.platform)?;
        let manifest = setup.plugin.manifest();
        let settings = merged(&setup.settings, &new.settings);
        let missing: Vec<Problem> = manifest
            .settings
            .iter()
            .filter(|setting| setting.required && settings.get(setting.name).is_none_or(Value::is_null))
            .map(|setting| Problem::error(format!("settings.{}", setting.name), "required", setting.help))
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "the plugin needs more settings")
                .with_platform(new.platform)
                .with_problems(missing));
        }
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
        let session = self.session(by.tenant(), connection.clone())?;
        let no_credentials = crate::plugin::NoCredentials;
        let signing_in = session.connection_context(Some(&no_credentials));
        let fresh = Fresh(Arc::new(session.plugin().authenticate(&signing_in, sign_in).await?));
        let stores = session.plugin().describe(&session.connection_context(Some(&fresh))).await?;
        let facts = chosen(stores, new.remote_id.as_deref())?;
        connection.account = Some(facts.account.clone());
        connection.scopes.clone_from(&facts.scopes);
        self.check_unknown(by.tenant(), &new.platform, &facts).await?;

        let mut changes = ChangeSet::default();
        let locations = self.bind_locations(by.tenant(), &facts, &mut changes).await?;
        let store = Store {
            id: StoreId::new(&*inner.clock),
            connection: connection.id,
            platform: new.platform,
            name: new.name,
            status: StoreStatus::Active,
            facts,
            facts_version: 1,
            locations,
            learned: Vec::new(),
        };
        changes.create(
            seal_credentials(
                &*inner.keys,
                &*inner.clock,
                by.tenant(),
                &connection,
                crate::vault::FIRST,
                &fresh.0,
            )
            .await?,
        );
        let details = json!({
            "platform": store.platform, "connection": connection.id, "account": connection.account,
            "remote_id": store.facts.remote_id,
        });
        changes.audit.push(
            self.note(by, Action::StoreRegistered, SubjectKind::Store, store.id).with_details(details)?,
        );
        changes.create(connection);
        changes.create(store.clone());
        self.store_changes(by.tenant(), changes).await?;
        Ok(store)
    }

    /// Every store of the tenant.
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
        match known
            .iter()
            .find(|store| store.value.platform == *platform && store.value.facts.remote_id == facts.remote_id)
        {
            None => Ok(()),
            Some(store) => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!(
                    "the storefront is registered as store {}; test or reauthorise that one",
                    store.value.id
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

fn chosen(mut stores: Vec<StoreFacts>, wanted: Option<&str>) -> Result<StoreFacts> {
    if let Some(wanted) = wanted {
        stores.retain(|facts| facts.remote_id == wanted);
    }
    match stores.len() {
        1 => stores.pop().ok_or_else(|| Error::new(ErrorKind::Internal, "a list of one was empty")),
        0 => Err(Error::new(ErrorKind::NotFound, "the authorisation gives access to no such storefront")),
        _ => {
            let choices = stores.iter().map(|facts| {
                Problem::error("remote_id", "ambiguous", format!("`{}` is {}", facts.remote_id, facts.name))
            });
            Err(Error::new(ErrorKind::InvalidInput, "the account has several storefronts; name one")
                .with_problems(choices))
        }
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
