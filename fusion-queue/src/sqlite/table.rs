//! Statements over records and what stands beside them.

use super::fault::Place;
use crate::standing::Entry;
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    storage::{Key, Record, Version, Write},
    tenant::Tenant,
};
use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::{borrow::Borrow, collections::BTreeSet};

/// Rows of one statement: well below SQLite's 32,766 parameters with the six that a record takes.
const ROWS: usize = 1_000;

/// A stored record.
pub(super) struct Found {
    pub(super) version: Version,
    pub(super) body: String,
}

impl Place {
    /// The stored form of a value.
    pub(super) fn text(&self, value: &impl Serialize) -> Result<String> {
        serde_json::to_string(value).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "a value has no JSON form").with_source(source)
        })
    }

    pub(super) fn record(&self, body: &str) -> Result<Record> {
        serde_json::from_str(body).map_err(|source| self.damaged("a record").with_source(source))
    }
}

/// A version as a column; what no record reaches stays unreachable.
fn number(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

pub(super) fn version(stored: i64) -> Version {
    Version(u64::try_from(stored).unwrap_or_default())
}

/// What stands under `keys`, in their order.
pub(super) async fn find<K: Borrow<Key>>(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    keys: &[K],
) -> sqlx::Result<Vec<Option<Found>>> {
    let mut all = Vec::with_capacity(keys.len());
    for keys in keys.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new("WITH asked (nth, kind, id) AS (");
        sql.push_values((0_i64..).zip(keys), |mut row, (nth, key)| {
            row.push_bind(nth).push_bind(key.borrow().kind()).push_bind(key.borrow().id_bytes());
        });
        sql.push(") SELECT version, body FROM asked LEFT JOIN records ON tenant = ");
        sql.push_bind(tenant.as_str().to_owned());
        sql.push(" AND records.kind = asked.kind AND records.id = asked.id ORDER BY nth");
        let rows = sql.build_query_as::<(Option<i64>, Option<String>)>().persistent(false);
        let found = |(stored, body): (Option<i64>, Option<String>)| {
            Some(Found { version: version(stored?), body: body? })
        };
        all.extend(rows.fetch_all(&mut *connection).await?.into_iter().map(found));
    }
    Ok(all)
}

/// Writes the records of `writes` over those that are there.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    writes: &[Write],
) -> Result<()> {
    let rows = writes.iter().filter_map(|write| Some((number(write.expect.next()), write.record.as_ref()?)));
    let end = " ON CONFLICT (tenant, kind, id) DO UPDATE
        SET version = excluded.version, changed = excluded.changed, body = excluded.body";
    store(connection, place, tenant, rows, end).await.map(drop)
}

/// Adds `records` that aren't there; how many those were.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    records: &[Record],
) -> Result<usize> {
    let rows = records.iter().map(|record| (number(Version::NEW.next()), record));
    store(connection, place, tenant, rows, " ON CONFLICT DO NOTHING").await
}

async fn store<'a>(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    records: impl Iterator<Item = (i64, &'a Record)>,
    end: &'static str,
) -> Result<usize> {
    let rows =
        records.map(|(version, record)| Ok((record.key(), version, record.changed(), place.text(record)?)));
    let rows: Vec<_> = rows.collect::<Result<_>>()?;
    let mut stored = 0;
    for rows in rows.chunks(ROWS) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO records (tenant, kind, id, version, changed, body) ");
        sql.push_values(rows, |mut row, (key, version, changed, body)| {
            row.push_bind(tenant.as_str().to_owned())
                .push_bind(key.kind())
                .push_bind(key.id_bytes())
                .push_bind(*version)
                .push_bind(changed.map(Timestamp::as_micros))
                .push_bind(body.clone());
        });
        sql.push(end);
        let done = sql.build().persistent(false).execute(&mut *connection).await;
        stored += done.map_err(|source| place.fault(source))?.rows_affected();
    }
    Ok(usize::try_from(stored).unwrap_or(usize::MAX))
}

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Key,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM records WHERE tenant = ? AND kind = ? AND id = ?")
        .bind(tenant.as_str())
        .bind(key.kind())
        .bind(key.id_bytes())
        .execute(connection)
        .await
        .map(drop)
}

pub(super) async fn add_lookups(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Key,
    entries: &BTreeSet<Entry>,
) -> sqlx::Result<()> {
    for (lookup, changed) in entries {
        sqlx::query("INSERT INTO lookups (tenant, lookup, id, changed) VALUES (?, ?, ?, ?)")
            .bind(tenant.as_str())
            .bind(lookup.as_slice())
            .bind(key.id_bytes())
            .bind(changed)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn remove_lookup(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Key,
    (lookup, _): &Entry,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM lookups WHERE tenant = ? AND lookup = ? AND id = ?")
        .bind(tenant.as_str())
        .bind(lookup.as_slice())
        .bind(key.id_bytes())
        .execute(connection)
        .await
        .map(drop)
}

/// Takes what may be there only once; whether nobody else had it.
pub(super) async fn claim_unique(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    key: &Key,
    hash: &[u8; 32],
) -> sqlx::Result<bool> {
    let claimed = sqlx::query(
        "INSERT INTO unique_keys (tenant, unique_key, kind, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(tenant.as_str())
    .bind(hash.as_slice())
    .bind(key.kind())
    .bind(key.id_bytes())
    .execute(connection)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

pub(super) async fn remove_unique(
    connection: &mut SqliteConnection,
    tenant: &Tenant,
    hash: &[u8; 32],
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM unique_keys WHERE tenant = ? AND unique_key = ?")
        .bind(tenant.as_str())
        .bind(hash.as_slice())
        .execute(connection)
        .await
        .map(drop)
}
