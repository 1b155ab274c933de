//! The flow over a file, with the queue in it or elsewhere: whatever is killed on the way, a process started on the same file brings it to its end.

use crate::{
    kill::trap::{Side, Trap, TrappedWay},
    world::builder,
};
use fusion_core::{
    approval::{Phase, Policy},
    canonical::EphemeralKeys,
    clock::{Clock, Timestamp},
    http::HttpTransport,
    hub::{BundleView, Hub, NewStore},
    model::{NewProduct, NewVariant, StoreId},
    storage::Split,
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform};
use fusion_queue::{
    Memory, TokioClock, Worker,
    sqlite::{Durability, SqliteSettings},
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

/// Leases run out in a tenth of a second of real time. Nothing is decided by it: one that runs out under a slow
/// machine is taken over like any other.
const LEASE: Duration = Duration::from_secs(10);
const FASTER: u32 = 100;

/// What outlives a process: the file, the keys, the platform.
struct Shop {
    folder: TempDir,
    clock: Arc<TokioClock>,
    keys: Arc<EphemeralKeys>,
    platform: ScriptedPlatform,
    /// A queue that lives elsewhere; without one it lives in the file.
    queue: Option<Memory>,
}

/// Where the queue lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    InTheFile,
    Elsewhere,
}

impl Shop {
    fn new(queue: Queue) -> Self {
        let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), FASTER));
        let platform = ScriptedPlatform::with_script(clock.clone(), Script::default());
        let keys = Arc::new(EphemeralKeys::new(&*clock as &dyn Clock));
        let queue = (queue == Queue::Elsewhere).then(|| Memory::with_clock(clock.clone()));
        Self { folder: TempDir::new().unwrap(), clock, keys, platform, queue }
    }

    /// A process on the file, with `way` to the platform. It ends when the hub is dropped.
    async fn start(&self, way: Arc<dyn HttpTransport>) -> Hub {
        let file = SqliteSettings::new(self.folder.path().join("fusion.db"))
            .with_durability(Durability::ProcessEnd)
            .with_clock(self.clock.clone());
        let hub = match &self.queue {
            None => builder(file.open_with_queue().await.unwrap(), &self.platform, way),
            Some(queue) => {
                let parts = Split::new(file.open().await.unwrap(), queue.clone(), queue.clone());
                builder(parts, &self.platform, way)
            }
        };
        let hub = hub.policy(Policy::two_people()).keys(self.keys.clone());
        hub.build().await.unwrap()
    }

    /// Two people agree that a mug is published; then their process ends.
    async fn agree(&self) -> (BundleView, StoreId) {
        let hub = self.start(self.platform.transport()).await;
        let acme = hub.tenant("acme").unwrap();
        let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
        let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
        let price = "12.50 EUR".parse().unwrap();
        let mug = NewProduct::new("Mug").with_variant(NewVariant::new("MUG-1", price, 40));
        let mug = hub.save_product(&alice, mug).await.unwrap();
        let bundle = hub.publish(&alice, [mug.id], [store.id]).await.unwrap();
        let bundle = if bundle.is_ready() { bundle } else { hub.prepare(&alice, bundle.id).await.unwrap() };
        hub.approve(&bob, &bundle).await.unwrap().all().unwrap();
        (bundle, store.id)
    }

    /// Works until nothing is left to do, or it is killed at the call number `nth` to the platform.
    async fn is_killed(&self, nth: u64, side: Side) -> bool {
        let trap = Trap::at(nth, side);
        let way = TrappedWay { way: self.platform.transport(), trap: trap.clone() };
        let hub = self.start(Arc::new(way)).await;
        let worker = worker(&hub);
        tokio::select! {
            biased;
            _ = trap.sprung() => true,
            ran = worker.run_until_idle() => {
                ran.unwrap();
                false
            }
        }
    }
}

fn worker(hub: &Hub) -> Worker {
    Worker::of(hub).with_lease(LEASE)
}

async fn survives(side: Side, queue: Queue) -> u64 {
    for nth in 1.. {
        let shop = Shop::new(queue);
        let (bundle, store) = shop.agree().await;
        assert_eq!(shop.platform.count("create"), 0);
        let is_killed = shop.is_killed(nth, side).await;

        let hub = shop.start(shop.platform.transport()).await;
        worker(&hub).run_until_idle().await.unwrap();
        let alice = hub.tenant("acme").unwrap().person("alice").unwrap();
        let now = hub.bundle(&alice, bundle.id).await.unwrap();
        assert_eq!(now.items[0].phase, Phase::Done, "call {nth} {side:?}: {:?}", now.items[0].failure);
        let effects = ["create", "show", "stock"].map(|what| shop.platform.count(what));
        assert_eq!(effects, [1, 1, 1], "call {nth} {side:?}");
        let drift = hub.drift(&alice, store).await.unwrap();
        assert_eq!((drift.checked, drift.drifted), (1, vec![]), "call {nth} {side:?}");
        let verified = hub.verify_audit(&alice, None).await.unwrap();
        assert_eq!(*verified.range.start(), 1);
        if !is_killed {
            return nth;
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_publish_on_a_file_survives_a_kill_before_any_call() {
    assert!(survives(Side::Before, Queue::InTheFile).await > 3);
}

#[tokio::test]
async fn a_publish_on_a_file_survives_a_kill_after_any_call() {
    assert!(survives(Side::After, Queue::InTheFile).await > 3);
}

#[tokio::test]
async fn a_publish_on_a_file_with_a_queue_elsewhere_survives_a_kill_at_any_call() {
    for side in [Side::Before, Side::After] {
        assert!(survives(side, Queue::Elsewhere).await > 3, "{side:?}");
    }
}
