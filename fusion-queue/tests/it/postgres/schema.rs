use fusion_core::model::JobId;
use fusion_queue::{PostgresSettings, TokioClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A schema that goes with its test.
pub(super) struct Schema(String);

impl Schema {
    pub(super) fn new() -> Self {
        Self(format!("it_{}", JobId::new(&TokioClock::system()).as_uuid().simple()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// Few connections, under the schema's own name: many tests share the server.
    pub(super) fn settings(&self) -> PostgresSettings {
        let url = url();
        let sign = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{sign}application_name={}", self.0);
        PostgresSettings::new(url).with_schema(&self.0).with_connections(3)
    }

    /// Statements of a test's own; `fusion.` stands for the schema.
    pub(super) fn sql(&self, sql: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(sql.replace("fusion.", &format!("{}.", self.0)))
    }

    /// The number that a statement answers with, on a connection of its own.
    pub(super) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(self.sql(sql)).fetch_one(&mut connection().await).await.unwrap()
    }

    /// How many connections of the queue's there are that do what the condition says.
    pub(super) async fn sessions(&self, condition: &str) -> i64 {
        let name = &self.0;
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND {condition}"
        );
        self.count(&sql).await
    }
}

/// A connection of the test's own.
pub(super) async fn connection() -> PgConnection {
    PgConnection::connect(&url()).await.unwrap()
}

pub(super) fn url() -> String {
    let given = std::env::var("FUSION_POSTGRES_URL");
    given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql =
            AssertSqlSafe(format!("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS {} CASCADE", self.0));
        // The test's own runtime is in the middle of something else.
        let dropped = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connection().await.execute(sqlx::raw_sql(sql)).await.map(drop) })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test's schema is left: {error}");
        }
    }
}
