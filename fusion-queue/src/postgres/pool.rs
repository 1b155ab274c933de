//! The connections: each carries one statement at a time, in a task that nobody's dropped future ends.

use super::{connect::Statement, fault::Place};
use fusion_core::error::{Fate, Result};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection,
    postgres::{PgConnectOptions, PgRow},
};
use std::{
    borrow::Cow,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// How long a server may take to let somebody in, or others to give a connection back, before it counts as down.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whose the server's sessions are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sessions {
    /// One for each connection, which remembers prepared statements.
    Own,
    /// Another one for each transaction, given by a pooler.
    Lent,
}

/// Whom a statement is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// A worker: what it says is short, and jobs are lost to it where it isn't heard in time.
    Worker,
    /// Anybody else, who may wait long for what others hold.
    Other,
}

/// Up to so many connections, opened as they are needed. One of several is never anybody's but a worker's.
pub(super) struct Pool {
    sessions: Sessions,
    options: PgConnectOptions,
    place: Place,
    room: Semaphore,
    others: Semaphore,
    idle: Mutex<Vec<PgConnection>>,
}

impl Pool {
    pub(super) fn new(
        options: PgConnectOptions,
        place: Place,
        connections: usize,
        sessions: Sessions,
    ) -> Self {
        Self {
            sessions,
            options,
            place,
            room: Semaphore::new(connections),
            others: Semaphore::new(connections.saturating_sub(1).max(1)),
            idle: Mutex::default(),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// `sql` with the name of the schema in place of `fusion`.
    pub(super) fn statement(&self, sql: &'static str) -> Statement {
        let statement = match self.place.of_schema(sql) {
            Cow::Borrowed(_) => sqlx::query(sql),
            Cow::Owned(sql) => sqlx::query(AssertSqlSafe(sql)),
        };
        statement.persistent(self.sessions == Sessions::Own)
    }

    /// Runs one statement; once it has begun it goes on without its caller.
    pub(super) async fn rows(self: &Arc<Self>, caller: Caller, statement: Statement) -> Result<Vec<PgRow>> {
        let pool = self.clone();
        let done = tokio::spawn(async move { pool.run(caller, statement).await }).await;
        done.map_err(|_| self.place.unavailable("was left: the runtime has ended").with_fate(Fate::Unknown))?
    }

    async fn run(&self, caller: Caller, statement: Statement) -> Result<Vec<PgRow>> {
        let busy =
            || self.place.unavailable("has all its connections in use; try again").with_fate(Fate::NotSent);
        let _room = in_time(self.room_for(caller)).await.ok_or_else(busy)?.map_err(|_| busy())?;
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open(&self.options, &self.place).await?,
        };
        let rows = match self.sessions {
            Sessions::Own => statement.fetch_all(&mut connection).await,
            Sessions::Lent => in_transaction(&mut connection, statement).await,
        };
        match rows.map_err(|source| self.place.fault_of(source)) {
            Ok(rows) => {
                self.idle().push(connection);
                Ok(rows)
            }
            Err((error, true)) => {
                self.idle().push(connection);
                Err(error)
            }
            Err((error, false)) => {
                // Whatever ended this one has ended the others as well.
                self.idle().clear();
                Err(error)
            }
        }
    }

    async fn room_for(&self, caller: Caller) -> Result<Room<'_>, AcquireError> {
        let among_others = match caller {
            Caller::Worker => None,
            Caller::Other => Some(self.others.acquire().await?),
        };
        Ok((self.room.acquire().await?, among_others))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PgConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to use a connection.
type Room<'a> = (SemaphorePermit<'a>, Option<SemaphorePermit<'a>>);

/// A statement is made ready by one message and run by another; only in a transaction do both meet one session.
async fn in_transaction(connection: &mut PgConnection, statement: Statement) -> sqlx::Result<Vec<PgRow>> {
    connection.execute("BEGIN").await?;
    let rows = statement.fetch_all(&mut *connection).await;
    connection.execute(if rows.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    rows
}

/// Opens a connection.
pub(super) async fn open(options: &PgConnectOptions, place: &Place) -> Result<PgConnection> {
    let late = || place.unavailable("doesn't answer; see whether it runs");
    let opened = in_time(PgConnection::connect_with(options)).await.ok_or_else(late);
    opened
        .and_then(|opened| opened.map_err(|source| place.fault(source)))
        .map_err(|e| e.with_fate(Fate::NotSent))
}

async fn in_time<F: Future>(doing: F) -> Option<F::Output> {
    tokio::time::timeout(PATIENCE, doing).await.ok()
}
