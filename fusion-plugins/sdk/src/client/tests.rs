use super::*;
use crate::{
    judge_status,
    testkit::{MemoryJournal, Workbench},
};
use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    canonical::Hash,
    clock::{Clock, Timestamp},
    error::When,
    http::{HttpTransport, TransportError},
    model::{Repeat, StepId, StepKey},
    plugin::{
        ApiVersion, App, Bucket, BudgetUnit, CredentialSource, Ending, Journal, MemoryLedger, Opened, Scope,
        WireRequest, WriteUnit,
    },
    testkit::TestClock,
    verb::PlatformSlug,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

mod circumstances;
#[cfg(feature = "reqwest")]
mod sockets;
mod steps;

type Outcome = Result<http::Response<Bytes>, TransportError>;

/// Answers what it was told, and remembers what came.
#[derive(Default)]
pub(super) struct Answers {
    outcomes: Mutex<VecDeque<Outcome>>,
    came: Mutex<Vec<http::Request<Bytes>>>,
}

impl Answers {
    fn add(&self, outcome: Outcome) {
        self.outcomes.lock().unwrap().push_back(outcome);
    }
    fn count(&self) -> usize {
        self.came.lock().unwrap().len()
    }
    fn bodies(&self) -> Vec<String> {
        let came = self.came.lock().unwrap();
        came.iter().map(|request| String::from_utf8(request.body().to_vec()).unwrap()).collect()
    }
    fn tokens(&self) -> Vec<Option<String>> {
        let came = self.came.lock().unwrap();
        let token =
            |request: &http::Request<Bytes>| Some(request.headers().get("token")?.to_str().unwrap().into());
        came.iter().map(token).collect()
    }
}

#[async_trait]
impl HttpTransport for Answers {
    async fn send(&self, request: http::Request<Bytes>, _: Limits) -> Outcome {
        self.came.lock().unwrap().push(request);
        let next = self.outcomes.lock().unwrap().pop_front();
        match next {
            Some(outcome) => outcome,
            None => std::future::pending().await,
        }
    }
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Outcome {
    let mut answer = http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    Ok(answer.body(Bytes::from(body.to_owned())).unwrap())
}

fn ok() -> Outcome {
    answer(200, &[("kept", "yes"), ("set-cookie", "secret")], "{}")
}

fn lost() -> Outcome {
    Err(TransportError::after("reset"))
}

fn manifest() -> Manifest {
    let bucket = |name: &'static str, scope| Bucket {
        name: name.into(),
        scope,
        unit: BudgetUnit::Requests,
        capacity: 2,
        refill: 1,
        per: Duration::from_secs(1),
    };
    Manifest {
        slug: PlatformSlug::of("x"),
        name: "X",
        version: "1",
        api: ApiVersion { version: "1", sunset: None },
        capabilities: Vec::new(),
        fields: Vec::new(),
        buckets: vec![
            bucket("app", Scope::App),
            bucket("account", Scope::Connection),
            bucket("shop", Scope::Store),
        ],
        auth: Vec::new(),
        scopes: Vec::new(),
        settings: Vec::new(),
        refs: Vec::new(),
        write_unit: WriteUnit::WholeListing,
        settle: Duration::ZERO,
        api_hosts: vec!["api.x.test", "127.0.0.1"],
        asset_hosts: vec!["files.x.test"],
    }
}

fn profile() -> Profile {
    use secrecy::ExposeSecret;
    Profile {
        limits: Limits { max_response: 1_000, timeout: Duration::from_secs(5) },
        retry: CallRetry::DEFAULT,
        authorize: |credentials, headers| {
            headers.push(("token".into(), credentials.access.expose_secret().into()));
        },
        judge: judge_status,
        readings: |answer, draws| {
            let available = answer.header("left").and_then(|left| left.parse().ok());
            let read = Reading { bucket: "shop", available, ..Reading::default() };
            draws.amount("shop").map(|_| read).into_iter().collect()
        },
        keep_headers: &["kept"],
    }
}

struct World {
    bench: Workbench,
    clock: TestClock,
    answers: Arc<Answers>,
    manifest: Manifest,
    profile: Profile,
}

fn world(outcomes: impl IntoIterator<Item = Outcome>) -> World {
    let clock = TestClock::at(Timestamp::from_micros(1_000_000_000_000_000));
    let answers = Arc::new(Answers::default());
    outcomes.into_iter().for_each(|outcome| answers.add(outcome));
    let bench = Workbench::new(
        PlatformSlug::of("x"),
        answers.clone(),
        Credentials::token("first"),
        Arc::new(clock.clone()),
    );
    World { bench, clock, answers, manifest: manifest(), profile: profile() }
}

fn get() -> WireRequest {
    to("https://api.x.test/things?email=a@b.test")
}

fn to(uri: &str) -> WireRequest {
    WireRequest { method: "GET".into(), uri: uri.into(), headers: Vec::new(), body: Bytes::new() }
}

/// A write that carries its key.
fn post(key: &StepKey) -> WireRequest {
    let body = Bytes::from(format!("key={key}"));
    WireRequest { method: "POST".into(), uri: "https://api.x.test/things".into(), headers: Vec::new(), body }
}

impl World {
    fn client(&self) -> Client<'_> {
        Client::new(self.bench.cx(), &self.manifest, &self.profile)
    }
    async fn read(&self) -> Result<WireResponse> {
        self.client().read(&[Cost::of("shop", 1)], get()).await
    }
    async fn step(&self, repeat: Repeat) -> Result<WireResponse> {
        self.client().step("make", repeat, &[Cost::of("shop", 1)], post).await
    }
    /// Name, count and fate of each sending.
    fn rows(&self) -> Vec<(u32, Option<Fate>)> {
        self.bench.journal.rows().iter().map(|row| (row.n, row.ending.as_ref().map(|end| end.fate))).collect()
    }
}

/// What a test cares about in an error.
fn axes(outcome: Result<WireResponse>) -> (ErrorKind, Fate) {
    let error = outcome.unwrap_err();
    (error.kind(), error.fate())
}
