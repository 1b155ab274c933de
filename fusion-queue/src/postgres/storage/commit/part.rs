//! A commit as it is sent, alone or in company, as often as it takes.

use crate::{
    postgres::{
        Postgres,
        storage::row::{number, text},
    },
    standing::Standing,
};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::Lease,
    model::{AuditId, Step},
    storage::{ChangeSet, Entity as _, Key, Record, UniqueKey, Version, Write},
    tenant::Tenant,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A commit without its jobs and its settlement.
pub(super) struct Part {
    pub(super) tenant: Tenant,
    pub(super) not_after: Option<i64>,
    pub(super) fence: Option<(Uuid, i64)>,
    /// What it found there, by kind and id.
    pub(super) held: Vec<Held>,
    /// What it writes, by kind and id.
    pub(super) rows: Vec<Row>,
    pub(super) steps: Vec<Row>,
    /// What each hash stands for that its records claim, and by which.
    pub(super) claims: BTreeMap<[u8; 32], (UniqueKey, Vec<u8>)>,
    /// What two of them claim.
    pub(super) clash: Option<[u8; 32]>,
    /// Whether one would change that never does.
    pub(super) is_fixed: bool,
    pub(super) audit: Vec<(Uuid, String)>,
    pub(super) cancels: Vec<Uuid>,
}

/// A record that is locked as it was read.
pub(super) struct Held {
    pub(super) kind: &'static str,
    pub(super) id: Vec<u8>,
    pub(super) version: i64,
    /// Against everybody; else against who writes it.
    pub(super) is_written: bool,
}

/// A record that is written, or goes.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) id: Vec<u8>,
    pub(super) expect: i64,
    pub(super) changed: Option<i64>,
    pub(super) lookups: Vec<u8>,
    pub(super) uniques: Vec<u8>,
    pub(super) body: Option<String>,
}

impl Part {
    /// `changes` without their jobs and their settlement.
    pub(super) fn of(db: &Postgres, tenant: &Tenant, changes: ChangeSet) -> Result<Self> {
        let ChangeSet { mut writes, expects, steps, cancels, audit, not_after, fence, .. } = changes;
        let held = held(&writes, &expects);
        let steps: Vec<Record> = steps.into_iter().map(Step::wrap).collect();
        keep_free(&mut writes, &expects, &steps);
        writes.sort_by_cached_key(|write| (write.key.kind(), write.key.id_bytes()));
        let is_fixed = writes.iter().any(|write| {
            write.expect != Version::NEW && matches!(write.key, Key::Step(_) | Key::Revision(_))
        });
        let clock = &*db.0.clock;
        let entry = |entry| Ok((AuditId::new(clock).as_uuid(), text(entry)?));
        let mut part = Self {
            tenant: tenant.clone(),
            not_after: not_after.map(Timestamp::as_micros),
            fence: fence.as_ref().map(|lease| (lease.job.as_uuid(), token(lease))),
            held,
            rows: Vec::with_capacity(writes.len()),
            steps: Vec::with_capacity(steps.len()),
            claims: BTreeMap::new(),
            clash: None,
            is_fixed,
            audit: audit.iter().map(entry).collect::<Result<_>>()?,
            cancels: cancels.into_iter().map(|id| id.as_uuid()).collect(),
        };
        for write in &writes {
            let row = part.row(&write.key, write.expect, write.record.as_ref())?;
            part.rows.push(row);
        }
        for step in &steps {
            let row = part.row(&step.key(), Version::NEW, Some(step))?;
            part.steps.push(row);
        }
        Ok(part)
    }

    fn row(&mut self, key: &Key, expect: Version, record: Option<&Record>) -> Result<Row> {
        let Standing { lookups, unique } = Standing::of(record)?;
        let row = Row {
            kind: key.kind(),
            id: key.id_bytes(),
            expect: number(expect),
            changed: record.and_then(Record::changed).map(Timestamp::as_micros),
            lookups: lookups.iter().flat_map(|(hash, _)| *hash).collect(),
            uniques: unique.keys().flatten().copied().collect(),
            body: record.map(text).transpose()?,
        };
        for (hash, unique) in unique {
            if self.claims.insert(hash, (unique, row.id.clone())).is_some() {
                self.clash = Some(hash);
            }
        }
        Ok(row)
    }

    /// Records that it writes.
    pub(super) fn written(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().chain(&self.steps)
    }

    pub(super) fn bytes(&self) -> usize {
        let rows = self.written().map(|row| row.body.as_ref().map_or(0, String::len) + row.lookups.len());
        rows.chain(self.audit.iter().map(|(_, body)| body.len())).sum()
    }
}

/// A lease's token as a column; what no claim reaches stays unreachable.
pub(in crate::postgres::storage) fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(i64::MAX)
}

fn held(writes: &[Write], expects: &[(Key, Version)]) -> Vec<Held> {
    let written = writes.iter().map(|write| (&write.key, write.expect, true));
    let relied = expects.iter().map(|(key, version)| (key, *version, false));
    let there = written.chain(relied).filter(|(_, version, _)| *version != Version::NEW);
    let mut held: Vec<Held> = there
        .map(|(key, version, is_written)| Held {
            kind: key.kind(),
            id: key.id_bytes(),
            version: number(version),
            is_written,
        })
        .collect();
    // What is written and relied on is locked as written first.
    held.sort_by(|one, other| {
        (one.kind, &one.id, !one.is_written).cmp(&(other.kind, &other.id, !other.is_written))
    });
    let mut before: Option<(&'static str, Vec<u8>)> = None;
    for one in held.iter_mut().filter(|one| one.is_written) {
        let key = (one.kind, one.id.clone());
        // The second write of a key in one commit would find the version of the first: no record has this one.
        if before.as_ref() == Some(&key) {
            one.version = i64::MAX;
        }
        before = Some(key);
    }
    held
}

/// Adds what is relied on as absent: it is written as what isn't there and doesn't come.
fn keep_free(writes: &mut Vec<Write>, expects: &[(Key, Version)], steps: &[Record]) {
    let new = writes.iter().filter(|write| write.expect == Version::NEW).map(|write| write.key.clone());
    let mut known: BTreeSet<Key> = new.chain(steps.iter().map(Record::key)).collect();
    for (key, version) in expects {
        if *version == Version::NEW && known.insert(key.clone()) {
            writes.push(Write { key: key.clone(), expect: Version::NEW, record: None });
        }
    }
}
