//! Audit entries get their numbers.

use super::{fault::Place, list::List};
use fusion_core::{
    audit::{self, Head, NewAudit},
    canonical::Hash,
    error::Result,
    model::AuditId,
    tenant::Tenant,
};
use sqlx::SqliteConnection;

const NUMBERED: &str =
    "INSERT INTO audit (tenant, sequence, body) SELECT ?, value ->> 0, value ->> 1 FROM jsonb_each(?)";

/// Notes the new end; what is chained waits no more.
const MOVE_ON: &str = "
    INSERT INTO heads (tenant, sequence, hash) VALUES ($1, $2, $3)
    ON CONFLICT DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash;
    DELETE FROM audit_waiting WHERE tenant = $1 AND place <= $4";

/// Chains up to `limit` entries of `tenant`, or of whichever tenants have some, inside the writer's transaction.
pub(super) async fn chain(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: Option<&Tenant>,
    limit: usize,
) -> Result<usize> {
    let mut chained = 0;
    while chained < limit {
        let tenant = match tenant {
            Some(tenant) => tenant.clone(),
            None => match next_tenant(connection, place).await? {
                Some(tenant) => tenant,
                None => break,
            },
        };
        let done = chain_one(connection, place, &tenant, limit - chained).await?;
        if done == 0 {
            break;
        }
        chained += done;
    }
    Ok(chained)
}

/// Whoever has waited longest.
async fn next_tenant(connection: &mut SqliteConnection, place: &Place) -> Result<Option<Tenant>> {
    let oldest = "SELECT tenant FROM audit_waiting ORDER BY place LIMIT 1";
    let tenant: Option<String> =
        sqlx::query_scalar(oldest).fetch_optional(connection).await.map_err(|source| place.fault(source))?;
    tenant.map(|tenant| Tenant::new(&tenant)).transpose()
}

async fn chain_one(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    limit: usize,
) -> Result<usize> {
    let fault = |source| place.fault(source);
    let rows: Vec<(i64, Vec<u8>, String)> =
        sqlx::query_as("SELECT place, id, body FROM audit_waiting WHERE tenant = ? ORDER BY place LIMIT ?")
            .bind(tenant.as_str())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *connection)
            .await
            .map_err(fault)?;
    let Some((last, ..)) = rows.last() else { return Ok(0) };
    let last = *last;
    let mut entries = Vec::with_capacity(rows.len());
    for (_, id, body) in &rows {
        let id = <[u8; 16]>::try_from(id.as_slice()).map_err(|_| place.damaged("an audit entry's id"))?;
        let entry: NewAudit = serde_json::from_str(body)
            .map_err(|source| place.damaged("an audit entry").with_source(source))?;
        entries.push((AuditId::from_uuid(uuid::Uuid::from_bytes(id)), entry));
    }
    let head = head(connection, place, tenant).await?;
    let (chained, head) = audit::chain(&head, entries)?;
    let mut numbered = List::default();
    for entry in &chained {
        numbered.push(place, &(entry.sequence, place.text(entry)?))?;
    }
    while let Some(text) = numbered.pop() {
        sqlx::query(NUMBERED)
            .bind(tenant.as_str())
            .bind(text)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    sqlx::query(MOVE_ON)
        .bind(tenant.as_str())
        .bind(i64::try_from(head.sequence).unwrap_or(i64::MAX))
        .bind(head.hash.as_bytes().as_slice())
        .bind(last)
        .execute(connection)
        .await
        .map_err(fault)?;
    Ok(chained.len())
}

/// Drops the tenant's chained entries up to the one numbered `until`.
pub(super) async fn drop_until(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    until: u64,
) -> Result<u64> {
    let dropped = sqlx::query("DELETE FROM audit WHERE tenant = ? AND sequence <= ?")
        .bind(tenant.as_str())
        .bind(i64::try_from(until).unwrap_or(i64::MAX))
        .execute(connection)
        .await;
    Ok(dropped.map_err(|source| place.fault(source))?.rows_affected())
}

/// The stored end of the tenant's chain.
pub(super) async fn head(connection: &mut SqliteConnection, place: &Place, tenant: &Tenant) -> Result<Head> {
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as("SELECT sequence, hash FROM heads WHERE tenant = ?")
        .bind(tenant.as_str())
        .fetch_optional(connection)
        .await
        .map_err(|source| place.fault(source))?;
    let Some((sequence, hash)) = row else { return Ok(Head::genesis(tenant)) };
    let hash = <[u8; 32]>::try_from(hash.as_slice()).map_err(|_| place.damaged("the end of a chain"))?;
    Ok(Head {
        tenant: tenant.clone(),
        sequence: u64::try_from(sequence).unwrap_or_default(),
        hash: Hash::from_bytes(hash),
    })
}
