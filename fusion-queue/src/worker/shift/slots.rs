//! Schedules: who sees that a slot has come takes it.

use super::Shift;
use crate::cron::Schedule;
use fusion_core::{clock::Clock as _, error::Result, job::QueueControl as _};
use std::time::Duration;

/// Schedules are looked at so often whatever they say: the wall clock may be set.
const AT_LATEST: Duration = Duration::from_secs(30);

impl Shift<'_> {
    /// Takes the slots that have come.
    pub(super) async fn take_slots(&mut self) -> Result<()> {
        let mut next = AT_LATEST;
        for schedule in &self.worker.schedules {
            match self.take_slot(schedule).await {
                Ok(span) => next = next.min(span),
                Err(error) => return self.bear(error),
            }
        }
        self.next_slots = self.clock.elapsed().saturating_add(next);
        Ok(())
    }

    /// Takes the newest slot of `schedule` that has come; how long until the next one.
    async fn take_slot(&self, schedule: &Schedule) -> Result<Duration> {
        let (backend, now) = (&self.worker.queue, self.clock.now());
        match backend.last_slot(&schedule.job().tenant, schedule.name()).await? {
            Some(last) => {
                if let Some(at) = schedule.newest(last, now) {
                    let (slot, job) = schedule.run(last, at, &*self.clock);
                    // Where another worker was first, it has put the job in.
                    let is_ours = backend.take_slot(&slot, Some(job)).await?;
                    tracing::debug!(schedule = schedule.name(), is_ours, "a slot has come");
                }
            }
            None => {
                backend.take_slot(&schedule.slot(None, now), None).await?;
            }
        }
        Ok(schedule.after(now).map_or(AT_LATEST, |next| next.since(now)))
    }
}
