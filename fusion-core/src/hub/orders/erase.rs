//! Demands to erase buyers that their own commit couldn't meet: for what is stored by a job, step by step, so that a
//! kill costs a step; for what is read later by the commit that takes it in.

use super::{pull::again, take::Taking};
use crate::{
    audit::{Action, SubjectKind},
    canonical::Hash,
    error::{ErrorKind, Result, When},
    hub::{Hub, commit::Rounds},
    job::{Finish, JobContext, JobKind, NewJob, Unique, WhileRunning},
    model::{Erasure, Order, OrderId, Ref, StoreId},
    storage::{ChangeSet, Entity, Query, Version, Versioned, find, list_all, list_page},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::time::Duration;

/// Orders whose buyers one commit erases: three writes each, and no delivery waits longer for its answer.
pub(super) const STEP: usize = 100;

/// How long a job waits whose attempts are used up. The law gives weeks; whoever mends what is broken waits no longer.
const OUTAGE: Duration = Duration::from_secs(60 * 60);

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
    pub(in crate::hub) async fn erase_later(&self, tenant: &Tenant) -> Result<()> {
        let mut job = self.erase_job(tenant);
        job.due = When::In(OUTAGE);
        job.background = true;
        self.0.backend.enqueue(vec![job]).await?;
        Ok(())
    }

    async fn meet_all(&self, job: &JobContext) -> Result<Finish> {
        let tenant = &job.job().tenant;
        let open = list_all::<Erasure>(&*self.0.backend, tenant, &Query::OpenErasures).await?;
        // Those of single orders first: they are met in a moment.
        let (orders, stores): (Vec<_>, Vec<_>) = open.into_iter().partition(|one| one.value.order.is_some());
        let (mut met, mut failed) = (0, None);
        for one in orders.into_iter().chain(stores) {
            if let Some(waiting) = self.pause(job)? {
                return Ok(waiting);
            }
            let done = match &one.value.order {
                Some(order) => self.erase_named(job, one.value.id(), order).await.map(|()| None),
                None => self.erase_store(job, &one).await,
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
    async fn erase_named(&self, job: &JobContext, id: (StoreId, Hash), order: &Ref) -> Result<()> {
        let tenant = &job.job().tenant;
        let by = Actor::system(tenant, "orders");
        let mut rounds = Rounds::of("an order that a privacy demand is about");
        loop {
            // It goes when the order is read and stored meanwhile.
            let Some(Versioned { value: mut one, version }) =
                find::<Erasure>(&*self.0.backend, tenant, id).await?
            else {
                return Ok(());
            };
            let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
            let query = Query::OrdersKnowing(one.store, order.clone());
            let known = list_all::<Order>(&*self.0.backend, tenant, &query).await?;
            match known.is_empty() {
                true => {
                    one.met = Some(self.0.clock.now());
                    changes.update(version, one);
                }
                false => changes.delete::<Erasure>(version, id),
            }
            for order in known {
                self.erase_buyer(&by, order, &mut changes).await?;
            }
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(());
            }
        }
    }

    /// From the first order on, past those that are erased: an attempt that begins anew only reads what was done.
    /// Says how the job waits if its time is over before the last.
    async fn erase_store(
        &self,
        job: &JobContext,
        Versioned { value: one, version }: &Versioned<Erasure>,
    ) -> Result<Option<Finish>> {
        let tenant = &job.job().tenant;
        let query = Query::OrdersIn(one.store);
        let (mut orders, mut after) = (0, None);
        loop {
            if let Some(waiting) = self.pause(job)? {
                return Ok(Some(waiting));
            }
            let (page, next) =
                list_page::<Order>(&*self.0.backend, tenant, &query, after.as_ref(), STEP).await?;
            let meant: Vec<Order> =
                page.into_iter().map(|order| order.value).filter(|order| one.covers(order)).collect();
            orders += meant.len();
            let open: Vec<OrderId> =
                meant.into_iter().filter(|order| order.erased.is_none()).map(|order| order.id).collect();
            self.erase_step(job, &open).await?;
            after = next;
            if after.is_none() {
                break;
            }
        }
        let by = Actor::system(tenant, "orders");
        let entry = self.note(&by, Action::PrivacyMet, SubjectKind::Store, one.store);
        let mut changes = ChangeSet { fence: Some(job.lease().clone()), ..ChangeSet::default() };
        changes.audit.push(entry.with_details(json!({ "orders": orders }))?);
        changes.update(*version, Erasure { met: Some(self.0.clock.now()), ..one.clone() });
        match self.store_changes(tenant, changes).await {
            // It was demanded anew meanwhile, of more buyers; that has queued a job of its own.
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            stored => stored.map(|()| None),
        }
    }

    /// Erases the buyers of so many orders in one commit that a lost lease refuses.
    async fn erase_step(&self, job: &JobContext, orders: &[OrderId]) -> Result<()> {
        let tenant = &job.job().tenant;
        let by = Actor::system(tenant, "orders");
        let mut rounds = Rounds::of("an order that a privacy demand is about");
        loop {
            let mut changes = ChangeSet::default();
            for id in orders {
                if let Some(order) = find::<Order>(&*self.0.backend, tenant, *id).await? {
                    self.erase_buyer(&by, order, &mut changes).await?;
                }
            }
            if changes == ChangeSet::default() {
                return Ok(());
            }
            changes.fence = Some(job.lease().clone());
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(());
            }
        }
    }
}

impl Taking<'_> {
    /// Erases what is known about the buyer of `order` if that was demanded before it was read; whether it was. Else
    /// the commit relies on nobody having demanded it.
    pub(super) async fn erase_if_demanded(&mut self, order: &mut Order) -> Result<bool> {
        let refs = &order.facts.refs;
        let named = refs.current().iter().chain(refs.retired()).cloned().map(Some);
        let mut is_demanded = false;
        for one in named.chain([None]).collect::<Vec<_>>() {
            let id = (order.store, Erasure::name_of(one.as_ref()));
            let known = find::<Erasure>(&*self.hub.0.backend, self.tenant, id).await?;
            let version = known.as_ref().map_or(Version::NEW, |known| known.version);
            let covers = known.is_some_and(|known| known.value.covers(order));
            is_demanded |= covers;
            // No other order has an id that names one alone.
            let is_own = |one: &Ref| one.kind.is_unique() && order.facts.refs.current().contains(one);
            match covers && one.as_ref().is_some_and(is_own) {
                true => self.changes.delete::<Erasure>(version, id),
                false => self.changes.rely_on::<Erasure>(id, version),
            }
        }
        if is_demanded {
            self.hub.forget_buyer(&self.by, order, &mut self.changes).await?;
        }
        Ok(is_demanded)
    }
}
