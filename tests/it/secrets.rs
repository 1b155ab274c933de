//! Neither secrets nor personal data show up in anything that is stored, shown or traced.

mod recorder;

use crate::world::{World, setup};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    approval::{GrantRecord, Policy, Request},
    canonical::EphemeralKeys,
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind},
    http::{HttpTransport, Limits, TransportError},
    hub::{BundleView, Hub, NewStore},
    job::{JobFilter, QueueControl},
    model::{Listing, Product, SecretRecord},
    plugin::{App, Credentials, PlatformPlugin, SignIn},
    storage::{Entity, Key, Query, Record, Storage, list_all},
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, Script, ScriptedPlugin, Workbench, kinds};
use recorder::Recorder;
use std::{
    error::Error as _,
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

const APP_SECRET: &str = "planted-app-secret";
const SIGN_IN: &str = "planted-sign-in";
const STATIC: &str = "planted-static-token";
const KEY: [u8; 16] = [0xAB; 16];

/// What nobody may find: tokens as the platform makes them, what was typed in, keys in each form that bytes are
/// written in, buyers' addresses.
const PLANTED: &[&str] = &[
    "access-1",
    "access-2",
    "access-3",
    "refresh-1",
    "refresh-2",
    "refresh-3",
    APP_SECRET,
    SIGN_IN,
    STATIC,
    "ababababab",
    "ABABABABAB",
    "q6urq6ur",
    "171, 171, 171",
    "171,171,171",
    "buyer-of-order",
];

/// Chance that isn't any: keys made of it can be recognised.
struct Loaded<'a>(&'a dyn Clock);

#[async_trait]
impl Clock for Loaded<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, span: Duration) {
        self.0.sleep(span).await;
    }
    fn entropy(&self) -> [u8; 16] {
        KEY
    }
}

/// Shows every request as a careless program would log it, bodies apart: those of sign-ins are secrets themselves.
struct Careless {
    way: Arc<dyn HttpTransport>,
    seen: Arc<Mutex<String>>,
}

#[async_trait]
impl HttpTransport for Careless {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        write!(self.seen.lock().unwrap(), "{parts:?}").unwrap();
        self.way.send(http::Request::from_parts(parts, body), limits).await
    }
}

fn assert_clean(what: &str, text: &str) {
    for planted in PLANTED {
        if let Some(at) = text.find(planted) {
            let start = text.floor_char_boundary(at.saturating_sub(200));
            panic!("{planted} stands in {what}: {}", &text[start..text.ceil_char_boundary(at + 40)]);
        }
    }
}

/// All that an error tells: shown, debugged, stored, and its sources.
fn told(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.to_failure());
    text.push_str(&serde_json::to_string(&error.to_failure()).unwrap());
    let mut source = error.source();
    while let Some(one) = source {
        write!(text, "{one} {one:?}").unwrap();
        source = one.source();
    }
    text
}

struct Scene {
    world: World,
    hub: Hub,
    seen: Arc<Mutex<String>>,
    errors: Vec<Error>,
}

impl Scene {
    async fn new(script: Script) -> Self {
        let keyed = |clock: &dyn Clock| EphemeralKeys::new(&Loaded(clock));
        let world = World::keyed(script, Policy::two_people(), keyed).await;
        let seen = Arc::<Mutex<String>>::default();
        let way = Arc::new(Careless { way: world.platform.transport(), seen: seen.clone() });
        let app = App { id: "app".to_owned(), secret: APP_SECRET.into() };
        let sign_in = SignIn::Token(SIGN_IN.into());
        let setup = setup(&world.platform, way).with_app(app).with_sign_in(sign_in);
        let hub = Hub::builder(world.memory.clone()).plugin(setup).keys(world.keys.clone());
        let hub = hub.directory(crate::world::people()).build().await.unwrap();
        Self { world, hub, seen, errors: Vec::new() }
    }

    async fn run(&self) {
        self.world.work(&fusion_queue::Worker::of(&self.hub)).await;
    }

    async fn sign_in(&mut self) {
        let sign_in = SignIn::Token(SIGN_IN.into());
        let world = &self.world;
        self.hub.reauthorise(&world.alice, world.store.connection, sign_in).await.unwrap();
    }

    /// A product on its way, with every fault that leaves something behind.
    async fn live_through_faults(&mut self) -> BundleView {
        let bundle = self.world.agreed(2).await;
        let platform = self.world.platform.clone();
        platform.fail_at("POST /stores", Fault::ExpiredToken);
        platform.fail_at("POST /stores", Fault::ResetAfter);
        platform.fail_at("GET /references", Fault::Truncated);
        platform.fail_at("/show", Fault::Withdrawn);
        platform.fail_at("GET /operations", Fault::OutOfOrder);
        self.run().await;
        let shut = self.hub.test_store(&self.world.alice, self.world.store.id).await.unwrap_err();
        self.errors.push(shut);
        self.sign_in().await;
        platform.fail_at("POST /stock", Fault::Forbidden);
        self.run().await;
        self.sign_in().await;
        self.run().await;
        bundle
    }

    async fn rows(&self) -> Vec<Record> {
        let (memory, tenant) = (&self.world.memory, self.world.alice.tenant());
        let mut queries = vec![
            Query::Connections,
            Query::Stores,
            Query::Products,
            Query::Locations,
            Query::OpenRequests,
            Query::StoresOf(self.world.store.connection),
            Query::ListingsIn(self.world.store.id),
            Query::OrdersIn(self.world.store.id),
            Query::RequestsIn(self.world.store.id),
        ];
        let mut keys = vec![SecretRecord::key(self.world.store.connection), Key::Policy(())];
        let products = list_all::<Product>(memory, tenant, &Query::Products).await.unwrap();
        for consumes in products.iter().flat_map(|row| &row.value.variants).flat_map(|one| &one.consumes) {
            queries.extend([Query::LevelsOf(consumes.item), Query::MovesOf(consumes.item)]);
            keys.push(Key::StockItem(consumes.item));
        }
        let listings = Query::ListingsIn(self.world.store.id);
        for listing in list_all::<Listing>(memory, tenant, &listings).await.unwrap() {
            keys.push(Key::PushMark(listing.value.id));
        }
        let requests = Query::RequestsIn(self.world.store.id);
        for request in list_all::<Request>(memory, tenant, &requests).await.unwrap() {
            let id = request.value.id;
            queries.extend([
                Query::RevisionsOf(id),
                Query::VotesOn(id),
                Query::NotesOn(id),
                Query::GrantsOf(id),
            ]);
            for grant in list_all::<GrantRecord>(memory, tenant, &Query::GrantsOf(id)).await.unwrap() {
                queries.push(Query::StepsUnder(grant.value.id));
            }
        }
        let jobs = self.world.jobs().await;
        queries.extend(jobs.iter().map(|job| Query::StepsOf(job.id)));
        let mut records = Vec::new();
        for query in queries {
            let rows = Storage::list(memory, tenant, &query, None, usize::MAX).await.unwrap();
            records.extend(rows.into_iter().map(|row| row.record));
        }
        let found = Storage::get(memory, tenant, &keys).await.unwrap();
        records.extend(found.into_iter().flatten().map(|row| row.value));
        records
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_stored_shown_or_traced_gives_a_secret_away() {
    let traced = Recorder::default();
    let _second = recorder::second();
    let guard = tracing::subscriber::set_default(traced.clone());
    let late = Some(Late { asks: 1, outcome: LateOutcome::Done });
    let script = Script { late, token_lasts: Some(Duration::from_secs(3600)), ..Script::default() };
    let mut scene = Scene::new(script).await;
    let bundle = scene.live_through_faults().await;
    let world = &scene.world;

    for wrong in ["wrong", STATIC] {
        world.platform.fail_at("GET /account", Fault::Refused("no_such_account"));
        let new = NewStore::new("scripted", "Other").with_sign_in(SignIn::Token(wrong.to_owned().into()));
        assert_clean("a new store", &format!("{new:?}"));
        scene.errors.push(scene.hub.register_store(&world.alice, new).await.unwrap_err());
    }
    let records = scene.rows().await;
    let kinds: std::collections::BTreeSet<_> = records
        .iter()
        .map(|record| format!("{:?}", record.key()).split('(').next().unwrap().to_owned())
        .collect();
    for kind in [
        "Connection",
        "Secret",
        "Store",
        "Product",
        "StockItem",
        "Level",
        "Listing",
        "PushMark",
        "Request",
        "Revision",
        "Vote",
        "Grant",
        "Step",
        "Policy",
    ] {
        assert!(kinds.contains(kind), "no {kind} among {kinds:?}");
    }
    for record in &records {
        let kind = format!("{:?}", record.key());
        assert_clean(&kind, &format!("{record:?}"));
        assert_clean(&kind, &serde_json::to_string(record).unwrap());
    }
    let tenant = world.alice.tenant();
    for job in QueueControl::list(&world.memory, tenant, &JobFilter::default(), None, 10_000).await.unwrap() {
        assert_clean("a job", &format!("{job:?}"));
        assert_clean("a job", &serde_json::to_string(&job.state.job).unwrap());
    }
    let entries = scene.hub.audit(&world.alice, 0, 10_000).await.unwrap();
    assert!(entries.len() > 10);
    for entry in &entries {
        assert_clean("the audit", &format!("{entry:?}"));
        assert_clean("the audit", &serde_json::to_string(entry).unwrap());
    }
    let view = scene.hub.bundle(&world.alice, bundle.id).await.unwrap();
    assert_clean("a bundle", &format!("{view:?} {}", serde_json::to_string(&view).unwrap()));
    assert!(!scene.errors.is_empty());
    for error in &scene.errors {
        assert_clean("an error", &told(error));
    }
    let seen = scene.seen.lock().unwrap().clone();
    assert!(seen.contains("scripted-token"), "no call with credentials was seen");
    assert_clean("a request", &seen);
    drop(guard);
    let text = traced.text();
    assert!(text.contains("platform_call") && text.contains("job"), "nothing was traced");
    assert_clean("what was traced", &text);
}

#[tokio::test(start_paused = true)]
async fn what_holds_secrets_in_memory_shows_none() {
    let world =
        World::keyed(Script::default(), Policy::two_people(), |clock| EphemeralKeys::new(&Loaded(clock)))
            .await;
    let app = App { id: "app".to_owned(), secret: APP_SECRET.into() };
    let mut credentials = Credentials::token(STATIC);
    credentials.refresh = Some("refresh-1".into());
    credentials.extra.insert("client_secret".to_owned(), APP_SECRET.into());
    let code = SignIn::Code {
        code: SIGN_IN.into(),
        verifier: Some(STATIC.into()),
        redirect: "https://shop.test".to_owned(),
    };
    let renewal = SignIn::Refresh(Arc::new(credentials.clone()));
    assert_clean("memory", &format!("{app:?} {credentials:?} {code:?} {renewal:?} {:?}", world.memory));
    // The search finds what it looks for.
    assert!(std::panic::catch_unwind(|| assert_clean("a test", "x access-1 y")).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_buyer_is_shown_by_nothing_that_reads_orders() {
    let traced = Recorder::default();
    let _second = recorder::second();
    let guard = tracing::subscriber::set_default(traced.clone());
    let world = World::new(Script::default()).await;
    world.agreed(1).await;
    world.work(&world.worker()).await;
    let listings = Query::ListingsIn(world.store.id);
    let listing =
        list_all::<Listing>(&world.memory, world.alice.tenant(), &listings).await.unwrap().remove(0).value;
    let variant = listing.variants[0].refs.current()[0].clone();
    assert_eq!(variant.kind, kinds::VARIANT);
    let order = world.platform.place_order("main", &[(variant, 1)]).unwrap();
    let plugin = ScriptedPlugin::new(world.platform.clone());
    let bench = Workbench::scripted(&world.platform);
    let page = plugin.list_orders(&bench.cx(), None, None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let email = format!("buyer-of-{}@example.test", order.id);
    let order = &page.items[0].value;
    let buyer = &order.buyer;
    assert!(format!("{:?}", buyer.email.value().map(|email| email.reveal())).contains(&email));
    assert_clean("a page of orders", &format!("{page:?}"));
    assert_clean("an order", &serde_json::to_string(&order.facts).unwrap());
    world.platform.fail_at("/orders", Fault::Truncated);
    world.platform.fail_at("/orders", Fault::Truncated);
    world.platform.fail_at("/orders", Fault::Truncated);
    let cut_off = plugin.list_orders(&bench.cx(), None, None).await.unwrap_err();
    assert_eq!(cut_off.kind(), ErrorKind::Protocol);
    assert_clean("an error", &told(&cut_off));
    drop(guard);
    assert!(traced.text().contains("platform_call"));
    assert_clean("what was traced", &traced.text());
}
