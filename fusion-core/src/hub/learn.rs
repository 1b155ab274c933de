//! What errors tell about a store.

use super::Hub;
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    model::{Learned, Store, StoreStatus},
    storage::{ChangeSet, Versioned, load},
    tenant::{Actor, Tenant},
    verb::Operation,
};
use serde_json::{Value, json};

impl Hub {
    /// Remembers what an error tells about the store. Losing it costs another error, nothing else.
    pub(super) async fn learn(&self, tenant: &Tenant, store: &Store, operation: Operation, error: &Error) {
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
            _ => Ok(()),
        };
        if let Err(error) = stored {
            tracing::warn!(store = %store.id, %error, "what a store taught could not be kept");
        }
    }

    async fn note_store(
        &self,
        tenant: &Tenant,
        store: &Store,
        action: Action,
        details: Value,
        note: impl FnOnce(&mut Store),
    ) -> Result<()> {
        let Versioned { value: before, version } = load::<Store>(&*self.0.backend, tenant, store.id).await?;
        let mut after = before.clone();
        note(&mut after);
        if after == before {
            return Ok(());
        }
        let mut changes = ChangeSet::default();
        let hub = Actor::system(tenant, "hub");
        changes.audit.push(self.note(&hub, action, SubjectKind::Store, store.id).with_details(details)?);
        changes.update(version, after);
        self.store_changes(tenant, changes).await
    }
}
