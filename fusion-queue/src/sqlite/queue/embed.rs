//! Jobs that come in with an embedder's own transaction.

use super::enqueue;
use crate::sqlite::{Sqlite, writer::Desk};
use fusion_core::{
    error::Result,
    job::{Enqueued, NewJob},
    storage::Storage as _,
};
use sqlx::SqliteConnection;

impl Sqlite {
    /// Puts `jobs` in with the transaction that is open on `connection`, to the queue's own file: they are there once
    /// it commits, and a rollback leaves nothing of them. Begin it with `BEGIN IMMEDIATE`: one that has read before
    /// it writes may be refused. Until it ends nobody else writes to the file, workers included.
    ///
    /// Workers find the jobs within a second of the commit, those of this process at once where
    /// [`wake`](Self::wake) is called behind it.
    ///
    /// ```
    /// # use fusion_core::{job::{JobKind, JobQueue, NewJob}, storage::Storage, tenant::Tenant};
    /// # use fusion_queue::Sqlite;
    /// # use sqlx::Connection as _;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("shop.db");
    /// let (db, acme) = (Sqlite::open(&file).await?, Tenant::new("acme")?);
    /// let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await?;
    /// sqlx::query("CREATE TABLE orders (number INTEGER)").execute(&mut connection).await?;
    ///
    /// let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    /// sqlx::query("INSERT INTO orders VALUES (7)").execute(&mut *transaction).await?;
    /// let job = NewJob::new(&*db.clock(), &acme, JobKind::custom("acme.confirm")?, 7.into());
    /// db.enqueue_in(&mut transaction, vec![job]).await?;
    /// transaction.commit().await?;
    /// db.wake();
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`enqueue`](fusion_core::job::JobQueue::enqueue). Some of the jobs may then be in the transaction: roll it
    /// back.
    ///
    /// # Cancellation
    /// Dropping the future leaves the transaction open and some of the jobs in it; roll it back.
    pub async fn enqueue_in(
        &self,
        connection: &mut SqliteConnection,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>> {
        let mut desk = Desk { connection, place: self.place().clone(), clock: self.clock() };
        enqueue::enqueue_all(&mut desk, jobs).await
    }

    /// Wakes this process's workers, for when jobs have come in that the queue wasn't told of: by a transaction that
    /// has committed.
    pub fn wake(&self) {
        self.tell();
    }
}
