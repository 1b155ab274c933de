//! A backend and a transport that stop dead at a chosen call, as a killed or sleeping process does.

use async_trait::async_trait;
use bytes::Bytes;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    http::{HttpTransport, Limits, TransportError},
    storage::{ChangeSet, Key},
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_queue::Memory;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// On which side of the call it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The call never happens.
    Before,
    /// It happens, and its caller never learns of it.
    After,
}

/// How calls that write at the platform are told.
const WRITES: [&str; 4] = [" POST /", " PUT /", " PATCH /", " DELETE /"];

enum At {
    Nth(Side),
    Call(&'static str),
    Sent(Side),
}

/// Counts the calls that pass and shuts at one of them; from then on nothing passes until it is opened.
#[derive(Clone)]
pub(crate) struct Trap(Arc<Inner>);

struct Inner {
    at: At,
    left: Mutex<u64>,
    failing_commits: Mutex<u64>,
    clashing_orders: Mutex<u64>,
    shut: watch::Sender<Option<String>>,
}

impl Trap {
    /// Shuts on `side` of the call number `at`, counted from 1. Calls that change nothing count on the side
    /// before alone: on the other the same is seen.
    pub(crate) fn at(at: u64, side: Side) -> Self {
        Self(Arc::new(Inner {
            at: At::Nth(side),
            left: Mutex::new(at),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Shuts the first time that it would tell `call`.
    pub(crate) fn at_call(call: &'static str) -> Self {
        Self(Arc::new(Inner {
            at: At::Call(call),
            left: Mutex::new(1),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Shuts on `side` of the call number `at`, counted from 1, that writes something at the platform.
    pub(crate) fn at_sent(at: u64, side: Side) -> Self {
        Self(Arc::new(Inner {
            at: At::Sent(side),
            left: Mutex::new(at),
            failing_commits: Mutex::default(),
            clashing_orders: Mutex::default(),
            shut: watch::Sender::new(None),
        }))
    }

    /// Never shuts.
    pub(crate) fn open_with_failures() -> Self {
        Self::at(0, Side::Before)
    }

    /// Lets so many of the next commits fail without an effect.
    pub(crate) fn fail_commits(&self, count: u64) {
        *self.0.failing_commits.lock().unwrap() = count;
    }

    /// Lets so many of the next commits that write an order meet something that is there already.
    pub(crate) fn clash_orders(&self, count: u64) {
        *self.0.clashing_orders.lock().unwrap() = count;
    }

    fn refuse(&self, changes: &ChangeSet) -> Result<()> {
        if self.fails_commit() {
            return Err(Error::new(ErrorKind::Unavailable, "the database is away"));
        }
        if self.clashes(changes) {
            return Err(Error::new(ErrorKind::AlreadyExists, "another commit has put it there"));
        }
        Ok(())
    }

    fn clashes(&self, changes: &ChangeSet) -> bool {
        let mut left = self.0.clashing_orders.lock().unwrap();
        let is_order = changes.writes.iter().any(|write| matches!(write.key, Key::Order(_)));
        let clashes = *left > 0 && is_order;
        *left -= u64::from(clashes);
        clashes
    }

    fn fails_commit(&self) -> bool {
        let mut left = self.0.failing_commits.lock().unwrap();
        let fails = *left > 0;
        *left -= u64::from(fails);
        fails
    }

    /// Completes when it has shut; says at which call.
    pub(crate) async fn sprung(&self) -> String {
        let mut shut = self.0.shut.subscribe();
        let shut = shut.wait_for(Option::is_some).await.unwrap();
        shut.clone().unwrap()
    }

    /// Lets everything go on.
    pub(crate) fn open(&self) {
        self.0.shut.send_replace(None);
    }

    async fn come(&self, what: &str) {
        self.wait_open().await;
        self.count(what, Side::Before);
        self.wait_open().await;
    }

    async fn go(&self, what: &str, changes: bool) {
        self.wait_open().await;
        if changes {
            self.count(what, Side::After);
            self.wait_open().await;
        }
    }

    async fn wait_open(&self) {
        self.0.shut.subscribe().wait_for(Option::is_none).await.unwrap();
    }

    fn count(&self, what: &str, side: Side) {
        let what = format!("{side:?} {what}");
        let counts = match self.0.at {
            At::Nth(wanted) => side == wanted,
            At::Call(wanted) => what == wanted,
            At::Sent(wanted) => side == wanted && WRITES.iter().any(|write| what.contains(write)),
        };
        let mut left = self.0.left.lock().unwrap();
        if counts && *left > 0 {
            *left -= 1;
            if *left == 0 {
                self.0.shut.send_replace(Some(what));
            }
        }
    }
}

/// A backend over the same memory, through a trap.
pub(crate) type Trapdoor = Through<Memory, Trap>;

/// A call under way: how it is told, and whether it changes something.
pub(crate) struct UnderWay {
    what: String,
    changes: bool,
}

#[async_trait]
impl Watch for Trap {
    type Held = UnderWay;

    async fn before(&self, call: &Call<'_>) -> Result<UnderWay> {
        let what = match call.carries {
            Carries::Changes(_, changes) => {
                self.refuse(changes)?;
                told(changes)
            }
            _ => call.name.to_owned(),
        };
        self.come(&what).await;
        Ok(UnderWay { what, changes: call.changes })
    }

    async fn after(&self, held: UnderWay, _: &Answer<'_>) -> Result<()> {
        self.go(&held.what, held.changes).await;
        Ok(())
    }
}

/// A way to the platform, through a trap.
pub(crate) struct TrappedWay {
    pub(crate) way: Arc<dyn HttpTransport>,
    pub(crate) trap: Trap,
}

#[async_trait]
impl HttpTransport for TrappedWay {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let changes = request.method() != http::Method::GET;
        self.trap.come(&what).await;
        let answer = self.way.send(request, limits).await;
        self.trap.go(&what, changes).await;
        answer
    }
}

/// What a commit is about, for the message of a failed test.
fn told(changes: &ChangeSet) -> String {
    let actions: Vec<_> = changes.audit.iter().map(|entry| entry.action.as_str()).collect();
    format!(
        "commit of {} steps, {} jobs, settling {}: {}",
        changes.steps.len(),
        changes.jobs.len(),
        changes.settle.is_some(),
        actions.join(" ")
    )
}
