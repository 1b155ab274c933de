//! What the machine has to know when somebody causes something.

use crate::{
    approval::{Facts, Membership, Parent, PeopleRecord, PeopleVersion, Phase, Request},
    clock::Timestamp,
    error::Result,
    hub::Hub,
    model::{GrantId, Step},
    plugin::steps::is_touched,
    storage::{ChangeSet, Query, Version, list_all, load},
    tenant::{ActorKind, Signature, Tenant},
};

/// [`Facts`] that own what they borrow.
pub(in crate::hub) struct KnownFacts<'a> {
    now: Timestamp,
    by: &'a Signature,
    membership: Membership,
    pub(super) parent: Parent,
    /// The parent as it was read: decisions rely on it.
    pub(in crate::hub) parent_version: Option<(crate::model::RequestId, Version)>,
    /// The state of the people that `membership` comes from; `None`: nobody was looked up.
    pub(in crate::hub) people: Option<PeopleVersion>,
    touched: bool,
}

impl KnownFacts<'_> {
    pub(in crate::hub) const fn set_touched(&mut self, touched: bool) {
        self.touched = touched;
    }

    /// What the directory said must still hold when it is stored.
    pub(in crate::hub) fn rely_on_people(&self, changes: &mut ChangeSet) {
        if let Some(PeopleVersion::Stored(version)) = self.people {
            changes.rely_on::<PeopleRecord>((), Version(version));
        }
    }

    pub(in crate::hub) fn borrow(&self) -> Facts<'_> {
        Facts {
            now: self.now,
            by: self.by,
            membership: &self.membership,
            parent: self.parent,
            touched: self.touched,
        }
    }
}

impl Hub {
    /// Every row of the journal under a grant.
    pub(in crate::hub) async fn steps_under(&self, tenant: &Tenant, grant: GrantId) -> Result<Vec<Step>> {
        let rows = list_all::<Step>(&*self.0.backend, tenant, &Query::StepsUnder(grant)).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// What the machine has to know about `request` when `by` causes something.
    pub(in crate::hub) async fn facts<'a>(
        &self,
        tenant: &Tenant,
        by: &'a Signature,
        request: &Request,
    ) -> Result<KnownFacts<'a>> {
        let inner = &*self.0;
        let (people, membership) = match by.kind {
            // The version first: an answer that is newer than it is refused, an older one can't be.
            ActorKind::Human => {
                (Some(inner.directory.version(tenant).await?), inner.directory.person(tenant, &by.id).await?)
            }
            ActorKind::Service | ActorKind::System => (None, Membership::default()),
        };
        let parent = match request.after {
            Some(parent) => Some(load::<Request>(&*inner.backend, tenant, parent).await?),
            None => None,
        };
        let touched = match request.grant {
            // The first step comes with the first attempt.
            Some(grant) if request.attempt > 0 => is_touched(&self.steps_under(tenant, grant).await?),
            _ => false,
        };
        Ok(KnownFacts {
            now: inner.clock.now(),
            by,
            membership,
            parent: parent.as_ref().map_or(Parent::Done, |parent| parent_state(parent.value.phase)),
            parent_version: parent.map(|parent| (parent.value.id, parent.version)),
            people,
            touched,
        })
    }
}

fn parent_state(phase: Phase) -> Parent {
    match phase {
        Phase::Done => Parent::Done,
        Phase::Failed
        | Phase::Rejected
        | Phase::Withdrawn
        | Phase::Expired
        | Phase::Revoked
        | Phase::Stale => Parent::Ended,
        Phase::Draft
        | Phase::Pending(_)
        | Phase::Approved
        | Phase::Executing { .. }
        | Phase::Accepted
        | Phase::Unknown { .. } => Parent::Open,
    }
}
