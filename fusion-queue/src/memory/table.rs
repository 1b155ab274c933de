//! The records of one tenant.

use super::feed::Feed;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::Step,
    storage::{ChangeSet, Entity, Key, Query, Record, Row, UniqueKey, Version, Versioned, Write},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

/// Everything that is kept of one tenant but its jobs.
#[derive(Default)]
pub(super) struct Table {
    rows: BTreeMap<Key, (Version, Record)>,
    /// Who holds what may be there only once.
    owners: BTreeMap<UniqueKey, Key>,
    /// What each lookup finds.
    found: BTreeMap<Query, BTreeSet<Key>>,
    pub(super) feed: Feed,
}

impl Table {
    pub(super) fn get(&self, key: &Key) -> Option<Versioned<Record>> {
        self.rows.get(key).map(|(version, record)| Versioned { value: record.clone(), version: *version })
    }

    pub(super) fn list(&self, query: &Query, after: Option<&Key>, limit: usize) -> Vec<Row> {
        let (low, high) = query.range();
        let low = match after {
            Some(after) if *after >= high => return Vec::new(),
            Some(after) if *after >= low => Bound::Excluded(after.clone()),
            _ => Bound::Included(low),
        };
        let range = (low, Bound::Included(high));
        let since = query.since();
        let is_new = |record: &Record| since.is_none_or(|since| record.changed() >= Some(since));
        let Some(lookup) = query.lookup() else {
            let rows = self.rows.range(range).filter(|(_, (_, record))| is_new(record));
            return rows.take(limit).map(listed).collect();
        };
        let Some(keys) = self.found.get(&lookup) else { return Vec::new() };
        let rows = keys.range(range).filter_map(|key| self.rows.get_key_value(key));
        rows.filter(|(_, (_, record))| is_new(record)).take(limit).map(listed).collect()
    }

    fn version(&self, key: &Key) -> Version {
        self.rows.get(key).map_or(Version::NEW, |(version, _)| *version)
    }

    /// Whether every record is as the writer has read it.
    pub(super) fn check_versions(&self, changes: &ChangeSet) -> Result<()> {
        let written = changes.writes.iter().map(|write| (&write.key, write.expect));
        let relied = changes.expects.iter().map(|(key, version)| (key, *version));
        let unchanged = written.chain(relied).all(|(key, version)| self.version(key) == version);
        // The second write of a key in one commit would find the version of the first.
        let mut keys = BTreeSet::new();
        if unchanged && changes.writes.iter().all(|write| keys.insert(&write.key)) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Conflict, "a record has changed since it was read; read it again"))
    }

    /// Whether the records may stand beside those that are there.
    pub(super) fn check_rules(&self, changes: &ChangeSet) -> Result<()> {
        let mut claimed: BTreeMap<UniqueKey, &Key> = BTreeMap::new();
        let written: BTreeSet<&Key> = changes.writes.iter().map(|write| &write.key).collect();
        for Write { key, expect, record } in &changes.writes {
            if matches!(key, Key::Step(_) | Key::Revision(_)) && *expect != Version::NEW {
                return Err(Error::new(ErrorKind::Refused, "steps and revisions are never changed"));
            }
            for claim in record.iter().flat_map(UniqueKey::of) {
                let others = self.owners.get(&claim).filter(|owner| !written.contains(owner));
                let earlier = claimed.get(&claim).filter(|owner| **owner != key);
                if others.is_some() || earlier.is_some() {
                    return Err(Error::new(ErrorKind::AlreadyExists, claim.refusal()));
                }
                claimed.insert(claim, key);
            }
        }
        let mut ids = BTreeSet::new();
        for step in &changes.steps {
            let key = <Step as Entity>::key(step.id());
            if self.rows.contains_key(&key) || written.contains(&key) || !ids.insert(step.id()) {
                return Err(Error::new(ErrorKind::AlreadyExists, "the step is recorded already"));
            }
        }
        Ok(())
    }

    /// Writes what was checked; can't fail.
    pub(super) fn apply(&mut self, writes: Vec<Write>, steps: Vec<Step>) {
        // All that is given up goes first: one record may take over what another lets go in the same commit.
        for write in &writes {
            self.take(&write.key);
        }
        for Write { key, expect, record } in writes {
            if let Some(record) = record {
                self.put(key, expect.next(), record);
            }
        }
        for step in steps {
            self.put(<Step as Entity>::key(step.id()), Version::NEW.next(), step.wrap());
        }
    }

    fn put(&mut self, key: Key, version: Version, record: Record) {
        for claim in UniqueKey::of(&record) {
            self.owners.insert(claim, key.clone());
        }
        for lookup in record.found_by() {
            self.found.entry(lookup).or_default().insert(key.clone());
        }
        self.rows.insert(key, (version, record));
    }

    fn take(&mut self, key: &Key) {
        let Some((_, old)) = self.rows.remove(key) else { return };
        for claim in UniqueKey::of(&old) {
            self.owners.remove(&claim);
        }
        for lookup in old.found_by() {
            if let Some(keys) = self.found.get_mut(&lookup) {
                keys.remove(key);
                if keys.is_empty() {
                    self.found.remove(&lookup);
                }
            }
        }
    }
}

fn listed((key, (version, record)): (&Key, &(Version, Record))) -> Row {
    Row { key: key.clone(), version: *version, record: record.clone() }
}
