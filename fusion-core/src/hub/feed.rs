//! The audit feed: numbered, resumable, nothing missed, and verified.

use super::{Hub, commit::Rounds};
use crate::{
    audit::{
        Action, AuditEntry, Checkpoint, Head, Incarnation, NotVerified, Start, SubjectKind,
        TrustedCheckpoint, Verified, Verifier,
    },
    error::{Error, ErrorKind, Result, Retry},
    storage::{ChangeSet, Version, Versioned},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::time::Duration;

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

    /// Verifies the whole feed, behind what was [expired](Self::expire_audit), and that it goes through `signed` where a
    /// signed end is at hand.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the chain breaks, or the signature of `signed` doesn't hold.
    /// [`ErrorKind::NotFound`]: there is nothing to check. [`ErrorKind::InvalidInput`]: `signed` is another
    /// tenant's, or lies in what was expired. [`ErrorKind::Conflict`]: entries are expired faster than it can begin anew.
    /// Else storage's or the key provider's.
    pub async fn verify_audit(&self, by: &Actor, signed: Option<&Checkpoint>) -> Result<Verified> {
        let end = match signed {
            Some(signed) => Some(signed.clone().check(&*self.0.keys).await?),
            None => None,
        };
        let mut rounds = Rounds::of("the audit feed");
        loop {
            let Versioned { value, version } = self.incarnation(by.tenant()).await?;
            match self.verify_life(by.tenant(), &value, end.as_ref()).await {
                // What is missing may have been expired since.
                Err(_) if self.incarnation(by.tenant()).await?.version != version => rounds.again()?,
                verified => return verified,
            }
        }
    }

    async fn verify_life(
        &self,
        tenant: &Tenant,
        incarnation: &Incarnation,
        end: Option<&TrustedCheckpoint>,
    ) -> Result<Verified> {
        let begins = self.begins(incarnation).await?;
        let start = begins.as_ref().map_or(Start::Genesis, Start::Checkpoint);
        let mut verifier = Verifier::new(tenant, start, end).map_err(Error::from)?;
        let mut after = begins.map_or(0, |begins| begins.get().sequence);
        loop {
            let page = self.0.backend.audit(tenant, after, PAGE).await?;
            for entry in &page {
                verifier.push(entry).map_err(Error::from)?;
                after = entry.sequence;
            }
            if page.len() < PAGE {
                return verifier.finish().map_err(Error::from);
            }
        }
    }

    /// Signs the feed's present end, and notes that in the next entry; kept outside the database, it shows what was cut
    /// off since.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: the feed is empty. Else storage's or the key provider's.
    pub async fn sign_checkpoint(&self, by: &Actor) -> Result<Checkpoint> {
        let head = self.0.backend.head(by.tenant()).await?;
        if head.sequence == 0 {
            return Err(Error::new(ErrorKind::NotFound, "there is no entry to sign yet"));
        }
        let incarnation = self.incarnation(by.tenant()).await?.value.number;
        let signed = Checkpoint::sign(&head, self.0.clock.now(), Some(incarnation), &*self.0.keys).await?;
        let details = json!({
            "sequence": signed.sequence, "hash": signed.hash, "key": signed.key, "incarnation": incarnation,
        });
        let mut changes = ChangeSet::default();
        changes.audit.push(
            self.note(by, Action::CheckpointSigned, SubjectKind::Checkpoint, signed.sequence)
                .with_details(details)?,
        );
        self.store_changes(by.tenant(), changes).await?;
        Ok(signed)
    }

    /// Exports and drops entries that are older than `older_than` and lie below the signed end `signed`: `export` is
    /// given them page by page, in order, and what it has taken is dropped once the chain was verified up to `signed`.
    /// The new end of what is gone is signed, kept, and what [`verify_audit`](Self::verify_audit) starts from; it comes
    /// back, to be kept with the export. `None`: nothing is that old.
    ///
    /// Pages that were exported before an error come again with the next call.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the signature of `signed` doesn't hold or the chain breaks below it; nothing is dropped.
    /// [`ErrorKind::InvalidInput`]: `signed` is another tenant's, or lies in what was expired.
    /// [`ErrorKind::Conflict`]: somebody else expires entries at this moment. [`ErrorKind::Unsupported`]: the storage
    /// keeps every entry. Else storage's, the key provider's or those of `export`.
    ///
    /// # Cancellation
    /// Dropping the future drops nothing, or the oldest of what was exported: calling again drops the rest.
    pub async fn expire_audit(
        &self,
        by: &Actor,
        signed: &Checkpoint,
        older_than: Duration,
        mut export: impl FnMut(&[AuditEntry]) -> Result<()> + Send,
    ) -> Result<Option<Checkpoint>> {
        let (backend, keys, tenant) = (&*self.0.backend, &*self.0.keys, by.tenant());
        let end = signed.clone().check(keys).await?;
        let Versioned { value: incarnation, version } = self.incarnation(tenant).await?;
        let now = self.0.clock.now();
        let life = Some(incarnation.number);
        let begins = match self.begins(&incarnation).await? {
            Some(begins) => begins,
            None => {
                Checkpoint::sign_cut(&Head::genesis(tenant), now, life, keys).await?.check_cut(keys).await?
            }
        };
        // What a crash has left of an earlier one; and a storage that keeps every entry says so before any is exported.
        backend.drop_audit(tenant, &begins).await?;
        let start = Start::Checkpoint(&begins);
        let mut verifier = Verifier::new(tenant, start, Some(&end)).map_err(Error::from)?;
        let before = now - older_than;
        let first = begins.get().sequence;
        let (mut after, mut is_old, mut cut) = (first, true, None);
        while after < signed.sequence {
            let left = usize::try_from(signed.sequence - after).unwrap_or(PAGE);
            let page = backend.audit(tenant, after, PAGE.min(left)).await?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for entry in &page {
                if let Err(reason) = verifier.push(entry) {
                    return Err(self.gap(tenant, version, reason).await);
                }
            }
            let old = page.iter().take_while(|entry| is_old && entry.entry.at < before).count();
            is_old = old == page.len();
            if let Some((last, _)) = page.get(..old).and_then(<[AuditEntry]>::split_last) {
                export(page.get(..old).unwrap_or_default())?;
                cut = Some(last.head(tenant));
            }
        }
        if let Err(reason) = verifier.finish() {
            return Err(self.gap(tenant, version, reason).await);
        }
        let Some(cut) = cut else { return Ok(None) };
        let dropped = Checkpoint::sign_cut(&cut, self.0.clock.now(), life, keys).await?;
        let details = json!({ "from": first + 1, "to": cut.sequence, "hash": cut.hash });
        let mut changes = ChangeSet::default();
        let entry = self.note(by, Action::AuditExpired, SubjectKind::Checkpoint, cut.sequence);
        changes.audit.push(entry.with_details(details)?);
        // First where the chain begins from now on, so that it can be verified whatever comes between.
        changes.update(version, Incarnation { dropped: Some(dropped.clone()), ..incarnation });
        self.store_changes(tenant, changes).await?;
        backend.drop_audit(tenant, &dropped.clone().check_cut(keys).await?).await?;
        Ok(Some(dropped))
    }

    /// Why a chain doesn't hold that was read in the life of `version`.
    async fn gap(&self, tenant: &Tenant, version: Version, reason: NotVerified) -> Error {
        match self.incarnation(tenant).await {
            // What is missing was expired by somebody else.
            Ok(now) if now.version != version => Error::new(
                ErrorKind::Conflict,
                "somebody else expires entries at this moment; expire what they have left when they are through",
            )
            .with_retry(Retry::Backoff),
            Ok(_) => reason.into(),
            Err(error) => error,
        }
    }

    /// What the first entry that is kept follows on; `None`: on nothing.
    async fn begins(&self, incarnation: &Incarnation) -> Result<Option<TrustedCheckpoint>> {
        match &incarnation.dropped {
            Some(dropped) => Ok(Some(dropped.clone().check_cut(&*self.0.keys).await?)),
            None => Ok(None),
        }
    }
}
