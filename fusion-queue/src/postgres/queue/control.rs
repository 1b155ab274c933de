use super::{
    lease, look,
    row::{column, no_such_job, partition},
};
use crate::postgres::Postgres;
use async_trait::async_trait;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    job::{CancelVerdict, Explanation, JobFilter, JobKind, JobRow, QueueControl, Stats},
    model::{JobId, StoreId},
    tenant::Tenant,
};
use std::time::Duration;

impl Postgres {
    /// Calls a function on one job of a tenant, which answers with a number.
    async fn judge(&self, sql: &'static str, tenant: &Tenant, id: JobId) -> Result<i32> {
        let (given, tenant) = (self.given(), tenant.as_str().to_owned());
        let row =
            self.row(sql, move |statement| statement.bind(given).bind(tenant).bind(id.as_uuid())).await?;
        column(self.place(), &row, "answer")
    }

    async fn set_paused(&self, tenant: &Tenant, store: StoreId, paused: bool) -> Result<()> {
        let (tenant, store) = (tenant.as_str().to_owned(), partition(Some(store)));
        let sql = "INSERT INTO fusion.gates (tenant, store, paused) VALUES ($1, $2, $3)
            ON CONFLICT (tenant, store) DO UPDATE SET paused = excluded.paused";
        self.rows(sql, move |statement| statement.bind(tenant).bind(store).bind(paused)).await?;
        self.round().forget();
        Ok(())
    }
}

#[async_trait]
impl QueueControl for Postgres {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        let verdict = match self.judge("SELECT fusion.cancel($1, $2, $3) AS answer", tenant, id).await? {
            1 => {
                let why = "the job works under a grant; revoke or withdraw its request instead";
                return Err(Error::new(ErrorKind::Refused, why));
            }
            2 => CancelVerdict::Now,
            3 => CancelVerdict::Asked,
            4 => CancelVerdict::TooLate,
            _ => return Err(no_such_job()),
        };
        self.tell();
        Ok(verdict)
    }

    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.set_paused(tenant, store, true).await
    }

    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.set_paused(tenant, store, false).await?;
        self.tell();
        Ok(())
    }

    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        let (given, tenant, store) = (self.given(), tenant.as_str().to_owned(), partition(store));
        self.rows("SELECT fusion.open_gate($1, $2, $3)", move |statement| {
            statement.bind(given).bind(tenant).bind(store)
        })
        .await?;
        self.round().forget();
        self.tell();
        Ok(())
    }

    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        match self.judge("SELECT fusion.requeue($1, $2, $3) AS answer", tenant, id).await? {
            1 => {
                let why = "the job works under a grant; retry its request instead";
                Err(Error::new(ErrorKind::Refused, why))
            }
            2 => Err(Error::new(ErrorKind::Refused, "only a dead letter can be requeued")),
            3 => Err(Error::new(ErrorKind::AlreadyExists, "another job holds its unique key now")),
            4 => {
                self.tell();
                Ok(())
            }
            _ => Err(no_such_job()),
        }
    }

    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        look::list(self, tenant, filter, after, limit).await
    }

    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        look::stats(self, tenant).await
    }

    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        look::explain(self, tenant, id).await
    }

    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        look::next_due(self, kinds).await
    }

    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        let untold = lease::rescue(self, kinds).await?;
        self.tell();
        Ok(untold)
    }

    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        lease::told(self, jobs).await
    }
}
