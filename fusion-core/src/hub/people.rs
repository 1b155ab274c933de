//! People who lie in the hub's own storage.

use super::{Hub, commit::Rounds};
use crate::{
    approval::{Directory, Group, Membership, PeopleRecord, PeopleVersion},
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Result},
    storage::{ChangeSet, Storage, Version, Versioned, find},
    tenant::{Actor, ActorKind, PersonId, Tenant},
};
use async_trait::async_trait;
use serde_json::json;
use std::sync::Arc;

/// The people whom [`Hub::change_people`] has stored: what counts by them is refused when they have changed
/// meanwhile. A tenant without a list has no members.
#[derive(Clone)]
pub struct StoredDirectory(Arc<dyn Storage>);

impl StoredDirectory {
    /// The lists that lie in `storage`: the hub's own.
    pub fn new(storage: impl Storage + 'static) -> Self {
        Self(Arc::new(storage))
    }

    async fn read(&self, tenant: &Tenant) -> Result<Versioned<PeopleRecord>> {
        let found = find::<PeopleRecord>(&*self.0, tenant, ()).await?;
        Ok(found.unwrap_or(Versioned { value: PeopleRecord::default(), version: Version::NEW }))
    }
}

#[async_trait]
impl Directory for StoredDirectory {
    async fn person(&self, tenant: &Tenant, person: &PersonId) -> Result<Membership> {
        Ok(self.read(tenant).await?.value.person(person))
    }
    async fn members(&self, tenant: &Tenant, group: &Group) -> Result<Option<Vec<PersonId>>> {
        Ok(Some(self.read(tenant).await?.value.members(group)))
    }
    async fn version(&self, tenant: &Tenant) -> Result<PeopleVersion> {
        Ok(PeopleVersion::Stored(self.read(tenant).await?.version.0))
    }
}

impl Hub {
    /// Changes the tenant's stored people; `change` may be called again when somebody else has changed them
    /// meanwhile. The first list may be stored by any person whom the program signs in, a later one by an admin of
    /// the list. Votes that count already go on to count.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: they are no admin. [`ErrorKind::InvalidInput`]: nobody could change it afterwards,
    /// because no member is an admin. [`ErrorKind::Unavailable`]: storage was not reached.
    pub async fn change_people(
        &self,
        by: &Actor,
        mut change: impl FnMut(&mut PeopleRecord) + Send,
    ) -> Result<PeopleRecord> {
        let mut rounds = Rounds::of("the list of people");
        loop {
            let known = find::<PeopleRecord>(&*self.0.backend, by.tenant(), ()).await?;
            let may = by.kind() == ActorKind::Human
                && known.as_ref().is_none_or(|known| known.value.person(by.id()).admin);
            if !may {
                return Err(Error::new(ErrorKind::Refused, "only an admin of the tenant changes its people"));
            }
            let (mut people, version) =
                known.map_or((PeopleRecord::default(), Version::NEW), |known| (known.value, known.version));
            change(&mut people);
            if !people.people.values().any(|one| one.member && one.admin) {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "a tenant's people need an admin among them",
                ));
            }
            let mut changes = ChangeSet::default();
            let entry = self.note(by, Action::PeopleChanged, SubjectKind::Tenant, by.tenant());
            let details = json!({ "people": people.people.len(), "version": version.next() });
            changes.audit.push(entry.with_details(details)?);
            changes.update(version, people.clone());
            if rounds.store(self, by.tenant(), changes).await?.is_some() {
                return Ok(people);
            }
        }
    }
}
