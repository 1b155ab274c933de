//! One commit, inside the writer's transaction.

use super::{
    fault::Place,
    outbox,
    table::{self, Found, Standing},
};
use fusion_core::{
    canonical,
    clock::Clock,
    error::{Error, ErrorKind, Result},
    model::AuditId,
    storage::{ChangeSet, Committed, Entity as _, Key, UniqueKey, Version, Write},
    tenant::Tenant,
};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    changes: ChangeSet,
    clock: &dyn Clock,
) -> Result<Committed> {
    let fault = |source| place.fault(source);
    check_form(tenant, &changes)?;
    // Under the write lock: whoever comes later reads a later time.
    if changes.not_after.is_some_and(|end| clock.now() >= end) {
        return Err(Error::new(ErrorKind::Timeout, "the deadline of the change has passed"));
    }
    if let Some(lease) = &changes.fence {
        outbox::fence(connection, place, tenant, lease).await?;
    }
    let before = check_versions(connection, place, tenant, &changes).await?;
    write(connection, place, tenant, changes.writes, before).await?;
    let steps: Vec<_> = changes.steps.into_iter().map(|step| step.wrap()).collect();
    if table::insert(connection, place, tenant, &steps).await? < steps.len() {
        return Err(Error::new(ErrorKind::AlreadyExists, "the step is recorded already"));
    }
    for step in &steps {
        let standing = Standing::of(Some(step))?;
        table::add_lookups(connection, tenant, &step.key(), &standing.lookups).await.map_err(fault)?;
    }
    for entry in changes.audit {
        let body = place.text(&entry)?;
        sqlx::query("INSERT INTO audit_waiting (tenant, id, body) VALUES (?, ?, ?)")
            .bind(tenant.as_str())
            .bind(AuditId::new(clock).as_uuid().as_bytes().to_vec())
            .bind(body)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    outbox::leave(connection, place, tenant, changes.cancels, changes.jobs, changes.settle).await
}

/// What is wrong whatever is stored.
fn check_form(tenant: &Tenant, changes: &ChangeSet) -> Result<()> {
    let is_own = |write: &Write| write.record.as_ref().is_none_or(|record| record.key() == write.key);
    if !changes.writes.iter().all(is_own) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "a record is written under a key that isn't its own",
        ));
    }
    // What can't be hashed would stop its tenant's chain for good.
    for entry in &changes.audit {
        canonical::bytes(entry)?;
    }
    if changes.jobs.iter().any(|job| job.tenant != *tenant) {
        return Err(Error::new(ErrorKind::InvalidInput, "a job belongs to another tenant"));
    }
    Ok(())
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
