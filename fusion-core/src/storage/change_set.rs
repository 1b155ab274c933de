//! What one commit carries: all of it or nothing.

use super::{Entity, Key, Record, Version};
use crate::{
    audit::NewAudit,
    clock::Timestamp,
    job::{Enqueued, Lease, NewJob, Settled, Settlement},
    model::{JobId, Step},
};

/// One record on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Where.
    pub key: Key,
    /// The version it must have now; [`Version::NEW`]: it must not be there.
    pub expect: Version,
    /// What it becomes; `None`: it goes.
    pub record: Option<Record>,
}

/// What one commit carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// Records, each with the version it must have now.
    pub writes: Vec<Write>,
    /// Records that were read and relied on, and must not have changed: two decisions that each read what the
    /// other writes can't pass each other.
    pub expects: Vec<(Key, Version)>,
    /// Rows of the step journal; append-only.
    pub steps: Vec<Step>,
    /// Jobs that come into being with it.
    pub jobs: Vec<NewJob>,
    /// Jobs that are cancelled with it; one that has ended is left as it is.
    pub cancels: Vec<JobId>,
    /// What is recorded about it.
    pub audit: Vec<NewAudit>,
    /// Refused once the storage's own clock has reached this.
    pub not_after: Option<Timestamp>,
    /// All of it is refused when this lease is lost: for what must not begin under two workers.
    pub fence: Option<Lease>,
    /// The job's end. When the lease is lost, only this part is dropped: what has happened is recorded anyway.
    pub settle: Option<Settlement>,
}

impl ChangeSet {
    /// Makes a record; it must not be there.
    pub fn create<E: Entity>(&mut self, value: E) {
        self.update(Version::NEW, value);
    }

    /// Replaces a record that has the version `expect`.
    pub fn update<E: Entity>(&mut self, expect: Version, value: E) {
        self.writes.push(Write { key: E::key(value.id()), expect, record: Some(value.wrap()) });
    }

    /// Deletes a record that has the version `expect`.
    pub fn delete<E: Entity>(&mut self, expect: Version, id: E::Id) {
        self.writes.push(Write { key: E::key(id), expect, record: None });
    }

    /// Relies on a record as it was read; saying so twice says it once.
    pub fn rely_on<E: Entity>(&mut self, id: E::Id, version: Version) {
        let expected = (E::key(id), version);
        if !self.expects.contains(&expected) {
            self.expects.push(expected);
        }
    }
}

/// What a commit brought.
#[must_use = "a settlement that the commit carried must not be made again"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// One for each job, in order.
    pub jobs: Vec<Enqueued>,
    /// What the settlement came to, if there was one.
    pub settled: Option<Settled>,
}
