//! Slots of schedules, as rows.

use super::enqueue;
use crate::sqlite::{fault::Place, writer::Desk};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    job::{NewJob, Slot},
    tenant::Tenant,
};
use sqlx::SqliteConnection;

/// The last slot of a schedule that was taken.
pub(super) async fn last(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    schedule: &str,
) -> Result<Option<Timestamp>> {
    let at: Option<i64> = sqlx::query_scalar("SELECT at FROM slots WHERE tenant = ? AND schedule = ?")
        .bind(tenant.as_str())
        .bind(schedule)
        .fetch_optional(connection)
        .await
        .map_err(|source| place.fault(source))?;
    Ok(at.map(Timestamp::from_micros))
}

/// Takes a slot with its job, if it is still to be had; the caller undoes all of it where the job is refused.
pub(super) async fn take(desk: &mut Desk<'_>, slot: &Slot, job: Option<NewJob>) -> Result<bool> {
    let last = last(&mut *desk.connection, &desk.place, &slot.tenant, &slot.schedule).await?;
    if last != slot.last || last.is_some_and(|last| slot.at <= last) {
        return Ok(false);
    }
    if job.as_ref().is_some_and(|job| job.tenant != slot.tenant) {
        return Err(Error::new(ErrorKind::InvalidInput, "a job belongs to another tenant"));
    }
    enqueue::enqueue_all(desk, job.into_iter().collect()).await?;
    sqlx::query("INSERT OR REPLACE INTO slots (tenant, schedule, at) VALUES (?, ?, ?)")
        .bind(slot.tenant.as_str())
        .bind(&slot.schedule)
        .bind(slot.at.as_micros())
        .execute(&mut *desk.connection)
        .await
        .map(|_| true)
        .map_err(|source| desk.place.fault(source))
}
