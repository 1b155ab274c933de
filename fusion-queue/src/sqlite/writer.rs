//! The one writer of this process: a task that takes what waits as one transaction.
//!
//! A transaction costs the disk one wait however many commits are in it. Each commit stands in a savepoint, so
//! that a refused one leaves nothing and the others don't notice. Nobody's dropped future reaches into it.

use super::{chain, commit, fault::Place, outbox};
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Fate, Result},
    storage::{ChangeSet, Committed},
    tenant::Tenant,
};
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Commits of one transaction: beyond this the disk's wait is a small part of the whole.
const GROUP: usize = 128;

/// Commits that may wait; who comes later waits for room.
const INBOX: usize = 2 * GROUP;

pub(super) type Answer<T> = oneshot::Sender<Result<T>>;

/// What the writer is asked to do.
pub(super) enum Work {
    Commit(Tenant, Box<ChangeSet>, Answer<Committed>),
    /// Chains up to so many entries, of one tenant or of whichever.
    Chain(Option<Tenant>, usize, Answer<usize>),
    HandedOn(Vec<u64>, Answer<()>),
}

/// Gives its answer once it is known how the transaction ended.
type Answering = Box<dyn FnOnce(Option<&Error>) + Send>;

/// The way to the writer's task, which ends when this is dropped and what waits is done.
pub(super) struct Writer {
    inbox: mpsc::Sender<Work>,
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
    pub(super) async fn ask<T>(&self, work: impl FnOnce(Answer<T>) -> Work) -> Result<T> {
        let gone = || self.place.unavailable("was closed: the runtime that opened it has ended");
        let (answer, told) = oneshot::channel();
        self.inbox.send(work(answer)).await.map_err(|_| gone())?;
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
    async fn work_off(mut self, mut waiting: mpsc::Receiver<Work>) {
        let mut group = Vec::with_capacity(GROUP);
        while waiting.recv_many(&mut group, GROUP).await > 0 {
            self.take(&mut group).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer's connection did not close");
        }
    }

    /// One transaction of all of `group`.
    async fn take(&mut self, group: &mut Vec<Work>) {
        let mut connection = match self.begin().await {
            Ok(connection) => connection,
            Err(error) => return group.drain(..).for_each(|work| work.refuse(&error)),
        };
        let mut answers: Vec<Answering> = Vec::with_capacity(group.len());
        let mut end = Ok(());
        for work in group.drain(..) {
            match end {
                Ok(()) => end = self.take_one(&mut connection, work, &mut answers).await,
                Err(ref error) => work.refuse(error),
            }
        }
        if end.is_ok() {
            end = connection.execute("COMMIT").await.map(drop).map_err(|source| self.place.fault(source));
        }
        let end = end.err();
        for answer in answers {
            answer(end.as_ref());
        }
        // What a failed transaction leaves on its connection ends with the connection.
        self.connection = end.is_none().then_some(connection);
    }

    async fn begin(&mut self) -> Result<SqliteConnection> {
        let fault = |source| self.place.fault(source);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.options).await.map_err(fault)?,
        };
        connection.execute("BEGIN IMMEDIATE").await.map_err(fault)?;
        Ok(connection)
    }

    /// One piece of work in a savepoint of its own. An error is the transaction's.
    async fn take_one(
        &self,
        connection: &mut SqliteConnection,
        work: Work,
        answers: &mut Vec<Answering>,
    ) -> Result<()> {
        let place = &self.place;
        let begun = connection.execute("SAVEPOINT one").await.map_err(|source| place.fault(source));
        if let Err(error) = begun {
            work.refuse(&error);
            return Err(error);
        }
        match work {
            Work::Commit(tenant, changes, answer) => {
                let result = commit::commit(connection, place, &tenant, *changes, &*self.clock).await;
                keep(connection, place, result, answer, answers).await
            }
            Work::Chain(tenant, limit, answer) => {
                let result = chain::chain(connection, place, tenant.as_ref(), limit).await;
                keep(connection, place, result, answer, answers).await
            }
            Work::HandedOn(numbers, answer) => {
                let result = outbox::handed_on(connection, place, &numbers).await;
                keep(connection, place, result, answer, answers).await
            }
        }
    }
}

/// Ends the savepoint as `result` says.
async fn keep<T: Send + 'static>(
    connection: &mut SqliteConnection,
    place: &Place,
    result: Result<T>,
    answer: Answer<T>,
    answers: &mut Vec<Answering>,
) -> Result<()> {
    let end = if result.is_ok() { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" };
    answers.push(Box::new(move |failed| {
        // What was refused stays refused.
        tell(answer, result.and_then(|value| failed.map_or(Ok(value), |error| Err(again(error)))));
    }));
    // Fails when SQLite has given up the whole transaction, as on a full disk.
    sqlx::raw_sql(end).execute(connection).await.map(drop).map_err(|source| place.fault(source))
}

impl Work {
    fn refuse(self, error: &Error) {
        // Its part of the transaction hasn't begun.
        let error = again(error).with_fate(Fate::NotSent);
        match self {
            Self::Commit(.., answer) => tell(answer, Err(error)),
            Self::Chain(.., answer) => tell(answer, Err(error)),
            Self::HandedOn(_, answer) => tell(answer, Err(error)),
        }
    }
}

/// Nobody listens when the caller's future was dropped.
fn tell<T>(answer: Answer<T>, result: Result<T>) {
    drop(answer.send(result));
}

/// The same for one more caller. A transaction that failed at its end may be on the disk all the same.
fn again(error: &Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::InvalidConfig => ErrorKind::InvalidConfig,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, error.message().to_owned()).with_retry(error.retry()).with_fate(Fate::Unknown)
}
