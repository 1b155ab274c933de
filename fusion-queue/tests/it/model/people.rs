//! What people do to the queue and its model.

use super::Trial;
use crate::{commands::Command, fixture::*};
use fusion_core::{
    job::*,
    model::{JobId, StoreId},
};

impl Trial {
    pub(super) async fn ask(&mut self, command: Command) {
        let tenant = self.w.tenant.clone();
        match command {
            Command::Pause(store) => {
                let store = self.store(store);
                self.model.paused.insert(store);
                self.w.db.pause(&tenant, store).await.unwrap();
            }
            Command::Resume(store) => {
                let store = self.store(store);
                self.model.paused.remove(&store);
                self.w.db.resume(&tenant, store).await.unwrap();
            }
            Command::OpenGate(store) => self.open(self.store(store)).await,
            Command::PauseKind(_) => {
                self.model.is_kind_paused = true;
                self.w.db.pause_kind(&tenant, Some(&kind())).await.unwrap();
            }
            Command::ResumeKinds => {
                self.model.is_kind_paused = false;
                self.w.db.resume_kind(&tenant, Some(&kind())).await.unwrap();
            }
            Command::Limit { store, max_live } => {
                let store = self.store(store);
                match max_live {
                    Some(limit) => drop(self.model.limits.insert(store, limit as usize)),
                    None => drop(self.model.limits.remove(&store)),
                }
                self.w.db.limit_gate(&tenant, Some(store), max_live).await.unwrap();
            }
            Command::GoOn(key) => {
                self.w.db.go_on(&tenant, key).await.unwrap();
                self.model.go_on(key);
            }
            Command::Cancel(job) => {
                if let Some(id) = self.id(job) {
                    self.cancel(id).await;
                }
            }
            Command::Requeue(job) | Command::RequeueAll(job) => {
                if let Some(id) = self.id(job) {
                    self.requeue(id).await;
                }
            }
            Command::Put { .. }
            | Command::Claim { .. }
            | Command::Settle(_)
            | Command::Beat { .. }
            | Command::Rescue
            | Command::Pass(_) => unreachable!("people don't do that"),
        }
    }

    async fn cancel(&mut self, id: JobId) {
        let told = self.w.db.cancel(&self.w.tenant, id).await.unwrap();
        let known = self.model.find(id);
        let wanted = match known.is_live() {
            true if known.is_pending() => CancelVerdict::Now,
            true => CancelVerdict::Asked,
            false => CancelVerdict::TooLate,
        };
        assert_eq!(told, wanted);
        match wanted {
            CancelVerdict::Now => self.model.end(id, JobStatus::Cancelled),
            CancelVerdict::Asked => known.cancel_wanted = true,
            CancelVerdict::TooLate => {}
        }
    }

    async fn requeue(&mut self, id: JobId) {
        let now = self.now();
        let told = self.w.db.requeue(&self.w.tenant, id).await.map_err(|error| error.kind());
        assert_eq!(told, self.model.requeue(id, now));
    }

    async fn open(&mut self, store: StoreId) {
        let now = self.now();
        self.w.db.open_gate(&self.w.tenant, Some(store)).await.unwrap();
        self.model.closed.remove(&store);
        for nth in 0..self.model.jobs.len() {
            let one = &self.model.jobs[nth];
            // A parked job that waits behind another can't be parked: it has never run.
            if one.is_pending() && one.job.partition == Some(store) && one.due.is_none() {
                self.model.jobs[nth].due = Some(now);
            }
        }
    }
}
