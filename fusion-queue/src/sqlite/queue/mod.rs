//! The queue in the file: jobs and gates as rows, changed by the writer alone.

mod claim;
mod coming;
mod control;
mod done;
mod embed;
mod end;
mod enqueue;
mod handled;
mod lane;
mod lease;
mod look;
mod parents;
mod pause;
mod rest;
mod retention;
mod row;
mod serial;
mod slot;
mod take;
#[cfg(test)]
mod tests;

pub(super) use coming::{Coming, put_in};
pub(super) use enqueue::one_by_one;

use super::{Sqlite, backend::Tells, writer::Desk};
use async_trait::async_trait;
use fusion_core::{
    clock::Clock as _,
    error::{Error, ErrorKind, Result},
    job::{
        Beat, BeatVerdict, ClaimRequest, Enqueued, Exchange, JobLine, JobQueue, JobState, Lease, NewJob,
        Settled, Settlement,
    },
    model::JobId,
    storage::Committed,
    tenant::Tenant,
};
use std::time::Duration;

/// What other processes put in is noticed as late as this: SQLite tells nobody.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Does what a commit asks of the queue.
pub(super) async fn carry_out(
    desk: &mut Desk<'_>,
    tenant: &Tenant,
    cancels: Vec<JobId>,
    jobs: Vec<NewJob>,
    settle: Option<Settlement>,
) -> Result<Committed> {
    for id in cancels {
        lease::cancel(desk, tenant, id, false).await?;
    }
    // Jobs before the settlement: one that takes the key of the settled job has to stand behind it by then.
    let jobs = enqueue::enqueue_all(desk, jobs).await?;
    let settled = match settle {
        Some(settlement) => {
            Some(Settled::by_commit(lease::settle(desk, Some(tenant), settlement, false).await?))
        }
        None => None,
    };
    Ok(Committed { jobs, settled })
}

/// Refuses a commit whose lease is lost.
pub(super) async fn fence(desk: &mut Desk<'_>, tenant: &Tenant, lease: &Lease) -> Result<()> {
    if lease::holds(desk, tenant, lease).await? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Fenced, "the lease of the job is lost"))
}

#[async_trait]
impl JobQueue for Sqlite {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        let now = fusion_core::storage::Storage::clock(self).now();
        let jobs = match Coming::of(self.place(), jobs, now)? {
            Ok(coming) if !coming.is_heavy() => return self.put_in(coming).await,
            Ok(coming) => coming.jobs,
            Err(jobs) => jobs,
        };
        self.ask(Tells::Workers, move |desk| Box::pin(enqueue::enqueue_all(desk, jobs))).await
    }

    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let tells = if settlements.is_empty() { Tells::Nobody } else { Tells::Workers };
        self.ask(tells, move |desk| {
            Box::pin(async move {
                let verdicts = done::settle_all(desk, settlements).await?;
                let now = desk.clock.now();
                Ok(Exchange { verdicts, claimed: claim::claim(desk, &claim, now).await? })
            })
        })
        .await
    }

    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        let beats = beats.to_vec();
        self.ask(Tells::Nobody, move |desk| {
            Box::pin(async move {
                let mut verdicts = Vec::with_capacity(beats.len());
                for beat in &beats {
                    verdicts.push(lease::beat(desk, beat, lease_for).await?);
                }
                Ok(verdicts)
            })
        })
        .await
    }

    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        let mut reader = self.reader().await?;
        let row = row::find_of(&mut reader, self.place(), tenant, id).await?;
        row.map(|row| Ok(row.listed(self.place())?.state)).transpose()
    }

    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        self.ask(Tells::Nobody, move |desk| Box::pin(retention::log(desk, lines))).await
    }

    async fn wait(&self, at_most: Duration) {
        let news = self.news().notified();
        let clock = fusion_core::storage::Storage::clock(self);
        let change = match self.reader().await {
            Ok(mut reader) => look::next_change(&mut reader, self.place(), clock.now()).await,
            Err(error) => Err(error),
        };
        // Whoever can't read now will hear of it when it claims.
        let change = change.ok().flatten().unwrap_or(LOOK_EVERY);
        tokio::select! {
            () = news => {}
            () = clock.sleep(at_most.min(change).min(LOOK_EVERY)) => {}
        }
    }
}
