//! The story of a mug, told by a process that goes on wherever another one has left it.

use super::{
    Kept, keys,
    platform::Way,
    point::{Pointed, Points},
    script,
};
use crate::{place, world::builder};
use fusion_core::{
    approval::{Phase, Policy},
    clock::{Clock as _, Timestamp},
    hub::{Hub, NewStore, ProductsWanted, RequestsWanted},
    model::{NewProduct, NewVariant},
    tenant::Actor,
    testkit::Through,
};
use fusion_plugin_sdk::testkit::ScriptedPlatform;
use fusion_queue::{TokioClock, Worker};
use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

const FOLDER: &str = "FUSION_TEST_ABORT_FOLDER";
const PLACE: &str = "FUSION_TEST_ABORT_PLACE";
const PLATFORM: &str = "FUSION_TEST_ABORT_PLATFORM";
const BEGINS: &str = "FUSION_TEST_ABORT_BEGINS";
const END_AT: &str = "FUSION_TEST_ABORT_AT";

/// How much faster than real time passes: a lease runs out in half a second. Nothing is decided by it.
pub(super) const FASTER: u32 = 100;
const LEASE: Duration = Duration::from_secs(60);

/// Rounds of waiting for what the platform decides later.
const MAX_ROUNDS: u32 = 100;

/// Runs it in a process of its own, from `begins` on, until it is told or the point `end_at`.
pub(super) fn run(
    kept: &Kept,
    platform: &super::platform::Served,
    begins: Timestamp,
    end_at: Option<u64>,
) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "aborted::child::a_child_tells_its_story", "--quiet"]);
    command
        .env(PLACE, kept.place.name())
        .env(FOLDER, kept.folder.path())
        .env(PLATFORM, platform.address.to_string());
    command.env(BEGINS, begins.as_micros().to_string());
    if let Some(end_at) = end_at {
        command.env(END_AT, end_at.to_string());
    }
    command.stdin(Stdio::null()).output().unwrap()
}

/// How many points a child that came to the end has passed.
pub(super) fn passed(kept: &Kept) -> u64 {
    fs::read_to_string(kept.folder.path().join("points")).unwrap().parse().unwrap()
}

/// Started by the tests beside it; without a place there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_tells_its_story() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    let given = |name: &str| env::var(name).unwrap();
    let points = Points::new(env::var(END_AT).ok().map(|at| at.parse().unwrap()));
    tracing::subscriber::set_global_default(points.clone()).unwrap();
    let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(given(BEGINS).parse().unwrap()), FASTER));
    let backend = place::open(&given(PLACE), clock.clone()).await;
    let way = Pointed { way: Way(given(PLATFORM).parse().unwrap()), points: points.clone() };
    let platform = ScriptedPlatform::with_script(clock.clone(), script());
    let backend = Through { backend, watch: points.clone() };
    let hub = builder(backend, &platform, Arc::new(way)).policy(Policy::two_people());
    let hub = hub.keys(keys(&folder, &*clock)).build().await.unwrap();
    tell(&hub, &clock).await;
    drop(hub);
    fs::write(folder.join("points"), points.passed().to_string()).unwrap();
}

/// A mug is published, and gets another title: each asked for, prepared, agreed to, done, and watched to its end.
async fn tell(hub: &Hub, clock: &TokioClock) {
    let acme = hub.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = match hub.stores(&alice).await.unwrap().pop() {
        Some(store) => store,
        None => hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap(),
    };
    let mug = match hub.products(&alice, ProductsWanted::All, None, 1).await.unwrap().pop() {
        Some(mug) => mug,
        None => {
            let variant = NewVariant::new("MUG-1", "12.50 EUR".parse().unwrap(), 40);
            hub.save_product(&alice, NewProduct::new("Mug").with_variant(variant)).await.unwrap()
        }
    };
    let asked = async || hub.requests(&alice, RequestsWanted::In(store.id), None, 10).await.unwrap().len();
    if asked().await == 0 {
        hub.publish(&alice, [mug.id], [store.id]).await.unwrap();
    }
    finish(hub, clock, &alice, &bob).await;
    if asked().await == 1 {
        hub.change_product(&alice, mug.id, |mug| mug.wording.title = "Cup".to_owned()).await.unwrap();
        hub.update(&alice, [mug.id], [store.id]).await.unwrap();
    }
    finish(hub, clock, &alice, &bob).await;
}

/// Brings what is open to its end.
async fn finish(hub: &Hub, clock: &TokioClock, alice: &Actor, bob: &Actor) {
    let worker = Worker::of(hub).with_lease(LEASE);
    for _ in 0..MAX_ROUNDS {
        for open in hub.requests(alice, RequestsWanted::Open, None, 10).await.unwrap() {
            if open.phase == Phase::Draft {
                hub.prepare(alice, open.bundle).await.unwrap();
            }
            let shown = hub.bundle(bob, open.bundle).await.unwrap();
            if matches!(shown.items[0].phase, Phase::Pending(_)) {
                hub.approve(bob, &shown).await.unwrap().all().unwrap();
            }
        }
        worker.run_until_idle().await.unwrap();
        if hub.requests(alice, RequestsWanted::Open, None, 1).await.unwrap().is_empty() {
            return;
        }
        clock.sleep(Duration::from_secs(31)).await;
    }
    panic!("still not at rest");
}
