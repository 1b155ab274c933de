//! A database of a test's own, which can be copied as it is.

use super::{connection, url};
use fusion_core::{clock::Clock, model::JobId};
use fusion_queue::{Postgres, PostgresSettings, TokioClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::{sync::Arc, time::Duration};

/// Tries at a copy: whoever was connected a moment ago may take one to leave.
const TRIES: usize = 100;

/// A database that goes with its test.
pub(crate) struct Whole(String);

impl Whole {
    pub(crate) async fn new() -> Self {
        Self::made(None).await
    }

    /// Another one, as this one is now. Whoever is connected to it is cut off.
    pub(crate) async fn copy(&self) -> Self {
        Self::made(Some(&self.0)).await
    }

    async fn made(of: Option<&str>) -> Self {
        let made = Self(format!("hub_{}", JobId::new(&TokioClock::system()).as_uuid().simple()));
        let template = of.map_or_else(String::new, |of| format!(" TEMPLATE {of}"));
        let create = format!("CREATE DATABASE {}{template}", made.0);
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        let mut server = connection().await;
        for _ in 0..TRIES {
            sqlx::query(cut).bind(of.unwrap_or_default()).execute(&mut server).await.unwrap();
            if server.execute(sqlx::raw_sql(AssertSqlSafe(create.clone()))).await.is_ok() {
                return made;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the database can't be made");
    }

    pub(crate) async fn open(&self, clock: Arc<dyn Clock>) -> Postgres {
        let mut url = url::Url::parse(&url()).unwrap();
        url.set_path(&self.0);
        let settings = PostgresSettings::new(url.as_str()).with_connections(4);
        settings.with_clock(clock).connect().await.unwrap()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.0));
        // The test's own runtime is in the middle of something else.
        let dropped = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url()).await?;
                connection.execute(sqlx::raw_sql(sql)).await.map(drop)
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test's database is left: {error}");
        }
    }
}
