//! Ends that nothing hangs on, many by one statement: most jobs of a batch end so.

use super::{
    lease,
    retention::forget_oldest,
    row::{Row, bytes, column, select},
};
use crate::sqlite::writer::Desk;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{JobEnd, SettleVerdict, Settlement},
    model::JobId,
};
use std::collections::HashMap;

/// The jobs of a list of ids.
pub(super) const NAMED: &str = select!("WHERE id IN (SELECT unhex(value) FROM json_each(?))");

/// Ends jobs well: each of the list with its number and its result.
pub(super) const DONE: &str = "UPDATE jobs SET status = 'completed', lease_ends = NULL,
         suspect = suspect AND status <> 'running', settled = token, result = done.value ->> 1, ended = ?1 + done.key,
         ended_at = ?2 FROM json_each(?3) AS done WHERE jobs.number = done.value ->> 0";

/// Settles attempts for their worker, in order.
pub(super) async fn settle_all(
    desk: &mut Desk<'_>,
    settlements: Vec<Settlement>,
) -> Result<Vec<SettleVerdict>> {
    let now = desk.clock.now();
    let rows = match settlements.len() {
        0 | 1 => HashMap::new(),
        _ => named(desk, settlements.iter().map(|settlement| settlement.lease.job)).await?,
    };
    let mut done: HashMap<JobId, u64> = HashMap::new();
    let mut ends: Vec<(i64, String)> = Vec::new();
    let mut verdicts = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let (job, token) = (settlement.lease.job, settlement.lease.token);
        if let Some(first) = done.get(&job) {
            let is_repeated = *first == token;
            verdicts.push(if is_repeated { SettleVerdict::AlreadySettled } else { SettleVerdict::Fenced });
            continue;
        }
        let row = rows.get(&bytes(job)).filter(|row| row.is_held(token, now) && is_alone(row));
        match (row, &settlement.end) {
            (Some(row), JobEnd::Completed(result)) if row.job(&desk.place)?.parents.is_empty() => {
                ends.push((row.number, desk.place.text(result)?));
                done.insert(job, token);
                verdicts.push(SettleVerdict::Accepted);
            }
            _ => verdicts.push(lease::settle(desk, None, settlement, true).await?),
        }
    }
    end(desk, &ends, now).await?;
    Ok(verdicts)
}

async fn named(desk: &mut Desk<'_>, ids: impl Iterator<Item = JobId>) -> Result<HashMap<Vec<u8>, Row>> {
    let ids: Vec<String> = ids.map(|id| id.as_uuid().simple().to_string()).collect();
    let rows: Vec<Row> = sqlx::query_as(NAMED)
        .bind(desk.place.text(&ids)?)
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Whether its end concerns no other job, unless it names parents.
const fn is_alone(row: &Row) -> bool {
    row.serial.is_none() && row.unique_key.is_none() && row.place.is_none() && !row.follows && !row.is_parent
}

async fn end(desk: &mut Desk<'_>, ends: &[(i64, String)], now: Timestamp) -> Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    let first: i64 =
        sqlx::query_scalar("SELECT coalesce(max(ended), 0) + 1 FROM jobs WHERE ended IS NOT NULL")
            .fetch_one(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    let ended = sqlx::query(DONE)
        .bind(first)
        .bind(now.as_micros())
        .bind(desk.place.text(&ends)?)
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let many = u64::try_from(ends.len()).unwrap_or(u64::MAX);
    if ended.rows_affected() != many {
        return Err(desk.place.damaged("a job under two numbers"));
    }
    forget_oldest(desk, first..=first + column(many) - 1).await
}
