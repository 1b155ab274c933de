//! The order of jobs that share a serial key.

use super::row::{bytes, let_in, wait};
use crate::sqlite::{columns::from_columns, fault::Place, writer::Desk};
use fusion_core::{clock::Timestamp, error::Result, job::NewJob, tenant::Tenant};
use sqlx::SqliteConnection;

/// The one whose turn it is.
pub(super) struct Head {
    pub(super) number: i64,
    pub(super) id: Vec<u8>,
    pub(super) due: Option<i64>,
    pub(super) lease_ends: Option<i64>,
    pub(super) ended: Option<i64>,
    place: i64,
    behind: i64,
}

from_columns!(Head { number, id, due, lease_ends, ended, place, behind });

pub(super) async fn head(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    serial: &[u8],
) -> Result<Option<Head>> {
    sqlx::query_as(
        "SELECT number, id, due, lease_ends, ended, place, behind FROM jobs
         WHERE tenant = ? AND serial = ? AND place IS NOT NULL ORDER BY place, behind LIMIT 1",
    )
    .bind(tenant.as_str())
    .bind(serial)
    .fetch_optional(connection)
    .await
    .map_err(|source| place.fault(source))
}

/// Gives a pending job its place in its serial key, and lets it into its lane if that is the first.
pub(super) async fn line_up(
    desk: &mut Desk<'_>,
    number: i64,
    job: &NewJob,
    due: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let Some(serial) = job.serial.as_deref().map(str::as_bytes) else {
        return let_in(desk, number, due, now).await;
    };
    let head = head(&mut *desk.connection, &desk.place, &job.tenant, serial).await?;
    let (place, behind) = match (&head, job.takes_key_of) {
        (None, _) => (0, 0),
        (Some(_), None) => (edge(desk, &job.tenant, serial).await? + 1, 0),
        (Some(head), Some(before)) => {
            let taken: Option<(i64, i64)> = sqlx::query_as(
                "SELECT place, behind FROM jobs WHERE tenant = ? AND id = ? AND serial = ? AND place IS NOT NULL",
            )
            .bind(job.tenant.as_str())
            .bind(bytes(before))
            .bind(serial)
            .fetch_optional(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
            let is_passed = head.lease_ends.is_none() && head.ended.is_none();
            match taken.or((!is_passed).then_some((head.place, head.behind))) {
                Some((place, _)) => (place, last_behind(desk, &job.tenant, serial, place).await? + 1),
                None => {
                    displace(desk, head.number).await?;
                    (head.place - 1, 0)
                }
            }
        }
    };
    let goes_first = head.is_none_or(|head| (head.place, head.behind) >= (place, behind));
    sqlx::query("UPDATE jobs SET place = ?, behind = ?, wait = coalesce(?, wait) WHERE number = ?")
        .bind(place)
        .bind(behind)
        .bind(goes_first.then(|| wait(due, now)))
        .bind(number)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// The last place of a key.
async fn edge(desk: &mut Desk<'_>, tenant: &Tenant, serial: &[u8]) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT coalesce(max(place), -1) FROM jobs WHERE tenant = ? AND serial = ? AND place IS NOT NULL",
    )
    .bind(tenant.as_str())
    .bind(serial)
    .fetch_one(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))
}

/// The last of those that took over `place`.
async fn last_behind(desk: &mut Desk<'_>, tenant: &Tenant, serial: &[u8], place: i64) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT coalesce(max(behind), 0) FROM jobs WHERE tenant = ? AND serial = ? AND place = ?
         AND place IS NOT NULL",
    )
    .bind(tenant.as_str())
    .bind(serial)
    .bind(place)
    .fetch_one(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))
}

async fn displace(desk: &mut Desk<'_>, number: i64) -> Result<()> {
    sqlx::query("UPDATE jobs SET wait = 0 WHERE number = ?")
        .bind(number)
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Lets in the one whose turn it is now.
pub(super) async fn let_next_in(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    serial: &[u8],
    now: Timestamp,
) -> Result<()> {
    match head(&mut *desk.connection, &desk.place, tenant, serial).await? {
        Some(head) if head.lease_ends.is_none() && head.ended.is_none() => {
            let_in(desk, head.number, head.due, now).await
        }
        Some(_) | None => Ok(()),
    }
}

/// Lets the next one in behind a dead letter that holds the key.
pub(super) async fn go_on(desk: &mut Desk<'_>, tenant: &Tenant, key: &str) -> Result<()> {
    let (now, serial) = (desk.clock.now(), key.as_bytes());
    let head = head(&mut *desk.connection, &desk.place, tenant, serial).await?;
    let Some(holder) = head.filter(|head| head.ended.is_some()) else { return Ok(()) };
    sqlx::query("UPDATE jobs SET place = NULL, behind = NULL WHERE number = ?")
        .bind(holder.number)
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let_next_in(desk, tenant, serial, now).await
}
