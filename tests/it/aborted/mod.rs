//! A process that ends between any two statements of submit, prepare, approve, claim, steps, settlement, hand-over and
//! chaining, and is started again: on a file and on a server.
//!
//! `FUSION_LONG=1` ends it at every point, a plain run at some that lie evenly among them.

mod child;
mod invariants;
mod platform;
mod point;

use crate::place::{Place, in_every_place};
use fusion_core::{
    canonical::LocalKeys,
    clock::{Clock, Timestamp},
};
use fusion_plugin_sdk::testkit::{Late, LateOutcome, Script, ScriptedPlatform};
use fusion_queue::TokioClock;
use std::{os::unix::process::ExitStatusExt as _, path::Path, process::Output, sync::Arc};
use tempfile::TempDir;

in_every_place! { a_process_that_ends_between_any_two_statements_is_gone_on_with }

/// What `std::process::abort` ends with, on every Unix.
const SIGABRT: i32 = 6;

/// Points of a plain run: some two seconds each.
const POINTS: u64 = 8;

/// What outlives a process: the database, and beside it keys and notes.
struct Kept {
    place: Place,
    folder: TempDir,
}

/// The keys in `folder`, made by whoever comes first.
fn keys(folder: &Path, clock: &dyn Clock) -> LocalKeys {
    LocalKeys::open_or_create(folder.join("keys"), clock).unwrap()
}

/// The habits of the platform: it takes a work at once, and decides later.
fn script() -> Script {
    Script { late: Some(Late { asks: 1, outcome: LateOutcome::Done }), ..Script::default() }
}

/// Ends a story at the point `end_at` if it comes there, lets another process tell it to its end, and holds both
/// against what has to be true then. How many points it has if it wasn't ended.
async fn survives(place: Place, end_at: Option<u64>) -> u64 {
    let kept = Kept { place, folder: TempDir::new().unwrap() };
    let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), child::FASTER));
    let platform = ScriptedPlatform::with_script(clock.clone(), script());
    let served = platform::Served::new(platform.clone());
    let run = |end_at| {
        let begins = clock.now();
        tokio::task::block_in_place(|| child::run(&kept, &served, begins, end_at))
    };
    let at = format!("point {end_at:?}");
    if end_at.is_some() && was_ended(run(end_at), &at) {
        kept.place.is_quiet().await;
        let backend = kept.place.open(clock.clone()).await;
        invariants::check_interrupted(&backend, &at).await;
    }
    assert!(!was_ended(run(None), &at), "{at}: who comes after it doesn't get done");
    let backend = kept.place.open(clock.clone()).await;
    invariants::check_done(&backend, &platform, &at).await;
    child::passed(&kept)
}

/// Whether a child was ended at its point; it comes to its end otherwise, and never fails.
fn was_ended(child: Output, at: &str) -> bool {
    let Output { status, stdout, stderr } = child;
    let said = || [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    let is_abort = status.signal() == Some(SIGABRT);
    assert!(status.success() || is_abort, "{at}: {status}: {}", said());
    is_abort
}

async fn a_process_that_ends_between_any_two_statements_is_gone_on_with(place: fn() -> Place) {
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
