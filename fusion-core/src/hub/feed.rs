//! The audit feed: numbered, resumable, nothing missed, and verified.

use super::Hub;
use crate::{
    audit::{AuditEntry, Checkpoint, Start, TrustedCheckpoint, Verified, Verifier},
    error::{Error, ErrorKind, Result},
    tenant::Actor,
};

/// Entries that one read takes.
const PAGE: usize = 1_000;

impl Hub {
    /// Up to `limit` entries numbered above `after`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn audit(&self, by: &Actor, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.0.backend.audit(by.tenant(), after, limit).await
    }

    /// Verifies the whole feed, up to `end` where a signed one is at hand.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] where the chain breaks, or there is nothing to check. Else storage's.
    pub async fn verify_audit(&self, by: &Actor, end: Option<&TrustedCheckpoint>) -> Result<Verified> {
        let mut verifier = Verifier::new(by.tenant(), Start::Genesis, end).map_err(Error::from)?;
        let mut after = 0;
        loop {
            let page = self.0.backend.audit(by.tenant(), after, PAGE).await?;
            for entry in &page {
                verifier.push(entry).map_err(Error::from)?;
                after = entry.sequence;
            }
            if page.len() < PAGE {
                return verifier.finish().map_err(Error::from);
            }
        }
    }

    /// Signs the feed's present end; kept outside the database, it shows what was cut off since.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: the feed is empty. Else storage's or the key provider's.
    pub async fn sign_checkpoint(&self, by: &Actor) -> Result<Checkpoint> {
        let mut last = None;
        let mut after = 0;
        loop {
            let page = self.0.backend.audit(by.tenant(), after, PAGE).await?;
            let is_last = page.len() < PAGE;
            if let Some(entry) = page.into_iter().next_back() {
                after = entry.sequence;
                last = Some(entry);
            }
            if is_last {
                break;
            }
        }
        let last = last.ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no entry to sign yet"))?;
        Checkpoint::sign(&last.head(by.tenant()), self.0.clock.now(), None, &*self.0.keys).await
    }
}
