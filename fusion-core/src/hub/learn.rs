//! What errors tell about a store.

use super::Hub;
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    model::{Learned, Store, StoreStatus},
    storage::{ChangeSet, Version},
    tenant::{Actor, Tenant},
    verb::Operation,
};
use serde_json::{Value, json};

impl Hub {
    /// Remembers what an error tells about the store, as far as it is as it was read: whoever has signed in since has
    /// answered it. Losing it costs another error, nothing else. The version that the store has then, if nobody else
    /// changes it.
    pub(super) async fn learn(
        &self,
        tenant: &Tenant,
        store: (&Store, Version),
        operation: Operation,
        error: &Error,
    ) -> Version {
        let at = self.0.clock.now();
        let why = error.message();
        let stored = match error.kind() {
            ErrorKind::MissingScope => {
                let details = json!({ "operation": operation });
                self.note_store(tenant, store, Action::LimitLearned, details, |store| {
                    if !store.learned.iter().any(|known| known.operation == operation) {
                        store.learned.push(Learned { operation, why: why.to_owned(), at });
                    }
                })
                .await
            }
            ErrorKind::Unauthenticated => {
                self.note_store(tenant, store, Action::StoreDisconnected, Value::Null, |store| {
                    // A paused one stays so: whoever resumes it finds out.
                    if store.status == StoreStatus::Active {
                        store.status = StoreStatus::Disconnected;
                    }
                })
                .await
            }
            _ => Ok(store.1),
        };
        stored.unwrap_or_else(|error| {
            if error.kind() != ErrorKind::Conflict {
                tracing::warn!(store = %store.0.id, %error, "what a store taught could not be kept");
            }
            store.1
        })
    }

    async fn note_store(
        &self,
        tenant: &Tenant,
        (before, version): (&Store, Version),
        action: Action,
        details: Value,
        note: impl FnOnce(&mut Store),
    ) -> Result<Version> {
        let mut after = before.clone();
        note(&mut after);
        if after == *before {
            return Ok(version);
        }
        let mut changes = ChangeSet::default();
        let hub = Actor::system(tenant, "hub");
        changes.audit.push(self.note(&hub, action, SubjectKind::Store, before.id).with_details(details)?);
        changes.update(version, after);
        self.store_changes(tenant, changes).await?;
        Ok(version.next())
    }
}
