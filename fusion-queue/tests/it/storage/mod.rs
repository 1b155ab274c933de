//! What storage promises: the kit, and what a commit does to jobs of the same database.

mod commit;

use crate::fixture::World;
use fusion_core::{ErrorKind, storage::*};
use fusion_queue::Memory;
use std::sync::Arc;

mod memory {
    use super::*;

    fusion_core::storage_conformance!(|clock| async move { (Memory::with_clock(Arc::new(clock)), ()) });
}

pub(crate) fn change(fill: impl FnOnce(&mut ChangeSet)) -> ChangeSet {
    let mut changes = ChangeSet::default();
    fill(&mut changes);
    changes
}

impl World {
    pub(crate) async fn commit(&self, fill: impl FnOnce(&mut ChangeSet)) {
        drop(self.committed(fill).await);
    }

    pub(crate) async fn committed(&self, fill: impl FnOnce(&mut ChangeSet)) -> Committed {
        self.db.commit(&self.tenant, change(fill)).await.unwrap()
    }

    pub(crate) async fn refusal(&self, fill: impl FnOnce(&mut ChangeSet)) -> ErrorKind {
        self.db.commit(&self.tenant, change(fill)).await.unwrap_err().kind()
    }
}
