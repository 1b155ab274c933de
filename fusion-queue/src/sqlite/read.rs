//! Lists.

use super::{fault::Place, table};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    storage::{Key, Query, Row},
    tenant::Tenant,
};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

/// Up to `limit` records that `query` asks for, from behind `after`: along one index, in the order of keys.
pub(super) async fn list(
    readers: &SqlitePool,
    place: &Place,
    tenant: &Tenant,
    query: &Query,
    after: Option<&Key>,
    limit: usize,
) -> Result<Vec<Row>> {
    let (low, high) = query.range();
    let (above, low) = match after {
        Some(after) if *after >= high => return Ok(Vec::new()),
        Some(after) if *after >= low => (" > ", after),
        _ => (" >= ", &low),
    };
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT version, body FROM ");
    // `CROSS JOIN` keeps the order of the tables: the index first, then the record of each entry.
    match query.lookup() {
        None => {
            sql.push("records AS at WHERE at.kind = ").push_bind(low.kind());
        }
        Some(lookup) => {
            sql.push("lookups AS at CROSS JOIN records ON records.tenant = at.tenant AND records.kind = ");
            sql.push_bind(low.kind());
            sql.push(" AND records.id = at.id WHERE at.lookup = ");
            sql.push_bind(lookup.hash()?.as_bytes().to_vec());
        }
    }
    sql.push(" AND at.tenant = ").push_bind(tenant.as_str().to_owned());
    sql.push(" AND at.id").push(above).push_bind(low.id_bytes());
    sql.push(" AND at.id <= ").push_bind(high.id_bytes());
    if let Some(since) = query.since() {
        sql.push(" AND at.changed >= ").push_bind(Timestamp::as_micros(since));
    }
    sql.push(" ORDER BY at.id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = sql.build_query_as::<(i64, String)>().fetch_all(readers).await;
    let row = |(version, body): (i64, String)| {
        let record = place.record(&body)?;
        Ok(Row { key: record.key(), version: table::version(version), record })
    };
    rows.map_err(|source| place.fault(source))?.into_iter().map(row).collect()
}
