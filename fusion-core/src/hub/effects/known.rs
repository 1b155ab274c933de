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

/// What the directory says of who causes something.
#[derive(Clone, Default)]
pub(in crate::hub) struct Standing {
    /// The state of the people that the rest comes from; `None`: nobody was looked up.
    pub(in crate::hub) people: Option<PeopleVersion>,
    membership: Membership,
}

/// [`Facts`] that own what they borrow.
pub(in crate::hub) struct KnownFacts<'a> {
    now: Timestamp,
    by: &'a Signature,
    pub(in crate::hub) standing: Standing,
    pub(super) parent: Parent,
    /// The parent as it was read: decisions rely on it.
    pub(in crate::hub) parent_version: Option<(crate::model::RequestId, Version)>,
    touched: bool,
}

impl KnownFacts<'_> {
    pub(in crate::hub) const fn set_touched(&mut self, touched: bool) {
        self.touched = touched;
    }

    /// Decides as if it were at most `moment`.
    pub(in crate::hub) fn not_after(&mut self, moment: Timestamp) {
        self.now = self.now.min(moment);
    }

    /// What the directory said must still hold when it is stored.
    pub(in crate::hub) fn rely_on_people(&self, changes: &mut ChangeSet) {
        if let Some(PeopleVersion::Stored(version)) = self.standing.people {
            changes.rely_on::<PeopleRecord>((), Version(version));
        }
    }

    pub(in crate::hub) fn borrow(&self) -> Facts<'_> {
        Facts {
            now: self.now,
            by: self.by,
            membership: &self.standing.membership,
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
        self.facts_of(tenant, by, self.standing(tenant, by).await?, request).await
    }

    pub(in crate::hub) async fn standing(&self, tenant: &Tenant, by: &Signature) -> Result<Standing> {
        let directory = &self.0.directory;
        Ok(match by.kind {
            // The version first: an answer that is newer than it is refused, an older one can't be.
            ActorKind::Human => Standing {
                people: Some(directory.version(tenant).await?),
                membership: directory.person(tenant, &by.id).await?,
            },
            ActorKind::Service | ActorKind::System => Standing::default(),
        })
    }

    /// The same for one whose `standing` was looked up before.
    pub(in crate::hub) async fn facts_of<'a>(
        &self,
        tenant: &Tenant,
        by: &'a Signature,
        standing: Standing,
        request: &Request,
    ) -> Result<KnownFacts<'a>> {
        let inner = &*self.0;
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
            standing,
            parent: parent.as_ref().map_or(Parent::Done, |parent| parent_state(parent.value.phase)),
            parent_version: parent.map(|parent| (parent.value.id, parent.version)),
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
