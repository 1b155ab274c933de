use fusion_core::model::JobId;
use fusion_queue::{PostgresSettings, TokioClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A schema that goes with its test.
pub(crate) struct Schema {
    name: String,
    url: String,
}

impl Schema {
    pub(crate) fn new() -> Self {
        Self::on(url())
    }

    /// On a server of the test's own.
    pub(crate) fn on(url: String) -> Self {
        Self { name: format!("it_{}", JobId::new(&TokioClock::system()).as_uuid().simple()), url }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Few connections, under the schema's own name: many tests share the server.
    pub(crate) fn settings(&self) -> PostgresSettings {
        self.settings_with("")
    }

    /// The same with other parameters in the URL.
    pub(crate) fn settings_with(&self, parameters: &str) -> PostgresSettings {
        let Self { name, url } = self;
        let sign = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{sign}application_name={name}{parameters}");
        PostgresSettings::new(url).with_schema(name).with_connections(3)
    }

    /// Statements of a test's own; `fusion.` stands for the schema.
    pub(crate) fn sql(&self, sql: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(sql.replace("fusion.", &format!("{}.", self.name)))
    }

    /// The number that a statement answers with, on a connection of its own.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(self.sql(sql)).fetch_one(&mut self.connection().await).await.unwrap()
    }

    /// How many connections of the queue's there are that do what the condition says.
    pub(crate) async fn sessions(&self, condition: &str) -> i64 {
        let name = &self.name;
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND {condition}"
        );
        self.count(&sql).await
    }
}

/// Looks at who waits before a test gives up: each takes some milliseconds.
const LOOKS: u32 = 5_000;

impl Schema {
    /// Waits until so many of the queue's sessions wait for a lock.
    pub(crate) async fn blocked(&self, many: i64) {
        self.blocked_or(many, || false).await;
    }

    /// Waits until so many of the queue's sessions wait for a lock, or who was to wait is through.
    pub(crate) async fn blocked_or(&self, many: i64, is_through: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if is_through() || self.sessions("wait_event_type = 'Lock'").await >= many {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("in {LOOKS} looks there were never {many} sessions of the queue's that wait for a lock");
    }
}

/// A connection of the test's own.
pub(crate) async fn connection() -> PgConnection {
    PgConnection::connect(&url()).await.unwrap()
}

pub(crate) fn url() -> String {
    let given = std::env::var("FUSION_POSTGRES_URL");
    given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

impl Drop for Schema {
    fn drop(&mut self) {
        run_last(&self.url, format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name));
    }
}

/// Runs what a test ends with, while its own runtime is in the middle of something else.
pub(super) fn run_last(url: &str, sql: String) {
    let (url, sql) = (url.to_owned(), AssertSqlSafe(format!("SET lock_timeout = '10s'; {sql}")));
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&url).await?;
            connection.execute(sqlx::raw_sql(sql)).await.map(drop)
        })
    });
    if let Ok(Err(error)) = done.join() {
        eprintln!("something of a test's is left on the server: {error}");
    }
}
