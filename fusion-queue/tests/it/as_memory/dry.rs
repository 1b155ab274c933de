//! The end of a run.

use super::Pair;
use crate::fixture::*;
use fusion_core::{job::*, model::JobId};
use fusion_queue::Memory;
use std::sync::Arc;

impl<D: JobQueue + QueueControl> Pair<D> {
    /// Ends everything.
    pub(super) async fn run_dry(&mut self) {
        let tenant = self.w.tenant.clone();
        for round in 0..self.put.len() + 2 {
            self.w.clock.advance(LEASE * 2);
            self.rescue().await;
            for store in self.stores {
                if let Some(store) = store {
                    self.w.db.resume(&tenant, store).await.unwrap();
                }
                self.w.db.open_gate(&tenant, store).await.unwrap();
                self.w.db.limit_gate(&tenant, store, None).await.unwrap();
            }
            for kind in [Some(kind()), None] {
                self.w.db.resume_kind(&tenant, kind.as_ref()).await.unwrap();
            }
            for key in ["a", "b"] {
                self.w.db.go_on(&tenant, key).await.unwrap();
            }
            if self.is_one_awaited().await {
                self.w.db.requeue_all(&tenant, &JobFilter::default(), None, usize::MAX).await.unwrap();
            }
            let claimed = self.w.claim(1_000).await;
            if claimed.is_empty() && round > 3 {
                break;
            }
            for one in &claimed {
                assert_eq!(self.w.done(one).await, SettleVerdict::Accepted);
            }
            // Only this queue's ends count from here on.
            self.memory = Memory::with_clock(Arc::new(self.w.clock.clone()));
            let told: Vec<JobId> = self.put.iter().map(|job| job.id).collect();
            self.w.db.told(&told).await.unwrap();
        }
    }

    async fn is_one_awaited(&self) -> bool {
        for job in &self.put {
            if let Ok(Explanation::Awaits(_)) = self.w.db.explain(&self.w.tenant, job.id).await {
                return true;
            }
        }
        false
    }
}
