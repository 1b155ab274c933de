//! What a commit writes, by as many statements whatever it carries.

use super::{
    fault::Place,
    list::{List, hex},
    table::number,
};
use crate::standing::Entry;
use fusion_core::{
    audit::NewAudit,
    clock::Timestamp,
    error::Result,
    model::AuditId,
    storage::{Key, Record, Version},
    tenant::Tenant,
};
use sqlx::SqliteConnection;
use std::{collections::BTreeSet, sync::LazyLock};

/// The statements, each with its list, in the order in which they run: all that is given up goes first, since one
/// record may take over what another lets go in the same commit. `$2`, since sqlx takes the numbers that `?2` leaves
/// out before it for parameters without one.
pub(super) const STATEMENTS: [&str; 7] = [
    "DELETE FROM lookups WHERE tenant = $1
        AND (lookup, id) IN (SELECT unhex(value ->> 0), unhex(value ->> 1) FROM jsonb_each($2))",
    "DELETE FROM unique_keys WHERE tenant = $1 AND unique_key IN (SELECT unhex(value) FROM jsonb_each($3))",
    "DELETE FROM records WHERE tenant = $1
        AND (kind, id) IN (SELECT value ->> 0, unhex(value ->> 1) FROM jsonb_each($4))",
    "INSERT INTO unique_keys (tenant, unique_key, kind, id)
        SELECT $1, unhex(value ->> 0), value ->> 1, unhex(value ->> 2) FROM jsonb_each($5)",
    "INSERT INTO lookups (tenant, lookup, id, changed)
        SELECT $1, unhex(value ->> 0), unhex(value ->> 1), value ->> 2 FROM jsonb_each($6)",
    "INSERT INTO records (tenant, kind, id, version, changed, body)
        SELECT $1, value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($7) WHERE true
        ON CONFLICT (tenant, kind, id) DO UPDATE
        SET version = excluded.version, changed = excluded.changed, body = excluded.body",
    "INSERT INTO audit_waiting (tenant, id, body)
        SELECT $1, unhex(value ->> 0), value ->> 1 FROM jsonb_each($8)",
];

/// All in one way to the connection's thread: a statement without rows costs less than the way.
static WRITE: LazyLock<String> = LazyLock::new(|| STATEMENTS.join(";"));

/// The rows of one commit.
#[derive(Default)]
pub(super) struct Rows {
    lost_lookups: List,
    lost_unique: List,
    lost_records: List,
    unique: List,
    lookups: List,
    records: List,
    audit: List,
}

impl Rows {
    pub(super) fn remove_lookup(&mut self, place: &Place, key: &Key, (lookup, _): &Entry) -> Result<()> {
        self.lost_lookups.push(place, &(hex(lookup), hex(&key.id_bytes())))
    }

    pub(super) fn remove_unique(&mut self, place: &Place, hash: &[u8; 32]) -> Result<()> {
        self.lost_unique.push(place, &hex(hash))
    }

    pub(super) fn remove(&mut self, place: &Place, key: &Key) -> Result<()> {
        self.lost_records.push(place, &(key.kind(), hex(&key.id_bytes())))
    }

    pub(super) fn claim_unique(&mut self, place: &Place, key: &Key, hash: &[u8; 32]) -> Result<()> {
        self.unique.push(place, &(hex(hash), key.kind(), hex(&key.id_bytes())))
    }

    /// Has a record found by `lookups`.
    pub(super) fn add(&mut self, place: &Place, key: &Key, lookups: &BTreeSet<Entry>) -> Result<()> {
        let mut add = |(lookup, changed): &Entry| {
            self.lookups.push(place, &(hex(lookup), hex(&key.id_bytes()), changed))
        };
        lookups.iter().try_for_each(&mut add)
    }

    /// Puts a record over what is there.
    pub(super) fn put(&mut self, place: &Place, version: Version, record: &Record) -> Result<()> {
        let (key, changed) = (record.key(), record.changed().map(Timestamp::as_micros));
        let row = (key.kind(), hex(&key.id_bytes()), number(version), changed, place.text(record)?);
        self.records.push(place, &row)
    }

    pub(super) fn add_audit(&mut self, place: &Place, id: AuditId, entry: &NewAudit) -> Result<()> {
        self.audit.push(place, &(hex(id.as_uuid().as_bytes()), place.text(entry)?))
    }

    pub(super) async fn write(
        mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        tenant: &Tenant,
    ) -> Result<()> {
        while let Some(texts) = self.next() {
            let mut statements = sqlx::query(WRITE.as_str()).bind(tenant.as_str());
            for text in texts {
                statements = statements.bind(text);
            }
            statements.execute(&mut *connection).await.map_err(|source| place.fault(source))?;
        }
        Ok(())
    }

    /// What each statement is given next; what comes behind a list that isn't at its end waits.
    fn next(&mut self) -> Option<[String; 7]> {
        let lists = [
            &mut self.lost_lookups,
            &mut self.lost_unique,
            &mut self.lost_records,
            &mut self.unique,
            &mut self.lookups,
            &mut self.records,
            &mut self.audit,
        ];
        if lists.iter().all(|list| list.is_empty()) {
            return None;
        }
        let mut waits = false;
        Some(lists.map(|list| {
            let text = if waits { None } else { list.pop() };
            waits |= !list.is_empty();
            text.unwrap_or_else(|| "[]".to_owned())
        }))
    }
}
