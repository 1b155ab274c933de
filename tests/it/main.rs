//! What holds across the crates of the workspace.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::let_unit_value,
    reason = "what a test relies on beside what it proves may fail it"
)]

#[cfg(unix)]
mod aborted;
mod adopting;
mod approvals;
mod behind;
mod browsing;
mod cases;
mod catalogue;
mod dependencies;
mod drafts;
mod drift;
mod edits;
#[cfg(feature = "embed")]
mod embed;
mod faults;
mod flow;
mod importing;
mod invariants;
mod kill;
mod looking;
mod neighbours;
mod newcomer;
mod on_file;
mod orders;
mod outcomes;
mod own_queue_transport;
mod own_storage;
mod parents;
mod place;
#[path = "../../fusion-queue/tests/it/process.rs"]
#[expect(dead_code, reason = "what kills a process is for the tests of the queue")]
mod process;
mod programs;
mod pushes;
mod quickstart;
mod races;
mod readme;
mod recorded;
mod refresh;
mod relying;
mod scale;
mod scene;
mod secrets;
#[cfg(feature = "postgres")]
mod server;
mod shopify;
mod signing_in;
mod sizes;
mod stock;
mod stopped;
mod stores;
mod submitting;
mod tenants;
mod timing;
mod vault;
mod watched;
mod world;
