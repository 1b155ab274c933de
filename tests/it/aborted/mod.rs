//! A process that ends between any two statements of submit, prepare, approve, claim, steps, settlement, hand-over and
//! chaining, and is started again: on a file and on a server.
//!
//! `FUSION_LONG=1` ends it at every point, a plain run at some that lie evenly among them.

mod child;
mod invariants;
mod platform;
mod point;

use fusion_core::{
    canonical::LocalKeys,
    clock::{Clock, Timestamp},
    storage::Backend,
};
use fusion_plugin_sdk::testkit::{Late, LateOutcome, Script, ScriptedPlatform};
use fusion_queue::{TokioClock, sqlite::SqliteSettings};
use std::{os::unix::process::ExitStatusExt as _, path::Path, process::Output, sync::Arc};
use tempfile::TempDir;

/// What `std::process::abort` ends with, on every Unix.
const SIGABRT: i32 = 6;

/// Points of a plain run: some two seconds each.
const POINTS: u64 = 8;

/// Where a story is stored.
struct Place {
    folder: TempDir,
    #[cfg(feature = "postgres")]
    server: Option<crate::server::Schema>,
}

impl Place {
    fn file() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            #[cfg(feature = "postgres")]
            server: None,
        }
    }

    #[cfg(feature = "postgres")]
    fn server() -> Self {
        Self { server: Some(crate::server::Schema::new()), ..Self::file() }
    }

    fn schema(&self) -> Option<&str> {
        #[cfg(feature = "postgres")]
        return self.server.as_ref().map(crate::server::Schema::name);
        #[cfg(not(feature = "postgres"))]
        None
    }

    async fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Backend> {
        open(self.folder.path(), self.schema(), clock).await
    }
}

/// What is stored in `folder`, or in the schema of the server.
async fn open(folder: &Path, schema: Option<&str>, clock: Arc<dyn Clock>) -> Arc<dyn Backend> {
    #[cfg(feature = "postgres")]
    if let Some(schema) = schema {
        return Arc::new(crate::server::open(schema, clock).await);
    }
    assert_eq!(schema, None);
    let settings = SqliteSettings::new(folder.join("fusion.db")).with_clock(clock);
    Arc::new(settings.open_with_queue().await.unwrap())
}

/// The keys in `folder`, made by whoever comes first.
fn keys(folder: &Path, clock: &dyn Clock) -> LocalKeys {
    let file = folder.join("keys");
    LocalKeys::create(&file, clock).or_else(|_| LocalKeys::open(&file)).unwrap()
}

/// The habits of the platform: it takes a work at once, and decides later.
fn script() -> Script {
    Script { late: Some(Late { asks: 1, outcome: LateOutcome::Done }), ..Script::default() }
}

/// Ends a story at the point `end_at` if it comes there, lets another process tell it to its end, and holds both
/// against what has to be true then. How many points it has if it wasn't ended.
async fn survives(place: Place, end_at: Option<u64>) -> u64 {
    let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), child::FASTER));
    let platform = ScriptedPlatform::with_script(clock.clone(), script());
    let served = platform::Served::new(platform.clone());
    let run = |end_at| {
        let begins = clock.now();
        tokio::task::block_in_place(|| child::run(&place, &served, begins, end_at))
    };
    let at = format!("point {end_at:?}");
    if end_at.is_some() && was_ended(run(end_at), &at) {
        #[cfg(feature = "postgres")]
        if let Some(schema) = &place.server {
            schema.is_quiet().await;
        }
        let backend = place.open(clock.clone()).await;
        invariants::check_interrupted(&backend, &at).await;
    }
    assert!(!was_ended(run(None), &at), "{at}: who comes after it doesn't get done");
    let backend = place.open(clock.clone()).await;
    invariants::check_done(&backend, &platform, &at).await;
    child::passed(&place)
}

/// Whether a child was ended at its point; it comes to its end otherwise, and never fails.
fn was_ended(child: Output, at: &str) -> bool {
    let Output { status, stdout, stderr } = child;
    let said = || [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    let is_abort = status.signal() == Some(SIGABRT);
    assert!(status.success() || is_abort, "{at}: {status}: {}", said());
    is_abort
}

async fn survives_everywhere(place: impl Fn() -> Place) {
    let all = survives(place(), None).await;
    println!("{all} points");
    assert!(all > 100, "{all} points");
    let step = match std::env::var_os("FUSION_LONG") {
        Some(_) => 1,
        None => usize::try_from(all / POINTS).unwrap(),
    };
    for end_at in (1..=all).rev().step_by(step) {
        survives(place(), Some(end_at)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_ends_between_any_two_statements_on_a_file_is_gone_on_with() {
    survives_everywhere(Place::file).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_ends_between_any_two_statements_on_a_server_is_gone_on_with() {
    survives_everywhere(Place::server).await;
}
