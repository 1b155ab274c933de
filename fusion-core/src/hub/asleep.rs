//! How jobs wait for a store: in a commit that relies on what they have read of it.

use super::{
    Hub,
    push::shut_out,
    settle::{finish, wait},
};
use crate::{
    error::{Error, ErrorKind, Result, When},
    job::{Finish, JobContext, JobEnd, Settlement, SnoozeReason},
    model::{Store, StoreId},
    storage::{ChangeSet, Version, load},
};
use std::time::Duration;

/// Whether the job waits for somebody to sign in.
pub(super) const fn is_locked_out(end: &JobEnd) -> bool {
    matches!(end, JobEnd::Snooze { why: SnoozeReason::Authorisation, .. })
}

impl Hub {
    /// How a job that would begin something waits for a store: as one that is [`shut_out`], and of a database that came
    /// back from the past until somebody releases it.
    pub(super) async fn kept_from(&self, job: &JobContext, store: &Store) -> Result<Option<Finish>> {
        let why = |store: &Store| store.held.map_or_else(|| shut_out(store), |_| Some(SnoozeReason::Person));
        self.asleep(job, store, why).await
    }

    /// How a job waits for a store while there is a reason. Whoever ends the reason changes the store, and wakes its jobs
    /// then: this one is asleep before, or not at all.
    pub(super) async fn asleep(
        &self,
        job: &JobContext,
        store: &Store,
        reason: impl Fn(&Store) -> Option<SnoozeReason>,
    ) -> Result<Option<Finish>> {
        if reason(store).is_none() {
            return Ok(None);
        }
        let store = load::<Store>(&*self.0.backend, &job.job().tenant, store.id).await?;
        let Some(why) = reason(&store.value) else { return Ok(Some(finish(None, wait(Duration::ZERO)))) };
        let close_gate = why == SnoozeReason::Authorisation;
        let end = JobEnd::Snooze { after: When::OnSignal, close_gate, why };
        self.sleep(job, (store.value.id, store.version), end).await.map(Some)
    }

    /// How an attempt ends that failed with `error` at a store of this version. One that isn't let in waits for a sign-in,
    /// unless the store has changed since: it may have been that, so the job looks again.
    pub(super) async fn failed_at(
        &self,
        job: &JobContext,
        store: (StoreId, Version),
        error: Error,
    ) -> Result<Finish> {
        let clock = &*self.0.clock;
        let error = job.meant(error, clock);
        match job.end_of(&error, clock) {
            end if is_locked_out(&end) => self.sleep(job, store, end).await,
            _ => Ok(Finish::Failed(error)),
        }
    }

    /// Ends the job by `end` as long as the store has this version, and else looks again.
    pub(super) async fn sleep(
        &self,
        job: &JobContext,
        (store, version): (StoreId, Version),
        end: JobEnd,
    ) -> Result<Finish> {
        let settlement = Settlement { lease: job.lease().clone(), end: end.clone() };
        let mut changes = ChangeSet { settle: Some(settlement), ..ChangeSet::default() };
        changes.rely_on::<Store>(store, version);
        match self.0.backend.commit(&job.job().tenant, changes).await {
            Ok(committed) => Ok(finish(committed.settled, end)),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(finish(None, wait(Duration::ZERO))),
            Err(error) => Err(error),
        }
    }
}
