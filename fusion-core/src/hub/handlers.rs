//! What the hub's jobs are, and who performs them.

use super::Hub;
use crate::{
    clock::Timestamp,
    error::{Error, ErrorKind, Failure, Result},
    job::{Finish, Handlers, JobContext, JobHandler, JobKind, NewJob},
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

fn to_payload(payload: &impl Serialize) -> Result<Value> {
    serde_json::to_value(payload)
        .map_err(|source| Error::new(ErrorKind::Internal, "a payload has no JSON form").with_source(source))
}

struct Execute(Hub);
struct Watch(Hub);
struct Reconcile(Hub);
struct Expire(Hub);
struct PushStock(Hub);

impl Hub {
    /// The hub's own handlers, for a worker. They hold the hub; the hub holds none of them.
    pub fn handlers(&self) -> Handlers {
        Handlers::default()
            .with(JobKind::EXECUTE, Execute(self.clone()))
            .with(JobKind::WATCH, Watch(self.clone()))
            .with(JobKind::RECONCILE, Reconcile(self.clone()))
            .with(JobKind::EXPIRE, Expire(self.clone()))
            .with(JobKind::PUSH_STOCK, PushStock(self.clone()))
    }
}

#[async_trait]
impl JobHandler for Execute {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.execute(&job).await.unwrap_or_else(Finish::Failed)
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) {
        abandoned(&self.0, job, why).await;
    }
}

#[async_trait]
impl JobHandler for Watch {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.watch(&job).await.unwrap_or_else(Finish::Failed)
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) {
        abandoned(&self.0, job, why).await;
    }
}

#[async_trait]
impl JobHandler for Reconcile {
    async fn run(&self, job: JobContext) -> Finish {
        self.0.reconcile(&job).await.unwrap_or_else(Finish::Failed)
    }

    async fn abandoned(&self, job: &NewJob, why: Failure) {
        abandoned(&self.0, job, why).await;
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

/// Without its job a request would stand still: it has to say that nobody is at it any more.
async fn abandoned(hub: &Hub, job: &NewJob, why: Failure) {
    if let Err(error) = hub.given_up(job, why).await {
        // Nothing is lost: the grant stays claimed and the request says so; the maintenance calls again.
        tracing::error!(job = %job.id, %error, "the end of a job that was given up could not be recorded");
    }
}
