//! A back-end in one file of SQLite's, for one machine.
//!
//! Any number of processes may have the file open. One of them writes at a time; a commit is on the disk when it
//! is answered. [`Sqlite`] is storage, queue and budgets together. [`SqliteStorage`] is the storage alone: jobs of
//! its commits wait in an outbox ([`Outbox`](fusion_core::storage::Outbox)) for a queue that lives elsewhere.
//!
//! ```
//! # use fusion_core::storage::Storage;
//! # use fusion_queue::SqliteStorage;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let storage = SqliteStorage::open(folder.path().join("fusion.db")).await?;
//! assert!(storage.is_lasting());
//! # Ok(()) }
//! ```

mod backend;
mod chain;
mod columns;
mod commit;
mod fault;
mod ledger;
mod list;
mod migration;
mod outbox;
mod queue;
mod read;
mod rows;
mod settings;
mod storage;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use backend::Sqlite;
pub use settings::{Durability, SqliteSettings};

use fault::Place;
use fusion_core::{clock::Clock, error::Result};
use sqlx::SqlitePool;
use std::{fmt, path::Path, sync::Arc};
use writer::Writer;

/// Storage in one file. Clones share its connections, which close with the last of them.
#[derive(Clone)]
pub struct SqliteStorage(Arc<Shared>);

struct Shared {
    place: Place,
    clock: Arc<dyn Clock>,
    readers: SqlitePool,
    writer: Writer,
}

impl SqliteStorage {
    /// Opens the file at `path`, or makes it, on real time.
    ///
    /// # Errors
    /// As [`SqliteSettings::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        SqliteSettings::new(path).open().await
    }
}

impl fmt::Debug for SqliteStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStorage").field("file", &self.0.place).finish_non_exhaustive()
    }
}
