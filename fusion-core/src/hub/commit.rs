//! How the hub stores what it has decided, and decides anew when somebody else's change came first.

use super::Hub;
use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    error::{Error, ErrorKind, Result, Retry},
    storage::{ChangeSet, Committed},
    tenant::{Actor, Tenant},
};

/// Rounds of one change. Each one that is lost means that another change got through, so this many in a row are no
/// crowd but a loop; and what a platform answered must not be given up any earlier.
const MAX_ROUNDS: u32 = 64;

/// Rounds of reading, deciding and storing: a loop whose every round reads anew and ends with [`Rounds::store`].
pub(super) struct Rounds {
    subject: &'static str,
    anew_on: &'static [ErrorKind],
    left: u32,
}

impl Rounds {
    /// Rounds of a change of `subject`, as an error calls it.
    pub(super) const fn of(subject: &'static str) -> Self {
        Self { subject, anew_on: &[], left: MAX_ROUNDS }
    }

    /// Decides anew after these errors of a commit too.
    pub(super) const fn anew_on(mut self, kinds: &'static [ErrorKind]) -> Self {
        self.anew_on = kinds;
        self
    }

    /// Stores `changes`. `None`: what they were made from has changed; read again and decide again.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`]: the rounds are used up. Else those of the commit.
    pub(super) async fn store(
        &mut self,
        hub: &Hub,
        tenant: &Tenant,
        changes: ChangeSet,
    ) -> Result<Option<Committed>> {
        match hub.0.backend.commit(tenant, changes).await {
            Ok(committed) => return Ok(Some(committed)),
            Err(error) if error.kind() == ErrorKind::Conflict || self.anew_on.contains(&error.kind()) => {}
            Err(error) => return Err(error),
        }
        self.again().map(|()| None)
    }

    /// Begins another round: what was read has changed before anything was to be stored.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`]: the rounds are used up.
    pub(super) fn again(&mut self) -> Result<()> {
        self.left -= 1;
        match self.left {
            0 => {
                let message = format!("{} changes faster than anybody can follow", self.subject);
                Err(Error::new(ErrorKind::Conflict, message).with_retry(Retry::Backoff))
            }
            _ => Ok(()),
        }
    }
}

impl Hub {
    /// Commits changes that settle no job and put none in that anybody asks about.
    pub(super) async fn store_changes(&self, tenant: &Tenant, changes: ChangeSet) -> Result<()> {
        self.0.backend.commit(tenant, changes).await.map(drop)
    }

    /// An audit entry of `by` at the storage's time.
    pub(super) fn note(
        &self,
        by: &Actor,
        action: Action,
        kind: SubjectKind,
        id: impl std::fmt::Display,
    ) -> NewAudit {
        NewAudit::new(by.signature().clone(), action, Subject::new(kind, id), self.0.clock.now())
    }
}
