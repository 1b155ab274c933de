//! What people do to the queue and its model.

use super::Trial;
use crate::fixture::*;
use fusion_core::{job::*, model::StoreId};

impl<D: JobQueue + QueueControl> Trial<D> {
    pub(super) async fn cancel(&mut self) {
        let Some(id) = self.any_job() else { return };
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

    pub(super) async fn requeue(&mut self) {
        let Some(id) = self.any_job() else { return };
        let now = self.now();
        let told = self.w.db.requeue(&self.w.tenant, id).await.map_err(|error| error.kind());
        assert_eq!(told, self.model.requeue(id, now));
    }

    pub(super) async fn go_on(&mut self) {
        let key = *self.random.one_of(&["a", "b"]);
        self.w.db.go_on(&self.w.tenant, key).await.unwrap();
        self.model.go_on(key);
    }

    pub(super) async fn gate(&mut self) {
        let store = self.stores[self.random.below(2)];
        let tenant = self.w.tenant.clone();
        match self.random.below(6) {
            3 => {
                self.model.is_kind_paused = true;
                self.w.db.pause_kind(&tenant, Some(&kind())).await.unwrap();
            }
            4 => {
                self.model.is_kind_paused = false;
                self.w.db.resume_kind(&tenant, Some(&kind())).await.unwrap();
            }
            5 => {
                let limit = *self.random.one_of(&[None, Some(0), Some(2)]);
                match limit {
                    Some(limit) => drop(self.model.limits.insert(store, limit as usize)),
                    None => drop(self.model.limits.remove(&store)),
                }
                self.w.db.limit_gate(&tenant, Some(store), limit).await.unwrap();
            }
            0 => {
                self.model.paused.insert(store);
                self.w.db.pause(&tenant, store).await.unwrap();
            }
            1 => {
                self.model.paused.remove(&store);
                self.w.db.resume(&tenant, store).await.unwrap();
            }
            _ => self.open(store).await,
        }
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
