//! The end of the line where the storage is.

use super::wire::{self, Answer, Request};
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Result, Retry},
    job::{
        Beat, BeatVerdict, CancelVerdict, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobLine, JobQueue, JobRow, JobState, NewJob, QueueControl, Settlement, Slot, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    tenant::Tenant,
};
use serde::de::DeserializeOwned;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{io::BufStream, net::TcpStream, sync::Semaphore};

/// Connections of one process: a worker says several things at once, and who waits for work occupies one.
const CONNECTIONS: usize = 16;

/// Who waits for work asks anew that often, well within the patience.
const WAIT: Duration = Duration::from_secs(5);

/// Who can't wait at the queue sleeps so long.
const PAUSE: Duration = Duration::from_secs(1);

/// A queue with its budgets at the other end of a line. Clones share their connections.
///
/// What wasn't sent is [`Unavailable`](ErrorKind::Unavailable) with the fate `NotSent`; where the connection was lost,
/// the answer took too long or can't be understood, nobody knows whether the queue has done what it was asked: the
/// fate is `Unknown`. What the queue refuses is told as it tells it.
#[derive(Clone, Debug)]
pub(crate) struct Remote(Arc<Line>);

#[derive(Debug)]
struct Line {
    address: SocketAddr,
    room: Semaphore,
    idle: Mutex<Vec<BufStream<TcpStream>>>,
}

fn not_sent(source: io::Error) -> Error {
    let error = Error::new(ErrorKind::Unavailable, "the queue can't be reached; see whether it runs");
    error.with_fate(Fate::NotSent).with_retry(Retry::Backoff).with_source(source)
}

fn unknown(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    let error =
        Error::new(ErrorKind::Unavailable, "the queue took a request and didn't answer it; ask again");
    error.with_fate(Fate::Unknown).with_retry(Retry::Backoff).with_source(source)
}

impl Remote {
    /// The queue that is served at `address`; connections are opened as they are needed.
    pub(crate) fn new(address: SocketAddr) -> Self {
        let room = Semaphore::new(CONNECTIONS);
        Self(Arc::new(Line { address, room, idle: Mutex::default() }))
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        let line = wire::line(&request).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "so much can't be said at once; ask for less")
                .with_source(source)
        })?;
        let answer = self.0.answer(&line).await?.map_err(Error::from)?;
        serde_json::from_value(answer).map_err(unknown)
    }
}

impl Line {
    /// Whoever drops the future takes the connection along: the answer that is still to come is nobody else's.
    async fn answer(&self, line: &[u8]) -> Result<Answer> {
        let _room = self.room.acquire().await.map_err(|closed| not_sent(io::Error::other(closed)))?;
        let idle = self.idle().pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => wire::in_time(self.connect()).await.map_err(not_sent)?,
        };
        match wire::in_time(converse(&mut stream, line)).await {
            Ok(answer) => {
                self.idle().push(stream);
                Ok(answer)
            }
            Err(error) => {
                // Whatever ended this one has ended the others as well.
                self.idle().clear();
                Err(unknown(error))
            }
        }
    }

    async fn connect(&self) -> io::Result<BufStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(BufStream::new(stream))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<BufStream<TcpStream>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn converse(stream: &mut BufStream<TcpStream>, line: &[u8]) -> io::Result<Answer> {
    wire::write(stream, line).await?;
    wire::read(stream).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[async_trait]
impl JobQueue for Remote {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.ask(Request::Enqueue { jobs }).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        self.ask(Request::Exchange { settlements, claim }).await
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.ask(Request::Heartbeat { beats: beats.to_vec(), lease_for }).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        self.ask(Request::Get { tenant: tenant.clone(), id }).await
    }
    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        self.ask(Request::Log { lines }).await
    }
    async fn wait(&self, at_most: Duration) {
        if self.ask::<()>(Request::Wait { at_most: at_most.min(WAIT) }).await.is_err() {
            tokio::time::sleep(at_most.min(PAUSE)).await;
        }
    }
}

#[async_trait]
impl QueueControl for Remote {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        self.ask(Request::Cancel { tenant: tenant.clone(), id }).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.ask(Request::Pause { tenant: tenant.clone(), store }).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.ask(Request::Resume { tenant: tenant.clone(), store }).await
    }
    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.ask(Request::PauseKind { tenant: tenant.clone(), kind: kind.cloned() }).await
    }
    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        self.ask(Request::ResumeKind { tenant: tenant.clone(), kind: kind.cloned() }).await
    }
    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        self.ask(Request::LimitGate { tenant: tenant.clone(), store, max_live }).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        self.ask(Request::OpenGate { tenant: tenant.clone(), store }).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.ask(Request::Requeue { tenant: tenant.clone(), id }).await
    }
    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        self.ask(Request::GoOn { tenant: tenant.clone(), key: key.to_owned() }).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.ask(Request::List { tenant, filter, after, limit }).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.ask(Request::Stats { tenant: tenant.clone() }).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.ask(Request::Explain { tenant: tenant.clone(), id }).await
    }
    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        self.ask(Request::Lines { tenant: tenant.clone(), id }).await
    }
    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        self.ask(Request::Forget { age, limit }).await
    }
    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        self.ask(Request::LastSlot { tenant: tenant.clone(), schedule: schedule.to_owned() }).await
    }
    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        self.ask(Request::TakeSlot { slot: slot.clone(), job: job.map(Box::new) }).await
    }
    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        self.ask(Request::LiveKinds).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.ask(Request::NextDue { kinds: kinds.to_vec() }).await
    }
    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        self.ask(Request::Rescue { kinds: kinds.to_vec() }).await
    }
    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        self.ask(Request::Told { jobs: jobs.to_vec() }).await
    }
}

#[async_trait]
impl BudgetLedger for Remote {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.ask(Request::Reserve { draws: draws.to_vec(), patience }).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.ask(Request::Correct { ticket, corrections: corrections.to_vec() }).await
    }
}
