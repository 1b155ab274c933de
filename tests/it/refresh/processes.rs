//! Processes that share one rotating refresh token: whatever they do at once, it is spent once.

use crate::{
    place::{Place, in_every_place, open},
    process::{self, Running},
    world::builder,
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    canonical::EphemeralKeys,
    clock::{Clock, Timestamp},
    http::{HttpTransport, Limits, TransportError},
    hub::NewStore,
    model::{Connection, StoreId},
    plugin::{CredentialSource as _, MemoryCache, PlatformSetup},
    storage::{Backend, load},
    tenant::Tenant,
    vault::{Flights, StoredCredentials},
};
use fusion_plugin_sdk::testkit::{ScriptedPlatform, ScriptedPlugin};
use fusion_queue::TokioClock;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

in_every_place! { two_processes_that_renew_at_once_keep_the_living_token }

/// Renewals of one token by all processes together.
const RENEWALS: u64 = 1_000;

/// Who renews at once in one process.
const CALLERS: usize = 3;

/// Times as fast as real time. A renewal under way is waited for by others for 45 seconds, so no process may be kept
/// from running for a tenth of that.
const FASTER: u32 = 10;

/// The same keys in every process that is given it.
const SEED: u64 = 11;

const AUTHORITY: &str = "FUSION_TEST_AUTHORITY";
const PLACE: &str = "FUSION_TEST_RENEW_AT";
const STORE: &str = "FUSION_TEST_RENEW_OF";
const BEGAN: &str = "FUSION_TEST_BEGAN";

/// The platform's side: whose token lives, and whether a spent one was shown.
struct Family {
    living: u64,
    spent: Option<String>,
}

impl Family {
    /// The family dies with the first token that is shown a second time.
    fn exchange(&mut self, shown: &str) -> Option<u64> {
        if self.spent.is_none() && shown == format!("refresh-{}", self.living) {
            self.living += 1;
            return Some(self.living);
        }
        self.spent.get_or_insert_with(|| shown.to_owned());
        None
    }
}

/// Lets tokens be exchanged on a port of this machine until the test ends.
struct Authority {
    port: u16,
    family: Arc<Mutex<Family>>,
}

impl Authority {
    fn start() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = door.local_addr().unwrap().port();
        let family = Arc::new(Mutex::new(Family { living: 1, spent: None }));
        let shared = family.clone();
        std::thread::spawn(move || {
            for caller in door.incoming().map_while(Result::ok) {
                let mut shown = String::new();
                drop(BufReader::new(&caller).read_line(&mut shown));
                // Who only wants this thread to end says nothing.
                if shown.is_empty() {
                    return;
                }
                let answer = shared.lock().unwrap().exchange(shown.trim_end());
                drop((&caller).write_all(answer.map(|next| next.to_string()).unwrap_or_default().as_bytes()));
            }
        });
        Self { port, family }
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// The way to an authority.
struct Way {
    port: u16,
    renewals: AtomicU64,
}

#[async_trait]
impl HttpTransport for Way {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        line.write_all(format!("{}\n", body["value"].as_str().unwrap()).as_bytes()).unwrap();
        line.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        let response = http::Response::builder().header("content-type", "application/json");
        let (status, body) = match answer.parse::<u64>() {
            Ok(next) => {
                self.renewals.fetch_add(1, Ordering::Relaxed);
                (200, json!({ "access": format!("access-{next}"), "refresh": format!("refresh-{next}") }))
            }
            Err(_) => (401, json!({ "code": "spent" })),
        };
        Ok(response.status(status).body(body.to_string().into()).unwrap())
    }
}

fn keys() -> Arc<EphemeralKeys> {
    let clock = TokioClock::scaled(Timestamp::EPOCH, 1).with_seed(SEED);
    Arc::new(EphemeralKeys::new(&clock as &dyn Clock))
}

fn acme() -> Tenant {
    Tenant::new("acme").unwrap()
}

/// Starts this binary as a process that renews.
fn renewing(place: &Place, authority: &Authority, store: StoreId, began: Timestamp) -> Running {
    let task = [
        (PLACE, place.name().to_owned()),
        (AUTHORITY, authority.port.to_string()),
        (STORE, store.to_string()),
        (BEGAN, began.as_micros().to_string()),
    ];
    process::start("refresh::processes::a_child_renews", &task, None)
}

async fn two_processes_that_renew_at_once_keep_the_living_token(place: fn() -> Place) {
    let place = place();
    let began = TokioClock::system().now();
    let clock = Arc::new(TokioClock::scaled(began, FASTER));
    let platform = ScriptedPlatform::new(clock.clone());
    let hub = builder(place.open(clock.clone()).await, &platform, platform.transport());
    let hub = hub.keys(keys()).build().await.unwrap();
    let alice = hub.tenant("acme").unwrap().person("alice").unwrap();
    let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
    drop(hub);

    let authority = Authority::start();
    let mut children = [(); 2].map(|()| renewing(&place, &authority, store.id, began));
    let own: Vec<u64> = children.iter_mut().map(|child| child.hear().unwrap().parse().unwrap()).collect();
    for child in children {
        assert!(child.ended_well());
    }
    let (living, spent) = {
        let family = authority.family.lock().unwrap();
        (family.living, family.spent.clone())
    };
    assert_eq!(spent, None, "a spent token was shown, and the family is dead");
    assert!(living > RENEWALS && own.iter().all(|renewals| *renewals > 0), "{living} {own:?}");
    let backend = place.open(clock.clone()).await;
    let way = Arc::new(Way { port: authority.port, renewals: AtomicU64::default() });
    let stored = credentials(backend, clock, way, store.id).await.current().await.unwrap();
    let refresh = stored.refresh.as_ref().unwrap().expose_secret();
    assert_eq!(refresh, format!("refresh-{living}"), "and the living one is stored");
}

async fn credentials(
    backend: Arc<dyn Backend>,
    clock: Arc<TokioClock>,
    way: Arc<Way>,
    store: StoreId,
) -> Arc<StoredCredentials> {
    let store = load::<fusion_core::model::Store>(&*backend, &acme(), store).await.unwrap().value;
    let connection = load::<Connection>(&*backend, &acme(), store.connection).await.unwrap().value;
    let platform = ScriptedPlatform::new(clock.clone());
    Arc::new(StoredCredentials {
        backend,
        keys: keys(),
        clock,
        setup: PlatformSetup::from(ScriptedPlugin::new(platform)),
        transport: way,
        cache: Arc::new(MemoryCache::default()),
        tenant: acme(),
        connection,
        flights: Arc::new(Flights::default()),
    })
}

/// Started by the tests beside it; without a place there is nothing to do. Says how many renewals were its own.
#[tokio::test]
async fn a_child_renews() {
    let Ok(place) = env::var(PLACE) else { return };
    process::end_with_parent();
    let task = |name| env::var(name).unwrap();
    let began = Timestamp::from_micros(task(BEGAN).parse().unwrap());
    let past = TokioClock::system().now().since(began);
    let clock = Arc::new(TokioClock::scaled(began + past * FASTER, FASTER));
    let backend = open(&place, clock.clone()).await;
    let store = serde_json::from_value(json!(task(STORE))).unwrap();
    let way = Arc::new(Way { port: task(AUTHORITY).parse().unwrap(), renewals: AtomicU64::default() });
    let credentials = credentials(backend, clock, way.clone(), store).await;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let credentials = credentials.clone();
        callers.spawn(async move {
            // Its platform refuses whatever it is shown, so each round waits for a renewal of its own or another's.
            for _ in 0..=RENEWALS {
                let used = credentials.current().await.unwrap();
                let generation = used.access.expose_secret().trim_start_matches("access-").parse::<u64>();
                if generation.unwrap() > RENEWALS {
                    return;
                }
                credentials.refused(&used).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    process::say(way.renewals.load(Ordering::Relaxed));
}
