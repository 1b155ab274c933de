use super::{
    enqueue, keeping, lease, look,
    row::{column, no_such_job, partition},
};
use crate::postgres::Postgres;
use async_trait::async_trait;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{
        CancelVerdict, Explanation, JobFilter, JobKind, JobLine, JobRow, NewJob, QueueControl, Slot, Stats,
    },
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

    async fn set_kind_paused(
        &self,
        sql: &'static str,
        tenant: &Tenant,
        kind: Option<&JobKind>,
    ) -> Result<()> {
        let tenant = tenant.as_str().to_owned();
        let kind = kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default();
        self.rows(sql, move |statement| statement.bind(tenant).bind(kind)).await?;
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

    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        let sql = "INSERT INTO fusion.pauses (tenant, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.set_kind_paused(sql, tenant, kind).await
    }

    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        let sql = "DELETE FROM fusion.pauses WHERE tenant = $1 AND kind = $2";
        self.set_kind_paused(sql, tenant, kind).await?;
        self.tell();
        Ok(())
    }

    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        let (tenant, store) = (tenant.as_str().to_owned(), partition(store));
        let max_live = max_live.map(i64::from);
        let sql = "INSERT INTO fusion.gates (tenant, store, max_live) VALUES ($1, $2, $3)
            ON CONFLICT (tenant, store) DO UPDATE SET max_live = excluded.max_live";
        self.rows(sql, move |statement| statement.bind(tenant).bind(store).bind(max_live)).await?;
        self.round().forget();
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
            5 => {
                let why = "the job holds its serial key and a parent of it is under way; requeue it when that has \
                           ended";
                Err(Error::new(ErrorKind::Refused, why))
            }
            6 => {
                let why = "what waits behind the job is still being cancelled; requeue it in a moment";
                Err(Error::new(ErrorKind::Refused, why))
            }
            _ => Err(no_such_job()),
        }
    }

    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        let (given, tenant, key) = (self.given(), tenant.as_str().to_owned(), key.as_bytes().to_vec());
        self.rows("SELECT fusion.let_go($1, $2, $3)", move |statement| {
            statement.bind(given).bind(tenant).bind(key)
        })
        .await?;
        self.tell();
        Ok(())
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

    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        keeping::lines(self, tenant, id).await
    }

    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        keeping::forget(self, age, limit).await
    }

    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        keeping::last_slot(self, tenant, schedule).await
    }

    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        let is_taken = enqueue::take_slot(self, slot, job).await?;
        self.tell();
        Ok(is_taken)
    }

    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        keeping::live_kinds(self).await
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
