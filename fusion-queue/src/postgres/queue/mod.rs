//! The queue on the server: who comes, goes and waits is decided by the schema's functions, whose turn it is by
//! each process.

mod claim;
mod coming;
mod commit;
mod control;
mod embed;
mod enqueue;
mod group;
mod keeping;
mod lease;
mod look;
mod round;
mod row;

pub(super) use commit::{Asked, bind, committed};
pub(super) use group::Call;
pub(super) use round::Round;

use super::Postgres;
use async_trait::async_trait;
use fusion_core::{
    clock::Clock as _,
    error::Result,
    job::{
        Beat, BeatVerdict, ClaimRequest, Enqueued, Exchange, JobLine, JobQueue, JobState, NewJob, Settlement,
    },
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;

/// What other processes put in is noticed as late as this: a look a second costs a server nothing, and `LISTEN` would
/// need a session of its own.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[async_trait]
impl JobQueue for Postgres {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        let answers = enqueue::enqueue(self, jobs).await?;
        self.tell();
        Ok(answers)
    }

    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let is_news = !settlements.is_empty();
        let exchange = claim::exchange(self, settlements, &claim).await?;
        if is_news {
            self.tell();
        }
        Ok(exchange)
    }

    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        lease::beat(self, beats, lease_for).await
    }

    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        Ok(look::get(self, tenant, id).await?.map(|row| row.state))
    }

    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        keeping::log(self, lines).await
    }

    async fn wait(&self, at_most: Duration) {
        let change = async {
            // Whoever can't read now will hear of it when it claims.
            let change = look::next_change(self).await.ok().flatten().unwrap_or(LOOK_EVERY);
            self.0.clock.sleep(at_most.min(change).min(LOOK_EVERY)).await;
        };
        tokio::select! {
            () = self.0.news.notified() => {}
            () = change => {}
        }
    }
}
