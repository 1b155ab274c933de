//! What a database keeps beside a record, and what is wrong with a commit whatever is stored.

use fusion_core::{
    canonical,
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{check_ends, check_sizes},
    storage::{ChangeSet, Query, Record, UniqueKey, Waiting, Write},
    tenant::Tenant,
};
use std::collections::{BTreeMap, BTreeSet};

/// A lookup's index entry: its hash, and when the record changed.
pub(crate) type Entry = ([u8; 32], Option<i64>);

/// What stands beside a record.
#[derive(Default)]
pub(crate) struct Standing {
    pub(crate) lookups: BTreeSet<Entry>,
    pub(crate) unique: BTreeMap<[u8; 32], UniqueKey>,
}

impl Standing {
    /// Nothing stands beside what isn't there.
    pub(crate) fn of(record: Option<&Record>) -> Result<Self> {
        let Some(record) = record else { return Ok(Self::default()) };
        let changed = record.changed().map(Timestamp::as_micros);
        let lookup = |lookup: &Query| Ok((*lookup.hash()?.as_bytes(), changed));
        let unique = |key: UniqueKey| Ok((*key.hash()?.as_bytes(), key));
        Ok(Self {
            lookups: record.found_by().iter().map(lookup).collect::<Result<_>>()?,
            unique: UniqueKey::of(record).into_iter().map(unique).collect::<Result<_>>()?,
        })
    }
}

/// Refuses what is wrong whatever is stored.
pub(crate) fn check_form(tenant: &Tenant, changes: &ChangeSet) -> Result<()> {
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
    check_sizes(&changes.jobs)?;
    check_ends(changes.settle.as_slice())?;
    if changes.jobs.iter().any(|job| job.tenant != *tenant) {
        return Err(Error::new(ErrorKind::InvalidInput, "a job belongs to another tenant"));
    }
    Ok(())
}

/// An errand as it was left. One that can't be read stays for who can, as a newer release does, and holds up no other.
pub(crate) fn readable(number: i64, tenant: &str, body: &str) -> Option<Waiting> {
    let tenant = Tenant::new(tenant).ok()?;
    match serde_json::from_str(body) {
        Ok(errand) => Some(Waiting { number: u64::try_from(number).ok()?, tenant, errand }),
        Err(error) => {
            tracing::error!(number, %tenant, %error, "what a commit asked of the queue can't be read, and waits");
            None
        }
    }
}
