//! One merchant's view of the hub.

use super::Hub;
use crate::{
    error::Result,
    tenant::{Actor, ActorKind, PersonId, Tenant},
};

/// Makes the actors of one tenant.
#[derive(Clone, Debug)]
pub struct TenantHandle(Tenant);

impl Hub {
    /// The tenant of this name, as the embedder calls it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): no name that a key can hold.
    pub fn tenant(&self, name: &str) -> Result<TenantHandle> {
        Tenant::new(name).map(TenantHandle)
    }
}

impl TenantHandle {
    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.0
    }

    /// A human. Calling this is the embedder's word that this person is signed in now.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): no id that a key can hold.
    pub fn person(&self, id: &str) -> Result<Actor> {
        Ok(Actor::new(self.0.clone(), ActorKind::Human, PersonId::new(id)?))
    }

    /// A program or agent: it may propose, never vote.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): no id that a key can hold.
    pub fn service(&self, id: &str) -> Result<Actor> {
        Ok(Actor::new(self.0.clone(), ActorKind::Service, PersonId::new(id)?))
    }
}
