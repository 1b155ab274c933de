//! What the steps of one piece of work are sealed with; work on an order has a key that goes with the buyer's data.

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

/// Begins the ids of such keys, so that one that is gone isn't taken for one of the embedder's.
const PREFIX: &str = "order-";

/// The keys of the hub, and in front of them that of the order that is worked on.
///
/// A journal is never changed, and what is sent to a supplier holds the buyer's address. So what is kept of work on an
/// order is sealed under a key that is a personal value of the order itself: erasing the buyer deletes it, and the rows
/// stay shut from then on.
pub(in crate::hub) struct StepKeys {
    hub: Arc<dyn KeyProvider>,
    own: Option<Own>,
}

struct Own {
    id: KeyId,
    key: RootKey,
}

/// The record that holds the key of an order's steps.
pub(in crate::hub) const fn step_key_of(order: OrderId) -> PersonalId {
    PersonalId::from_uuid(order.as_uuid())
}

impl Hub {
    /// What work on `order` is sealed with, if it is on one; made where there is none yet.
    pub(in crate::hub) async fn step_keys(
        &self,
        tenant: &Tenant,
        order: Option<OrderId>,
    ) -> Result<StepKeys> {
        let hub = self.0.keys.clone();
        let Some(order) = order else { return Ok(StepKeys { hub, own: None }) };
        let record = step_key_of(order);
        let subject = record.to_string();
        let bound =
            Bound { tenant, subject: &subject, platform: None, content: Content::OrderKey, version: 1 };
        let mut rounds = Rounds::of("the order that is worked on");
        loop {
            if let Some(Versioned { value, .. }) =
                find::<PersonalValue>(&*self.0.backend, tenant, record).await?
            {
                let opened = Envelope::from_sealed(&value.sealed)?.open(&*self.0.keys, &bound).await?;
                let secret = opened.expose_secret().first_chunk::<32>().ok_or_else(|| {
                    Error::new(ErrorKind::Internal, "the key of an order's steps has another length")
                })?;
                let key = RootKey::from_secret(&Zeroizing::new(*secret), self.0.clock.now());
                let id = KeyId::new(&format!("{PREFIX}{}", key.id.as_str()))?;
                return Ok(StepKeys { hub, own: Some(Own { id, key }) });
            }
            let Versioned { value: known, version } = load::<Order>(&*self.0.backend, tenant, order).await?;
            if known.erased.is_some() {
                // Nothing that is sent from here on knows the buyer.
                return Ok(StepKeys { hub, own: None });
            }
            let secret = draw::<32>(&*self.0.clock);
            let sealed = Envelope::seal(&*self.0.keys, &*self.0.clock, &bound, secret.as_slice()).await?;
            let mut changes = ChangeSet::default();
            changes.create(PersonalValue { id: record, sealed: sealed.to_sealed()? });
            changes.rely_on::<Order>(order, version);
            let _ = rounds.store(self, tenant, changes).await?;
        }
    }
}

#[async_trait]
impl KeyProvider for StepKeys {
    async fn current(&self, purpose: Purpose) -> Result<KeyId> {
        match &self.own {
            Some(own) => Ok(own.id.clone()),
            None => self.hub.current(purpose).await,
        }
    }

    async fn wrap(&self, key: &KeyId, data_key: &DataKey, bound: &[u8]) -> Result<Vec<u8>> {
        match &self.own {
            Some(own) if own.id == *key => own.key.wrap(data_key, bound),
            _ => self.hub.wrap(key, data_key, bound).await,
        }
    }

    async fn unwrap(&self, key: &KeyId, wrapped: &[u8], bound: &[u8]) -> Result<DataKey> {
        match &self.own {
            Some(own) if own.id == *key => own.key.unwrap(wrapped, bound),
            _ if key.as_str().starts_with(PREFIX) => {
                Err(Error::new(ErrorKind::Refused, "what was kept of this call went with the buyer's data"))
            }
            _ => self.hub.unwrap(key, wrapped, bound).await,
        }
    }

    async fn mac(&self, purpose: Purpose, key: &KeyId, message: &[u8]) -> Result<Mac> {
        self.hub.mac(purpose, key, message).await
    }
}
