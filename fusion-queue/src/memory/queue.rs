use super::Memory;
use async_trait::async_trait;
use fusion_core::{
    error::Result,
    job::{
        Beat, BeatVerdict, ClaimRequest, Enqueued, Exchange, JobLine, JobQueue, JobState, NewJob, Settlement,
        check_ends,
    },
    model::JobId,
    tenant::Tenant,
};
use std::time::Duration;

#[async_trait]
impl JobQueue for Memory {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.with(|state, now| {
            state.jobs.check_new(None, &jobs)?;
            Ok(jobs.into_iter().map(|job| state.jobs.enqueue(job, now)).collect())
        })
    }

    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        check_ends(&settlements)?;
        Ok(self.with(|state, now| {
            let verdicts =
                settlements.into_iter().map(|one| state.jobs.settle_for_worker(one, now)).collect();
            Exchange { verdicts, claimed: state.jobs.claim(&claim, now) }
        }))
    }

    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        Ok(self.with(|state, now| beats.iter().map(|beat| state.jobs.beat(beat, lease_for, now)).collect()))
    }

    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        Ok(self.with(|state, _| state.jobs.get(tenant, id).map(super::row::Row::state)))
    }

    async fn log(&self, lines: Vec<JobLine>) -> Result<()> {
        self.with(|state, _| state.jobs.log(lines));
        Ok(())
    }

    async fn wait(&self, at_most: Duration) {
        let news = self.0.news.notified();
        let change = self.with(|state, now| state.jobs.lanes.next_change(now).map(|at| at.since(now)));
        let span = change.map_or(at_most, |change| change.min(at_most));
        tokio::select! {
            () = news => {}
            () = self.0.clock.sleep(span) => {}
        }
    }
}
