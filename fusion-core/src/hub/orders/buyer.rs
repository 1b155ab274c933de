//! What is known about a buyer: sealed beside the order, opened for a person or a plugin, erased on demand.

use super::take::Taking;
use crate::{
    audit::{Action, SubjectKind},
    canonical::{self, Hash, KeyProvider},
    error::{Error, ErrorKind, Result},
    hub::{Hub, commit::Rounds, journal::step_key_of},
    model::{Address, Buyer, Order, OrderId, PersonalId, PersonalRef, Private, Seen},
    plugin::PersonalData,
    storage::{Backend, ChangeSet, PersonalValue, Version, Versioned, find, find_each, load},
    tenant::{Actor, Tenant},
    vault::{Bound, Content, Envelope, Salt, commit_personal},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// The form that is sealed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ship_to: Option<KeptAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bill_to: Option<KeptAddress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    texts: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct KeptAddress {
    name: Option<String>,
    company: Option<String>,
    lines: Vec<String>,
    city: Option<String>,
    region: Option<String>,
    postal: Option<String>,
    country: Option<String>,
    phone: Option<String>,
}

/// A value with what makes its commitment unguessable.
#[derive(Serialize, Deserialize)]
struct Salted {
    salt: [u8; 32],
    value: Value,
}

impl Kept {
    /// What is known once `told` was read too: what wasn't read is not empty.
    fn with(&self, told: &Buyer) -> Self {
        let mut texts = self.texts.clone();
        texts.extend(told.texts.iter().map(|(name, text)| (name.clone(), text.reveal().clone())));
        Self {
            ship_to: seen(&told.ship_to, kept).unwrap_or_else(|| self.ship_to.clone()),
            bill_to: seen(&told.bill_to, kept).unwrap_or_else(|| self.bill_to.clone()),
            email: seen(&told.email, String::clone).unwrap_or_else(|| self.email.clone()),
            texts,
        }
    }

    fn into_buyer(self) -> Buyer {
        let address = |address: Option<KeptAddress>| Seen::from_option(address.map(shown).map(Private::new));
        Buyer {
            ship_to: address(self.ship_to),
            bill_to: address(self.bill_to),
            email: Seen::from_option(self.email.map(Private::new)),
            texts: self.texts.into_iter().map(|(name, text)| (name, Private::new(text))).collect(),
        }
    }
}

/// What was read; `None`: nothing was.
fn seen<T, U>(told: &Seen<Private<T>>, keep: impl Fn(&T) -> U) -> Option<Option<U>> {
    match told {
        Seen::NotRead | Seen::Withheld(_) => None,
        Seen::Empty => Some(None),
        Seen::Value(value) => Some(Some(keep(value.reveal()))),
    }
}

fn kept(address: &Address) -> KeptAddress {
    let Address { name, company, lines, city, region, postal, country, phone } = address.clone();
    KeptAddress { name, company, lines, city, region, postal, country, phone }
}

fn shown(address: KeptAddress) -> Address {
    let KeptAddress { name, company, lines, city, region, postal, country, phone } = address;
    Address { name, company, lines, city, region, postal, country, phone }
}

impl Taking<'_> {
    /// Seals what is told about a buyer, where it is more or other than what is sealed already. What was erased
    /// stays so, however often the platform tells it again; what was to be erased before it was read isn't kept.
    /// `before` is the order as it was stored, if it was.
    pub(super) async fn keep_buyer(
        &mut self,
        order: &mut Order,
        told: &Buyer,
        before: Option<&Order>,
    ) -> Result<()> {
        if order.erased.is_some() {
            return Ok(());
        }
        let personal = self.hub.personal(self.tenant);
        let (old, known) = match &order.buyer {
            None => (None, Kept::default()),
            Some(reference) => match personal.find(reference.id).await? {
                None => return Ok(()),
                Some((version, value)) => (Some((version, reference.id)), read(value)?),
            },
        };
        let now = known.with(told);
        let is_more = now != known;
        // Under an id, or for an order, that it has gained nobody has looked yet.
        let names = |order: &Order| (order.facts.refs.clone(), order.facts.role.made_for());
        let is_named = before.is_none_or(|before| names(before) != names(order));
        if (is_more || is_named) && self.erase_if_demanded(order).await? {
            return Ok(());
        }
        if !is_more {
            return Ok(());
        }
        if let Some((version, id)) = old {
            self.changes.delete::<PersonalValue>(version, id);
        }
        let id = PersonalId::new(&*self.hub.0.clock);
        let (sealed, commitment) = self.hub.seal_personal(self.tenant, id, &now).await?;
        self.changes.create(sealed);
        order.buyer = Some(PersonalRef { id, commitment });
        Ok(())
    }
}

impl Hub {
    /// What is known about the buyer of an order, opened for whoever asks; that they asked is recorded.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such order, or nothing is known about its buyer, or it was erased.
    pub async fn buyer(&self, by: &Actor, order: OrderId) -> Result<Buyer> {
        let order = load::<Order>(&*self.0.backend, by.tenant(), order).await?.value;
        let reference = order.buyer.as_ref().ok_or_else(unknown)?;
        let (_, value) = self.personal(by.tenant()).find(reference.id).await?.ok_or_else(unknown)?;
        let mut changes = ChangeSet::default();
        let entry = self.note(by, Action::PersonalOpened, SubjectKind::Personal, reference.id);
        changes.audit.push(entry.with_details(json!({ "order": order.id }))?);
        // Before it is shown: whoever sees it has left a trace.
        self.store_changes(by.tenant(), changes).await?;
        Ok(read(value)?.into_buyer())
    }

    /// Erases what is known about the buyer of an order, for good: later pulls don't bring it back, nor do they
    /// bring what was withheld so far. So it goes with the orders that were
    /// [made for](crate::model::OrderRole::made_for) this one, at a supplier or in its place. What was hashed or counted
    /// stays right.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such order. [`ErrorKind::Conflict`]: pulls read it anew faster than it can be erased;
    /// erase it again.
    ///
    /// # Cancellation
    /// Dropping the future may leave orders that were made for it unerased; erase it again.
    pub async fn erase(&self, by: &Actor, order: OrderId) -> Result<()> {
        let mut rounds = Rounds::of("an order whose buyer is erased");
        loop {
            let order = load::<Order>(&*self.0.backend, by.tenant(), order).await?;
            let mut changes = ChangeSet::default();
            // Until a look after the commit finds nothing more: what was made for it meanwhile.
            if self.erase_orders(by, [(order.value.id, order)].into(), &mut changes).await? == 0 {
                return Ok(());
            }
            let _ = rounds.store(self, by.tenant(), changes).await?;
        }
    }

    /// Adds to `changes` what erases the buyer of an order that its caller stores.
    pub(super) async fn forget_buyer(
        &self,
        by: &Actor,
        order: &mut Order,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let kept = order.buyer.as_ref().map(|reference| reference.id);
        // What was sent about it goes with the key that it was sealed under.
        let kept = kept.into_iter().chain([step_key_of(order.id)]);
        let values = find_each::<PersonalValue>(&*self.0.backend, by.tenant(), kept).await?;
        for value in values.into_iter().flatten() {
            changes.delete::<PersonalValue>(value.version, value.value.id);
        }
        let entry = match &order.buyer {
            Some(reference) => self.note(by, Action::PersonalErased, SubjectKind::Personal, reference.id),
            None => self.note(by, Action::PersonalErased, SubjectKind::Order, order.id),
        };
        changes.audit.push(entry.with_details(json!({ "order": order.id }))?);
        order.erased = Some(self.0.clock.now());
        Ok(())
    }

    /// The personal values of `tenant`.
    pub(in crate::hub) fn personal(&self, tenant: &Tenant) -> StoredPersonal {
        StoredPersonal { backend: self.0.backend.clone(), keys: self.0.keys.clone(), tenant: tenant.clone() }
    }

    async fn seal_personal(
        &self,
        tenant: &Tenant,
        id: PersonalId,
        kept: &Kept,
    ) -> Result<(PersonalValue, Hash)> {
        let value = serde_json::to_value(kept).map_err(|_| no_form())?;
        let salt = Salt::draw(&*self.0.clock);
        let commitment = commit_personal(&salt, &Zeroizing::new(canonical::bytes(&value)?));
        let salted = Salted { salt: *salt.as_bytes(), value };
        let plain = Zeroizing::new(serde_json::to_vec(&salted).map_err(|_| no_form())?);
        let subject = id.to_string();
        let sealed = Envelope::seal(&*self.0.keys, &*self.0.clock, &personal_place(tenant, &subject), &plain)
            .await?
            .to_sealed()?;
        Ok((PersonalValue { id, sealed }, commitment))
    }
}

/// Opens the personal values of one tenant.
pub(in crate::hub) struct StoredPersonal {
    backend: Arc<dyn Backend>,
    keys: Arc<dyn KeyProvider>,
    tenant: Tenant,
}

impl StoredPersonal {
    /// The value under `id`; `None`: it was erased.
    async fn find(&self, id: PersonalId) -> Result<Option<(Version, Value)>> {
        let Some(Versioned { value, version }) =
            find::<PersonalValue>(&*self.backend, &self.tenant, id).await?
        else {
            return Ok(None);
        };
        let subject = id.to_string();
        let place = personal_place(&self.tenant, &subject);
        let plain = Envelope::unseal(&value.sealed, &*self.keys, &place).await?;
        let Salted { value, .. } = serde_json::from_slice(plain.expose_secret()).map_err(|_| no_form())?;
        Ok(Some((version, value)))
    }
}

#[async_trait]
impl PersonalData for StoredPersonal {
    async fn open(&self, reference: &PersonalRef) -> Result<Private<Value>> {
        let found = self.find(reference.id).await?;
        found.map(|(_, value)| Private::new(value)).ok_or_else(unknown)
    }
}

/// The place of a personal value.
pub(in crate::hub) fn personal_place<'a>(tenant: &'a Tenant, subject: &'a str) -> Bound<'a> {
    Bound { tenant, subject, platform: None, content: Content::Personal, version: 1 }
}

fn read(value: Value) -> Result<Kept> {
    serde_json::from_value(value).map_err(|_| no_form())
}

/// Without its source, which may quote the value.
fn no_form() -> Error {
    Error::new(ErrorKind::Internal, "a personal value has no stored form, or one that can't be read")
}

fn unknown() -> Error {
    Error::new(ErrorKind::NotFound, "nothing is known about the buyer, or it was erased")
}
