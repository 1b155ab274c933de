//! The storage on the server, in the schema of the queue.
//!
//! # What a commit does
//!
//! A commit is part of one statement, and so of one transaction of the server's: nobody's dropped future leaves it open, and a
//! connection that is cut leaves all of it or nothing. The statement calls `store`, then `enqueue`, then `settle_own`.
//! In order, with what each part locks:
//!
//! 1. **Records that the commit found there**, by kind and id: those that it writes against everybody (`FOR NO KEY
//!    UPDATE`), those that it relies on against who writes them (`FOR SHARE`). Their versions are compared as they are
//!    once they are locked.
//! 2. **Records that it brings in**, by kind and id, and places that it relies on as empty: each is inserted, and an
//!    empty place is freed again at the end. The primary key is what two who want one place wait for.
//! 3. **What its records claim as theirs alone**, by hash.
//! 4. What is replaced or deleted, and the lookups of all. Locked by 1 and 2.
//! 5. **Of the queue**, in the queue's own order: leases by token, ended parents by id, keys, jobs by id. Where jobs only
//!    come in, `enqueue` locks them.
//! 6. The time is read, and the commit is judged: deadline, fence, versions, rules. A refusal undoes all of the above.
//! 7. Audit entries without numbers, cancellations, jobs, the settlement at the moment of 6.
//!
//! Commits that come at once go by one such statement, in company: what one of them writes, claims or settles, the others
//! don't touch. 1 begins with all that is written then, and each order begins with the tenant. Where anything is wrong
//! with one of them, or somebody's open transaction is in the way, each goes alone.
//!
//! Nobody else locks records, and nothing of the queue waits for one: so whoever locks records first and the queue's
//! rows behind them waits in one order with everybody.
//!
//! Where the queue lives elsewhere ([`PostgresStorage`]), the statement calls `store`, then `leave`. 5 is the row of the
//! fence's job in `tokens_seen`, whose token is taken; cancellations, jobs and the settlement of 7 are errands, and a
//! settlement takes its token like a fence.

mod chain;
mod commit;
mod outbox;
mod read;
mod row;

pub(super) use commit::Member;
pub use outbox::PostgresStorage;

use super::Postgres;
use async_trait::async_trait;
use fusion_core::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::Clock,
    error::Result,
    storage::{ChangeSet, Committed, Key, Query, Record, Row, Storage, Versioned, may_drop},
    tenant::Tenant,
};
use std::sync::Arc;

#[async_trait]
impl Storage for Postgres {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        read::get(self, tenant, keys).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        read::list(self, tenant, query, after, limit).await
    }

    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        chain::chain_all(self, tenant).await?;
        chain::read(self, tenant, after, limit).await
    }

    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        chain::chain_all(self, tenant).await?;
        chain::head(self, tenant).await
    }

    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        if !may_drop(self, tenant, through).await? {
            return Ok(0);
        }
        chain::drop_until(self, tenant, through.head().sequence).await
    }

    async fn chain(&self, limit: usize) -> Result<usize> {
        chain::chain(self, limit).await
    }

    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        commit::commit(self, tenant, changes).await
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    fn is_lasting(&self) -> bool {
        true
    }
}
