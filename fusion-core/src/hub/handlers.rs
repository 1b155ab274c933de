//! What the hub's jobs are, and who performs them.

use super::Hub;
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Failure, Result},
    job::{Finish, Handlers, JobContext, JobEnd, JobHandler, JobKind, NewJob, Settlement},
    model::{ListingId, RequestId},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Payload of a job about one request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RequestJob {
    pub(super) request: RequestId,
    /// Until when an accepted write may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
}

/// Payload of a job that brings a listing's stock in line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StockJob {
    pub(super) listing: ListingId,
}

impl RequestJob {
    pub(super) fn to_payload(&self) -> Result<Value> {
        to_payload(self)
    }
}

impl StockJob {
    pub(super) fn to_payload(&self) -> Result<Value> {
        to_payload(self)
    }
}

pub(super) fn to_payload(payload: &impl Serialize) -> Result<Value> {
    serde_json::to_value(payload)
        .map_err(|source| Error::new(ErrorKind::Internal, "a payload has no JSON form").with_source(source))
}

struct Execute(Hub);
struct Watch(Hub);
struct Reconcile(Hub);
struct Expire(Hub);
struct PushStock(Hub);
struct Import(Hub);
struct PullOrders(Hub);
struct Subscribe(Hub);
struct ForgetDeliveries(Hub);
struct EraseBuyers(Hub);
struct Prepare(Hub);

impl Hub {
    /// The hub's own handlers, for a worker. They hold the hub; the hub holds none of them.
    pub fn handlers(&self) -> Handlers {
        Handlers::default()
            .with(JobKind::EXECUTE, Execute(self.clone()))
            .with(JobKind::WATCH, Watch(self.clone()))
            .with(JobKind::RECONCILE, Reconcile(self.clone()))
            .with(JobKind::EXPIRE, Expire(self.clone()))
            .with(JobKind::PREPARE, Prepare(self.clone()))
            .with(JobKind::PUSH_STOCK, PushStock(self.clone()))
            .with(JobKind::IMPORT, Import(self.clone()))
            .with(JobKind::PULL_ORDERS, PullOrders(self.clone()))
            .with(JobKind::SUBSCRIBE, Subscribe(self.clone()))
            .with(JobKind::FORGET_DELIVERIES, ForgetDeliveries(self.clone()))
            .with(JobKind::ERASE_BUYERS, EraseBuyers(self.clone()))
    }
}

/// Lets the attempt that uses up the job tell its request so in the commit that ends the job: a process that dies
/// between the two would leave a request that nobody works at.
async fn last_word(hub: &Hub, job: &JobContext, finish: Finish) -> Finish {
    let Finish::Failed(error) = finish else { return finish };
    // Whoever has lost the job has nothing to say about it.
    if error.kind() == ErrorKind::Fenced {
        return Finish::Failed(error);
    }
    let error = job.meant(error, &**hub.clock());
    let end = job.end_of(&error, &**hub.clock());
    let JobEnd::Dead(failure) = &end else { return Finish::Failed(error) };
    let last = Settlement { lease: job.lease().clone(), end: end.clone() };
    match hub.given_up(job.job(), failure.clone(), Some(last)).await {
        Ok(Some(settled)) => Finish::Settled(settled),
        // It has nothing to do with the request any more.
        Ok(None) => Finish::Failed(error),
        Err(unstored) => {
            tracing::warn!(job = %job.job().id, error = %unstored, "the last attempt's end is told by the queue");
            Finish::Failed(error)
        }
    }
}

/// Tells the request of `job` that nobody works at it any more.
async fn abandoned(hub: &Hub, job: &NewJob, why: Failure) -> Result<()> {
    // On an error the queue keeps the word and a worker brings it again: until then the grant stays claimed.
    hub.given_up(job, why, None).await.map(drop)
}

#[async_trait]
impl JobHandler for Execute {
    async fn run(&self, job: JobContext) -> Finish {
        let finish = self.0.execute(&job).await.unwrap_or_else(Finish::Failed);
        last_word(&self.0, &job, finish).await
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) -> Result<()> {
        abandoned(&self.0, job, why).await
    }
}

#[async_trait]
impl JobHandler for Watch {
    async fn run(&self, job: JobContext) -> Finish {
        let finish = self.0.watch(&job).await.unwrap_or_else(Finish::Failed);
        last_word(&self.0, &job, finish).await
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) -> Result<()> {
        abandoned(&self.0, job, why).await
    }
}

#[async_trait]
impl JobHandler for Reconcile {
    async fn run(&self, job: JobContext) -> Finish {
        let finish = self.0.reconcile(&job).await.unwrap_or_else(Finish::Failed);
        last_word(&self.0, &job, finish).await
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) -> Result<()> {
        abandoned(&self.0, job, why).await
    }
}

#[async_trait]
impl JobHandler for Expire {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.expire(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for PushStock {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.push_stock(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for Import {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.run_import(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for PullOrders {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.pull(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for Subscribe {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.renew_subscription(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for ForgetDeliveries {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.forget_deliveries(&job).await.unwrap_or_else(Finish::Failed)
    }
}

#[async_trait]
impl JobHandler for EraseBuyers {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.erase_buyers(&job).await
    }

    async fn abandoned(&self, job: &NewJob, _why: Failure) -> Result<()> {
        self.0.erase_later(job).await
    }
}

#[async_trait]
impl JobHandler for Prepare {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.prepare_job(&job).await.unwrap_or_else(Finish::Failed)
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) -> Result<()> {
        self.0.not_prepared(job, why).await
    }
}
