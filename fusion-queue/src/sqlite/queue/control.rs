use super::{enqueue, lane, lease, look, pause, retention, serial, slot};
use crate::sqlite::{Sqlite, backend::Tells};
use async_trait::async_trait;
use fusion_core::{
    clock::{Clock as _, Timestamp},
    error::Result,
    job::{
        CancelVerdict, Explanation, JobFilter, JobKind, JobLine, JobRow, NewJob, QueueControl, Slot, Stats,
    },
    model::{JobId, StoreId},
    storage::Storage as _,
    tenant::Tenant,
};
use std::time::Duration;

#[async_trait]
impl QueueControl for Sqlite {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<CancelVerdict> {
        let tenant = tenant.clone();
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { lease::cancel_for_person(desk, &tenant, id).await })
        })
        .await
    }

    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        let tenant = tenant.clone();
        self.ask(Tells::Nobody, move |desk| {
            Box::pin(async move { lane::pause(desk, &tenant, store, true).await })
        })
        .await
    }

    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        let tenant = tenant.clone();
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { lane::pause(desk, &tenant, store, false).await })
        })
        .await
    }

    async fn pause_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        let (tenant, kind) = (tenant.clone(), kind.cloned());
        self.ask(Tells::Nobody, move |desk| {
            Box::pin(async move { pause::pause_kind(desk, &tenant, kind.as_ref()).await })
        })
        .await
    }

    async fn resume_kind(&self, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
        let (tenant, kind) = (tenant.clone(), kind.cloned());
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { pause::resume_kind(desk, &tenant, kind.as_ref()).await })
        })
        .await
    }

    async fn limit_gate(&self, tenant: &Tenant, store: Option<StoreId>, max_live: Option<u32>) -> Result<()> {
        let tenant = tenant.clone();
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { lane::limit(desk, &tenant, store, max_live).await })
        })
        .await
    }

    async fn open_gate(&self, tenant: &Tenant, store: Option<StoreId>) -> Result<()> {
        let tenant = tenant.clone();
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move {
                let now = desk.clock.now();
                lane::open(desk, &tenant, store, now).await
            })
        })
        .await
    }

    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        let tenant = tenant.clone();
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { enqueue::requeue(desk, &tenant, id).await })
        })
        .await
    }

    async fn go_on(&self, tenant: &Tenant, key: &str) -> Result<()> {
        let (tenant, key) = (tenant.clone(), key.to_owned());
        self.ask(Tells::Workers, move |desk| {
            Box::pin(async move { serial::go_on(desk, &tenant, &key).await })
        })
        .await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        let mut reader = self.reader().await?;
        look::list(&mut reader, self.place(), tenant, filter, after, limit).await
    }

    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        let mut reader = self.reader().await?;
        look::stats(&mut reader, self.place(), tenant, self.clock().now()).await
    }

    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        let mut reader = self.reader().await?;
        look::explain(&mut reader, self.place(), tenant, id, self.clock().now()).await
    }

    async fn lines(&self, tenant: &Tenant, id: JobId) -> Result<Vec<JobLine>> {
        let mut reader = self.reader().await?;
        retention::lines(&mut reader, self.place(), tenant, id).await
    }

    async fn forget(&self, age: Duration, limit: usize) -> Result<usize> {
        self.ask(Tells::Nobody, move |desk| Box::pin(retention::forget(desk, age, limit))).await
    }

    async fn last_slot(&self, tenant: &Tenant, schedule: &str) -> Result<Option<Timestamp>> {
        let mut reader = self.reader().await?;
        slot::last(&mut reader, self.place(), tenant, schedule).await
    }

    async fn take_slot(&self, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
        let slot = slot.clone();
        self.ask(Tells::Workers, move |desk| Box::pin(async move { slot::take(desk, &slot, job).await }))
            .await
    }

    async fn live_kinds(&self) -> Result<Vec<JobKind>> {
        let mut reader = self.reader().await?;
        look::live_kinds(&mut reader, self.place()).await
    }

    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        let mut reader = self.reader().await?;
        look::next_due(&mut reader, self.place(), kinds, self.clock().now()).await
    }

    async fn rescue(&self, kinds: &[JobKind]) -> Result<Vec<JobRow>> {
        let kinds = kinds.to_vec();
        self.ask(Tells::Workers, move |desk| Box::pin(async move { lease::rescue(desk, &kinds).await })).await
    }

    async fn told(&self, jobs: &[JobId]) -> Result<()> {
        let jobs = jobs.to_vec();
        self.ask(Tells::Nobody, move |desk| Box::pin(async move { lease::told(desk, &jobs).await })).await
    }
}
