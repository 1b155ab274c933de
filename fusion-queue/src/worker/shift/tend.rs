//! What a worker does for the queue now and then.

use super::{Mode, Shift};
use crate::worker::hands::cancelled;
use fusion_core::{
    clock::Clock as _,
    error::{ErrorKind, Failure, Result},
    job::{JobRow, JobStatus, QueueControl as _},
    storage::Storage as _,
};

/// Audit entries that one round of tending chains: a few milliseconds of hashing.
const CHAINED_AT_ONCE: usize = 1_000;

/// Ended jobs that one round of tending forgets: more than end in that time, on any queue.
const FORGOTTEN_AT_ONCE: usize = 10_000;

impl Shift<'_> {
    /// Lets the queue forget the ends that handlers know of.
    pub(super) async fn acknowledge(&mut self) -> Result<()> {
        let known = self.telling.known();
        if known.is_empty() {
            return Ok(());
        }
        match self.worker.queue.told(known).await {
            Ok(()) => {
                self.telling.forget_known();
                Ok(())
            }
            Err(error) => self.bear(error),
        }
    }

    /// Frees what lost workers held, tells handlers of jobs that were given up, and chains audit entries.
    pub(super) async fn tend(&mut self) -> Result<()> {
        self.has_tended = true;
        self.next_tending = self.clock.elapsed().saturating_add(self.worker.lease_for / 2);
        self.acknowledge().await?;
        if self.outage.is_on() {
            return Ok(());
        }
        let rescued = match self.worker.queue.rescue(&self.worker.handlers.kinds()).await {
            Ok(rescued) => rescued,
            Err(error) => return self.bear(error),
        };
        // Who ends with its work doesn't wait for a handler that can't take the end in.
        let is_patient = matches!(self.mode, Mode::UntilStopped(_));
        for JobRow { id, state } in rescued {
            if !self.telling.is_due(id, is_patient) {
                continue;
            }
            // Of a cancelled job's failures only one says why it was.
            let is_why = |failure: &Failure| {
                state.status != JobStatus::Cancelled || failure.kind == ErrorKind::Cancelled
            };
            let given_up = state.failure.filter(is_why);
            let why = given_up.unwrap_or_else(|| cancelled().to_failure());
            self.tell(state.job, why);
        }
        self.forget().await?;
        let Some(storage) = &self.worker.storage else { return Ok(()) };
        match storage.chain(CHAINED_AT_ONCE).await {
            Ok(_) => Ok(()),
            Err(error) => self.bear(error),
        }
    }

    /// Lets the queue forget what ended long ago.
    async fn forget(&mut self) -> Result<()> {
        match self.worker.queue.forget(self.worker.remember, FORGOTTEN_AT_ONCE).await {
            // A queue of somebody's own may have its own way.
            Err(error) if error.kind() != ErrorKind::Unsupported => self.bear(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
