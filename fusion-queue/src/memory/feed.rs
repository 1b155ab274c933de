//! One tenant's audit entries.

use fusion_core::{
    audit::{self, AuditEntry, Head, NewAudit},
    error::Result,
    model::AuditId,
    tenant::Tenant,
};
use std::collections::VecDeque;

/// Entries as they were committed, and those that have their place in the chain.
#[derive(Default)]
pub(super) struct Feed {
    waiting: VecDeque<(AuditId, NewAudit)>,
    chained: Vec<AuditEntry>,
    /// The last entry that was dropped.
    dropped: Option<Head>,
}

impl Feed {
    pub(super) fn push(&mut self, id: AuditId, entry: NewAudit) {
        self.waiting.push_back((id, entry));
    }

    /// Chains up to `limit` waiting entries, oldest first.
    pub(super) fn chain(&mut self, tenant: &Tenant, limit: usize) -> Result<usize> {
        let count = limit.min(self.waiting.len());
        if count == 0 {
            return Ok(0);
        }
        let head = self.end(tenant);
        let (entries, _) = audit::chain(&head, self.waiting.iter().take(count).cloned())?;
        self.chained.extend(entries);
        self.waiting.drain(..count);
        Ok(count)
    }

    /// Chains all; the end of the chain.
    pub(super) fn head(&mut self, tenant: &Tenant) -> Result<Head> {
        self.chain(tenant, usize::MAX)?;
        Ok(self.end(tenant))
    }

    fn end(&self, tenant: &Tenant) -> Head {
        let last = self.chained.last().map(|last| last.head(tenant)).or_else(|| self.dropped.clone());
        last.unwrap_or_else(|| Head::genesis(tenant))
    }

    /// Chains all, and pages from behind `after`.
    pub(super) fn read(&mut self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.chain(tenant, usize::MAX)?;
        let skip = self.place(after);
        Ok(self.chained.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Drops the entries up to `through`, which is one of them.
    pub(super) fn drop_until(&mut self, through: Head) -> usize {
        let count = self.place(through.sequence).min(self.chained.len());
        self.chained.drain(..count);
        self.dropped = Some(through);
        count
    }

    /// Where entries numbered above `sequence` begin.
    fn place(&self, sequence: u64) -> usize {
        let dropped = self.dropped.as_ref().map_or(0, |dropped| dropped.sequence);
        usize::try_from(sequence.saturating_sub(dropped)).unwrap_or(usize::MAX)
    }
}
