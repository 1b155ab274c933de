//! What the steps of one piece of work are sealed with: a key of the tenant's journal; work on an order has one that
//! goes with the buyer's data.

use crate::{
    canonical::{DataKey, KeyId, KeyProvider, Mac, Purpose, RootKey, draw},
    error::{Error, ErrorKind, Result},
    hub::{Hub, commit::Rounds},
    model::{Order, OrderId, PersonalId},
    storage::{ChangeSet, PersonalValue, Versioned, find, load},
    tenant::Tenant,
    vault::{Bound, Content, Envelope},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, zeroize::Zeroizing};
use std::sync::Arc;

/// Begins the ids of orders' keys, so that one that is gone isn't taken for one of the embedder's.
const ORDERS: &str = "order-";

/// Begins the ids of journals' keys.
const JOURNALS: &str = "journal-";

/// The record that holds the key of a tenant's journal.
pub(in crate::hub) const JOURNAL_KEY: PersonalId = PersonalId::from_uuid(uuid::Uuid::nil());

/// The keys of the hub, and in front of them that of the tenant's journal or of the order that is worked on.
///
/// A journal is never changed, so its rows can't follow the embedder's keys: what is kept of a step is sealed under a key
/// that lies sealed itself, in a record that can. What is sent to a supplier holds the buyer's address, so work on an
/// order has a key that is a personal value of the order: erasing the buyer deletes it, and the rows stay shut from then
/// on.
pub(in crate::hub) struct StepKeys {
    hub: Arc<dyn KeyProvider>,
    /// What it is called, and the key.
    own: (KeyId, RootKey),
}

/// The record that holds the key of an order's steps.
pub(in crate::hub) const fn step_key_of(order: OrderId) -> PersonalId {
    PersonalId::from_uuid(order.as_uuid())
}

/// Whether the key is one of those, and follows the embedder's by itself.
pub(in crate::hub) fn is_step_key(key: &KeyId) -> bool {
    [ORDERS, JOURNALS].iter().any(|prefix| key.as_str().starts_with(prefix))
}

/// The place of such a key.
pub(in crate::hub) fn step_key_place<'a>(
    tenant: &'a Tenant,
    record: PersonalId,
    subject: &'a str,
) -> Bound<'a> {
    let content = if record == JOURNAL_KEY { Content::JournalKey } else { Content::OrderKey };
    Bound { tenant, subject, platform: None, content, version: 1 }
}

impl Hub {
    /// What work is sealed with, on `order` if it is on one; made where there is no such key yet.
    pub(in crate::hub) async fn step_keys(
        &self,
        tenant: &Tenant,
        mut order: Option<OrderId>,
    ) -> Result<StepKeys> {
        let mut rounds = Rounds::of("the key of the journal");
        loop {
            let (record, prefix) =
                order.map_or((JOURNAL_KEY, JOURNALS), |order| (step_key_of(order), ORDERS));
            let subject = record.to_string();
            let place = step_key_place(tenant, record, &subject);
            if let Some(Versioned { value, .. }) =
                find::<PersonalValue>(&*self.0.backend, tenant, record).await?
            {
                let opened = Envelope::unseal(&value.sealed, &*self.0.keys, &place).await?;
                let secret = opened.expose_secret().first_chunk::<32>().ok_or_else(|| {
                    Error::new(ErrorKind::Internal, "the key of a journal has another length")
                })?;
                let key = RootKey::from_secret(&Zeroizing::new(*secret), self.0.clock.now());
                let id = KeyId::new(&format!("{prefix}{}", key.id.as_str()))?;
                return Ok(StepKeys { hub: self.0.keys.clone(), own: (id, key) });
            }
            let mut changes = ChangeSet::default();
            if let Some(id) = order {
                let Versioned { value: known, version } = load::<Order>(&*self.0.backend, tenant, id).await?;
                if known.erased.is_some() {
                    // Nothing that is sent from here on knows the buyer.
                    order = None;
                    continue;
                }
                changes.rely_on::<Order>(id, version);
            }
            let secret = draw::<32>(&*self.0.clock);
            let sealed = Envelope::seal(&*self.0.keys, &*self.0.clock, &place, secret.as_slice()).await?;
            changes.create(PersonalValue { id: record, sealed: sealed.to_sealed()? });
            let _ = rounds.store(self, tenant, changes).await?;
        }
    }
}

#[async_trait]
impl KeyProvider for StepKeys {
    async fn current(&self, _: Purpose) -> Result<KeyId> {
        Ok(self.own.0.clone())
    }

    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        match &self.own {
            (id, own) if id == key => own.wrap(data_key, bound),
            _ => self.hub.wrap(key, data_key, bound).await,
        }
    }

    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        match &self.own {
            (id, own) if id == key => own.unwrap(wrapped, bound),
            _ if key.as_str().starts_with(ORDERS) => {
                Err(Error::new(ErrorKind::Refused, "what was kept of this call went with the buyer's data"))
            }
            _ => self.hub.unwrap(key, wrapped, bound).await,
        }
    }

    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac> {
        self.hub.mac(purpose, key, message).await
    }
}
