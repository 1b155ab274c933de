//! Whether work begins on a store: testing, pausing, resuming.

use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    hub::{Hub, commit::Rounds, session::Session, stores::check_account},
    model::{Store, StoreFacts, StoreId, StoreStatus},
    storage::{ChangeSet, Query, Versioned, list_all, load},
    tenant::Actor,
};

impl Hub {
    /// Reads the store's facts anew and forgets what was learned about it; a good end opens its gate.
    ///
    /// # Errors
    /// As any read of the plugin. [`ErrorKind::NotFound`]: no such store, here or at the platform.
    /// [`ErrorKind::Refused`]: the authorisation belongs to another account; no work begins on any store of it.
    pub async fn test_store(&self, by: &Actor, store: StoreId) -> Result<Store> {
        let inner = &*self.0;
        let (store, session) = self.store_session(by.tenant(), store).await?;
        let facts = read_facts(&session, &store.value).await?;
        if let Err(refusal) = check_account(&session.connection, std::slice::from_ref(&facts)) {
            self.shut_out_all(by, &store.value).await?;
            return Err(refusal);
        }
        let tested = reconnected(store.value, Some(&facts));
        let mut changes = ChangeSet::default();
        changes.update(store.version, tested.clone());
        changes.audit.push(self.note(by, Action::StoreTested, SubjectKind::Store, tested.id));
        self.store_changes(by.tenant(), changes).await?;
        inner.backend.open_gate(by.tenant(), Some(tested.id)).await?;
        Ok(tested)
    }

    /// Lets nothing begin on the store that was tested, nor on the others of its authorisation until they are tested;
    /// on paused ones neither: resuming is no test.
    async fn shut_out_all(&self, by: &Actor, tested: &Store) -> Result<()> {
        self.set_status(by, tested.id, Action::StoreTested, |_| StoreStatus::Disconnected).await?;
        let query = Query::StoresOf(tested.connection);
        for store in list_all::<Store>(&*self.0.backend, by.tenant(), &query).await? {
            if store.value.status != StoreStatus::Disconnected {
                let shut_out = |_| StoreStatus::Disconnected;
                self.set_status(by, store.value.id, Action::StoreDisconnected, shut_out).await?;
            }
        }
        Ok(())
    }

    /// Keeps work on the store from beginning; what is under way ends, looking up and reporting go on.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Conflict`]: it is disconnected, so nothing begins
    /// there anyway, or it was changed meanwhile.
    pub async fn pause_store(&self, by: &Actor, store: StoreId) -> Result<()> {
        let now = load::<Store>(&*self.0.backend, by.tenant(), store).await?.value;
        if now.status == StoreStatus::Disconnected {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the store is disconnected and begins nothing; test it first",
            ));
        }
        self.0.backend.pause(by.tenant(), store).await?;
        let paused = |status| match status {
            StoreStatus::Active | StoreStatus::Paused => StoreStatus::Paused,
            // Shut out meanwhile: a pause would let it be resumed untested.
            StoreStatus::Disconnected => StoreStatus::Disconnected,
        };
        self.set_status(by, store, Action::StorePaused, paused).await
    }

    /// Lets work on the store begin again; a disconnected one stays so until it is tested. One that was shut out while it
    /// was paused needs both, in either order.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Conflict`]: it was changed meanwhile.
    pub async fn resume_store(&self, by: &Actor, store: StoreId) -> Result<()> {
        let resumed = |status| match status {
            StoreStatus::Paused => StoreStatus::Active,
            other => other,
        };
        self.set_status(by, store, Action::StoreResumed, resumed).await?;
        self.0.backend.resume(by.tenant(), store).await
    }

    async fn set_status(
        &self,
        by: &Actor,
        store: StoreId,
        action: Action,
        next: impl Fn(StoreStatus) -> StoreStatus,
    ) -> Result<()> {
        let mut rounds = Rounds::of("the store");
        loop {
            let Versioned { mut value, version } =
                load::<Store>(&*self.0.backend, by.tenant(), store).await?;
            value.status = next(value.status);
            let mut changes = ChangeSet::default();
            changes.update(version, value);
            changes.audit.push(self.note(by, action, SubjectKind::Store, store));
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(());
            }
        }
    }
}

/// The store with what the platform tells about it now, and without what was learned.
pub(in crate::hub) fn reconnected(mut store: Store, facts: Option<&StoreFacts>) -> Store {
    // Without facts the authorisation gives no access to this one; the others go on.
    let Some(facts) = facts else { return store };
    if store.facts != *facts {
        store.facts = facts.clone();
        store.facts_version += 1;
    }
    store.learned.clear();
    if store.status == StoreStatus::Disconnected {
        store.status = StoreStatus::Active;
    }
    store
}

/// The facts of `store` as the platform tells them now.
async fn read_facts(session: &Session<'_>, store: &Store) -> Result<StoreFacts> {
    let stores = session.plugin().describe(&session.connection_context(None)).await?;
    stores.into_iter().find(|facts| facts.remote_id == store.facts.remote_id).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "the authorisation no longer gives access to this storefront")
    })
}
