use super::{
    Postgres, PostgresStorage,
    connect::Shared,
    fault::Place,
    migration::{self, Found},
    pool::{self, Pool, Sessions},
    row_security::RowSecurity,
};
use crate::TokioClock;
use fusion_core::{clock::Clock, error::Result};
use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};
use std::{fmt, str::FromStr as _, sync::Arc};

/// How a server is connected to.
#[derive(Clone)]
pub struct PostgresSettings {
    url: String,
    schema: String,
    clock: Option<Arc<dyn Clock>>,
    connections: usize,
    sessions: Sessions,
    row_security: RowSecurity,
}

/// One is kept for what a worker says, and it seldom says two things at once; the rest is for who puts jobs in.
const CONNECTIONS: usize = 8;

impl PostgresSettings {
    /// The database at `url`: `postgres://user:password@host:port/database`, with the parameters of libpq.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            schema: "fusion".to_owned(),
            clock: None,
            connections: CONNECTIONS,
            sessions: Sessions::Own,
            row_security: RowSecurity::Unchecked,
        }
    }

    /// Keeps everything in another schema: up to 40 small letters, digits and underscores, no digit first.
    #[must_use]
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Judges times by this clock instead of the server's; everybody who shares the schema must use the same. Without
    /// one the storage's clock begins with the server's time at the connection, whatever the machine's says.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets how many connections may be open at once, at least 1; 8 if it isn't set. Who comes later waits,
    /// and is told [`Unavailable`](fusion_core::ErrorKind::Unavailable) after ten seconds. Of two or more one is kept
    /// for exchanges, signs of life and rescues: callers that wait for somebody's open transaction don't hold it.
    #[must_use]
    pub fn with_connections(mut self, at_most: usize) -> Self {
        self.connections = at_most.max(1);
        self
    }

    /// Says that the URL is that of a pooler that gives each transaction another session of the server's, and carries
    /// no prepared statements from one to the next. Every call then takes two round trips more.
    #[must_use]
    pub fn with_pooler(mut self) -> Self {
        self.sessions = Sessions::Lent;
        self
    }

    /// Connects only where the server itself keeps the records, look-ups, unique keys and audit entries of tenants apart:
    /// a statement that forgets its tenant, or names another one, sees and writes nothing.
    ///
    /// For a user that isn't the owner of the schema. The owner connects once without this, which makes the schema or
    /// brings it up to this release, and says each time
    ///
    /// ```sql
    /// SELECT fusion.enable_row_security('fusion_app')
    /// ```
    ///
    /// with the name of the schema before the dot. Connecting refuses a user that is a superuser, has `BYPASSRLS` or is the
    /// owner, or may act as one, whoever it acts as at the moment; and a table whose policy is missing, is another, or lets
    /// a row of another tenant through when that is tried; it names both and the mend. The tables of the queue lie outside,
    /// as claims and maintenance go over all tenants.
    #[must_use]
    pub fn with_row_security(mut self) -> Self {
        self.row_security = RowSecurity::Required;
        self
    }

    /// Connects, makes the schema if it isn't there, and brings its tables and functions up to this release.
    ///
    /// Runs on tokio: what a verb says is a task of the runtime that it is called in, and what several put in or commit at
    /// once one of the runtime of whoever came first. Nothing is left in a session but
    /// prepared statements, so a pooler may stand between that carries those (PgBouncer does from release 1.21 on);
    /// for any other say so ([`with_pooler`](Self::with_pooler)).
    ///
    /// # Errors
    /// As [`connect_storage`](Self::connect_storage). [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig)
    /// also when commits have left errands to a queue that lives elsewhere: hand them on first.
    ///
    /// # Cancellation
    /// As [`connect_storage`](Self::connect_storage).
    pub async fn connect(self) -> Result<Postgres> {
        let (db, found) = self.open().await?;
        if found.has_errands {
            let why = "has errands for a queue that lives elsewhere; hand them on first";
            return Err(db.place().unusable(why));
        }
        Ok(db)
    }

    /// Connects to the schema as a storage whose queue lives elsewhere, as [`connect`](Self::connect) does.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`](fusion_core::ErrorKind::InvalidConfig): the URL or the schema's name is none, the
    /// server doesn't let this user in or make the schema, it is older than release 15 or its encoding isn't UTF-8,
    /// or the schema is another program's or a newer release's; with row security also where it has a gap, or the
    /// schema isn't this release's. Nothing was changed. Also where the schema's own queue has jobs that haven't ended:
    /// perform or cancel them first.
    /// [`ErrorKind::Unavailable`](fusion_core::ErrorKind::Unavailable): the server wasn't reached.
    ///
    /// # Cancellation
    /// Dropping the future leaves the schema as it was, or ready.
    pub async fn connect_storage(self) -> Result<PostgresStorage> {
        let (db, found) = self.open().await?;
        if found.has_jobs {
            return Err(db.place().unusable("has jobs in a queue of its own; perform or cancel them first"));
        }
        Ok(PostgresStorage::over(db))
    }

    /// The schema, ready, and what is in it.
    async fn open(self) -> Result<(Postgres, Found)> {
        let unknown = Place::new("", &self.schema);
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !self.schema.bytes().all(is_name)
            || self.schema.bytes().next().is_none_or(|first| first.is_ascii_digit())
            || self.schema.len() > 40
        {
            return Err(
                unknown.unusable("can't be named so: small letters, digits and underscores, at most 40")
            );
        }
        // The parser's own words may quote the password.
        let options = PgConnectOptions::from_str(&self.url)
            .map_err(|_| unknown.unusable("has a URL that isn't postgres://user@host/database"))?;
        let options = options.extra_float_digits(None).disable_statement_logging();
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("fusion"),
        };
        let place = Place::new(options.get_host(), &self.schema);
        let mut first = pool::open(&options, &place).await?;
        let readied = migration::ready(&mut first, &place, self.row_security).await;
        let closed = first.close().await;
        let found = readied?;
        closed.map_err(|source| place.fault(source))?;
        let db = Postgres(Arc::new(Shared {
            pool: Arc::new(Pool::new(options, place, self.connections, self.sessions)),
            is_clock_given: self.clock.is_some(),
            clock: self.clock.unwrap_or_else(|| Arc::new(TokioClock::scaled(found.time, 1))),
            news: Default::default(),
            enqueues: Default::default(),
            commits: (self.row_security == RowSecurity::Unchecked).then(Default::default),
            round: Default::default(),
            lanes: Default::default(),
        }));
        Ok((db, found))
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL: it may hold a password.
        f.debug_struct("PostgresSettings")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
