//! The server of the PostgreSQL rows, and a database of the bench's own on it.

use super::{Result, processor, turns::Seen};
use fusion_queue::PostgresSettings;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// A database that goes with the process that made it.
pub(crate) struct Server {
    /// Of the server as it was named, to make and remove the database by.
    url: String,
    name: String,
    schemas: AtomicU32,
}

impl Server {
    /// Makes the database, and prints what the figures depend on.
    pub(crate) async fn open() -> Result<Self> {
        let given = std::env::var("FUSION_POSTGRES_URL");
        let url = given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let name = format!("fusion_bench_{}", std::process::id());
        let mut connection = PgConnection::connect(&url).await?;
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")))
            .await?;
        let row = connection
            .fetch_one(
                "SELECT current_setting('server_version'), current_setting('fsync'),
                    current_setting('synchronous_commit'), current_setting('full_page_writes'),
                    current_setting('shared_buffers')",
            )
            .await?;
        let setting = |nth: usize| row.try_get::<String, _>(nth);
        let is_durable =
            (1..4).try_fold(true, |is_on, nth| setting(nth).map(|value| is_on && value == "on"))?;
        eprintln!(
            "PostgreSQL {}: fsync {}, synchronous_commit {}, full_page_writes {}, shared_buffers {}: commits {}",
            setting(0)?,
            setting(1)?,
            setting(2)?,
            setting(3)?,
            setting(4)?,
            if is_durable { "outlive a loss of power" } else { "do NOT outlive a loss of power" },
        );
        connection.close().await?;
        Ok(Self { url, name, schemas: AtomicU32::new(0) })
    }

    pub(crate) async fn remove(&self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await?;
        Ok(connection.close().await?)
    }

    /// The address of the bench's own database.
    pub(crate) fn address(&self) -> Result<String> {
        let mut url: url::Url = self.url.parse()?;
        url.set_path(&self.name);
        Ok(url.into())
    }

    /// A connection for statements of the bench's own.
    pub(crate) async fn connection(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.address()?).await?)
    }

    /// The settings that a queue has by default, in a schema that nobody uses yet.
    pub(crate) fn fresh(&self) -> Result<(PostgresSettings, Schema)> {
        let schema = Schema(format!("turn_{}", self.schemas.fetch_add(1, Ordering::Relaxed)));
        Ok((PostgresSettings::new(self.address()?).with_schema(schema.0.clone()), schema))
    }

    /// Removes what a turn has left, and lets the server write down what it still has in memory, so that the next
    /// turn doesn't pay for this one.
    pub(crate) async fn clear(&self, schema: &Schema) -> Result<()> {
        let mut connection = self.connection().await?;
        connection.execute(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {} CASCADE", schema.0))).await?;
        Ok(connection.close().await?)
    }

    /// What `doing` costs for each of so many jobs; it says how long that took.
    pub(crate) async fn cost(
        &self,
        jobs: usize,
        doing: impl Future<Output = Result<Duration>>,
    ) -> Result<Seen> {
        let mut connection = self.connection().await?;
        let before = Costs::so_far(&mut connection).await?;
        let span = doing.await?;
        let after = Costs::so_far(&mut connection).await?;
        connection.close().await?;
        let each = |part: fn(&Costs) -> f64| Some((part(&after) - part(&before)) / jobs as f64);
        let seen = Seen {
            wal: each(|costs| costs.wal),
            commits: each(|costs| costs.commits),
            server: each(|costs| costs.sessions),
            ..Seen::rate(jobs, span)
        };
        Ok(seen.with_processor(after.program + after.sessions - before.program - before.sessions, jobs))
    }
}

/// A schema of one turn.
#[derive(Clone)]
pub(crate) struct Schema(String);

impl Schema {
    /// `sql` with its name in place of `fusion`.
    pub(crate) fn sql(&self, sql: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(sql.replace("fusion.", &format!("{}.", self.0)))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

struct Costs {
    /// Processor time of this program, and of the database's sessions where the server is on this machine.
    program: f64,
    sessions: f64,
    /// Of the whole server: what others do on it at the same time counts too.
    wal: f64,
    commits: f64,
}

impl Costs {
    async fn so_far(connection: &mut PgConnection) -> Result<Self> {
        let row = connection
            .fetch_one(
                "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8,
                    pg_snapshot_xmax(pg_current_snapshot())::text::float8,
                    ARRAY(SELECT pid FROM pg_stat_activity WHERE datname = current_database())",
            )
            .await?;
        let sessions: Vec<i32> = row.try_get(2)?;
        Ok(Self {
            program: processor::of_this(),
            sessions: processor::of_all(&sessions),
            wal: row.try_get(0)?,
            commits: row.try_get(1)?,
        })
    }
}
