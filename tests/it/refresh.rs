//! Credentials are renewed once, whoever asks, and what was given is never lost.

mod processes;

use crate::{
    kill::trap::{Trap, Trapdoor, TrappedWay},
    world::{World, setup},
};
use fusion_core::{
    error::ErrorKind,
    http::HttpTransport,
    job::QueueControl as _,
    model::{Connection, SecretRecord, StoreStatus},
    plugin::{App, CredentialSource, Credentials, MemoryCache, SignIn},
    storage::{Backend, ChangeSet, Storage as _, load},
    vault::{Flights, StoredCredentials, seal_credentials},
};
use fusion_plugin_sdk::testkit::{Fault, Script};
use secrecy::ExposeSecret as _;
use std::{sync::Arc, time::Duration};

const LASTS: Duration = Duration::from_secs(3600);
const TOKEN: &str = "POST /token";

/// Credentials as one process sees them.
struct Process {
    backend: Arc<dyn Backend>,
    way: Arc<dyn HttpTransport>,
    flights: Arc<Flights>,
}

impl World {
    async fn short_lived() -> Self {
        Self::new(Script { token_lasts: Some(LASTS), ..Script::default() }).await
    }

    fn process(&self) -> Process {
        let (backend, way) = (Arc::new(self.memory.clone()), self.platform.transport());
        Process { backend, way, flights: Arc::default() }
    }

    fn trapped_process(&self, trap: &Trap) -> Process {
        let backend = Arc::new(Trapdoor { backend: self.memory.clone(), watch: trap.clone() });
        let way = Arc::new(TrappedWay { way: self.platform.transport(), trap: trap.clone() });
        Process { backend, way, flights: Arc::default() }
    }

    async fn connection(&self) -> Connection {
        load::<Connection>(&self.memory, self.alice.tenant(), self.store.connection).await.unwrap().value
    }

    async fn caller(&self, process: &Process) -> Arc<StoredCredentials> {
        let app = App { id: "app".to_owned(), secret: "app-secret".into() };
        Arc::new(StoredCredentials {
            backend: process.backend.clone(),
            keys: self.keys.clone(),
            clock: self.memory.clock(),
            setup: setup(&self.platform, process.way.clone()).with_app(app),
            transport: process.way.clone(),
            cache: Arc::new(MemoryCache::default()),
            tenant: self.alice.tenant().clone(),
            connection: self.connection().await,
            flights: process.flights.clone(),
        })
    }

    /// Replaces what is stored.
    async fn store_credentials(&self, credentials: &Credentials) {
        let tenant = self.alice.tenant();
        let known = load::<SecretRecord>(&self.memory, tenant, self.store.connection).await.unwrap();
        let (clock, connection) = (self.memory.clock(), self.connection().await);
        let next = known.value.version + 1;
        let sealed =
            seal_credentials(&*self.keys, &*clock, tenant, &connection, next, credentials).await.unwrap();
        let mut changes = ChangeSet::default();
        changes.update(known.version, sealed);
        let _ = self.memory.commit(tenant, changes).await.unwrap();
    }

    /// How often somebody was let in, the registration not counted.
    fn exchanges(&self) -> usize {
        self.platform.calls().iter().filter(|call| *call == TOKEN).count() - 1
    }
}

fn access(credentials: &Credentials) -> &str {
    credentials.access.expose_secret()
}

async fn sleep(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// So many callers of each process ask at once; what each of them gets.
async fn race(world: &World, processes: &[Process], each: usize) -> Vec<String> {
    let mut callers = tokio::task::JoinSet::new();
    for process in processes {
        for _ in 0..each {
            let caller = world.caller(process).await;
            callers.spawn(async move { access(&caller.current().await.unwrap()).to_owned() });
        }
    }
    callers.join_all().await
}

/// So many callers of each process were refused at once; what each of them uses next.
async fn race_refused(world: &World, processes: &[Process], each: usize) -> Vec<String> {
    let refused = Arc::new(Credentials::token("access-1"));
    let mut callers = tokio::task::JoinSet::new();
    for process in processes {
        for _ in 0..each {
            let (caller, refused) = (world.caller(process).await, refused.clone());
            callers.spawn(async move {
                caller.refused(&refused).await.unwrap();
                access(&caller.current().await.unwrap()).to_owned()
            });
        }
    }
    callers.join_all().await
}

#[tokio::test(start_paused = true)]
async fn twenty_callers_of_one_process_renew_once() {
    let world = World::short_lived().await;
    sleep(59 * 60).await;
    world.platform.fail_at(TOKEN, Fault::Slow(Duration::from_secs(5)));
    assert_eq!(race(&world, &[world.process()], 20).await, vec!["access-2"; 20]);
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_of_two_processes_that_were_refused_renew_once() {
    let world = World::short_lived().await;
    for seconds in [0, 5, 19] {
        let world = if seconds == 0 { &world } else { &World::short_lived().await };
        world.platform.fail_at(TOKEN, Fault::Slow(Duration::from_secs(seconds)));
        let processes = [world.process(), world.process()];
        assert_eq!(race_refused(world, &processes, 10).await, vec!["access-2"; 20]);
        assert_eq!(world.exchanges(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_ones_serve_another_process_while_they_are_renewed() {
    let world = World::short_lived().await;
    sleep(59 * 60).await;
    world.platform.fail_at(TOKEN, Fault::Slow(Duration::from_secs(5)));
    let got = race(&world, &[world.process(), world.process()], 1).await;
    assert!(got.contains(&"access-1".to_owned()) && got.contains(&"access-2".to_owned()), "{got:?}");
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_given_is_stored_however_often_storing_fails() {
    for failures in [1, 2, 20, 59] {
        let world = World::short_lived().await;
        let trap = Trap::open_with_failures();
        let process = world.trapped_process(&trap);
        sleep(59 * 60).await;
        world.platform.fail_at(TOKEN, Fault::Slow(Duration::from_secs(5)));
        let caller = world.caller(&process).await;
        let renewal = tokio::spawn(async move { access(&caller.current().await.unwrap()).to_owned() });
        sleep(1).await;
        trap.fail_commits(failures);
        assert_eq!(renewal.await.unwrap(), "access-2", "{failures}");
        let other = world.caller(&world.process()).await;
        assert_eq!(access(&other.current().await.unwrap()), "access-2", "{failures}");
        assert_eq!(world.exchanges(), 1, "{failures}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dropped_caller_was_given_is_stored_by_the_next_one() {
    let world = World::short_lived().await;
    let trap = Trap::open_with_failures();
    let process = world.trapped_process(&trap);
    sleep(59 * 60).await;
    world.platform.fail_at(TOKEN, Fault::Slow(Duration::from_secs(5)));
    let caller = world.caller(&process).await;
    let renewal = tokio::spawn(async move { caller.current().await.map(drop) });
    sleep(1).await;
    trap.fail_commits(u64::MAX);
    sleep(30).await;
    renewal.abort();
    assert!(renewal.await.unwrap_err().is_cancelled());
    trap.fail_commits(0);
    let next = world.caller(&process).await;
    assert_eq!(access(&next.current().await.unwrap()), "access-2");
    assert_eq!(world.exchanges(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_too_late_with_a_refresh_token_goes_on_with_the_newer_secret() {
    let world = World::short_lived().await;
    let trap = Trap::at_call("Before POST /token");
    let late = world.caller(&world.trapped_process(&trap)).await;
    let refused = Credentials::token("access-1");
    let late = tokio::spawn(async move {
        late.refused(&refused).await.unwrap();
        access(&late.current().await.unwrap()).to_owned()
    });
    trap.sprung().await;
    // The other one waits for it as long as a renewal may take, and no longer.
    assert_eq!(race_refused(&world, &[world.process()], 3).await, vec!["access-2"; 3]);
    trap.open();
    assert_eq!(late.await.unwrap(), "access-2");
    assert_eq!(world.exchanges(), 2, "the late one's was refused");
}

#[tokio::test(start_paused = true)]
async fn the_old_ones_serve_for_as_long_as_they_are_valid() {
    let world = World::short_lived().await;
    sleep(59 * 60).await;
    for _ in 0..2 {
        world.platform.fail_at(TOKEN, Fault::OutOfOrder);
    }
    let caller = world.caller(&world.process()).await;
    assert_eq!(access(&caller.current().await.unwrap()), "access-1");
    sleep(61).await;
    // A platform out of order is no reason to ask a person to sign in.
    assert_eq!(caller.current().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(access(&caller.current().await.unwrap()), "access-2");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_not_used_again_while_nobody_can_renew_it() {
    let world = World::short_lived().await;
    let caller = world.caller(&world.process()).await;
    world.platform.fail_at(TOKEN, Fault::OutOfOrder);
    let refused = caller.refused(&Credentials::token("access-1")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_the_app_signs_in_anew() {
    let world = World::short_lived().await;
    let until = world.memory.clock().now() + Duration::from_secs(60);
    let old = Credentials { until: Some(until), ..Credentials::token("access-0") };
    world.store_credentials(&old).await;
    assert_eq!(race(&world, &[world.process()], 20).await, vec!["access-1"; 20]);
    assert_eq!(world.exchanges(), 1);
    let rotated = world.actions().await.iter().filter(|action| **action == "secret_rotated").count();
    assert_eq!(rotated, 1, "and the audit says so once");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_nothing_renews_disconnects_the_store_until_somebody_signs_in() {
    let world = World::new(Script::default()).await;
    world.store_credentials(&Credentials::token("access-1")).await;
    let bundle = world.agreed(1).await;
    world.platform.fail_at("POST /stores", Fault::ExpiredToken);
    world.worker().run_until_idle().await.unwrap();
    assert_eq!(world.hub.stores(&world.alice).await.unwrap()[0].status, StoreStatus::Disconnected);
    let stats = world.memory.stats(world.alice.tenant()).await.unwrap();
    assert_eq!(stats.closed_gates, [(Some(world.store.id), None)]);
    let sign_in = SignIn::Token("another-token".into());
    world.hub.reauthorise(&world.alice, world.store.connection, sign_in).await.unwrap();
    let stats = world.memory.stats(world.alice.tenant()).await.unwrap();
    assert_eq!(stats.closed_gates, []);
    world.work(&world.worker()).await;
    world.assert_whole(&bundle, &[("create", 1), ("show", 1), ("stock", 1)], "").await;
}
