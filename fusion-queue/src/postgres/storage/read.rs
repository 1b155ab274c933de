//! Reads: one statement each.

use super::row::{column, limit as most, record, version};
use crate::postgres::Postgres;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    storage::{Key, Query, Record, Row, Versioned},
    tenant::Tenant,
};

pub(super) async fn get(
    db: &Postgres,
    tenant: &Tenant,
    keys: &[Key],
) -> Result<Vec<Option<Versioned<Record>>>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tenant.as_str().to_owned();
    let kinds: Vec<&'static str> = keys.iter().map(Key::kind).collect();
    let ids: Vec<Vec<u8>> = keys.iter().map(Key::id_bytes).collect();
    let rows = db
        .rows("SELECT * FROM fusion.find($1, $2, $3)", move |statement| {
            statement.bind(tenant).bind(kinds).bind(ids)
        })
        .await?;
    let place = db.place();
    let found = rows.iter().map(|row| {
        let Some(stored) = column::<Option<i64>>(place, row, "version")? else { return Ok(None) };
        let value = record(place, column(place, row, "kind")?, column(place, row, "body")?)?;
        Ok(Some(Versioned { value, version: version(stored) }))
    });
    found.collect()
}

/// Up to `limit` records that `query` asks for, from behind `after`: along one index, in the order of keys.
pub(super) async fn list(
    db: &Postgres,
    tenant: &Tenant,
    query: &Query,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<Row>> {
    let (low, high) = query.range();
    let low_bytes = match after {
        Some(after) if *after >= high => return Ok(Vec::new()),
        // The next of all byte strings.
        Some(after) if *after >= low => [after.id_bytes(), vec![0]].concat(),
        _ => low.id_bytes(),
    };
    let (tenant, kind) = (tenant.as_str().to_owned(), low.kind());
    let lookup = query.lookup().map(|lookup| lookup.hash()).transpose()?;
    let lookup = lookup.map(|hash| hash.as_bytes().to_vec());
    let (since, high) = (query.since().map(Timestamp::as_micros), high.id_bytes());
    let rows = db
        .rows("SELECT * FROM fusion.list($1, $2, $3, $4, $5, $6, $7)", move |statement| {
            let statement = statement.bind(tenant).bind(kind).bind(lookup).bind(low_bytes);
            statement.bind(high).bind(since).bind(most(limit))
        })
        .await?;
    let place = db.place();
    let listed = rows.iter().map(|row| {
        let record = record(place, kind, column(place, row, "body")?)?;
        Ok(Row { key: record.key(), version: version(column(place, row, "version")?), record })
    });
    listed.collect()
}
