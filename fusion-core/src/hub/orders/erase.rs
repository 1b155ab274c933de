//! Demands to erase buyers that their own commit couldn't meet: for what is stored by a job, step by step, so that a
//! kill costs a step; for what is read later by the commit that takes it in.

use super::{pull::again, take::Taking};
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hash,
    error::{ErrorKind, Result, When},
    hub::{Hub, commit::Rounds, handlers::to_payload},
    job::{Finish, JobContext, JobKind, NewJob, Unique, WhileRunning},
    model::{BuyersOf, ConnectionId, Erasure, Order, OrderId, Ref, Store},
    storage::{ChangeSet, Entity, Query, Version, Versioned, find, find_each, list_all, list_page},
    tenant::{Actor, Tenant},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// Orders whose buyers one commit erases: three writes each, and no delivery waits longer for its answer.
pub(super) const STEP: usize = 100;

/// How long a job waits whose attempts are used up. The law gives weeks; whoever mends what is broken waits no longer.
const OUTAGE: Duration = Duration::from_secs(60 * 60);

/// Payload of a job that erases buyers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct EraseJob {
    /// An order whose buyer went when it was read, with what was made for it; `None`: whoever demands are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_for: Option<OrderId>,
}

impl Hub {
    /// Demands to erase buyers that aren't met: what was stored when they were made is still being gone through. One
    /// that stands here for long has met something that a person has to mend; it is tried again without end.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn unmet_erasures(&self, by: &Actor) -> Result<Vec<Erasure>> {
        let open = list_all::<Erasure>(&*self.0.backend, by.tenant(), &Query::OpenErasures).await?;
        Ok(open.into_iter().map(|one| one.value).collect())
    }

    /// The job that goes through what is stored; one for all demands of a tenant.
    pub(super) fn erase_job(&self, tenant: &Tenant) -> NewJob {
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::ERASE_BUYERS, json!({}));
        job.unique = Some(Unique::new(&JobKind::ERASE_BUYERS, &[], WhileRunning::FollowUp));
        job
    }

    /// The job that erases the buyers of what was made for `order`, once that is stored as erased.
    fn erase_made_for_job(&self, tenant: &Tenant, order: OrderId) -> Result<NewJob> {
        let payload = to_payload(&EraseJob { made_for: Some(order) })?;
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::ERASE_BUYERS, payload);
        let order = order.as_uuid();
        job.unique = Some(Unique::new(&JobKind::ERASE_BUYERS, &[order.as_bytes()], WhileRunning::FollowUp));
        Ok(job)
    }

    /// The buyers that a demand is about are erased, or the job is not over: one that fails holds up no other, and
    /// no failure is the last.
    pub(in crate::hub) async fn erase_buyers(&self, job: &JobContext) -> Finish {
        match self.meet_all(job).await {
            Ok(finish) => finish,
            // The queue ends it, and tells us as it does of one that nobody had in hands.
            Err(_) if job.is_cancel_wanted(&*self.0.clock) => again(Duration::ZERO),
            Err(error) => self.outlive(job, error, OUTAGE),
        }
    }

    /// Whatever ended the job: nobody has met the demands by that.
    pub(in crate::hub) async fn erase_later(&self, ended: &NewJob) -> Result<()> {
        let mut job =
            NewJob::new(&*self.0.clock, &ended.tenant, JobKind::ERASE_BUYERS, ended.payload.clone());
        job.unique = ended.unique;
        job.due = When::In(OUTAGE);
        job.background = true;
        self.0.backend.enqueue(vec![job]).await?;
        Ok(())
    }

    async fn meet_all(&self, job: &JobContext) -> Result<Finish> {
        let tenant = &job.job().tenant;
        if let EraseJob { made_for: Some(order) } = job.payload()? {
            self.erase_step(job, &[order]).await?;
            return Ok(Finish::Done(json!({})));
        }
        let open = list_all::<Erasure>(&*self.0.backend, tenant, &Query::OpenErasures).await?;
        // Those of single orders first: they are met in a moment.
        let (orders, storefronts): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|one| matches!(one.value.buyers, BuyersOf::Order(_)));
        let (mut met, mut failed) = (0, None);
        for one in orders.into_iter().chain(storefronts) {
            if let Some(waiting) = self.pause(job)? {
                return Ok(waiting);
            }
            let done = match &one.value.buyers {
                BuyersOf::Order(order) => self.erase_named(job, one.value.id(), order).await.map(|()| None),
                BuyersOf::Storefront(id) => self.erase_storefront(job, &one, id).await,
            };
            match done {
                Ok(Some(waiting)) => return Ok(waiting),
                Ok(None) => met += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Finish::Done(json!({ "met": met }))), Err)
    }

    /// Erases the buyer of an order that is stored by now; else the demand waits for whoever reads it.
    async fn erase_named(&self, job: &JobContext, id: (ConnectionId, Hash), order: &Ref) -> Result<()> {
        let tenant = &job.job().tenant;
        let by = Actor::system(tenant, "orders");
        let mut rounds = Rounds::of("an order that a privacy demand is about");
        loop {
            let Some(Versioned { value: mut one, version }) =
                find::<Erasure>(&*self.0.backend, tenant, id).await?
            else {
                return Ok(());
            };
            let stores = self.stores_on(tenant, one.connection).await?;
            let known = self.known_orders(tenant, &stores, order).await?;
            let is_known = !known.is_empty();
            let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
            let known = known.into_iter().map(|order| (order.value.id, order)).collect();
            let is_done = self.erase_orders(&by, known, &mut changes).await? == 0;
            match (is_done, is_known) {
                // What was made for it meanwhile shows in the next round.
                (false, _) => {}
                (true, true) => changes.delete::<Erasure>(version, id),
                (true, false) => {
                    one.met = Some(self.0.clock.now());
                    changes.update(version, one);
                }
            }
            if rounds.store(self, tenant, changes).await?.is_some() && is_done {
                return Ok(());
            }
        }
    }

    async fn stores_on(&self, tenant: &Tenant, connection: ConnectionId) -> Result<Vec<Store>> {
        let stores = list_all::<Store>(&*self.0.backend, tenant, &Query::StoresOf(connection)).await?;
        Ok(stores.into_iter().map(|store| store.value).collect())
    }

    /// Erases all buyers of a storefront, and marks the demand as met. Says how the job waits if its time is over
    /// before the last.
    async fn erase_storefront(
        &self,
        job: &JobContext,
        Versioned { value: one, version }: &Versioned<Erasure>,
        remote_id: &str,
    ) -> Result<Option<Finish>> {
        let tenant = &job.job().tenant;
        let by = Actor::system(tenant, "orders");
        let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
        let stores = self.stores_on(tenant, one.connection).await?;
        for store in stores.iter().filter(|store| store.facts.remote_id == remote_id) {
            let orders = match self.erase_store(job, one, store).await? {
                Gone::All(orders) => orders,
                Gone::UpTo(waiting) => return Ok(Some(waiting)),
            };
            let entry = self.note(&by, Action::PrivacyMet, SubjectKind::Store, store.id);
            changes.audit.push(entry.with_details(json!({ "orders": orders }))?);
        }
        changes.update(*version, Erasure { met: Some(self.0.clock.now()), ..one.clone() });
        match self.store_changes(tenant, changes).await {
            // It was demanded anew meanwhile, of more buyers; that has queued a job of its own.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            stored => stored.map(|()| None),
        }
    }

    /// From the first order on, past those that are erased: an attempt that begins anew only reads what was done.
    async fn erase_store(&self, job: &JobContext, one: &Erasure, store: &Store) -> Result<Gone> {
        let tenant = &job.job().tenant;
        let query = Query::OrdersIn(store.id);
        let (mut orders, mut after) = (0, None);
        loop {
            if let Some(waiting) = self.pause(job)? {
                return Ok(Gone::UpTo(waiting));
            }
            let (page, next) =
                list_page::<Order>(&*self.0.backend, tenant, &query, after.as_ref(), STEP).await?;
            let meant = page.into_iter().map(|order| order.value).filter(|order| one.covers(store, order));
            let meant: Vec<OrderId> = meant.map(|order| order.id).collect();
            orders += meant.len();
            self.erase_step(job, &meant).await?;
            after = next;
            if after.is_none() {
                return Ok(Gone::All(orders));
            }
        }
    }

    /// Erases the buyers of so many orders, in one commit that a lost lease refuses.
    async fn erase_step(&self, job: &JobContext, orders: &[OrderId]) -> Result<()> {
        let tenant = &job.job().tenant;
        let by = Actor::system(tenant, "orders");
        let mut rounds = Rounds::of("an order that a privacy demand is about");
        loop {
            let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
            let found = find_each::<Order>(&*self.0.backend, tenant, orders.iter().copied()).await?;
            let found = found.into_iter().flatten().map(|order| (order.value.id, order)).collect();
            // Until a look after the commit finds nothing more: what was made for one of them meanwhile.
            if self.erase_orders(&by, found, &mut changes).await? == 0 {
                return Ok(());
            }
            let _ = rounds.store(self, tenant, changes).await?;
        }
    }

    /// Adds to `changes` what erases the buyers of `orders`, and of the orders that were [made
    /// for](crate::model::OrderRole::made_for) them; of how many that wasn't done before. One that is stored at the same
    /// time for an order that isn't erased yet may be missed: whoever looks again behind the commit finds it.
    pub(super) async fn erase_orders(
        &self,
        by: &Actor,
        mut orders: BTreeMap<OrderId, Versioned<Order>>,
        changes: &mut ChangeSet,
    ) -> Result<usize> {
        let mut looking: Vec<OrderId> = orders.keys().copied().collect();
        while let Some(order) = looking.pop() {
            let query = Query::OrdersFor(order);
            for made in list_all::<Order>(&*self.0.backend, by.tenant(), &query).await? {
                let id = made.value.id;
                if orders.insert(id, made).is_none() {
                    looking.push(id);
                }
            }
        }
        let mut erased = 0;
        for Versioned { value: mut order, version } in orders.into_values() {
            if order.erased.is_none() {
                erased += 1;
                self.forget_buyer(by, &mut order, changes).await?;
                changes.update(version, order);
            }
        }
        Ok(erased)
    }
}

/// How far the buyers of a store are erased.
enum Gone {
    /// All of them, of so many orders.
    All(usize),
    /// The job's time was over before the last; how it waits.
    UpTo(Finish),
}

impl Taking<'_> {
    /// Erases what is known about the buyer of `order` if that was demanded before it was read, or was done to the order
    /// that it was made for; whether it was. Else the commit relies on nobody having demanded it.
    pub(super) async fn erase_if_demanded(&mut self, order: &mut Order) -> Result<bool> {
        let refs = &order.facts.refs;
        let named = refs.current().iter().chain(refs.retired()).cloned().map(BuyersOf::Order);
        let all = [BuyersOf::Storefront(self.store.facts.remote_id.clone())];
        let ids: Vec<_> = named.chain(all).map(|buyers| (self.store.connection, buyers.name())).collect();
        let known = find_each::<Erasure>(&*self.hub.0.backend, self.tenant, ids.iter().copied()).await?;
        let mut is_demanded = false;
        for (id, known) in ids.into_iter().zip(known) {
            let version = known.as_ref().map_or(Version::NEW, |known| known.version);
            is_demanded |= known.is_some_and(|known| known.value.covers(self.store, order));
            self.changes.rely_on::<Erasure>(id, version);
        }
        if let Some(first) = order.facts.role.made_for()
            && let Some(first) = find::<Order>(&*self.hub.0.backend, self.tenant, first).await?
        {
            is_demanded |= first.value.erased.is_some();
            self.changes.rely_on::<Order>(first.value.id, first.version);
        }
        if is_demanded {
            self.hub.forget_buyer(&self.by, order, &mut self.changes).await?;
            // What was made for it may stand in this very commit.
            self.changes.jobs.push(self.hub.erase_made_for_job(self.tenant, order.id)?);
        }
        Ok(is_demanded)
    }
}
