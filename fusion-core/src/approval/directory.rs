//! Who belongs to a tenant, and to which of its groups.

use super::Group;
use crate::{
    canonical,
    error::Result,
    tenant::{PersonId, Tenant},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the directory says about one person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Which state of a directory an answer comes from. Whatever counts by it names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleVersion {
    /// A list outside of the hub's storage, in its own words. It can be told later, and no commit compares it.
    Outside(String),
    /// The tenant's [`PeopleRecord`], written so often. A commit that relies on it is refused when it has changed.
    Stored(u64),
}

/// A tenant's people as they lie in the hub's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeopleRecord {
    /// Everybody with what they may do.
    pub people: BTreeMap<PersonId, Membership>,
}

impl PeopleRecord {
    /// What is known about `person`; somebody unknown is no member.
    pub fn person(&self, person: &PersonId) -> Membership {
        self.people.get(person).cloned().unwrap_or_default()
    }

    /// Who may sit for `group`.
    pub fn members(&self, group: &Group) -> Vec<PersonId> {
        let sits =
            |(person, membership): (&PersonId, &Membership)| membership.is_in(group).then(|| person.clone());
        self.people.iter().filter_map(sits).collect()
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

    /// Which state of the tenant's people the next answers come from, or a newer one: it is asked for first. Another
    /// one whenever any answer may be another.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable): it can't be told now.
    async fn version(&self, tenant: &Tenant) -> Result<PeopleVersion>;
}

#[async_trait]
impl<T: Directory + ?Sized> Directory for Arc<T> {
    async fn person(&self, tenant: &Tenant, person: &PersonId) -> Result<Membership> {
        (**self).person(tenant, person).await
    }
    async fn members(&self, tenant: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        (**self).members(tenant, group).await
    }
    async fn version(&self, tenant: &Tenant) -> Result<PeopleVersion> {
        (**self).version(tenant).await
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
    async fn version(&self, _: &Tenant) -> Result<PeopleVersion> {
        Ok(PeopleVersion::Outside("everyone".to_owned()))
    }
}

/// A list of people that was written down when the program was built, the same for every tenant.
#[derive(Clone, Debug, Default)]
pub struct StaticDirectory(PeopleRecord);

impl StaticDirectory {
    /// Adds `person` with their groups.
    #[must_use]
    pub fn with(mut self, person: PersonId, groups: &[&str]) -> Self {
        let entry = self.0.people.entry(person).or_default();
        entry.member = true;
        entry.groups.extend(groups.iter().map(|group| (*group).to_owned()));
        self
    }

    /// Lets `person` revoke, and decide what nobody can look up.
    #[must_use]
    pub fn with_admin(mut self, person: PersonId) -> Self {
        let entry = self.0.people.entry(person).or_default();
        entry.member = true;
        entry.admin = true;
        self
    }
}

#[async_trait]
impl Directory for StaticDirectory {
    async fn person(&self, _: &Tenant, person: &PersonId) -> Result<Membership> {
        Ok(self.0.person(person))
    }
    async fn members(&self, _: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        Ok(Some(self.0.members(group)))
    }
    async fn version(&self, _: &Tenant) -> Result<PeopleVersion> {
        Ok(PeopleVersion::Outside(canonical::hash(&self.0)?.to_string()))
    }
}
