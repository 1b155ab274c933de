use super::{Shared, Sqlite, SqliteStorage, fault::Place, migration, writer::Writer};
use crate::TokioClock;
use fusion_core::{clock::Clock, error::Result};
use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{fmt, path::Path, sync::Arc, time::Duration};

/// When a commit is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: it outlives a loss of power.
    #[default]
    PowerLoss,
    /// When the operating system has it: it outlives the process. A loss of power may cost the newest commits,
    /// each as a whole; the file stays sound.
    ProcessEnd,
}

/// How a file is opened.
#[derive(Clone)]
pub struct SqliteSettings {
    place: Place,
    clock: Arc<dyn Clock>,
    durability: Durability,
    busy_timeout: Duration,
}

/// How long a writer waits for another process; a commit takes milliseconds, so a queue of hundreds fits in.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads that may run at once; SQLite reads from memory mostly, so more than a few only wait for processors.
const READERS: u32 = 4;

/// Rows that a connection's thread reads ahead of who asked: as many as most answers have, so that it needn't wait.
const ROWS_AHEAD: usize = 512;

/// Pages that the writer keeps, as SQLite wants it said: 16 MiB. What a transaction of hundreds of jobs changes has to
/// find room, or it is written to the log more than once.
const CACHE: &str = "-16384";

impl SqliteSettings {
    /// The file at `path`, on real time, safe against loss of power.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            place: Place::new(path.as_ref()),
            clock: Arc::new(TokioClock::system()),
            durability: Durability::default(),
            busy_timeout: BUSY_TIMEOUT,
        }
    }

    /// Judges deadlines by another clock; everybody who shares the file must use the same.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets when a commit is answered.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how long a writer waits for another process before it gives up; 5 seconds if it isn't set.
    #[must_use]
    pub fn with_busy_timeout(mut self, at_most: Duration) -> Self {
        self.busy_timeout = at_most;
        self
    }

    /// Opens the file with its queue, makes it if it isn't there, and brings its tables up to this release.
    ///
    /// Runs on tokio: a task of the runtime that it is called in writes until the last clone is dropped.
    ///
    /// # Errors
    /// As [`open`](Self::open). [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig) also when
    /// commits have left errands to a queue that lives elsewhere: hand them on first.
    ///
    /// # Cancellation
    /// As [`open`](Self::open).
    pub async fn open_with_queue(self) -> Result<Sqlite> {
        let storage = self.opened().await?;
        let place = &storage.0.place;
        if is_any(&storage, "SELECT EXISTS (SELECT 1 FROM errands)").await? {
            return Err(place.unusable("has errands for a queue that lives elsewhere; hand them on first"));
        }
        Ok(Sqlite::over(storage))
    }

    /// Opens the file as a storage whose queue lives elsewhere, makes it if it isn't there, and brings its tables
    /// up to this release.
    ///
    /// Runs on tokio: a task of the runtime that it is called in writes until the last clone is dropped.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig): the file is no database, another
    /// program's or a newer release's, or can't be opened or written. Nothing of it was changed.
    /// [`ErrorKind::Unavailable`](fusion_core::ErrorKind::Unavailable): another process was writing too long, or
    /// the disk is full. [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig) also when the file's own
    /// queue has jobs that haven't ended: perform or cancel them first.
    ///
    /// # Cancellation
    /// Dropping the future leaves the file as it was, or ready.
    pub async fn open(self) -> Result<SqliteStorage> {
        let storage = self.opened().await?;
        if is_any(&storage, "SELECT EXISTS (SELECT 1 FROM jobs WHERE ended IS NULL)").await? {
            let why = "has jobs in a queue of its own; perform or cancel them first";
            return Err(storage.0.place.unusable(why));
        }
        Ok(storage)
    }

    async fn opened(self) -> Result<SqliteStorage> {
        let fault = |source| self.place.fault(source);
        let options = self.options();
        let mut first = SqliteConnection::connect_with(&options).await.map_err(fault)?;
        let readied = migration::ready(&mut first, &self.place).await;
        let closed = first.close().await;
        readied?;
        closed.map_err(fault)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file doesn't go away as a server does, and a look at the connection costs as much as most reads.
            .test_before_acquire(false)
            .connect_with(options.clone().create_if_missing(false).pragma("query_only", "on"))
            .await
            .map_err(fault)?;
        let options = options.create_if_missing(false).pragma("cache_size", CACHE);
        let writer = Writer::start(options, self.place.clone(), self.clock.clone());
        Ok(SqliteStorage(Arc::new(Shared { place: self.place, clock: self.clock, readers, writer })))
    }

    fn options(&self) -> SqliteConnectOptions {
        let synchronous = match self.durability {
            Durability::PowerLoss => SqliteSynchronous::Full,
            Durability::ProcessEnd => SqliteSynchronous::Normal,
        };
        SqliteConnectOptions::new()
            .filename(self.place.path())
            .create_if_missing(true)
            .synchronous(synchronous)
            // What is erased is gone from the file, too, and not merely free to be written over.
            .pragma("secure_delete", "on")
            // What a savepoint would put back is copied to memory, and not to a file of its own.
            .pragma("temp_store", "memory")
            .row_buffer_size(ROWS_AHEAD)
            .busy_timeout(self.busy_timeout)
    }
}

async fn is_any(storage: &SqliteStorage, sql: &'static str) -> Result<bool> {
    let Shared { place, readers, .. } = &*storage.0;
    sqlx::query_scalar(sql).fetch_one(readers).await.map_err(|source| place.fault(source))
}

impl fmt::Debug for SqliteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteSettings")
            .field("file", &self.place)
            .field("durability", &self.durability)
            .field("busy_timeout", &self.busy_timeout)
            .finish_non_exhaustive()
    }
}
