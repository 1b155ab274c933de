//! Which kinds workers perform.

use crate::sqlite::{fault::Place, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{HANDLED_FOR, JobKind},
};
use sqlx::SqliteConnection;

/// Notes that a worker performs `kinds`.
pub(super) async fn note(desk: &mut Desk<'_>, kinds: &[JobKind], now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO handled (kind, at) SELECT value, ? FROM json_each(?) WHERE true
         ON CONFLICT (kind) DO UPDATE SET at = excluded.at",
    )
    .bind(now.as_micros())
    .bind(desk.place.text(&kinds)?)
    .execute(&mut *desk.connection)
    .await
    .map(drop)
    .map_err(|source| desk.place.fault(source))
}

/// Whether workers were heard of lately, and none of them performs `kind`.
pub(super) async fn is_missing(
    connection: &mut SqliteConnection,
    place: &Place,
    kind: &JobKind,
    now: Timestamp,
) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM handled WHERE at > ?1)
             AND NOT EXISTS (SELECT 1 FROM handled WHERE at > ?1 AND kind = ?2)",
    )
    .bind((now - HANDLED_FOR).as_micros())
    .bind(kind.as_str())
    .fetch_one(connection)
    .await
    .map_err(|source| place.fault(source))
}
