use super::{
    SqliteStorage, chain, commit, read,
    table::{self, Found, Wanted},
};
use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::Clock,
    error::Result,
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned, may_drop},
    tenant::Tenant,
};
use std::sync::Arc;

/// Entries that one transaction chains: long chains leave room for commits between.
const CHAINED: usize = 500;

/// Entries that one transaction drops, for the same reason.
const DROPPED: u64 = 5_000;

#[async_trait]
impl Storage for SqliteStorage {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        let place = &self.0.place;
        let mut reader = self.0.readers.acquire().await.map_err(|source| place.fault(source))?;
        let keys: Vec<_> = keys.iter().map(|key| (key, Wanted::Body)).collect();
        let seen = table::see(&mut reader, place, tenant, &keys, &[]).await?;
        let open = |Found { version, record }| Some(Versioned { value: record?, version });
        Ok(seen.found.into_iter().map(|found| found.and_then(open)).collect())
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        read::list(&self.0.readers, &self.0.place, tenant, query, after, limit).await
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.chain_all(tenant).await?;
        let place = &self.0.place;
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM audit WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        )
        .bind(tenant.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.0.readers)
        .await
        .map_err(|source| place.fault(source))?;
        let entry = |body: &String| {
            serde_json::from_str(body).map_err(|source| place.damaged("an audit entry").with_source(source))
        };
        rows.iter().map(entry).collect()
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        self.chain_all(tenant).await?;
        let place = &self.0.place;
        let mut reader = self.0.readers.acquire().await.map_err(|source| place.fault(source))?;
        chain::head(&mut reader, place, tenant).await
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        if !may_drop(self, tenant, through).await? {
            return Ok(0);
        }
        let last = through.head().sequence;
        let oldest = self.audit(tenant, 0, 1).await?;
        let mut until = oldest.first().map_or(last, |oldest| oldest.sequence);
        let mut dropped = 0;
        loop {
            until = until.saturating_add(DROPPED).min(last);
            let tenant = tenant.clone();
            let part = self.0.writer.ask(move |desk| {
                Box::pin(async move {
                    chain::drop_until(&mut *desk.connection, &desk.place, &tenant, until).await
                })
            });
            dropped += part.await?;
            if until == last {
                return Ok(dropped);
            }
        }
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        let mut chained = 0;
        while chained < limit {
            let part = CHAINED.min(limit - chained);
            let done = self.chain_part(None, part).await?;
            chained += done;
            if done < part {
                break;
            }
        }
        Ok(chained)
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        let (tenant, at) = (tenant.clone(), commit::Queue::Elsewhere);
        let act = self
            .0
            .writer
            .ask(move |desk| Box::pin(async move { commit::commit(desk, &tenant, changes, at).await }));
        act.await
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

impl SqliteStorage {
    /// Chains up to `limit` entries, of one tenant or of whichever, in one transaction.
    async fn chain_part(&self, tenant: Option<Tenant>, limit: usize) -> Result<usize> {
        let act = self.0.writer.ask(move |desk| {
            Box::pin(
                async move { chain::chain(&mut *desk.connection, &desk.place, tenant.as_ref(), limit).await },
            )
        });
        act.await
    }

    /// Chains what was committed before the call; a feed without news doesn't ask the writer.
    async fn chain_all(&self, tenant: &Tenant) -> Result<()> {
        let place = &self.0.place;
        loop {
            let waits: bool =
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM audit_waiting WHERE tenant = ?)")
                    .bind(tenant.as_str())
                    .fetch_one(&self.0.readers)
                    .await
                    .map_err(|source| place.fault(source))?;
            if !waits {
                return Ok(());
            }
            if self.chain_part(Some(tenant.clone()), CHAINED).await? < CHAINED {
                return Ok(());
            }
        }
    }
}
