//! Records of a store that could not be read so far.

use super::{Read, Walker, Walks};
use crate::{
    error::{Problem, Result},
    hub::Hub,
    model::{Ref, Unread, UnreadId, Walk},
    storage::{ChangeSet, Query, Versioned, list_all},
};

/// The records of one walk that could not be read so far, while a commit is put together.
pub(in crate::hub) struct Unreads<'a> {
    hub: &'a Hub,
    walker: &'a Walker<'a>,
    walk: Walk,
    /// Whether what is taken in was read for itself, and not with its page.
    is_alone: bool,
    known: Vec<Versioned<Unread>>,
}

impl<'a> Unreads<'a> {
    /// Those of the walk of `at`, for the commit that takes `read`.
    pub(in crate::hub) async fn of<W: Walks, T>(hub: &'a Hub, at: &'a W, read: &Read<T>) -> Result<Self> {
        let (walker, walk) = (at.walker(), W::WALK);
        let query = Query::UnreadIn(walker.store.id, walk);
        let known = list_all::<Unread>(&*hub.0.backend, walker.tenant(), &query).await?;
        Ok(Self { hub, walker, walk, is_alone: read.passes.is_none(), known })
    }

    /// Keeps what could not be read, once.
    pub(in crate::hub) fn keep(&mut self, record: Option<&Ref>, problem: Problem, changes: &mut ChangeSet) {
        let is_it = |known: &Versioned<Unread>| match record {
            Some(_) => known.value.record.as_ref() == record,
            None => known.value.record.is_none() && known.value.problem == problem,
        };
        let now = self.hub.0.clock.now();
        if let Some(nth) = self.known.iter().position(is_it) {
            let Versioned { value: before, version } = self.known.swap_remove(nth);
            let mut value = Unread { problem, ..before.clone() };
            if self.is_alone {
                (value.tries, value.at) = (value.tries.saturating_add(1), now);
            }
            if value != before {
                changes.update(version, value);
            }
            return;
        }
        changes.create(Unread {
            id: UnreadId::new(&*self.hub.0.clock),
            store: self.walker.store.id,
            walk: self.walk,
            record: record.cloned(),
            problem,
            tries: 0,
            at: now,
        });
    }

    /// It could be read by now.
    pub(in crate::hub) fn forget(&mut self, record: Option<&Ref>, changes: &mut ChangeSet) {
        self.drop_where(|known| record.is_some() && known.record.as_ref() == record, changes);
    }

    /// It is gone, or was read under another name.
    pub(in crate::hub) fn settle(&mut self, unread: UnreadId, changes: &mut ChangeSet) {
        self.drop_where(|known| known.id == unread, changes);
    }

    fn drop_where(&mut self, is_it: impl Fn(&Unread) -> bool, changes: &mut ChangeSet) {
        if let Some(nth) = self.known.iter().position(|known| is_it(&known.value)) {
            let known = self.known.swap_remove(nth);
            changes.delete::<Unread>(known.version, known.value.id);
        }
    }
}
