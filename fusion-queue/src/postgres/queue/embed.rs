//! Jobs that come in with an embedder's own transaction.

use super::{
    coming::bind_all,
    enqueue::{PUT, answers, coming},
};
use crate::postgres::Postgres;
use fusion_core::{
    error::Result,
    job::{Enqueued, NewJob},
};
use sqlx::PgConnection;

impl Postgres {
    /// Puts `jobs` in with the transaction that is open on `connection`, to the database that the queue is in: they
    /// are there once it commits, and a rollback leaves nothing of them. Without a transaction they are in at once.
    ///
    /// While it is open no worker waits for it. Who puts in jobs of the same unique or serial key does, up to five
    /// seconds. Workers find the jobs within a second of the commit, those of this process at once where
    /// [`wake`](Self::wake) is called behind it.
    ///
    /// ```no_run
    /// # use fusion_core::{clock::Clock, job::{JobKind, NewJob}, tenant::Tenant};
    /// # use fusion_queue::{Postgres, TokioClock};
    /// # use sqlx::Connection as _;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let url = "postgres://shop@db.internal/shop";
    /// let (queue, clock, acme) = (Postgres::connect(url).await?, TokioClock::system(), Tenant::new("acme")?);
    /// let mut connection = sqlx::PgConnection::connect(url).await?;
    ///
    /// let mut transaction = connection.begin().await?;
    /// sqlx::query("INSERT INTO orders (number) VALUES (7)").execute(&mut *transaction).await?;
    /// let job = NewJob::new(&clock, &acme, JobKind::custom("acme.confirm")?, 7.into());
    /// queue.enqueue_in(&mut transaction, vec![job]).await?;
    /// transaction.commit().await?;
    /// queue.wake();
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`enqueue`](fusion_core::job::JobQueue::enqueue); PostgreSQL then takes nothing more in this transaction,
    /// so roll it back. [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig): the transaction is
    /// stricter than READ COMMITTED, by whose old view of the queue a job would be lost or put in twice, or the
    /// connection is to another database.
    ///
    /// # Cancellation
    /// Dropping the future leaves the transaction open and the jobs in it or not; roll it back.
    pub async fn enqueue_in(
        &self,
        connection: &mut PgConnection,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        // Lanes are made beside the transaction: whoever else needs a new one would wait for its end.
        let jobs = coming(self, jobs).await?;
        let statement = bind_all(self.0.pool.statement(PUT).bind(self.given()), &jobs);
        let row = statement.fetch_one(connection).await.map_err(|source| self.place().fault(source))?;
        answers(self, &row)
    }

    /// Wakes this process's workers, for when jobs have come in that the queue wasn't told of: by a transaction that
    /// has committed, or by a statement of another driver's.
    pub fn wake(&self) {
        self.tell();
    }
}
