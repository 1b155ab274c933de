//! A database that came back from the past: nobody knows what was done since, so nothing begins by itself.

use super::{Hub, commit::Rounds, effects::Circumstances};
use crate::{
    approval::{ClaimCheck, Event, Phase, Request, Transition, transition},
    audit::{Action, Checkpoint, Incarnation, SubjectKind, TrustedCheckpoint},
    error::{Error, ErrorKind, Result},
    model::{Held, Import, RequestId, Store, StoreId, Walk, Watermark},
    plugin::Support,
    storage::{ChangeSet, Query, Version, Versioned, find, list_all, load},
    tenant::{Actor, ActorKind, Tenant},
    verb::Operation,
};
use serde_json::json;
use std::time::Duration;

/// The least time before a deadline.
const IN_TIME: Duration = Duration::from_micros(1);

/// The token of an attempt that a lost time may have seen: no lease has it.
const LOST: u64 = 0;

impl Hub {
    /// Lets work begin again at a store that is held since its database came back from the past. At one that isn't held
    /// it wakes what waits.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: no human. [`ErrorKind::Conflict`]: no [import](Self::import) that began since then is
    /// through, or no [pull of orders](Self::pull_orders) where its platform shows them. [`ErrorKind::NotFound`]: no such
    /// store. [`ErrorKind::InvalidConfig`]: it is held, and the hub has no plugin for its platform.
    ///
    /// # Cancellation
    /// Dropping the future may leave the store released and its jobs asleep; calling again wakes them.
    pub async fn release_store(&self, by: &Actor, store: StoreId) -> Result<Store> {
        if by.kind() != ActorKind::Human {
            return Err(Error::new(ErrorKind::Refused, "a person has to release the store"));
        }
        let (backend, tenant) = (&*self.0.backend, by.tenant());
        let mut rounds = Rounds::of("the store");
        let released = loop {
            let Versioned { mut value, version } = load::<Store>(backend, tenant, store).await?;
            let Some(held) = value.held.take() else { break value };
            self.check_read(tenant, &value, held).await?;
            let mut changes = ChangeSet::default();
            changes.update(version, value.clone());
            let entry = self.note(by, Action::StoreResumed, SubjectKind::Store, store);
            changes.audit.push(entry.with_details(json!({ "held": held.since }))?);
            if rounds.store(self, tenant, changes).await?.is_some() {
                break value;
            }
        };
        backend.open_gate(tenant, Some(store)).await?;
        Ok(released)
    }

    /// Holds a store of a database that came back from the past where no [checkpoint](super::HubBuilder::checkpoint) tells
    /// so: nobody kept one, or the copy is newer. Nothing begins at it until somebody [releases](Self::release_store) it,
    /// and each approved or running request on it is unknown until a person [decides](Self::decide) it. One that is held
    /// already stays held since then.
    ///
    /// Let no worker run on the copy before: what one has in hands is handed to people as well.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: no human. [`ErrorKind::NotFound`]: no such store. Else as storage's.
    ///
    /// # Cancellation
    /// Dropping the future may leave the store held and its requests as they were; calling again goes on.
    pub async fn hold_store(&self, by: &Actor, store: StoreId) -> Result<Store> {
        if by.kind() != ActorKind::Human {
            return Err(Error::new(ErrorKind::Refused, "a person has to hold the store"));
        }
        let tenant = by.tenant();
        let mut rounds = Rounds::of("the store");
        let held = loop {
            let Versioned { mut value, version } = load::<Store>(&*self.0.backend, tenant, store).await?;
            if value.held.is_some() {
                break value;
            }
            let incarnation = self.incarnation(tenant).await?.value.number;
            let held = Held { since: self.0.clock.now(), incarnation };
            value.held = Some(held);
            let mut changes = ChangeSet::default();
            changes.update(version, value.clone());
            let entry = self.note(by, Action::RestoreHeld, SubjectKind::Store, store);
            changes
                .audit
                .push(entry.with_details(json!({ "held": held.since, "incarnation": incarnation }))?);
            if rounds.store(self, tenant, changes).await?.is_some() {
                break value;
            }
        };
        self.lose_requests(tenant, Some(store)).await?;
        Ok(held)
    }

    /// Refuses a store that nothing has read since it is held.
    async fn check_read(&self, tenant: &Tenant, store: &Store, held: Held) -> Result<()> {
        let backend = &*self.0.backend;
        let missing = |what| Err(Error::new(ErrorKind::Conflict, what));
        let import = find::<Import>(backend, tenant, store.id).await?;
        if !import.is_some_and(|import| import.value.began >= held.since && import.value.ended.is_some()) {
            return missing(
                "nothing has read the store since its database came back; import it first, anew where an import was \
                 under way, and release it when that is through",
            );
        }
        let manifest = self.0.plugins.get(&store.platform)?.plugin.manifest();
        if matches!(manifest.support(Operation::ListOrders), Support::Unsupported { .. }) {
            return Ok(());
        }
        let orders = find::<Watermark>(backend, tenant, (store.id, Walk::Orders)).await?;
        if orders.and_then(|mark| mark.value.walked).is_none_or(|began| began < held.since) {
            return missing(
                "nobody has counted what the store has sold since its database came back; pull its orders first, anew \
                 where a pull was under way, and release it when that is through",
            );
        }
        Ok(())
    }

    /// Which life of its database the tenant is in.
    pub(super) async fn incarnation(&self, tenant: &Tenant) -> Result<Versioned<Incarnation>> {
        let found = find::<Incarnation>(&*self.0.backend, tenant, ()).await?;
        Ok(found.unwrap_or(Versioned { value: Incarnation::default(), version: Version::NEW }))
    }

    /// Holds the tenant if its database doesn't have what `signed` was signed over.
    pub(super) async fn hold_if_restored(&self, signed: Checkpoint) -> Result<()> {
        let signed = signed.check(&*self.0.keys).await?;
        let tenant = &signed.get().tenant;
        let signed_in = signed.get().incarnation.unwrap_or(1);
        let mut rounds = Rounds::of("the life of the database");
        loop {
            let Versioned { value: now, version } = self.incarnation(tenant).await?;
            // A later life has begun: what came of that one is settled.
            if now.number > signed_in || (now.number == signed_in && self.has(&signed, &now).await?) {
                return Ok(());
            }
            // What is missing may have been expired since.
            if self.incarnation(tenant).await?.version != version {
                rounds.again()?;
                continue;
            }
            let next = signed_in + 1;
            let stores = self.hold_stores(tenant, next).await?;
            let requests = self.lose_requests(tenant, None).await?;
            // Last of all: a process that dies before begins again.
            let head = self.0.backend.head(tenant).await?;
            let hub = Actor::system(tenant, "hub");
            let details = json!({
                "incarnation": next, "signed": signed.get().sequence, "head": head.sequence,
                "stores": stores, "requests": requests,
            });
            let mut changes = ChangeSet::default();
            let entry = self.note(&hub, Action::RestoreHeld, SubjectKind::Tenant, tenant);
            changes.audit.push(entry.with_details(details)?);
            changes.update(version, Incarnation { number: next, ..now });
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(());
            }
        }
    }

    /// Whether the chain goes through what was signed.
    async fn has(&self, signed: &TrustedCheckpoint, now: &Incarnation) -> Result<bool> {
        let signed = signed.get();
        if let Some(dropped) = now.dropped.as_ref().filter(|dropped| dropped.sequence >= signed.sequence) {
            // What was dropped was verified then; only its end is left to be compared.
            return Ok(dropped.sequence > signed.sequence || dropped.hash == signed.hash);
        }
        let entry = self.0.backend.audit(&signed.tenant, signed.sequence.saturating_sub(1), 1).await?;
        Ok(entry.first().is_some_and(|entry| entry.sequence == signed.sequence && entry.hash == signed.hash))
    }

    async fn hold_stores(&self, tenant: &Tenant, incarnation: u64) -> Result<usize> {
        let backend = &*self.0.backend;
        let stores = list_all::<Store>(backend, tenant, &Query::Stores).await?;
        for store in &stores {
            let mut rounds = Rounds::of("the store");
            loop {
                let Versioned { mut value, version } = load::<Store>(backend, tenant, store.value.id).await?;
                // Whoever began to hold it came first: what was read since counts.
                if value.held.is_some_and(|held| held.incarnation == incarnation) {
                    break;
                }
                value.held = Some(Held { since: self.0.clock.now(), incarnation });
                let mut changes = ChangeSet::default();
                changes.update(version, value);
                if rounds.store(self, tenant, changes).await?.is_some() {
                    break;
                }
            }
        }
        Ok(stores.len())
    }

    /// Hands to people what may have been carried out, at `store` or anywhere; how many requests that were.
    async fn lose_requests(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<u64> {
        let mut lost = 0;
        for request in list_all::<Request>(&*self.0.backend, tenant, &Query::OpenRequests).await? {
            if store.is_some() && request.value.store != store {
                continue;
            }
            lost += u64::from(self.lose(tenant, request.value.id).await?);
        }
        Ok(lost)
    }

    /// Hands a request to people that may have been carried out in the time that is lost; whether it is one.
    async fn lose(&self, tenant: &Tenant, request: RequestId) -> Result<bool> {
        let hub = Actor::system(tenant, "hub");
        let mut rounds = Rounds::of("the request");
        loop {
            let Versioned { value: before, version } =
                load::<Request>(&*self.0.backend, tenant, request).await?;
            let mut facts = self.facts(tenant, hub.signature(), &before).await?;
            // It may have been in time when the lost time began; that it isn't any more tells nothing about what was done.
            facts.not_after(before.execute_by - IN_TIME);
            let check =
                ClaimCheck { stale: Vec::new(), same_account: true, same_preview: true, grant_holds: true };
            // Somebody may have claimed it in the lost time; that lease is gone, and no journal tells what was sent.
            let mut lost: Option<Transition> = None;
            loop {
                let now = lost.as_ref().map_or(&before, |lost| &lost.request);
                let event = match now.phase {
                    Phase::Approved => Event::Claim { token: LOST, check: &check },
                    Phase::Executing { token } => Event::LeaseLost { token },
                    Phase::Unknown { needs_person: false, .. } => {
                        Event::Resolve { open: 1, needs_person: true }
                    }
                    _ => break,
                };
                let mut next = transition(now, event, &facts.borrow())
                    .map_err(|refusal| super::submit::refused(refusal, &before))?;
                if let Some(earlier) = lost {
                    next.effects.splice(0..0, earlier.effects);
                }
                lost = Some(next);
            }
            let Some(mut lost) = lost else { return Ok(false) };
            if !lost.request.phase.is_closed() {
                lost.action = Action::ExecutedUnknown;
            }
            let mut changes = ChangeSet::default();
            changes.cancels.extend(before.job);
            let circumstances = Circumstances::new(tenant, hub.signature(), json!({ "restored": true }));
            self.carry_out(&mut changes, &circumstances, version, lost).await?;
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(true);
            }
        }
    }
}
