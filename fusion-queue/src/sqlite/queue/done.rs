//! Ends that nothing hangs on, many by one statement: most jobs of a batch end so.

use super::{
    end, lease,
    retention::forget_oldest,
    row::{column, id},
};
use crate::sqlite::writer::Desk;
use fusion_core::{
    clock::Timestamp,
    error::Result,
    job::{JobEnd, SettleVerdict, Settlement, check_ends},
    model::JobId,
};
use std::collections::HashSet;

/// Ends well those of a list that are still held and whose end concerns no other job: each with its id, its token and
/// its result.
pub(super) const DONE: &str = "UPDATE jobs SET status = 'completed', lease_ends = NULL,
         suspect = suspect AND status <> 'running', settled = token, result = done.value ->> 2,
         ended = ?1 + done.key, ended_at = ?2
     FROM jsonb_each(?3) AS done
     WHERE jobs.id = unhex(done.value ->> 0) AND token = done.value ->> 1 AND lease_ends > ?2
         AND serial IS NULL AND unique_key IS NULL AND is_parent = 0
         AND NOT EXISTS (SELECT 1 FROM parents WHERE child = jobs.number)";

/// What has ended from some number on.
pub(super) const JUST_ENDED: &str = "SELECT id FROM jobs WHERE ended >= ?";

/// Settles attempts for their worker, in order.
pub(super) async fn settle_all(
    desk: &mut Desk<'_>,
    settlements: Vec<Settlement>,
) -> Result<Vec<SettleVerdict>> {
    check_ends(&settlements)?;
    let now = desk.clock.now();
    let done = end_all(desk, &settlements, now).await?;
    let mut told = HashSet::new();
    let mut verdicts = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let is_first = told.insert(settlement.lease.job);
        verdicts.push(match done.contains(&settlement.lease.job) {
            true if is_first => SettleVerdict::Accepted,
            _ => lease::settle(desk, None, settlement, true).await?,
        });
    }
    Ok(verdicts)
}

/// Ends what can be ended so. Of several settlements of a job the first counts.
async fn end_all(desk: &mut Desk<'_>, settlements: &[Settlement], now: Timestamp) -> Result<HashSet<JobId>> {
    let (mut seen, mut named) = (HashSet::new(), HashSet::new());
    let mut ends = Vec::with_capacity(settlements.len());
    for Settlement { lease, end } in settlements {
        let is_first = seen.insert(lease.job);
        if let (JobEnd::Completed(result), true) = (end, is_first) {
            named.insert(lease.job);
            ends.push((
                lease.job.as_uuid().simple().to_string(),
                column(lease.token),
                desk.place.text(result)?,
            ));
        }
    }
    if ends.is_empty() {
        return Ok(HashSet::new());
    }
    let first = end::next(desk).await?;
    let ended = sqlx::query(DONE)
        .bind(first)
        .bind(now.as_micros())
        .bind(desk.place.text(&ends)?)
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let done = match ended.rows_affected() == count(ends.len()) {
        true => named,
        // Which they were is asked only where it isn't all of them.
        false => just_ended(desk, first).await?,
    };
    forget_oldest(desk, first..=first + column(count(ends.len())) - 1).await?;
    Ok(done)
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

async fn just_ended(desk: &mut Desk<'_>, first: i64) -> Result<HashSet<JobId>> {
    let ids: Vec<Vec<u8>> = sqlx::query_scalar(JUST_ENDED)
        .bind(first)
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    ids.iter().map(|stored| id(&desk.place, stored)).collect()
}
