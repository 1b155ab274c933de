//! The storage alone, and what its commits leave to a queue that lives elsewhere.

use super::{
    commit::{store_and_leave, token},
    row::{column, limit as most, text},
};
use crate::{
    postgres::{Postgres, PostgresSettings},
    standing::{check_form, readable},
};
use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::Clock,
    error::Result,
    job::{Enqueued, SettleVerdict, Settled},
    storage::{ChangeSet, Committed, Errand, Key, Outbox, Query, Record, Row, Storage, Versioned, Waiting},
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use std::{sync::Arc, time::Duration};

/// Storage on a PostgreSQL server, shared by every process that connects to the same schema; its queue lives elsewhere.
///
/// A commit and the errands that it leaves are one transaction. Clones share their connections, which close with the
/// last of them.
///
/// ```no_run
/// # use fusion_core::storage::Split;
/// # use fusion_queue::{Memory, PostgresStorage};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let storage = PostgresStorage::connect("postgres://fusion@db.internal/shop").await?;
/// let elsewhere = Memory::new();
/// let backend = Split::new(storage, elsewhere.clone(), elsewhere);
/// # drop(backend);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresStorage(Postgres);

impl PostgresStorage {
    /// Connects to the database at `url` on its own time, and brings the schema `fusion` up to this release.
    ///
    /// # Errors
    /// As [`PostgresSettings::connect_storage`].
    pub async fn connect(url: &str) -> Result<Self> {
        PostgresSettings::new(url).connect_storage().await
    }

    pub(in crate::postgres) const fn over(db: Postgres) -> Self {
        Self(db)
    }

    fn waiting(&self, row: &PgRow) -> Result<Option<Waiting>> {
        let place = self.0.place();
        let (number, tenant) = (column(place, row, "number")?, column(place, row, "tenant")?);
        Ok(readable(number, tenant, column(place, row, "body")?))
    }
}

#[async_trait]
impl Outbox for PostgresStorage {
    async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>> {
        let sql = "SELECT * FROM fusion.left_over($1)";
        let rows = self.0.rows(sql, |statement| statement.bind(most(limit))).await?;
        rows.iter().filter_map(|row| self.waiting(row).transpose()).collect()
    }

    async fn handed_on(&self, numbers: &[u64]) -> Result<()> {
        let numbers: Vec<i64> = numbers.iter().filter_map(|number| i64::try_from(*number).ok()).collect();
        self.0.rows("SELECT fusion.take_out($1)", |statement| statement.bind(numbers)).await.map(drop)
    }

    async fn forget_tokens(&self, age: Duration, limit: usize) -> Result<usize> {
        let (given, age) = (self.0.given(), i64::try_from(age.as_micros()).unwrap_or(i64::MAX));
        let row = self
            .0
            .row("SELECT fusion.forget_tokens($1, $2, $3) AS answer", |statement| {
                statement.bind(given).bind(age).bind(most(limit))
            })
            .await?;
        let forgotten: i64 = column(self.0.place(), &row, "answer")?;
        Ok(usize::try_from(forgotten).unwrap_or_default())
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Storage::get(&self.0, tenant, keys).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Storage::list(&self.0, tenant, query, after, limit).await
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.0.audit(tenant, after, limit).await
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.0.head(tenant).await
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        self.0.drop_audit(tenant, through).await
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        self.0.chain(limit).await
    }

    async fn commit(&self, tenant: &Tenant, mut changes: ChangeSet) -> Result<Committed> {
        check_form(tenant, &changes)?;
        let jobs = std::mem::take(&mut changes.jobs);
        let mut committed = Committed { jobs: vec![Enqueued::New; jobs.len()], settled: None };
        let cancels = std::mem::take(&mut changes.cancels).into_iter().map(Errand::Cancel);
        let errands = cancels.chain(jobs.into_iter().map(Errand::Enqueue));
        let errands: Vec<String> = errands.map(|errand| text(&errand)).collect::<Result<_>>()?;
        let settle = changes.settle.take();
        let lease = settle.as_ref().map(|settlement| settlement.lease.clone());
        let settlement = settle.map(|settlement| text(&Errand::Settle(settlement))).transpose()?;
        let row = store_and_leave(&self.0, tenant, changes, |statement| {
            let statement = statement.bind(errands).bind(lease.as_ref().map(|lease| lease.job.as_uuid()));
            statement.bind(lease.as_ref().map(token)).bind(settlement)
        })
        .await?;
        let place = self.0.place();
        let verdict = match column::<Option<i16>>(place, &row, "verdict")? {
            None => return Ok(committed),
            Some(1) => SettleVerdict::Accepted,
            Some(2) => SettleVerdict::AlreadySettled,
            Some(3) => SettleVerdict::Fenced,
            Some(_) => return Err(place.damaged("functions of another release")),
        };
        committed.settled = Some(Settled::by_commit(verdict));
        Ok(committed)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock()
    }

    fn is_lasting(&self) -> bool {
        true
    }
}
