//! The flow over a file, with the queue in it or elsewhere, and over a server: whatever is killed on the way, a process
//! started on the same file or server brings it to its end.

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

/// What outlives a process: what is stored, the keys, the platform.
struct Shop {
    stored: Stored,
    clock: Arc<TokioClock>,
    keys: Arc<EphemeralKeys>,
    platform: ScriptedPlatform,
}

/// Where everything is stored.
enum Stored {
    File(TempDir),
    FileAndQueueElsewhere(TempDir, Memory),
    #[cfg(feature = "postgres")]
    Server(crate::server::Schema),
}

/// Which of them.
#[derive(Clone, Copy, Debug)]
enum Place {
    File,
    FileAndQueueElsewhere,
    #[cfg(feature = "postgres")]
    Server,
}

impl Shop {
    fn new(place: Place) -> Self {
        let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), FASTER));
        let platform = ScriptedPlatform::with_script(clock.clone(), Script::default());
        let keys = Arc::new(EphemeralKeys::new(&*clock as &dyn Clock));
        let stored = match place {
            Place::File => Stored::File(TempDir::new().unwrap()),
            Place::FileAndQueueElsewhere => {
                let queue = Memory::with_clock(clock.clone());
                Stored::FileAndQueueElsewhere(TempDir::new().unwrap(), queue)
            }
            #[cfg(feature = "postgres")]
            Place::Server => Stored::Server(crate::server::Schema::new()),
        };
        Self { stored, clock, keys, platform }
    }

    fn file(&self, folder: &TempDir) -> SqliteSettings {
        SqliteSettings::new(folder.path().join("fusion.db"))
            .with_durability(Durability::ProcessEnd)
            .with_clock(self.clock.clone())
    }

    /// A process on what is stored, with `way` to the platform. It ends when the hub is dropped.
    async fn start(&self, way: Arc<dyn HttpTransport>) -> Hub {
        let hub = match &self.stored {
            Stored::File(folder) => {
                builder(self.file(folder).open_with_queue().await.unwrap(), &self.platform, way)
            }
            Stored::FileAndQueueElsewhere(folder, queue) => {
                let parts = Split::new(self.file(folder).open().await.unwrap(), queue.clone(), queue.clone());
                builder(parts, &self.platform, way)
            }
            #[cfg(feature = "postgres")]
            Stored::Server(schema) => builder(schema.open(self.clock.clone()).await, &self.platform, way),
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

async fn survives(side: Side, place: Place) -> u64 {
    for nth in 1.. {
        let shop = Shop::new(place);
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
    assert!(survives(Side::Before, Place::File).await > 3);
}

#[tokio::test]
async fn a_publish_on_a_file_survives_a_kill_after_any_call() {
    assert!(survives(Side::After, Place::File).await > 3);
}

#[tokio::test]
async fn a_publish_on_a_file_with_a_queue_elsewhere_survives_a_kill_at_any_call() {
    for side in [Side::Before, Side::After] {
        assert!(survives(side, Place::FileAndQueueElsewhere).await > 3, "{side:?}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_publish_on_a_server_survives_a_kill_at_any_call() {
    for side in [Side::Before, Side::After] {
        assert!(survives(side, Place::Server).await > 3, "{side:?}");
    }
}
