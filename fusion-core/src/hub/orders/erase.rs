//! Many buyers are erased by a job: step by step, each step one commit, so that a kill costs a step.

use crate::{
    audit::{Action, SubjectKind},
    error::Result,
    hub::{Hub, commit::Rounds, handlers::to_payload},
    job::{Finish, JobContext, JobEnd, JobKind, NewJob, Settlement, Unique, WhileRunning},
    model::{Order, OrderId, StoreId},
    storage::{ChangeSet, Query, find, list_page},
    tenant::{Actor, Tenant},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Payload of a job that erases buyers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EraseJob {
    /// Those of every order of a store.
    Store(StoreId),
    /// Those of these orders, a step at most.
    Orders(Vec<OrderId>),
}

/// Orders whose buyers one commit erases: three writes each, and no delivery waits longer for its answer.
pub(super) const STEP: usize = 100;

impl Hub {
    pub(super) fn erase_job(&self, tenant: &Tenant, payload: &EraseJob) -> Result<NewJob> {
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::ERASE_BUYERS, to_payload(payload)?);
        if let EraseJob::Store(store) = payload {
            let key = store.as_uuid();
            job.unique = Some(Unique::new(&JobKind::ERASE_BUYERS, &[key.as_bytes()], WhileRunning::FollowUp));
        }
        Ok(job)
    }

    pub(in crate::hub) async fn erase_buyers(&self, job: &JobContext) -> Result<Finish> {
        match job.payload()? {
            EraseJob::Orders(orders) => {
                self.erase_step(job, &orders).await?;
                Ok(Finish::Done(json!({ "orders": orders.len() })))
            }
            EraseJob::Store(store) => self.erase_store(job, store).await,
        }
    }

    /// From the first order on, past those that are erased: an attempt that begins anew only reads what was done.
    async fn erase_store(&self, job: &JobContext, store: StoreId) -> Result<Finish> {
        let tenant = &job.job().tenant;
        let query = Query::OrdersIn(store);
        let (mut orders, mut after) = (0, None);
        loop {
            if let Some(waiting) = self.pause(job)? {
                return Ok(waiting);
            }
            let (page, next) =
                list_page::<Order>(&*self.0.backend, tenant, &query, after.as_ref(), STEP).await?;
            orders += page.len();
            let known = page.into_iter().map(|order| order.value);
            let open: Vec<OrderId> =
                known.filter(|order| order.erased.is_none()).map(|order| order.id).collect();
            self.erase_step(job, &open).await?;
            after = next;
            if after.is_none() {
                break;
            }
        }
        let by = Actor::system(tenant, "orders");
        let done = json!({ "orders": orders });
        let entry =
            self.note(&by, Action::PrivacyMet, SubjectKind::Store, store).with_details(done.clone())?;
        // In the commit that ends the job, so that it is said once.
        let settle = Settlement { lease: job.lease().clone(), end: JobEnd::Completed(done.clone()) };
        let changes = ChangeSet { audit: vec![entry], settle: Some(settle), ..ChangeSet::default() };
        let committed = self.0.backend.commit(tenant, changes).await?;
        Ok(committed.settled.map_or(Finish::Done(done), Finish::Settled))
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
