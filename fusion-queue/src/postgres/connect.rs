use super::{
    PostgresSettings,
    fault::Place,
    line::Line,
    pool::{Caller, Pool},
    queue::{self, Round},
    storage,
};
use fusion_core::{clock::Clock, error::Result, job::JobKind, model::StoreId, tenant::Tenant};
use sqlx::{Postgres as Engine, postgres::PgRow, query::Query};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Storage, queue and budgets on a PostgreSQL server, shared by every process that connects to the same schema: a
/// commit and its jobs are one transaction.
///
/// What one process puts in, the workers of another find within a second; those of its own at once. Clones share
/// their connections, which close with the last of them.
///
/// ```no_run
/// # use fusion_core::{job::{JobKind, JobQueue, NewJob}, storage::Storage, tenant::Tenant};
/// # use fusion_queue::Postgres;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let db = Postgres::connect("postgres://fusion@db.internal/shop").await?;
/// let acme = Tenant::new("acme")?;
/// db.enqueue(vec![NewJob::new(&*db.clock(), &acme, JobKind::custom("report")?, "July".into())]).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Postgres(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) pool: Arc<Pool>,
    /// What sleeps; and the time, where a clock was given.
    pub(super) clock: Arc<dyn Clock>,
    pub(super) is_clock_given: bool,
    pub(super) news: Notify,
    pub(super) enqueues: Line<queue::Call>,
    /// None: the server keeps tenants apart, and a transaction has one.
    pub(super) commits: Option<Line<storage::Member>>,
    pub(super) round: Mutex<Round>,
    pub(super) lanes: Mutex<HashMap<LaneKey, i64>>,
}

/// Names a lane: tenant, store, kind, whether it begins work.
pub(super) type LaneKey = (Tenant, Option<StoreId>, JobKind, bool);

impl Postgres {
    /// Connects to the database at `url` on its own time, and brings the schema `fusion` up to this release.
    ///
    /// # Errors
    /// As [`PostgresSettings::connect`].
    pub async fn connect(url: &str) -> Result<Self> {
        PostgresSettings::new(url).connect().await
    }

    pub(super) fn place(&self) -> &Place {
        self.0.pool.place()
    }

    /// What the functions of the schema are given as the time: nothing, where the server's counts.
    pub(super) fn given(&self) -> Option<i64> {
        self.0.is_clock_given.then(|| self.0.clock.now().as_micros())
    }

    /// Runs one statement as one transaction; `bind` gives it its arguments.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        bind: impl FnOnce(Statement) -> Statement,
    ) -> Result<Vec<PgRow>> {
        self.0.pool.rows(Caller::Other, bind(self.0.pool.statement(sql))).await
    }

    /// The same for what a worker says, which never waits for everybody else's statements to end.
    pub(super) async fn rows_of_worker(
        &self,
        sql: &'static str,
        bind: impl FnOnce(Statement) -> Statement,
    ) -> Result<Vec<PgRow>> {
        self.0.pool.rows(Caller::Worker, bind(self.0.pool.statement(sql))).await
    }

    /// Runs one that answers with one row always.
    pub(super) async fn row(
        &self,
        sql: &'static str,
        bind: impl FnOnce(Statement) -> Statement,
    ) -> Result<PgRow> {
        self.only(self.rows(sql, bind).await?)
    }

    /// The row of a statement that answers with one always.
    pub(super) fn only(&self, rows: Vec<PgRow>) -> Result<PgRow> {
        rows.into_iter().next().ok_or_else(|| self.place().damaged("functions of another release"))
    }

    pub(super) fn round(&self) -> MutexGuard<'_, Round> {
        self.0.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who waits for work: there may be some.
    pub(super) fn tell(&self) {
        self.0.news.notify_waiters();
        // Kept for a worker that has just claimed in vain and doesn't wait yet.
        self.0.news.notify_one();
    }
}

/// A statement with its arguments.
pub(super) type Statement = Query<'static, Engine, sqlx::postgres::PgArguments>;

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("place", self.place()).finish_non_exhaustive()
    }
}
