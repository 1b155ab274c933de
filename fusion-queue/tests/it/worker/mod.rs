//! What a worker does with what handlers and queues do to it.

mod ahead;
mod failures;
#[cfg(feature = "metrics")]
mod figures;
mod lives;
mod outage;
mod work;

use crate::{fixture::*, watched::watched};
use async_trait::async_trait;
use fusion_core::{
    Error, ErrorKind,
    clock::{Cancel, Clock},
    error::{Failure, Result, Retry, When},
    job::*,
    storage::{ChangeSet, Storage},
};
use fusion_queue::{Memory, Worker, worker::Ran};
use serde_json::json;
use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

type Running = Pin<Box<dyn Future<Output = Finish> + Send>>;

/// A handler of one function, which notes what it is told at the end.
#[derive(Clone)]
pub(super) struct Handler {
    perform: Arc<dyn Fn(JobContext) -> Running + Send + Sync>,
    told: Arc<Mutex<Vec<Failure>>>,
    /// So many words aren't taken in.
    deaf: Arc<AtomicU32>,
}

#[async_trait]
impl JobHandler for Handler {
    async fn run(&self, job: JobContext) -> Finish {
        (self.perform)(job).await
    }
    async fn abandoned(&self, _: &NewJob, why: Failure) -> Result<()> {
        self.told.lock().unwrap().push(why);
        match self.deaf.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |deaf| deaf.checked_sub(1)) {
            Ok(_) => Err(Error::new(ErrorKind::Unavailable, "it could not take it in")),
            Err(_) => Ok(()),
        }
    }
}

impl Handler {
    pub(super) fn new<R>(perform: impl Fn(JobContext) -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Finish> + Send + 'static,
    {
        Self {
            perform: Arc::new(move |job| Box::pin(perform(job))),
            told: Arc::default(),
            deaf: Arc::default(),
        }
    }

    pub(super) fn worker(&self, w: &World) -> Worker {
        Worker::new(w.db.clone(), Handlers::default().with(kind(), self.clone())).with_lease(LEASE)
    }

    pub(super) fn told(&self) -> Vec<ErrorKind> {
        self.reasons().into_iter().map(|why| why.kind).collect()
    }

    pub(super) fn reasons(&self) -> Vec<Failure> {
        self.told.lock().unwrap().clone()
    }
}

pub(super) fn failed(kind: ErrorKind, retry: Retry) -> Finish {
    Finish::Failed(Error::new(kind, "it failed").with_retry(retry))
}

pub(super) async fn forever() -> Finish {
    std::future::pending().await
}

/// Lets everybody else do what they can without time passing.
pub(super) async fn settle_down() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
