//! What storage promises, one by one.

mod commit;
mod contracts;
mod reads;
mod rules;

use crate::fixture::World;
use fusion_core::{ErrorKind, storage::*};

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
