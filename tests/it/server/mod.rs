//! Hubs over a PostgreSQL server. The server is `FUSION_POSTGRES_URL`'s; each test has a schema of its own.

mod deciding;
mod held;
mod leaping;
mod pairs;
mod people;
mod quickstart;
mod selling;
mod walled;
mod whole;

pub(crate) use whole::Whole;

use fusion_core::{clock::Clock, model::JobId};
use fusion_queue::{Postgres, PostgresSettings, TokioClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::sync::Arc;

/// A schema that goes with its test.
pub(crate) struct Schema(String);

impl Schema {
    pub(crate) fn new() -> Self {
        Self(format!("hub_{}", JobId::new(&TokioClock::system()).as_uuid().simple()))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// A process on it.
    pub(crate) async fn open(&self, clock: Arc<dyn Clock>) -> Postgres {
        open(&self.0, clock).await
    }

    /// Statements of a test's own; `fusion.` stands for the schema.
    pub(crate) fn sql(&self, sql: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(sql.replace("fusion.", &format!("{}.", self.0)))
    }

    /// Waits until the server is done with what its processes have sent, those that are dead too.
    pub(crate) async fn is_quiet(&self) {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
        let mut connection = connection().await;
        while sqlx::query_scalar::<_, i64>(sql).bind(&self.0).fetch_one(&mut connection).await.unwrap() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// How many of its processes' statements wait for a lock.
    async fn waiting(&self) -> i64 {
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
        sqlx::query_scalar(sql).bind(&self.0).fetch_one(&mut connection().await).await.unwrap()
    }
}

/// A process on the schema of this name.
pub(crate) async fn open(schema: &str, clock: Arc<dyn Clock>) -> Postgres {
    settings(&url(), schema).with_clock(clock).connect().await.unwrap()
}

/// Few connections: many tests share the server. Commits don't wait for its disk: here programs end, and it doesn't.
fn settings(url: &str, schema: &str) -> PostgresSettings {
    let sign = if url.contains('?') { '&' } else { '?' };
    let quick = "options[synchronous_commit]=off";
    let settings = PostgresSettings::new(format!("{url}{sign}application_name={schema}&{quick}"));
    settings.with_schema(schema).with_connections(4)
}

/// A connection of the test's own.
pub(crate) async fn connection() -> PgConnection {
    PgConnection::connect(&url()).await.unwrap()
}

fn url() -> String {
    let given = std::env::var("FUSION_POSTGRES_URL");
    given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// A database of the test's own, for programs.
pub(crate) struct Database {
    pub(crate) url: url::Url,
}

impl Database {
    pub(crate) fn new(name: &str) -> Self {
        let mut url: url::Url = url().parse().unwrap();
        url.set_path(&format!("{name}_{}", std::process::id()));
        let database = Self { url };
        database.say("CREATE DATABASE", "");
        database
    }

    fn say(&self, verb: &str, how: &str) {
        let name = self.url.path().trim_start_matches('/');
        let sql = AssertSqlSafe(format!("{verb} {name} {how}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { connection().await.execute(sqlx::raw_sql(sql)).await.unwrap() });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A process that was killed may still be in there.
        self.say("DROP DATABASE", "WITH (FORCE)");
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        run_last(format!("DROP SCHEMA IF EXISTS {} CASCADE", self.0));
    }
}

/// Runs what a test ends with, while its own runtime is in the middle of something else.
fn run_last(sql: String) {
    let sql = AssertSqlSafe(format!("SET lock_timeout = '10s'; {sql}"));
    let done = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&url()).await?;
            connection.execute(sqlx::raw_sql(sql)).await.map(drop)
        })
    });
    if let Ok(Err(error)) = done.join() {
        eprintln!("something of a test's is left on the server: {error}");
    }
}
