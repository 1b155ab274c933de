//! What commits leave to a queue that lives elsewhere, and what is known here of its leases.

use super::{SqliteStorage, fault::Place, list::List, writer::Desk};
use crate::standing::readable;
use async_trait::async_trait;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    job::{Enqueued, Lease, NewJob, SettleVerdict, Settled, Settlement},
    model::JobId,
    storage::{Committed, Errand, Outbox, Waiting},
    tenant::Tenant,
};
use sqlx::SqliteConnection;
use std::time::Duration;

/// In microseconds. When a token was last here is kept to the day: written twice on one, its row changes no index.
const DAY: i64 = 86_400_000_000;

#[async_trait]
impl Outbox for SqliteStorage {
    async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>> {
        let place = &self.0.place;
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("SELECT number, tenant, body FROM errands ORDER BY number LIMIT ?")
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&self.0.readers)
                .await
                .map_err(|source| place.fault(source))?;
        let waiting = |(number, tenant, body): (i64, String, String)| readable(number, &tenant, &body);
        Ok(rows.into_iter().filter_map(waiting).collect())
    }

    async fn handed_on(&self, numbers: &[u64]) -> Result<()> {
        let numbers = numbers.to_vec();
        let act = self.0.writer.ask(move |desk| {
            Box::pin(async move { handed_on(&mut *desk.connection, &desk.place, &numbers).await })
        });
        act.await
    }

    async fn forget_tokens(&self, age: Duration, limit: usize) -> Result<usize> {
        let act =
            self.0.writer.ask(move |desk| Box::pin(async move { forget_tokens(desk, age, limit).await }));
        act.await
    }
}

pub(super) async fn handed_on(
    connection: &mut SqliteConnection,
    place: &Place,
    numbers: &[u64],
) -> Result<()> {
    sqlx::query("DELETE FROM errands WHERE number IN (SELECT value FROM json_each(?))")
        .bind(place.text(&numbers)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(|source| place.fault(source))
}

/// Forgets up to `limit` tokens that were last here at least `age` ago; how many those were.
async fn forget_tokens(desk: &mut Desk<'_>, age: Duration, limit: usize) -> Result<usize> {
    let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    let forgotten = sqlx::query(
        "DELETE FROM tokens WHERE (tenant, job) IN (SELECT tenant, job FROM tokens WHERE day < ? ORDER BY day LIMIT ?)",
    )
    .bind(desk.clock.now().as_micros().saturating_sub(age) / DAY)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    Ok(usize::try_from(forgotten.rows_affected()).unwrap_or(usize::MAX))
}

/// Leaves what a commit asks of the queue, in the order in which a queue of the same database would do it.
pub(super) async fn leave(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    cancels: Vec<JobId>,
    jobs: Vec<NewJob>,
    settle: Option<Settlement>,
) -> Result<Committed> {
    let mut committed = Committed { jobs: vec![Enqueued::New; jobs.len()], settled: None };
    let cancels = cancels.into_iter().map(Errand::Cancel);
    let mut errands: Vec<Errand> = cancels.chain(jobs.into_iter().map(Errand::Enqueue)).collect();
    if let Some(settlement) = settle {
        let verdict = settled(desk, tenant, &settlement.lease).await?;
        committed.settled = Some(Settled::by_commit(verdict));
        if verdict == SettleVerdict::Accepted {
            errands.push(Errand::Settle(settlement));
        }
    }
    let mut rows = List::default();
    for errand in errands {
        rows.push(&desk.place, &desk.place.text(&errand)?)?;
    }
    while let Some(text) = rows.pop() {
        sqlx::query("INSERT INTO errands (tenant, body) SELECT ?, value FROM jsonb_each(?)")
            .bind(tenant.as_str())
            .bind(text)
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(committed)
}

/// Takes the token of `lease`, unless a greater one has been here or its job is settled.
pub(super) async fn fence(desk: &mut Desk<'_>, tenant: &Tenant, lease: &Lease) -> Result<()> {
    if take(desk, tenant, lease, false).await? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Fenced, "the lease of the job is lost"))
}

async fn settled(desk: &mut Desk<'_>, tenant: &Tenant, lease: &Lease) -> Result<SettleVerdict> {
    if take(desk, tenant, lease, true).await? {
        return Ok(SettleVerdict::Accepted);
    }
    let newest: i64 = sqlx::query_scalar("SELECT token FROM tokens WHERE tenant = ? AND job = ?")
        .bind(tenant.as_str())
        .bind(lease.job.as_uuid().as_bytes().to_vec())
        .fetch_one(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    Ok(if newest == token(lease) { SettleVerdict::AlreadySettled } else { SettleVerdict::Fenced })
}

/// One compare-and-set: a greater token always takes over, an equal one while its job isn't settled.
async fn take(desk: &mut Desk<'_>, tenant: &Tenant, lease: &Lease, settled: bool) -> Result<bool> {
    let taken = sqlx::query(
        "INSERT INTO tokens (tenant, job, token, settled, day) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET token = excluded.token, settled = excluded.settled, day = excluded.day
         WHERE excluded.token > token OR (excluded.token = token AND NOT settled)",
    )
    .bind(tenant.as_str())
    .bind(lease.job.as_uuid().as_bytes().to_vec())
    .bind(token(lease))
    .bind(settled)
    .bind(desk.clock.now().as_micros() / DAY)
    .execute(&mut *desk.connection)
    .await
    .map_err(|source| desk.place.fault(source))?;
    Ok(taken.rows_affected() == 1)
}

fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(i64::MAX)
}
