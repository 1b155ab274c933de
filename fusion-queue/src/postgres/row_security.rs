//! Whether the server keeps tenants apart by itself: what the schema's functions set up, looked at before anything runs.

use super::fault::Place;
use fusion_core::error::Result;
use sqlx::{AssertSqlSafe, PgConnection};

/// Whether whoever connects relies on row security.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowSecurity {
    /// Each statement's own `WHERE` keeps tenants apart; whoever connects may be the owner of the schema.
    Unchecked,
    /// The server does as well; whoever connects isn't the owner.
    Required,
}

/// Refuses a user, a table or a policy that would let a statement past row security.
pub(super) async fn check(connection: &mut PgConnection, place: &Place) -> Result<()> {
    let sql = place.of_schema("SELECT fusion.row_security_gap()");
    let gap: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(connection)
        .await
        .map_err(|source| place.fault(source))?;
    gap.map_or(Ok(()), |gap| Err(place.unusable(&gap)))
}
