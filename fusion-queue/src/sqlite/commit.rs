//! One commit, inside the writer's transaction.

use super::{
    fault::Place,
    outbox, queue,
    table::{self, Found},
    writer::Desk,
};
use crate::standing::{Standing, check_form};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::AuditId,
    storage::{ChangeSet, Committed, Entity as _, Key, UniqueKey, Version, Write},
    tenant::Tenant,
};
use sqlx::SqliteConnection;
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
    let fault = |source| place.fault(source);
    let before = check_versions(connection, place, tenant, &changes).await?;
    write(connection, place, tenant, std::mem::take(&mut changes.writes), before).await?;
    let steps: Vec<_> = changes.steps.drain(..).map(|step| step.wrap()).collect();
    if table::insert(connection, place, tenant, &steps).await? < steps.len() {
        return Err(Error::new(ErrorKind::AlreadyExists, "the step is recorded already"));
    }
    for step in &steps {
        let standing = Standing::of(Some(step))?;
        table::add_lookups(connection, tenant, &step.key(), &standing.lookups).await.map_err(fault)?;
    }
    for entry in changes.audit.drain(..) {
        let body = place.text(&entry)?;
        sqlx::query("INSERT INTO audit_waiting (tenant, id, body) VALUES (?, ?, ?)")
            .bind(tenant.as_str())
            .bind(AuditId::new(&*desk.clock).as_uuid().as_bytes().to_vec())
            .bind(body)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    Ok(changes)
}

/// Whether every record is as the writer has read it; what stands under the keys of the writes.
async fn check_versions(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    changes: &ChangeSet,
) -> Result<Vec<Option<Found>>> {
    let written = changes.writes.iter().map(|write| (&write.key, write.expect));
    let relied = changes.expects.iter().map(|(key, version)| (key, *version));
    let (keys, expected): (Vec<&Key>, Vec<Version>) = written.chain(relied).unzip();
    let mut found = table::find(connection, tenant, &keys).await.map_err(|source| place.fault(source))?;
    let version = |found: &Option<Found>| found.as_ref().map_or(Version::NEW, |found| found.version);
    let unchanged = found.iter().map(version).eq(expected);
    // The second write of a key in one commit would find the version of the first.
    let mut once = BTreeSet::new();
    if !unchanged || !changes.writes.iter().all(|write| once.insert(&write.key)) {
        return Err(Error::new(ErrorKind::Conflict, "a record has changed since it was read; read it again"));
    }
    found.truncate(changes.writes.len());
    Ok(found)
}

async fn write(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    writes: Vec<Write>,
    before: Vec<Option<Found>>,
) -> Result<()> {
    let fault = |source| place.fault(source);
    let mut added = Vec::new();
    // All that is given up goes first: one record may take over what another lets go in the same commit.
    for (write, before) in writes.iter().zip(before) {
        if matches!(write.key, Key::Step(_) | Key::Revision(_)) && write.expect != Version::NEW {
            return Err(Error::new(ErrorKind::Refused, "steps and revisions are never changed"));
        }
        let before = before.map(|found| place.record(&found.body)).transpose()?;
        let old = Standing::of(before.as_ref())?;
        let mut new = Standing::of(write.record.as_ref())?;
        for gone in old.lookups.difference(&new.lookups) {
            table::remove_lookup(connection, tenant, &write.key, gone).await.map_err(fault)?;
        }
        for gone in old.unique.keys().filter(|key| !new.unique.contains_key(*key)) {
            table::remove_unique(connection, tenant, gone).await.map_err(fault)?;
        }
        if write.record.is_none() {
            table::remove(connection, tenant, &write.key).await.map_err(fault)?;
        }
        new.lookups.retain(|lookup| !old.lookups.contains(lookup));
        new.unique.retain(|key, _| !old.unique.contains_key(key));
        added.push(new);
    }
    for (write, new) in writes.iter().zip(&added) {
        for (hash, key) in &new.unique {
            if !table::claim_unique(connection, tenant, &write.key, hash).await.map_err(fault)? {
                return Err(Error::new(ErrorKind::AlreadyExists, UniqueKey::refusal(key)));
            }
        }
        table::add_lookups(connection, tenant, &write.key, &new.lookups).await.map_err(fault)?;
    }
    table::put(connection, place, tenant, &writes).await
}
