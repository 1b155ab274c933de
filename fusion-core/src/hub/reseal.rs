//! Online rotation of keys: what is sealed moves under the current one, while everybody goes on.

use super::{
    Hub,
    commit::Rounds,
    journal::{JOURNAL_KEY, is_step_key, step_key_place},
    orders::personal_place,
};
use crate::{
    approval::{GrantRecord, GrantState, Request},
    audit::{Action, Checkpoint, Incarnation, SubjectKind},
    canonical::{KeyId, KeyProvider, Purpose},
    error::{ErrorKind, Result},
    model::{Connection, Order, OrderId, Sealed, SecretRecord, Step},
    storage::{ChangeSet, Entity, Key, PersonalValue, Query, Versioned, find_each, list_page},
    tenant::{Actor, Tenant},
    vault::{Bound, Envelope, credentials_place},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Values that one commit moves: what a crash or somebody else's write costs is a page.
const PAGE: usize = 100;

/// What [`Hub::reseal`] has found and done.
#[must_use = "a key may be retired when this names it no more"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed {
    /// The key that new values are sealed under.
    pub current: KeyId,
    /// Values that this call has moved under it.
    pub moved: u64,
    /// How many values other keys still seal, and how many grants they vouch for that may be used yet.
    pub older: BTreeMap<KeyId, u64>,
    /// Values that don't open, or whose signature doesn't hold: changed in storage, or made with a key that isn't here.
    /// They were left as they are, and stand among the older ones where their key can be read.
    pub unreadable: u64,
}

impl Resealed {
    fn new(current: KeyId) -> Self {
        Self { current, moved: 0, older: BTreeMap::new(), unreadable: 0 }
    }

    /// `sealed` under the current key; nothing if it stays as it is.
    async fn moved(
        &mut self,
        keys: &dyn KeyProvider,
        sealed: &Sealed,
        place: &Bound<'_>,
    ) -> Result<Option<Sealed>> {
        let Ok(envelope) = Envelope::from_sealed(sealed) else {
            self.unreadable += 1;
            return Ok(None);
        };
        match envelope.reseal(keys, place).await {
            Ok(None) => Ok(None),
            Ok(Some(moved)) => {
                self.moved += 1;
                moved.to_sealed().map(Some)
            }
            // No such key or form, or changed in storage; any other error says nothing about the value.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidConfig | ErrorKind::Internal) => {
                self.shut(envelope.key());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn shut(&mut self, key: &KeyId) {
        self.unreadable += 1;
        self.needs(key);
    }

    fn needs(&mut self, key: &KeyId) {
        *self.older.entry(key.clone()).or_default() += 1;
    }

    fn add(&mut self, page: Self) {
        self.moved += page.moved;
        self.unreadable += page.unreadable;
        for (key, count) in page.older {
            *self.older.entry(key).or_default() += count;
        }
    }
}

/// A walk over records that are listed.
struct Pages {
    query: Query,
    after: Option<Key>,
    is_through: bool,
}

impl Pages {
    const fn of(query: Query) -> Self {
        Self { query, after: None, is_through: false }
    }

    async fn next<E: Entity>(&mut self, hub: &Hub, tenant: &Tenant) -> Result<Option<Vec<E>>> {
        if self.is_through {
            return Ok(None);
        }
        let backend = &*hub.0.backend;
        let (page, next) = list_page::<E>(backend, tenant, &self.query, self.after.as_ref(), PAGE).await?;
        self.is_through = next.is_none();
        self.after = next;
        Ok(Some(page.into_iter().map(|row| row.value).collect()))
    }
}

impl Hub {
    /// Moves whatever is sealed for the tenant under the current key, and tells what older keys are still needed for:
    /// credentials, personal values, and the keys of its journals, whose rows need no moving. Values aren't opened; only
    /// their data keys are wrapped anew. Where the audit begins after an [expiry](Self::expire_audit) is signed anew.
    ///
    /// It goes page by page beside everybody who reads and writes; called again after a crash it goes on with what is
    /// left. A grant that waits for its work is vouched for by the key that signed it, until it is used or ends; so is a
    /// [checkpoint](Self::sign_checkpoint) that is kept outside: sign another before its key is retired.
    ///
    /// Let every process that seals know the new key first (restart it, or
    /// [`LocalKeys::reload`](crate::canonical::LocalKeys::reload)): one that doesn't goes on sealing under the old one.
    ///
    /// # Errors
    /// Those of the key provider, but for a value that doesn't open. [`ErrorKind::Conflict`]: a page changes faster than
    /// it can be stored. [`ErrorKind::Unavailable`]: storage was not reached.
    ///
    /// # Cancellation
    /// Dropping the future leaves each value under the old key or the new one, whole, and no entry of those it has moved.
    pub async fn reseal(&self, by: &Actor) -> Result<Resealed> {
        let tenant = by.tenant();
        let mut all = Resealed::new(self.0.keys.current(Purpose::Sealing).await?);
        let mut pages = Pages::of(Query::Connections);
        while let Some(page) = pages.next::<Connection>(self, tenant).await? {
            all.add(self.move_secrets(tenant, &page, &all.current).await?);
        }
        let mut pages = Pages::of(Query::PersonalValues);
        while let Some(page) = pages.next::<PersonalValue>(self, tenant).await? {
            all.add(self.move_personal(tenant, &page, &all.current).await?);
        }
        let mut pages = Pages::of(Query::Steps);
        while let Some(page) = pages.next::<Step>(self, tenant).await? {
            count_steps(&mut all, &page);
        }
        all.add(self.move_dropped(tenant, &all.current).await?);
        let signing = self.0.keys.current(Purpose::Grant).await?;
        let mut pages = Pages::of(Query::OpenRequests);
        while let Some(page) = pages.next::<Request>(self, tenant).await? {
            let grants = page.iter().filter_map(|request| request.grant);
            let grants = find_each::<GrantRecord>(&*self.0.backend, tenant, grants).await?;
            let may_be_used =
                |grant: &GrantRecord| matches!(grant.state, GrantState::Unspent | GrantState::Claimed(_));
            let grants = grants.into_iter().flatten().map(|grant| grant.value);
            let older = grants.filter(|grant| may_be_used(grant) && *grant.key() != signing);
            older.for_each(|grant| all.needs(grant.key()));
        }
        if all.moved == 0 {
            return Ok(all);
        }
        let details = json!({ "moved": all.moved, "unreadable": all.unreadable, "older": all.older });
        let mut changes = ChangeSet::default();
        let entry = self.note(by, Action::KeyRotated, SubjectKind::Key, &all.current);
        changes.audit.push(entry.with_details(details)?);
        self.store_changes(tenant, changes).await?;
        Ok(all)
    }

    /// Signs anew where the chain begins whose oldest entries are gone.
    async fn move_dropped(&self, tenant: &Tenant, current: &KeyId) -> Result<Resealed> {
        let keys = &*self.0.keys;
        let signing = keys.current(Purpose::Checkpoint).await?;
        let mut rounds = Rounds::of("the beginning of the chain");
        loop {
            let mut moved = Resealed::new(current.clone());
            let Versioned { value, version } = self.incarnation(tenant).await?;
            let Some(dropped) = value.dropped.clone().filter(|dropped| dropped.key != signing) else {
                return Ok(moved);
            };
            let key = dropped.key.clone();
            let begins = match dropped.check_cut(keys).await {
                Err(error) if matches!(error.kind(), ErrorKind::InvalidConfig | ErrorKind::Refused) => {
                    moved.shut(&key);
                    return Ok(moved);
                }
                checked => checked?,
            };
            let Checkpoint { at, incarnation, .. } = *begins.get();
            let signed = Checkpoint::sign_cut(&begins.head(), at, incarnation, keys).await?;
            moved.moved += 1;
            let mut changes = ChangeSet::default();
            changes.update(version, Incarnation { dropped: Some(signed), ..value });
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(moved);
            }
        }
    }

    async fn move_secrets(
        &self,
        tenant: &Tenant,
        connections: &[Connection],
        current: &KeyId,
    ) -> Result<Resealed> {
        let mut rounds = Rounds::of("a page of credentials");
        loop {
            let mut page = Resealed::new(current.clone());
            let ids = connections.iter().map(|connection| connection.id);
            let found = find_each::<SecretRecord>(&*self.0.backend, tenant, ids).await?;
            let mut changes = ChangeSet::default();
            for (connection, found) in connections.iter().zip(found) {
                let Some(Versioned { value, version }) = found else { continue };
                let subject = connection.id.to_string();
                let place = credentials_place(tenant, connection, &subject, value.version);
                if let Some(sealed) = page.moved(&*self.0.keys, &value.sealed, &place).await? {
                    changes.update(version, SecretRecord { sealed, ..value });
                }
            }
            if changes.writes.is_empty() || rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(page);
            }
        }
    }

    async fn move_personal(
        &self,
        tenant: &Tenant,
        values: &[PersonalValue],
        current: &KeyId,
    ) -> Result<Resealed> {
        // A value under an order's own id is the key of its steps.
        let orders = values.iter().map(|value| OrderId::from_uuid(value.id.as_uuid()));
        let orders: Vec<bool> = find_each::<Order>(&*self.0.backend, tenant, orders)
            .await?
            .into_iter()
            .map(|order| order.is_some())
            .collect();
        let mut rounds = Rounds::of("a page of personal values");
        loop {
            let mut page = Resealed::new(current.clone());
            let ids = values.iter().map(|value| value.id);
            let found = find_each::<PersonalValue>(&*self.0.backend, tenant, ids).await?;
            let mut changes = ChangeSet::default();
            for (found, is_order) in found.into_iter().zip(&orders) {
                // Erased meanwhile, where there is none.
                let Some(Versioned { value, version }) = found else { continue };
                let subject = value.id.to_string();
                let place = match *is_order || value.id == JOURNAL_KEY {
                    true => step_key_place(tenant, value.id, &subject),
                    false => personal_place(tenant, &subject),
                };
                if let Some(sealed) = page.moved(&*self.0.keys, &value.sealed, &place).await? {
                    changes.update(version, PersonalValue { sealed, ..value });
                }
            }
            if changes.writes.is_empty() || rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(page);
            }
        }
    }
}

/// Rows of a journal that a version before its keys has sealed under the embedder's.
fn count_steps(all: &mut Resealed, steps: &[Step]) {
    let sealed = steps.iter().filter_map(|step| match step {
        Step::Begun(begun) => Some(&begun.request_sealed),
        Step::Ended(ended) => ended.answer.as_ref(),
    });
    for sealed in sealed {
        match Envelope::from_sealed(sealed) {
            Ok(envelope) if is_step_key(envelope.key()) || *envelope.key() == all.current => {}
            Ok(envelope) => all.needs(envelope.key()),
            Err(_) => all.unreadable += 1,
        }
    }
}
