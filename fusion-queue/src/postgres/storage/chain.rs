//! Audit entries get their numbers: read and hashed here, added by one statement if the chain still ends as it did.

use super::row::{column, limit as most, text};
use crate::postgres::Postgres;
use fusion_core::{
    audit::{self, AuditEntry, Head, NewAudit},
    canonical::Hash,
    error::Result,
    model::AuditId,
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// Entries that one transaction chains: long chains leave room for commits between.
const CHAINED: usize = 500;

/// Entries that one transaction drops.
const DROPPED: i64 = 5_000;

/// Tries at one page. Each that is lost means that somebody else has chained one, so this many in a row are no crowd
/// but something that is wrong.
const TRIES: usize = 1_000;

/// Entries of one tenant that have no number, and the end of the chain that they go to.
struct Page {
    head: Head,
    places: Vec<i64>,
    entries: Vec<(AuditId, NewAudit)>,
}

/// Chains up to `limit` entries of whichever tenants have some.
pub(super) async fn chain(db: &Postgres, limit: usize) -> Result<usize> {
    let mut chained = 0;
    while chained < limit {
        match chain_page(db, None, CHAINED.min(limit - chained)).await? {
            0 => break,
            done => chained += done,
        }
    }
    Ok(chained)
}

/// Chains what was committed before the call.
pub(super) async fn chain_all(db: &Postgres, tenant: &Tenant) -> Result<()> {
    while chain_page(db, Some(tenant), CHAINED).await? == CHAINED {}
    Ok(())
}

/// Chains up to `limit` entries of `tenant`, or of whoever has waited longest, in one transaction.
async fn chain_page(db: &Postgres, tenant: Option<&Tenant>, limit: usize) -> Result<usize> {
    for _ in 0..TRIES {
        let Some(page) = waiting(db, tenant, limit).await? else { return Ok(0) };
        let (chained, head) = audit::chain(&page.head, page.entries)?;
        let bodies: Vec<String> = chained.iter().map(text).collect::<Result<_>>()?;
        let (before, places, count) = (page.head, page.places, chained.len());
        let genesis = Head::genesis(&head.tenant);
        let row = db
            .row("SELECT fusion.link($1, $2, $3, $4, $5, $6, $7) AS is_linked", move |statement| {
                let statement = statement.bind(before.tenant.as_str().to_owned());
                let statement = statement.bind(bytes(&genesis)).bind(number(before.sequence));
                statement.bind(bytes(&before)).bind(bytes(&head)).bind(places).bind(bodies)
            })
            .await?;
        if column(db.place(), &row, "is_linked")? {
            return Ok(count);
        }
    }
    Err(db.place().unavailable("is being chained by too many at once; try again"))
}

async fn waiting(db: &Postgres, tenant: Option<&Tenant>, limit: usize) -> Result<Option<Page>> {
    let tenant = tenant.map(|tenant| tenant.as_str().to_owned());
    let rows = db
        .rows("SELECT * FROM fusion.unchained($1, $2)", move |statement| {
            statement.bind(tenant).bind(most(limit))
        })
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let place = db.place();
    let tenant = Tenant::new(column::<&str>(place, first, "tenant")?)?;
    let head = end(db, tenant, first)?;
    let (mut places, mut entries) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in &rows {
        places.push(column(place, row, "place")?);
        let entry = serde_json::from_str(column(place, row, "body")?);
        let entry = entry.map_err(|_| place.damaged("an audit entry"))?;
        entries.push((AuditId::from_uuid(column::<Uuid>(place, row, "id")?), entry));
    }
    Ok(Some(Page { head, places, entries }))
}

/// The chained entries above `after`.
pub(super) async fn read(
    db: &Postgres,
    tenant: &Tenant,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditEntry>> {
    let tenant = tenant.as_str().to_owned();
    let sql = "SELECT body FROM fusion.feed($1, $2, $3)";
    let rows =
        db.rows(sql, move |statement| statement.bind(tenant).bind(number(after)).bind(most(limit))).await?;
    let place = db.place();
    let entry =
        |row| serde_json::from_str(column(place, row, "body")?).map_err(|_| place.damaged("an audit entry"));
    rows.iter().map(entry).collect()
}

/// Drops the tenant's chained entries up to the one numbered `last`, the oldest first.
pub(super) async fn drop_until(db: &Postgres, tenant: &Tenant, last: u64) -> Result<u64> {
    // Each part is a transaction of its own: a long one would keep what everybody else has deleted.
    let sql = "SELECT fusion.drop_audit($1, $2, $3) AS gone";
    let mut dropped = 0;
    loop {
        let name = tenant.as_str().to_owned();
        let row = db.row(sql, move |statement| statement.bind(name).bind(number(last)).bind(DROPPED)).await?;
        let part: i64 = column(db.place(), &row, "gone")?;
        dropped += u64::try_from(part).unwrap_or_default();
        if part < DROPPED {
            return Ok(dropped);
        }
    }
}

/// The stored end of the tenant's chain.
pub(super) async fn head(db: &Postgres, tenant: &Tenant) -> Result<Head> {
    let name = tenant.as_str().to_owned();
    let sql = "SELECT sequence, hash FROM fusion.chain_end($1)";
    let rows = db.rows(sql, move |statement| statement.bind(name)).await?;
    match rows.first() {
        Some(row) => end(db, tenant.clone(), row),
        None => Ok(Head::genesis(tenant)),
    }
}

fn end(db: &Postgres, tenant: Tenant, row: &PgRow) -> Result<Head> {
    let place = db.place();
    let Some(sequence) = column::<Option<i64>>(place, row, "sequence")? else {
        return Ok(Head::genesis(&tenant));
    };
    let hash = <[u8; 32]>::try_from(column::<&[u8]>(place, row, "hash")?);
    let hash = Hash::from_bytes(hash.map_err(|_| place.damaged("the end of a chain"))?);
    Ok(Head { tenant, sequence: u64::try_from(sequence).unwrap_or_default(), hash })
}

fn bytes(head: &Head) -> Vec<u8> {
    head.hash.as_bytes().to_vec()
}

fn number(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
