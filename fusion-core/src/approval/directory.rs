//! Who belongs to a tenant, and to which of its groups.

use super::Group;
use crate::{
    error::Result,
    tenant::{PersonId, Tenant},
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the directory says about one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Whether they belong to the tenant at all.
    pub member: bool,
    /// Whether they may revoke, and decide what nobody can look up.
    pub admin: bool,
    /// Their groups.
    pub groups: BTreeSet<String>,
}

impl Membership {
    /// Whether they may sit for `group`.
    pub fn is_in(&self, group: &Group) -> bool {
        self.member
            && match group {
                Group::Anyone => true,
                Group::Named(name) => self.groups.contains(name),
            }
    }
}

/// The embedder's list of people.
#[async_trait]
pub trait Directory: Send + Sync {
    /// What is known about `person` now; somebody unknown is no member.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): it can't be told now.
    async fn person(&self, tenant: &Tenant, person: &PersonId) -> Result<Membership>;

    /// Who may sit for `group`; `None` when people can't be listed, which counts as enough of them.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): it can't be told now.
    async fn members(&self, tenant: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>>;
}

#[async_trait]
impl<T: Directory + ?Sized> Directory for Arc<T> {
    async fn person(&self, tenant: &Tenant, person: &PersonId) -> Result<Membership> {
        (**self).person(tenant, person).await
    }
    async fn members(&self, tenant: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        (**self).members(tenant, group).await
    }
}

/// Everybody whom the embedder signs in is a member of the tenant and an admin of it; there are no groups.
#[derive(Clone, Copy, Debug)]
pub struct EveryoneKnown;

#[async_trait]
impl Directory for EveryoneKnown {
    async fn person(&self, _: &Tenant, _: &PersonId) -> Result<Membership> {
        Ok(Membership { member: true, admin: true, ..Membership::default() })
    }
    async fn members(&self, _: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        Ok(match group {
            Group::Anyone => None,
            Group::Named(_) => Some(Vec::new()),
        })
    }
}

/// A list of people that was written down when the program was built, the same for every tenant.
#[derive(Clone, Debug, Default)]
pub struct StaticDirectory(BTreeMap<PersonId, Membership>);

impl StaticDirectory {
    /// Adds `person` with their groups.
    #[must_use]
    pub fn with(mut self, person: PersonId, groups: &[&str]) -> Self {
        let entry = self.0.entry(person).or_default();
        entry.member = true;
        entry.groups.extend(groups.iter().map(|group| (*group).to_owned()));
        self
    }

    /// Lets `person` revoke, and decide what nobody can look up.
    #[must_use]
    pub fn with_admin(mut self, person: PersonId) -> Self {
        let entry = self.0.entry(person).or_default();
        entry.member = true;
        entry.admin = true;
        self
    }
}

#[async_trait]
impl Directory for StaticDirectory {
    async fn person(&self, _: &Tenant, person: &PersonId) -> Result<Membership> {
        Ok(self.0.get(person).cloned().unwrap_or_default())
    }
    async fn members(&self, _: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        let sits =
            |(person, membership): (&PersonId, &Membership)| membership.is_in(group).then(|| person.clone());
        Ok(Some(self.0.iter().filter_map(sits).collect()))
    }
}
