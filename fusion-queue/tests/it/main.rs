//! Tests of the back-ends and the worker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test relies on beside what it proves may fail it"
)]

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod as_memory;
mod attack;
mod broken;
mod clock;
mod commands;
#[cfg(feature = "cron")]
mod cron;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod dropped;
mod every;
mod explained;
mod fixture;
#[cfg(all(unix, feature = "postgres", feature = "sqlite"))]
mod killed;
mod load;
mod long;
mod model;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod process;
mod queue;
mod random;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod reference;
mod rolling;
#[cfg(feature = "sqlite")]
mod sqlite;
mod storage;
mod tenants;
mod troubles;
mod watched;
mod worker;
