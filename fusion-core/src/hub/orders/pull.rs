//! Orders in: asked for, woken by notifications, or on a schedule.

use super::{
    take::{self, Newer},
    walk::Pulling,
};
use crate::{
    error::{Error, ErrorKind, Result, When},
    hub::{
        Hub,
        handlers::to_payload,
        push::shut_out,
        walk::{Read, Walker, Walks as _},
    },
    job::{Finish, JobContext, JobEnd, JobKind, NewJob, SnoozeReason, Unique, WhileRunning},
    model::{Doubt, LocationId, Order, OrderId, Question, StockItemId, Store, StoreId},
    plugin::Support,
    storage::{ChangeSet, Query, Versioned, find, list_all, load},
    tenant::{Actor, Tenant},
    verb::Operation,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// Payload of a job that reads orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PullJob {
    store: StoreId,
    /// One order alone; `None`: what has changed since the watermark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    /// After how many milliseconds it is done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every_ms: Option<u64>,
}

/// Least time between two pulls of a schedule: notifications are what is faster.
const SHORTEST: Duration = Duration::from_secs(60);

impl Hub {
    /// Queues a pull of the store's orders that have changed; a worker carries it out. What is asked for several
    /// times before it begins is done once.
    ///
    /// The first pull begins some time before the store was registered, so that orders which are still to be
    /// shipped are known. Those placed before move only stock that was counted after it was registered: by an import,
    /// or by [people](crate::model::MoveKind::Count), whose count brings in what is still to be sent of them.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Unsupported`]: its platform shows no orders.
    pub async fn pull_orders(&self, by: &Actor, store: StoreId) -> Result<()> {
        let store = self.with_orders(by.tenant(), store).await?;
        self.0.backend.enqueue(vec![self.pull_job(by.tenant(), store.id, None)?]).await?;
        Ok(())
    }

    /// Pulls the store's orders now and then again and again, each time `every` after the last, but at least a
    /// minute; `None` ends that after one more pull. Setting another time replaces the one before.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. [`ErrorKind::Unsupported`]: its platform shows no orders.
    pub async fn schedule_orders(&self, by: &Actor, store: StoreId, every: Option<Duration>) -> Result<()> {
        let store = self.with_orders(by.tenant(), store).await?;
        let every_ms = every.map(|every| u64::try_from(every.max(SHORTEST).as_millis()).unwrap_or(u64::MAX));
        let payload = PullJob { store: store.id, order: None, every_ms };
        let mut job = self.reading_job(by.tenant(), &payload)?;
        job.background = true;
        job.unique = Some(unique(&[store.id.as_uuid().as_bytes(), b"schedule"]));
        self.0.backend.enqueue(vec![job]).await?;
        Ok(())
    }

    async fn with_orders(&self, tenant: &Tenant, store: StoreId) -> Result<Store> {
        let store = load::<Store>(&*self.0.backend, tenant, store).await?.value;
        let manifest = self.0.plugins.get(&store.platform)?.plugin.manifest();
        if let Support::Unsupported { reason, .. } = manifest.support(Operation::ListOrders) {
            return Err(Error::new(ErrorKind::Unsupported, reason)
                .with_operation(Operation::ListOrders)
                .with_platform(store.platform));
        }
        Ok(store)
    }

    /// The job that reads a store's changed orders, or one order alone.
    pub(in crate::hub) fn pull_job(
        &self,
        tenant: &Tenant,
        store: StoreId,
        order: Option<OrderId>,
    ) -> Result<NewJob> {
        let mut job = self.reading_job(tenant, &PullJob { store, order, every_ms: None })?;
        let order = order.map(OrderId::as_uuid);
        let order = order.as_ref().map_or(&[][..], |order| order.as_bytes());
        job.unique = Some(unique(&[store.as_uuid().as_bytes(), order]));
        Ok(job)
    }

    /// Lets the orders of `store` be read again that have a line in doubt: what has just been bound may explain it.
    pub(in crate::hub) async fn reread_doubtful(
        &self,
        tenant: &Tenant,
        store: StoreId,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let open = list_all::<Doubt>(&*self.0.backend, tenant, &Query::OpenDoubts).await?;
        let own = open.into_iter().map(|doubt| doubt.value).filter(|doubt| doubt.store == store);
        let orders: BTreeSet<OrderId> = own
            .filter_map(|doubt| match doubt.question {
                Question::OrderLine { order, .. } => Some(order),
                _ => None,
            })
            .collect();
        for order in orders {
            changes.jobs.push(self.pull_job(tenant, store, Some(order))?);
        }
        Ok(())
    }

    /// Lets the open orders be read that the level of `item` at `location` leaves out: the pieces are in what somebody
    /// counts now.
    pub(in crate::hub) async fn read_left_out(
        &self,
        tenant: &Tenant,
        (item, location): (StockItemId, LocationId),
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let orders = list_all::<Order>(&*self.0.backend, tenant, &Query::OrdersLeftOut(item)).await?;
        for order in orders.into_iter().map(|order| order.value) {
            let mut left_out = order.ledger.iter().flat_map(|ledger| &ledger.left_out);
            if left_out.any(|take| (take.item, take.location) == (item, location)) {
                changes.jobs.push(self.pull_job(tenant, order.store, Some(order.id))?);
            }
        }
        Ok(())
    }

    fn reading_job(&self, tenant: &Tenant, payload: &PullJob) -> Result<NewJob> {
        let store = payload.store;
        let mut job = NewJob::new(&*self.0.clock, tenant, JobKind::PULL_ORDERS, to_payload(payload)?);
        job.partition = Some(store);
        Ok(job)
    }

    pub(in crate::hub) async fn pull(&self, job: &JobContext) -> Result<Finish> {
        let PullJob { store, order, every_ms } = job.payload()?;
        let (store, session) = self.store_session(&job.job().tenant, store).await?;
        if let Some(waiting) = self.asleep(job, &store.value, shut_out).await? {
            return Ok(waiting);
        }
        let Versioned { value: store, mut version } = store;
        let session = session.within(job.deadline(), job.cancel());
        let at = Pulling(Walker { job: Some(job), store: &store, session: &session });
        let done = match order {
            Some(order) => self.pull_one(&at, order).await,
            None => self.pull_changed(&at).await,
        };
        if let Err(error) = &done {
            version = self.learn(&session.tenant, (&store, version), Operation::ListOrders, error).await;
        }
        match (done, every_ms.map(Duration::from_millis)) {
            (Ok(Some(waiting)), _) => Ok(waiting),
            (Ok(None), None) => Ok(Finish::Done(json!({}))),
            (Ok(None), Some(every)) => Ok(again(every)),
            (Err(error), every) => {
                let finish = match every {
                    Some(every) => self.outlive(job, error, every),
                    None => Finish::Failed(error),
                };
                let Finish::Failed(error) = finish else { return Ok(finish) };
                self.failed_at(job, (store.id, version), error).await
            }
        }
    }

    /// How a job ends that outlives what ends others for good: it goes on after `pause`. Whatever else went wrong is
    /// the queue's to judge, which tries again, waits as long as the platform asks, or until somebody has signed in.
    pub(super) fn outlive(&self, job: &JobContext, error: Error, pause: Duration) -> Finish {
        let error = job.meant(error, &*self.0.clock);
        match job.end_of(&error, &*self.0.clock) {
            JobEnd::Dead(_) => {
                let kind = &job.job().kind;
                tracing::warn!(job = %job.job().id, %kind, %error, "a job failed that goes on all the same");
                again(pause)
            }
            _ => Finish::Failed(error),
        }
    }

    /// Says how the job waits if its time is over before everything was read.
    async fn pull_changed(&self, at: &Pulling<'_>) -> Result<Option<Finish>> {
        self.begin_pull(at).await?;
        match self.walk(at).await? {
            None => self.try_alone(at).await,
            waiting => Ok(waiting),
        }
    }

    async fn pull_one(&self, at: &Pulling<'_>, order: OrderId) -> Result<Option<Finish>> {
        let Some(order) = find::<Order>(&*self.0.backend, at.0.tenant(), order).await? else {
            return Ok(None);
        };
        let Some(first) = order.value.facts.refs.current().first() else { return Ok(None) };
        let read = self.0.clock.now();
        match at.alone(first).await {
            Ok(remote) => self.take_all(at, &Read::alone(vec![remote], read), Newer::MayCome).await?,
            Err(error) => {
                let is_last =
                    |job: &JobContext| matches!(job.end_of(&error, &*self.0.clock), JobEnd::Dead(_));
                let newer = match error.kind() == ErrorKind::NotFound || at.0.job.is_some_and(is_last) {
                    true => Newer::Never,
                    false => Newer::MayCome,
                };
                // Somebody may have said meanwhile what a line is.
                self.take_all(at, &take::again(&order.value), newer).await?;
                // Platforms forget old orders; what was counted stays counted.
                if error.kind() != ErrorKind::NotFound {
                    return Err(error);
                }
            }
        }
        Ok(None)
    }
}

pub(super) fn again(every: Duration) -> Finish {
    Finish::Snooze { after: When::In(every), close_gate: false, why: SnoozeReason::Schedule }
}

fn unique(parts: &[&[u8]]) -> Unique {
    Unique::new(&JobKind::PULL_ORDERS, parts, WhileRunning::FollowUp)
}
