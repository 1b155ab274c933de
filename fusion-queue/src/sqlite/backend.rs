//! Storage, queue and budgets in one file.

use super::{
    SqliteSettings, SqliteStorage, commit,
    fault::Place,
    queue::Coming,
    writer::{Desk, Doing},
};
use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::Clock,
    error::Result,
    job::Enqueued,
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned},
    tenant::Tenant,
};
use sqlx::{Sqlite as Engine, pool::PoolConnection};
use std::{fmt, path::Path, sync::Arc};
use tokio::sync::Notify;

/// Storage, queue and budgets in one file of SQLite's, for one machine: a commit and its jobs are one transaction.
///
/// Any number of processes may have the file open. What one of them puts in, the workers of another find within
/// a second; those of its own at once. Clones share their connections, which close with the last of them.
///
/// ```
/// # use fusion_core::{job::{JobKind, JobQueue, NewJob}, storage::Storage, tenant::Tenant};
/// # use fusion_queue::Sqlite;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let db = Sqlite::open(folder.path().join("fusion.db")).await?;
/// let acme = Tenant::new("acme")?;
/// db.enqueue(vec![NewJob::new(&*db.clock(), &acme, JobKind::custom("report")?, "July".into())]).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Sqlite {
    storage: SqliteStorage,
    news: Arc<Notify>,
}

impl Sqlite {
    /// Opens the file at `path`, or makes it, on real time.
    ///
    /// # Errors
    /// As [`SqliteSettings::open_with_queue`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        SqliteSettings::new(path).open_with_queue().await
    }

    pub(super) fn over(storage: SqliteStorage) -> Self {
        Self { storage, news: Arc::default() }
    }

    pub(super) fn place(&self) -> &Place {
        &self.storage.0.place
    }

    pub(super) fn news(&self) -> &Notify {
        &self.news
    }

    pub(super) async fn reader(&self) -> Result<PoolConnection<Engine>> {
        self.storage.0.readers.acquire().await.map_err(|source| self.place().fault(source))
    }

    /// Has the writer do it.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        tells: Tells,
        act: impl for<'a> FnOnce(&'a mut Desk<'_>) -> Doing<'a, T> + Send + 'static,
    ) -> Result<T> {
        let done = self.storage.0.writer.ask(act).await?;
        if tells == Tells::Workers {
            self.tell();
        }
        Ok(done)
    }

    /// Has the writer put jobs in, together with those of others.
    pub(super) async fn put_in(&self, jobs: Coming) -> Result<Vec<Enqueued>> {
        let answers = self.storage.0.writer.put_in(jobs).await?;
        self.tell();
        Ok(answers)
    }

    /// Wakes who waits for work: there may be some.
    pub(super) fn tell(&self) {
        self.news.notify_waiters();
        // Kept for a worker that has just claimed in vain and doesn't wait yet.
        self.news.notify_one();
    }
}

/// Who hears of a piece of work once it is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    Nobody,
    /// Whoever waits for work: there may be some.
    Workers,
}

#[async_trait]
impl Storage for Sqlite {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        self.storage.get(tenant, keys).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        self.storage.list(tenant, query, after, limit).await
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.storage.audit(tenant, after, limit).await
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.storage.head(tenant).await
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        self.storage.drop_audit(tenant, through).await
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        self.storage.chain(limit).await
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let tenant = tenant.clone();
        let is_news = !changes.jobs.is_empty() || !changes.cancels.is_empty() || changes.settle.is_some();
        let tells = if is_news { Tells::Workers } else { Tells::Nobody };
        self.ask(tells, move |desk| {
            Box::pin(async move { commit::commit(desk, &tenant, changes, commit::Queue::Here).await })
        })
        .await
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.storage.clock()
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("file", self.place()).finish_non_exhaustive()
    }
}
