//! Being let in again.

use super::{
    Hub,
    stores::{Fresh, check_account, reconnected},
};
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    model::{Connection, ConnectionId, SecretRecord, Store},
    plugin::SignIn,
    storage::{ChangeSet, Query, Version, Versioned, find, list_all, load},
    tenant::Actor,
    vault::seal_credentials,
};
use std::sync::Arc;

impl Hub {
    /// Signs in to an account again, and lets every store of it go on; what was learned about them is forgotten.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`]: the platform doesn't accept the sign-in. [`ErrorKind::Refused`]: it is
    /// another account, whose storefronts are new stores, or shows none. [`ErrorKind::Conflict`]: a store was changed meanwhile.
    /// Else as any read of the plugin.
    ///
    /// # Cancellation
    /// Dropping the future may leave the stores connected and their gates closed; doing it again opens them.
    pub async fn reauthorise(
        &self,
        by: &Actor,
        connection: ConnectionId,
        sign_in: SignIn,
    ) -> Result<Vec<Store>> {
        let inner = &*self.0;
        let tenant = by.tenant();
        let Versioned { value: mut connection, version } =
            load::<Connection>(&*inner.backend, tenant, connection).await?;
        let session = self.session(tenant, connection.clone())?;
        let no_credentials = crate::plugin::NoCredentials;
        let signing_in = session.connection_context(Some(&no_credentials));
        let fresh = Fresh(Arc::new(session.plugin().authenticate(&signing_in, sign_in).await?));
        let facts = session.plugin().describe(&session.connection_context(Some(&fresh))).await?;
        if facts.is_empty() {
            return Err(Error::new(
                ErrorKind::Refused,
                "the sign-in gives access to no storefront, so it can't be told whose account it is",
            ));
        }
        check_account(&connection, &facts)?;
        if let Some(first) = facts.first() {
            connection.scopes.clone_from(&first.scopes);
        }
        let mut changes = ChangeSet::default();
        let secret = find::<SecretRecord>(&*inner.backend, tenant, connection.id).await?;
        let (known, rotation) =
            secret.map_or((Version::NEW, crate::vault::FIRST), |one| (one.version, one.value.version + 1));
        let sealed =
            seal_credentials(&*inner.keys, &*inner.clock, tenant, &connection, rotation, &fresh.0).await?;
        changes.update(known, sealed);
        let mut stores = Vec::new();
        let query = Query::StoresOf(connection.id);
        for Versioned { value, version } in list_all::<Store>(&*inner.backend, tenant, &query).await? {
            let facts = facts.iter().find(|facts| facts.remote_id == value.facts.remote_id);
            let store = reconnected(value, facts);
            changes.update(version, store.clone());
            stores.push(store);
        }
        changes.audit.push(self.note(by, Action::ConnectionRenewed, SubjectKind::Connection, connection.id));
        changes.update(version, connection);
        self.store_changes(tenant, changes).await?;
        for store in &stores {
            inner.backend.open_gate(tenant, Some(store.id)).await?;
        }
        Ok(stores)
    }
}
