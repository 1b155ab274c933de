//! The audit feed: numbered, resumable, nothing missed, and verified.

use super::Hub;
use crate::{
    audit::{Action, AuditEntry, Checkpoint, Start, SubjectKind, Verified, Verifier},
    error::{Error, ErrorKind, Result},
    storage::ChangeSet,
    tenant::Actor,
};
use serde_json::json;

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

    /// Verifies the whole feed, and that it goes through `signed` where a signed end is at hand.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the chain breaks, or the signature of `signed` doesn't hold.
    /// [`ErrorKind::NotFound`]: there is nothing to check. [`ErrorKind::InvalidInput`]: `signed` is another
    /// tenant's. Else storage's or the key provider's.
    pub async fn verify_audit(&self, by: &Actor, signed: Option<&Checkpoint>) -> Result<Verified> {
        let end = match signed {
            Some(signed) => Some(signed.clone().check(&*self.0.keys).await?),
            None => None,
        };
        let mut verifier = Verifier::new(by.tenant(), Start::Genesis, end.as_ref()).map_err(Error::from)?;
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

    /// Signs the feed's present end, and notes that in the next entry; kept outside the database, it shows what was cut off since.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: the feed is empty. Else storage's or the key provider's.
    pub async fn sign_checkpoint(&self, by: &Actor) -> Result<Checkpoint> {
        let head = self.0.backend.head(by.tenant()).await?;
        if head.sequence == 0 {
            return Err(Error::new(ErrorKind::NotFound, "there is no entry to sign yet"));
        }
        let signed = Checkpoint::sign(&head, self.0.clock.now(), None, &*self.0.keys).await?;
        let details = json!({ "sequence": signed.sequence, "hash": signed.hash, "key": signed.key });
        let mut changes = ChangeSet::default();
        changes.audit.push(
            self.note(by, Action::CheckpointSigned, SubjectKind::Checkpoint, signed.sequence)
                .with_details(details)?,
        );
        self.store_changes(by.tenant(), changes).await?;
        Ok(signed)
    }
}
