//! The worker and the back-ends: queue, storage and budgets in one object. Knows no platform.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod answer;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod brief;
pub mod clock;
#[cfg(feature = "cron")]
pub mod cron;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
mod quarantine;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod standing;
mod turns;
pub mod worker;

pub use clock::TokioClock;
pub use memory::Memory;
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresSettings, PostgresStorage};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteStorage};
pub use worker::Worker;
