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
pub(super) async fn of(desk: &mut Desk, tenant: &Tenant, store: Option<StoreId>) -> Result<i64> {
    let find = "SELECT id FROM lanes WHERE tenant = ? AND partition = ?";
    let found: Option<i64> = sqlx::query_scalar(find)
        .bind(tenant.as_str())
        .bind(partition(store))
        .fetch_optional(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    if let Some(lane) = found {
        return Ok(lane);
    }
    sqlx::query_scalar("INSERT INTO lanes (tenant, partition) VALUES (?, ?) RETURNING id")
        .bind(tenant.as_str())
        .bind(partition(store))
        .fetch_one(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))
}

/// Closes it until `open_at`. Of several calls that were told to wait, the longest wait counts.
pub(super) async fn close(desk: &mut Desk, lane: i64, open_at: Option<i64>) -> Result<()> {
    sqlx::query("UPDATE lanes SET open_at = max(coalesce(open_at, 0), ?) WHERE id = ?")
        .bind(open_at.unwrap_or(UNTIL_OPENED))
        .bind(lane)
        .execute(&mut desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Opens it, and wakes what was parked in it.
pub(super) async fn open(
    desk: &mut Desk,
    tenant: &Tenant,
    store: Option<StoreId>,
    now: Timestamp,
) -> Result<()> {
    let lane = of(desk, tenant, store).await?;
    sqlx::query("UPDATE lanes SET open_at = NULL WHERE id = ?")
        .bind(lane)
        .execute(&mut desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    sqlx::query("UPDATE jobs SET wait = 1, due = ? WHERE wait = 3 AND lane = ?")
        .bind(now.as_micros())
        .bind(lane)
        .execute(&mut desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

pub(super) async fn pause(desk: &mut Desk, tenant: &Tenant, store: StoreId, paused: bool) -> Result<()> {
    let lane = of(desk, tenant, Some(store)).await?;
    sqlx::query("UPDATE lanes SET paused = ? WHERE id = ?")
        .bind(paused)
        .bind(lane)
        .execute(&mut desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// How the gate of `lane` stands.
pub(super) async fn stands(
    connection: &mut SqliteConnection,
    place: &Place,
    lane: i64,
    now: Timestamp,
) -> Result<Standing> {
    let (open_at, paused): (Option<i64>, bool) =
        sqlx::query_as("SELECT open_at, paused FROM lanes WHERE id = ?")
            .bind(lane)
            .fetch_one(connection)
            .await
            .map_err(|source| place.fault(source))?;
    Ok(standing(open_at, paused, now))
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
