//! How handlers hear of the ends of jobs that they didn't bring about.

use fusion_core::{
    error::{Failure, Result},
    job::{JobHandler, NewJob},
    model::JobId,
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use tokio::task::{Id, JoinError, JoinSet};

/// Words that are on their way to handlers, and what became of the earlier ones.
#[derive(Default)]
pub(super) struct Telling {
    under_way: JoinSet<Result<()>>,
    jobs: HashMap<Id, JobId>,
    /// Their handlers know, and the queue doesn't know that yet.
    known: Vec<JobId>,
    /// Their handlers couldn't take it in.
    unheard: BTreeSet<JobId>,
}

impl Telling {
    pub(super) fn start(&mut self, handler: Arc<dyn JobHandler>, job: NewJob, why: Failure) {
        let id = job.id;
        let task = self.under_way.spawn(async move { handler.abandoned(&job, why).await });
        self.jobs.insert(task.id(), id);
    }

    /// Whether the handler of `job` is to be told now: not while it is, and again only for who is patient.
    pub(super) fn is_due(&self, job: JobId, is_patient: bool) -> bool {
        !self.jobs.values().any(|under_way| *under_way == job)
            && !self.known.contains(&job)
            && (is_patient || !self.unheard.contains(&job))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    pub(super) fn is_known(&mut self, job: JobId) {
        self.known.push(job);
    }

    pub(super) fn known(&self) -> &[JobId] {
        &self.known
    }

    pub(super) fn forget_known(&mut self) {
        self.known.clear();
    }

    /// Waits for all that are under way.
    pub(super) async fn finish(&mut self) {
        while let Some(told) = self.under_way.join_next_with_id().await {
            self.note(told);
        }
    }

    /// Takes in what is over already.
    pub(super) fn collect(&mut self) {
        while let Some(told) = self.under_way.try_join_next_with_id() {
            self.note(told);
        }
    }

    fn note(&mut self, told: Result<(Id, Result<()>), JoinError>) {
        let (task, heard) = match told {
            Ok((task, heard)) => (task, heard.map_err(|error| error.to_string())),
            Err(panicked) => (panicked.id(), Err(panicked.to_string())),
        };
        let Some(job) = self.jobs.remove(&task) else { return };
        match heard {
            Ok(()) => {
                self.unheard.remove(&job);
                self.known.push(job);
            }
            Err(error) => {
                tracing::error!(%job, error, "the end of a job could not be told to its handler; it is told again");
                self.unheard.insert(job);
            }
        }
    }
}
