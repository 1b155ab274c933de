//! The flow survives being killed at any call, and a worker that sleeps through its lease.

mod asleep;
mod ends;
mod killed;
pub(crate) mod proof;
pub(crate) mod trap;

use crate::world::World;
use fusion_core::{
    approval::Phase,
    hub::{BundleView, Hub, StockChange},
    job::{JobKind, JobRow, JobStatus},
    model::{MoveKind, Product},
    storage::{Query, list_all},
};
use fusion_queue::Worker;
use std::{sync::Arc, time::Duration};
use trap::{Trap, Trapdoor, TrappedWay};

/// Rounds of waiting for what the platform decides later.
const MAX_ROUNDS: u32 = 100;

impl World {
    /// Another process, whose calls all go through `trap`.
    pub(crate) async fn trapped_hub(&self, trap: &Trap) -> Hub {
        let backend = Trapdoor { backend: self.memory.clone(), watch: trap.clone() };
        let way = TrappedWay { way: self.platform.transport(), trap: trap.clone() };
        self.another_hub(backend, Arc::new(way)).await
    }

    /// A worker of another process.
    pub(crate) async fn other_worker(&self) -> Worker {
        Worker::of(&self.another_hub(self.memory.clone(), self.platform.transport()).await).with_name("other")
    }

    /// Works until nothing is left to do, what the platform decides later included.
    pub(crate) async fn work(&self, worker: &Worker) {
        for _ in 0..MAX_ROUNDS {
            worker.run_until_idle().await.unwrap();
            if !self.is_watching().await {
                return;
            }
            tokio::time::sleep(Duration::from_secs(31)).await;
        }
        panic!("still not at rest");
    }

    async fn is_watching(&self) -> bool {
        let watches = |row: &JobRow| {
            row.state.job.kind == JobKind::WATCH
                && matches!(row.state.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running)
        };
        self.jobs().await.iter().any(watches)
    }

    /// A worker is killed at the call number `at`; says at which, or `None` when it came through.
    pub(crate) async fn kill(&self, at: u64, side: trap::Side) -> Option<String> {
        let trap = Trap::at(at, side);
        let worker = Worker::of(&self.trapped_hub(&trap).await).with_name("trapped");
        tokio::select! {
            biased;
            what = trap.sprung() => Some(what),
            () = self.work(&worker) => None,
        }
    }

    /// One product that people have agreed to publish.
    pub(crate) async fn agreed(&self, variants: usize) -> BundleView {
        let mug = self.save("Mug", variants).await;
        let bundle = self.publish(&[mug]).await;
        self.approve(&bundle).await;
        bundle
    }

    /// So many of the first variant are sold elsewhere.
    pub(crate) async fn sale(&self, count: i64) -> StockChange {
        let products =
            list_all::<Product>(&self.memory, self.alice.tenant(), &Query::Products).await.unwrap();
        let item = products[0].value.variants[0].consumes[0].item;
        StockChange {
            item,
            location: None,
            kind: MoveKind::Reserve,
            delta: count,
            cause: format!("order {count}"),
        }
    }

    pub(crate) async fn sell(&self, count: i64) {
        let change = self.sale(count).await;
        self.hub.move_stock(&self.alice, change).await.unwrap();
    }

    /// Completes when every request of `bundle` and every job is done.
    pub(crate) async fn ended(&self, bundle: &BundleView) {
        loop {
            let requests = self.requests(bundle).await;
            let waits = |row: &JobRow| !row.state.job.background && row.state.status != JobStatus::Completed;
            if requests.iter().all(|request| request.phase == Phase::Done)
                && !self.jobs().await.iter().any(waits)
            {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
