//! A PostgreSQL server as the place, where the program was built for one.

/// What it is kept in, and what `--fresh` removes: nothing else of the database is touched.
pub(crate) const SCHEMA: &str = "quickstart";

#[cfg(feature = "postgres")]
mod open {
    use super::SCHEMA;
    use fusion_core::{
        clock::Clock,
        error::{Error, ErrorKind},
        hub::{Hub, HubBuilder},
    };
    use fusion_queue::PostgresSettings;
    use secrecy::{ExposeSecret as _, SecretString};
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
    use std::sync::Arc;

    /// Not the driver's words: they may quote the password.
    fn failed(_: sqlx::Error) -> Error {
        Error::new(
            ErrorKind::InvalidConfig,
            "the PostgreSQL server of --database isn't reached, or doesn't let this user in",
        )
    }

    pub(crate) async fn builder(url: &SecretString, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        let settings = PostgresSettings::new(url.expose_secret()).with_schema(SCHEMA).with_clock(clock);
        Ok(Hub::builder(settings.connect().await?))
    }

    pub(crate) async fn exists(url: &SecretString) -> Result<bool, Error> {
        let mut connection = PgConnection::connect(url.expose_secret()).await.map_err(failed)?;
        let sql = "SELECT to_regnamespace($1) IS NOT NULL";
        sqlx::query_scalar(sql).bind(SCHEMA).fetch_one(&mut connection).await.map_err(failed)
    }

    pub(crate) async fn clear(url: &SecretString) -> Result<(), Error> {
        let mut connection = PgConnection::connect(url.expose_secret()).await.map_err(failed)?;
        let sql = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"));
        connection.execute(sqlx::raw_sql(sql)).await.map_err(failed).map(drop)
    }
}

#[cfg(not(feature = "postgres"))]
mod open {
    use fusion_core::{
        clock::Clock,
        error::{Error, ErrorKind},
        hub::HubBuilder,
    };
    use secrecy::SecretString;
    use std::sync::Arc;

    fn unbuilt<T>() -> Result<T, Error> {
        Err(Error::new(
            ErrorKind::InvalidConfig,
            "PostgreSQL needs the feature `postgres`: cargo run --release --features postgres --example quickstart",
        ))
    }

    pub(crate) async fn builder(_: &SecretString, _: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        unbuilt()
    }

    pub(crate) async fn exists(_: &SecretString) -> Result<bool, Error> {
        unbuilt()
    }

    pub(crate) async fn clear(_: &SecretString) -> Result<(), Error> {
        unbuilt()
    }
}

pub(crate) use open::{builder, clear, exists};
