//! Gates of stores, as rows.

use crate::sqlite::{fault::Place, writer::Desk};
use fusion_core::{clock::Timestamp, error::Result, model::StoreId, tenant::Tenant};
use sqlx::SqliteConnection;

/// How long a gate is closed that only a signal opens.
pub(super) const UNTIL_OPENED: i64 = i64::MAX;

/// How a gate stands at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    ClosedUntil(i64),
    ClosedUntilOpened,
    Paused,
    Full,
}

pub(super) fn standing(open_at: Option<i64>, paused: bool, now: Timestamp) -> Standing {
    match open_at {
        _ if paused => Standing::Paused,
        Some(UNTIL_OPENED) => Standing::ClosedUntilOpened,
        Some(open_at) if now.as_micros() < open_at => Standing::ClosedUntil(open_at),
        Some(_) | None => Standing::Open,
    }
}

pub(super) fn partition(store: Option<StoreId>) -> Vec<u8> {
    store.map(|store| store.as_uuid().as_bytes().to_vec()).unwrap_or_default()
}

pub(super) fn store(place: &Place, partition: &[u8]) -> Result<Option<StoreId>> {
    if partition.is_empty() {
        return Ok(None);
    }
    let bytes = <[u8; 16]>::try_from(partition).map_err(|_| place.damaged("a lane's store"))?;
    Ok(Some(StoreId::from_uuid(uuid::Uuid::from_bytes(bytes))))
}

/// The lane of `store`, made if it isn't there.
pub(super) async fn of(desk: &mut Desk<'_>, tenant: &Tenant, store: Option<StoreId>) -> Result<i64> {
    let find = "SELECT id FROM lanes WHERE tenant = ? AND partition = ?";
    let found: Option<i64> = sqlx::query_scalar(find)
        .bind(tenant.as_str())
        .bind(partition(store))
        .fetch_optional(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    if let Some(lane) = found {
        return Ok(lane);
    }
    sqlx::query_scalar("INSERT INTO lanes (tenant, partition) VALUES (?, ?) RETURNING id")
        .bind(tenant.as_str())
        .bind(partition(store))
        .fetch_one(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}

/// Closes it until `open_at`. Of several calls that were told to wait, the longest wait counts.
pub(super) async fn close(desk: &mut Desk<'_>, lane: i64, open_at: Option<i64>) -> Result<()> {
    sqlx::query("UPDATE lanes SET open_at = max(coalesce(open_at, 0), ?) WHERE id = ?")
        .bind(open_at.unwrap_or(UNTIL_OPENED))
        .bind(lane)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Opens it, and wakes what was parked in it.
pub(super) async fn open(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    store: Option<StoreId>,
    now: Timestamp,
) -> Result<()> {
    let lane = of(desk, tenant, store).await?;
    sqlx::query("UPDATE lanes SET open_at = NULL WHERE id = ?")
        .bind(lane)
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    sqlx::query("UPDATE jobs SET wait = 1, due = ? WHERE wait = 3 AND lane = ?")
        .bind(now.as_micros())
        .bind(lane)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

pub(super) async fn pause(desk: &mut Desk<'_>, tenant: &Tenant, store: StoreId, paused: bool) -> Result<()> {
    let lane = of(desk, tenant, Some(store)).await?;
    sqlx::query("UPDATE lanes SET paused = ? WHERE id = ?")
        .bind(paused)
        .bind(lane)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Lets at most so many jobs that begin work be in hands at once.
pub(super) async fn limit(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    store: Option<StoreId>,
    max_live: Option<u32>,
) -> Result<()> {
    let lane = of(desk, tenant, store).await?;
    sqlx::query("UPDATE lanes SET max_live = ? WHERE id = ?")
        .bind(max_live)
        .bind(lane)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// How many more jobs that begin work may be claimed in `lane`.
pub(super) async fn room(
    connection: &mut SqliteConnection,
    place: &Place,
    lane: i64,
    max_live: i64,
) -> Result<i64> {
    let live: i64 = sqlx::query_scalar(LIVE)
        .bind(lane)
        .fetch_one(connection)
        .await
        .map_err(|source| place.fault(source))?;
    Ok((max_live - live).max(0))
}

/// What is in hands in one lane; looks at what is in hands anywhere, which workers bound.
pub(super) const LIVE: &str =
    "SELECT count(*) FROM jobs WHERE lease_ends IS NOT NULL AND +lane = ? AND begins_work = 1";

/// How the gate of `lane` stands.
pub(super) async fn read_standing(
    connection: &mut SqliteConnection,
    place: &Place,
    lane: i64,
    now: Timestamp,
) -> Result<Standing> {
    let (open_at, paused, max_live): (Option<i64>, bool, Option<i64>) =
        sqlx::query_as("SELECT open_at, paused, max_live FROM lanes WHERE id = ?")
            .bind(lane)
            .fetch_one(&mut *connection)
            .await
            .map_err(|source| place.fault(source))?;
    Ok(match (standing(open_at, paused, now), max_live) {
        (Standing::Open, Some(max_live)) if room(connection, place, lane, max_live).await? == 0 => {
            Standing::Full
        }
        (standing, _) => standing,
    })
}

/// The closed gates of `tenant`, each with the moment at which it opens by itself.
pub(super) async fn closed(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    now: Timestamp,
) -> Result<Vec<(Option<StoreId>, Option<Timestamp>)>> {
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT partition, open_at FROM lanes WHERE tenant = ? AND open_at > ? ORDER BY partition",
    )
    .bind(tenant.as_str())
    .bind(now.as_micros())
    .fetch_all(connection)
    .await
    .map_err(|source| place.fault(source))?;
    let gate = |(partition, open_at): (Vec<u8>, i64)| {
        let until = (open_at != UNTIL_OPENED).then(|| Timestamp::from_micros(open_at));
        Ok((store(place, &partition)?, until))
    };
    rows.into_iter().map(gate).collect()
}
