//! What commits leave to a queue that lives elsewhere, and what is known here of its leases.

use super::{SqliteStorage, fault::Place, list::List};
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

/// Leaves what a commit asks of the queue, in the order in which a queue of the same database would do it.
pub(super) async fn leave(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    cancels: Vec<JobId>,
    jobs: Vec<NewJob>,
    settle: Option<Settlement>,
) -> Result<Committed> {
    let mut committed = Committed { jobs: vec![Enqueued::New; jobs.len()], settled: None };
    let cancels = cancels.into_iter().map(Errand::Cancel);
    let mut errands: Vec<Errand> = cancels.chain(jobs.into_iter().map(Errand::Enqueue)).collect();
    if let Some(settlement) = settle {
        let verdict = settled(connection, place, tenant, &settlement.lease).await?;
        committed.settled = Some(Settled::by_commit(verdict));
        if verdict == SettleVerdict::Accepted {
            errands.push(Errand::Settle(settlement));
        }
    }
    let mut rows = List::default();
    for errand in errands {
        rows.push(place, &place.text(&errand)?)?;
    }
    while let Some(text) = rows.pop() {
        sqlx::query("INSERT INTO errands (tenant, body) SELECT ?, value FROM jsonb_each(?)")
            .bind(tenant.as_str())
            .bind(text)
            .execute(&mut *connection)
            .await
            .map_err(|source| place.fault(source))?;
    }
    Ok(committed)
}

/// Takes the token of `lease`, unless a greater one has been here or its job is settled.
pub(super) async fn fence(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    lease: &Lease,
) -> Result<()> {
    if take(connection, place, tenant, lease, false).await? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Fenced, "the lease of the job is lost"))
}

async fn settled(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    lease: &Lease,
) -> Result<SettleVerdict> {
    if take(connection, place, tenant, lease, true).await? {
        return Ok(SettleVerdict::Accepted);
    }
    let newest: i64 = sqlx::query_scalar("SELECT token FROM tokens WHERE tenant = ? AND job = ?")
        .bind(tenant.as_str())
        .bind(lease.job.as_uuid().as_bytes().to_vec())
        .fetch_one(connection)
        .await
        .map_err(|source| place.fault(source))?;
    Ok(if newest == token(lease) { SettleVerdict::AlreadySettled } else { SettleVerdict::Fenced })
}

/// One compare-and-set: a greater token always takes over, an equal one while its job isn't settled.
async fn take(
    connection: &mut SqliteConnection,
    place: &Place,
    tenant: &Tenant,
    lease: &Lease,
    settled: bool,
) -> Result<bool> {
    let taken = sqlx::query(
        "INSERT INTO tokens (tenant, job, token, settled) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET token = excluded.token, settled = excluded.settled
         WHERE excluded.token > token OR (excluded.token = token AND NOT settled)",
    )
    .bind(tenant.as_str())
    .bind(lease.job.as_uuid().as_bytes().to_vec())
    .bind(token(lease))
    .bind(settled)
    .execute(connection)
    .await
    .map_err(|source| place.fault(source))?;
    Ok(taken.rows_affected() == 1)
}

fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(i64::MAX)
}
