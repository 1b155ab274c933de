//! The storage on the server: the kit, and what happens between commits, connections and processes.

mod company;
mod cut;
mod damaged;
mod drops;
mod feeds;
mod locks;
mod pages;
mod races;

use super::{Schema, another, opened};
use fusion_core::testkit::TestClock;
use fusion_queue::Postgres;
use std::sync::Arc;

async fn fresh(clock: TestClock) -> (Postgres, Schema) {
    let schema = Schema::new();
    (schema.settings().with_clock(Arc::new(clock)).connect().await.unwrap(), schema)
}

fusion_core::storage_conformance!(
    #[ignore = "needs a PostgreSQL server"]
    fresh
);

crate::storage::commit::commits!(
    #[ignore = "needs a PostgreSQL server"]
    fresh
);

/// How often a race is run: with `FUSION_LONG=1` 2,000 times, with another number so many times.
fn rounds() -> usize {
    match std::env::var("FUSION_LONG").ok().as_deref() {
        None => 200,
        Some(given) => given.parse().ok().filter(|rounds| *rounds > 1).unwrap_or(2_000),
    }
}
