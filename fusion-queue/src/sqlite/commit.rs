//! One commit, inside the writer's transaction.

use super::{
    fault::Place,
    outbox, queue,
    rows::Rows,
    table::{self, Found, Seen, Wanted},
    writer::Desk,
};
use crate::standing::{Standing, check_form};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::AuditId,
    storage::{ChangeSet, Committed, Entity as _, Key, Record, UniqueKey, Version},
    tenant::Tenant,
};
use std::collections::BTreeSet;

/// Where the queue lives that a commit's jobs go to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// In this file.
    Here,
    /// Elsewhere: the outbox keeps what is asked of it.
    Elsewhere,
}

pub(super) async fn commit(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    changes: ChangeSet,
    at: Queue,
) -> Result<Committed> {
    check_form(tenant, &changes)?;
    // Under the write lock: whoever comes later reads a later time.
    if changes.not_after.is_some_and(|end| desk.clock.now() >= end) {
        return Err(Error::new(ErrorKind::Timeout, "the deadline of the change has passed"));
    }
    if let Some(lease) = &changes.fence {
        match at {
            Queue::Here => queue::fence(desk, tenant, lease).await?,
            Queue::Elsewhere => outbox::fence(desk, tenant, lease).await?,
        }
    }
    let ChangeSet { jobs, cancels, settle, .. } = store(desk, tenant, changes).await?;
    match at {
        Queue::Here => queue::carry_out(desk, tenant, cancels, jobs, settle).await,
        Queue::Elsewhere => outbox::leave(desk, tenant, cancels, jobs, settle).await,
    }
}

/// Stores records, steps and audit entries; returns what is left of `changes`.
async fn store(desk: &mut Desk<'_>, tenant: &Tenant, mut changes: ChangeSet) -> Result<ChangeSet> {
    let (connection, place) = (&mut *desk.connection, &desk.place);
    let plan = Plan::of(&mut changes)?;
    let seen = table::see(connection, place, tenant, &plan.keys(&changes), &plan.unique()).await?;
    let mut rows = plan.decide(place, &changes, seen)?;
    for entry in changes.audit.drain(..) {
        rows.add_audit(place, AuditId::new(&*desk.clock), &entry)?;
    }
    rows.write(connection, place, tenant).await?;
    Ok(changes)
}

/// What a commit would have stand there.
struct Plan {
    steps: Vec<(Key, Record)>,
    /// What is to stand beside each record that is written.
    beside: Vec<Standing>,
}

impl Plan {
    /// Takes the steps out of `changes`.
    fn of(changes: &mut ChangeSet) -> Result<Self> {
        let named = |step: Record| (step.key(), step);
        let steps = changes.steps.drain(..).map(|step| named(step.wrap())).collect();
        let beside = changes.writes.iter().map(|write| Standing::of(write.record.as_ref()));
        Ok(Self { steps, beside: beside.collect::<Result<_>>()? })
    }

    /// What has to be looked at: of what is written the record itself, of all else the version.
    fn keys<'a>(&'a self, changes: &'a ChangeSet) -> Vec<(&'a Key, Wanted)> {
        let written = changes.writes.iter().map(|write| (&write.key, Wanted::Body));
        let relied = changes.expects.iter().map(|(key, _)| (key, Wanted::Version));
        let steps = self.steps.iter().map(|(key, _)| (key, Wanted::Version));
        written.chain(relied).chain(steps).collect()
    }

    /// The unique keys that records are to have, also those that they have.
    fn unique(&self) -> Vec<[u8; 32]> {
        self.beside.iter().flat_map(|beside| beside.unique.keys().copied()).collect()
    }

    /// What is to be written, unless what was seen forbids it.
    fn decide(self, place: &Place, changes: &ChangeSet, seen: Seen) -> Result<Rows> {
        let Seen { mut found, mut held } = seen;
        check_versions(changes, &found)?;
        let steps = found.split_off(changes.writes.len() + changes.expects.len());
        let mut rows = Rows::default();
        let mut added = Vec::with_capacity(changes.writes.len());
        // All that is given up goes first: one record may take over what another lets go in the same commit.
        for ((write, before), mut new) in changes.writes.iter().zip(found).zip(self.beside) {
            if matches!(write.key, Key::Step(_) | Key::Revision(_)) && write.expect != Version::NEW {
                return Err(Error::new(ErrorKind::Refused, "steps and revisions are never changed"));
            }
            let old = Standing::of(before.and_then(|found| found.record).as_ref())?;
            for gone in old.lookups.difference(&new.lookups) {
                rows.remove_lookup(place, &write.key, gone)?;
            }
            for gone in old.unique.keys().filter(|key| !new.unique.contains_key(*key)) {
                rows.remove_unique(place, gone)?;
                held.remove(gone);
            }
            if write.record.is_none() {
                rows.remove(place, &write.key)?;
            }
            new.lookups.retain(|lookup| !old.lookups.contains(lookup));
            new.unique.retain(|key, _| !old.unique.contains_key(key));
            added.push(new);
        }
        for (write, new) in changes.writes.iter().zip(&added) {
            for (hash, key) in &new.unique {
                if !held.insert(*hash) {
                    return Err(Error::new(ErrorKind::AlreadyExists, UniqueKey::refusal(key)));
                }
                rows.claim_unique(place, &write.key, hash)?;
            }
            rows.add(place, &write.key, &new.lookups)?;
            if let Some(record) = &write.record {
                rows.put(place, write.expect.next(), record)?;
            }
        }
        let put = changes.writes.iter().filter(|write| write.record.is_some());
        let mut there: BTreeSet<&Key> = put.map(|write| &write.key).collect();
        for ((key, step), before) in self.steps.iter().zip(steps) {
            if before.is_some() || !there.insert(key) {
                return Err(Error::new(ErrorKind::AlreadyExists, "the step is recorded already"));
            }
            rows.add(place, key, &Standing::of(Some(step))?.lookups)?;
            rows.put(place, Version::NEW.next(), step)?;
        }
        Ok(rows)
    }
}

/// Refuses what was decided on records that have changed since.
fn check_versions(changes: &ChangeSet, found: &[Option<Found>]) -> Result<()> {
    let written = changes.writes.iter().map(|write| write.expect);
    let expected = written.chain(changes.expects.iter().map(|(_, version)| *version));
    let version = |found: &Option<Found>| found.as_ref().map_or(Version::NEW, |found| found.version);
    let unchanged = expected.zip(found).all(|(expected, found)| version(found) == expected);
    // The second write of a key in one commit would find the version of the first.
    let mut once = BTreeSet::new();
    if unchanged && changes.writes.iter().all(|write| once.insert(&write.key)) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Conflict, "a record has changed since it was read; read it again"))
}
