//! The one writer of this process: a task that takes what waits as one transaction.
//!
//! A transaction costs the disk one wait however many commits are in it. Each commit stands in a savepoint, so
//! that a refused one leaves nothing and the others don't notice. Jobs that need look at nobody else's go in by one
//! statement, however many calls they are of. Nobody's dropped future reaches into it.

use super::{
    fault::Place,
    queue::{self, Coming},
};
use crate::answer::{again, tell};
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Fate, Result},
    job::Enqueued,
};
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::{mpsc, oneshot};

/// Commits of one transaction: beyond this the disk's wait is a small part of the whole.
const GROUP: usize = 128;

/// Commits that may wait; who comes later waits for room. The next group is complete while one is written, and no more
/// is kept in memory.
const INBOX: usize = 2 * GROUP;

/// What a piece of work has before it: a connection inside a transaction, and the time.
pub(super) struct Desk<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    pub(super) place: Place,
    pub(super) clock: Arc<dyn Clock>,
}

/// A piece of work under way.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A piece of work of whichever kind, with who asked for it.
trait Work: Send {
    /// Does it; whether it is to be kept, and how its answer is given.
    fn perform<'a>(
        self: Box<Self>,
        desk: &'a mut Desk<'_>,
    ) -> Pin<Box<dyn Future<Output = (bool, Answering)> + Send + 'a>>;

    /// Says that it hasn't begun.
    fn refuse(self: Box<Self>, error: &Error);
}

struct Asked<F, T> {
    act: F,
    answer: oneshot::Sender<Result<T>>,
}

impl<F, T> Work for Asked<F, T>
where
    F: for<'a> FnOnce(&'a mut Desk<'_>) -> Doing<'a, T> + Send + 'static,
    T: Send + 'static,
{
    fn perform<'a>(
        self: Box<Self>,
        desk: &'a mut Desk<'_>,
    ) -> Pin<Box<dyn Future<Output = (bool, Answering)> + Send + 'a>> {
        let Self { act, answer } = *self;
        let doing = act(desk);
        Box::pin(async move {
            let result = doing.await;
            let is_kept = result.is_ok();
            let answering: Answering = Box::new(move |failed| {
                // What was refused stays refused.
                tell(answer, result.and_then(|value| failed.map_or(Ok(value), |error| Err(of_all(error)))));
            });
            (is_kept, answering)
        })
    }

    fn refuse(self: Box<Self>, error: &Error) {
        tell(self.answer, Err(of_all(error).with_fate(Fate::NotSent)));
    }
}

/// Gives its answer once it is known how the transaction ended.
type Answering = Box<dyn FnOnce(Option<&Error>) + Send>;

/// Jobs of one call, with who asked for it.
struct Call {
    jobs: Coming,
    answer: oneshot::Sender<Result<Vec<Enqueued>>>,
}

impl Call {
    /// Says how the statement of all ended.
    fn tell(self, failed: Option<&Error>) {
        let told = failed.map_or_else(|| Ok(self.jobs.all_new()), |error| Err(of_all(error)));
        tell(self.answer, told);
    }

    fn answering(self) -> Answering {
        Box::new(|failed| self.tell(failed))
    }

    /// The same as a piece of work of its own, which looks at each job.
    fn alone(self) -> Box<dyn Work> {
        let Self { jobs, answer } = self;
        Box::new(asked(move |desk| Box::pin(queue::one_by_one(desk, jobs.jobs)), answer))
    }
}

/// Names what a closure over the desk has to be.
fn asked<F, T>(act: F, answer: oneshot::Sender<Result<T>>) -> Asked<F, T>
where
    F: for<'a> FnOnce(&'a mut Desk<'_>) -> Doing<'a, T> + Send + 'static,
{
    Asked { act, answer }
}

/// What waits for the writer.
enum Waiting {
    Jobs(Call),
    Work(Box<dyn Work>),
}

/// The way to the writer's task, which ends when this is dropped and what waits is done.
pub(super) struct Writer {
    inbox: mpsc::Sender<Waiting>,
    place: Place,
}

impl Writer {
    pub(super) fn start(options: SqliteConnectOptions, place: Place, clock: Arc<dyn Clock>) -> Self {
        let (inbox, waiting) = mpsc::channel(INBOX);
        let hand = Hand { options, place: place.clone(), clock, connection: None };
        tokio::spawn(hand.work_off(waiting));
        Self { inbox, place }
    }

    /// Has it done; once it has begun it goes on without its caller.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        act: impl for<'a> FnOnce(&'a mut Desk<'_>) -> Doing<'a, T> + Send + 'static,
    ) -> Result<T> {
        self.send(|answer| Waiting::Work(Box::new(Asked { act, answer }))).await
    }

    /// Has jobs put in; once that has begun it goes on without its caller.
    pub(super) async fn put_in(&self, jobs: Coming) -> Result<Vec<Enqueued>> {
        self.send(|answer| Waiting::Jobs(Call { jobs, answer })).await
    }

    async fn send<T>(&self, waiting: impl FnOnce(oneshot::Sender<Result<T>>) -> Waiting) -> Result<T> {
        let gone = || self.place.unavailable("was closed: the runtime that opened it has ended");
        let (answer, told) = oneshot::channel();
        self.inbox.send(waiting(answer)).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone().with_fate(Fate::Unknown))?
    }
}

struct Hand {
    options: SqliteConnectOptions,
    place: Place,
    clock: Arc<dyn Clock>,
    connection: Option<SqliteConnection>,
}

impl Hand {
    async fn work_off(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut group = Vec::with_capacity(GROUP);
        while waiting.recv_many(&mut group, GROUP).await > 0 {
            let (mut calls, mut works) = (Vec::new(), Vec::new());
            for one in group.drain(..) {
                match one {
                    Waiting::Jobs(call) => calls.push(call),
                    Waiting::Work(work) => works.push(work),
                }
            }
            self.take(calls, works).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }

    async fn take(&mut self, calls: Vec<Call>, works: Vec<Box<dyn Work>>) {
        let mut connection = match self.open().await {
            Ok(connection) => connection,
            Err(error) => return refuse(calls, works, &error),
        };
        let (place, clock) = (self.place.clone(), self.clock.clone());
        let mut desk = Desk { connection: &mut connection, place, clock };
        // What a failed transaction leaves on its connection ends with the connection.
        if perform(&mut desk, calls, works).await {
            self.connection = Some(connection);
        }
    }

    async fn open(&mut self) -> Result<SqliteConnection> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                SqliteConnection::connect_with(&self.options).await.map_err(|source| self.place.fault(source))
            }
        }
    }
}

/// Does what waits: jobs that are all there is by one statement, which is a transaction of its own. Whether the
/// connection may be used again.
async fn perform(desk: &mut Desk<'_>, calls: Vec<Call>, mut works: Vec<Box<dyn Work>>) -> bool {
    if calls.is_empty()
        && works.len() == 1
        && let Some(work) = works.pop()
    {
        return transact_one(desk, work).await;
    }
    if !works.is_empty() {
        return transact(desk, calls, works).await;
    }
    match put_in(desk, &calls).await {
        Ok(true) => {
            calls.into_iter().for_each(|call| call.tell(None));
            true
        }
        Ok(false) => transact(desk, Vec::new(), calls.into_iter().map(Call::alone).collect()).await,
        Err(error) => {
            calls.into_iter().for_each(|call| call.tell(Some(&error)));
            false
        }
    }
}

/// One transaction of one piece of work, which needs no savepoint. Whether the connection may be used again.
async fn transact_one(desk: &mut Desk<'_>, work: Box<dyn Work>) -> bool {
    let begun = desk.connection.execute("BEGIN IMMEDIATE").await;
    if let Err(error) = begun.map_err(|source| desk.place.fault(source)) {
        work.refuse(&error);
        return false;
    }
    let (is_kept, answer) = work.perform(desk).await;
    let end = desk.connection.execute(if is_kept { "COMMIT" } else { "ROLLBACK" }).await;
    let end = end.map_err(|source| desk.place.fault(source)).err();
    answer(end.as_ref());
    end.is_none()
}

/// One transaction of all. Whether the connection may be used again.
async fn transact(desk: &mut Desk<'_>, calls: Vec<Call>, mut works: Vec<Box<dyn Work>>) -> bool {
    let begun = desk.connection.execute("BEGIN IMMEDIATE").await;
    if let Err(error) = begun.map_err(|source| desk.place.fault(source)) {
        refuse(calls, works, &error);
        return false;
    }
    let mut answers: Vec<Answering> = Vec::with_capacity(calls.len() + works.len());
    let (mut end, mut before) = (Ok(()), "SAVEPOINT one");
    if !calls.is_empty() {
        match put_in(desk, &calls).await {
            Ok(true) => answers.extend(calls.into_iter().map(Call::answering)),
            Ok(false) => works.extend(calls.into_iter().map(Call::alone)),
            Err(error) => {
                calls.into_iter().for_each(|call| call.tell(Some(&error)));
                end = Err(error);
            }
        }
    }
    for work in works {
        match end {
            Ok(()) => end = take_one(desk, work, &mut before, &mut answers).await,
            Err(ref error) => work.refuse(error),
        }
    }
    if end.is_ok() {
        let committed = desk.connection.execute("COMMIT").await;
        end = committed.map(drop).map_err(|source| desk.place.fault(source));
    }
    let end = end.err();
    for answer in answers {
        answer(end.as_ref());
    }
    end.is_none()
}

async fn put_in(desk: &mut Desk<'_>, calls: &[Call]) -> Result<bool> {
    queue::put_in(desk, calls.iter().map(|call| &call.jobs)).await
}

/// Says that none of it has begun.
fn refuse(calls: Vec<Call>, works: Vec<Box<dyn Work>>, error: &Error) {
    calls.into_iter().map(Call::alone).chain(works).for_each(|work| work.refuse(error));
}

/// One piece of work in a savepoint of its own. `before` is what separates it from the one before, told with its
/// beginning: each statement is a way to the connection's thread and back. An error is the transaction's.
async fn take_one(
    desk: &mut Desk<'_>,
    work: Box<dyn Work>,
    before: &mut &'static str,
    answers: &mut Vec<Answering>,
) -> Result<()> {
    // Fails when SQLite has given up the whole transaction, as on a full disk.
    let begun = sqlx::raw_sql(*before).execute(&mut *desk.connection).await;
    if let Err(error) = begun.map_err(|source| desk.place.fault(source)) {
        work.refuse(&error);
        return Err(error);
    }
    let (is_kept, answer) = work.perform(desk).await;
    answers.push(answer);
    if is_kept {
        *before = "RELEASE one; SAVEPOINT one";
        return Ok(());
    }
    *before = "SAVEPOINT one";
    let undone = sqlx::raw_sql("ROLLBACK TO one; RELEASE one").execute(&mut *desk.connection).await;
    undone.map(drop).map_err(|source| desk.place.fault(source))
}

/// The failure of a transaction, for all that are in it: what failed at its end may be on the disk all the same.
fn of_all(error: &Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidConfig => again(error),
        // Another's statement may be to blame.
        _ => Error::new(ErrorKind::Unavailable, error.message().to_owned()).with_retry(error.retry()),
    }
    .with_fate(Fate::Unknown)
}
