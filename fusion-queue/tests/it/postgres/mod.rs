//! The back-end on a server: the kits, and what happens between processes, connections and transactions.
//!
//! The server is `FUSION_POSTGRES_URL`'s. Each test has a schema of its own, which it drops.

mod cancelled;
mod children;
mod clocks;
mod costs;
mod dropped;
mod elsewhere;
mod embedder;
mod grouped;
mod hands;
mod kept;
mod ledger;
mod limits;
mod lost;
mod opened;
mod pooled;
mod random;
mod row_security;
pub(crate) mod schema;
mod shared;
mod storage;
mod texts;
mod worked;

use crate::fixture::World;
use fusion_core::{
    job::{JobEnd, Lease, Settlement},
    testkit::TestClock,
};
use fusion_queue::Postgres;
use schema::Schema;
use serde_json::Value;
use std::sync::Arc;

fusion_core::queue_conformance!(
    #[ignore = "needs a PostgreSQL server"]
    |clock: TestClock| async move {
        let schema = Schema::new();
        (schema.settings().with_clock(Arc::new(clock)).connect().await.unwrap(), schema)
    }
);

/// A queue under a clock that stands still. The schema goes last.
pub(crate) async fn opened() -> (World<TestClock, Postgres>, Schema) {
    let (clock, schema) = (World::new().clock, Schema::new());
    let db = schema.settings().with_clock(Arc::new(clock.clone())).connect().await.unwrap();
    (World::over(clock, db), schema)
}

/// Another process on the same schema.
pub(crate) async fn another(w: &World<TestClock, Postgres>, schema: &Schema) -> Postgres {
    schema.settings().with_clock(Arc::new(w.clock.clone())).connect().await.unwrap()
}

pub(crate) fn completed(lease: &Lease) -> Settlement {
    Settlement { lease: lease.clone(), end: JobEnd::Completed(Value::Null) }
}
