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

    /// Held for as long as the process lives: two would tell the story over each other, whatever they call the server.
    pub(crate) struct Lock {
        connection: PgConnection,
    }

    /// Not the driver's words: they may quote the password.
    fn failed(source: sqlx::Error) -> Error {
        match source {
            sqlx::Error::Io(_) => {
                Error::new(ErrorKind::Unavailable, "the PostgreSQL server of --database isn't reached")
            }
            _ => Error::new(
                ErrorKind::InvalidConfig,
                "the PostgreSQL server of --database doesn't let this user in, or do what is needed",
            ),
        }
    }

    pub(crate) async fn builder(url: &SecretString, clock: Arc<dyn Clock>) -> Result<HubBuilder, Error> {
        let settings = PostgresSettings::new(url.expose_secret()).with_schema(SCHEMA).with_clock(clock);
        Ok(Hub::builder(settings.connect().await?))
    }

    /// `None`: another process has it.
    pub(crate) async fn lock(url: &SecretString) -> Result<Option<Lock>, Error> {
        let mut connection = PgConnection::connect(url.expose_secret()).await.map_err(failed)?;
        let sql = "SELECT pg_try_advisory_lock(hashtext($1))";
        let is_free: bool =
            sqlx::query_scalar(sql).bind(SCHEMA).fetch_one(&mut connection).await.map_err(failed)?;
        Ok(is_free.then_some(Lock { connection }))
    }

    impl Lock {
        /// Whether something is kept there.
        pub(crate) async fn is_used(&mut self) -> Result<bool, Error> {
            let sql = "SELECT to_regnamespace($1) IS NOT NULL";
            sqlx::query_scalar(sql).bind(SCHEMA).fetch_one(&mut self.connection).await.map_err(failed)
        }

        /// Removes what is kept there, if it is ours.
        pub(crate) async fn clear(&mut self) -> Result<(), Error> {
            let sql = "SELECT to_regclass($1 || '.migrations') IS NOT NULL";
            let is_ours: bool =
                sqlx::query_scalar(sql).bind(SCHEMA).fetch_one(&mut self.connection).await.map_err(failed)?;
            if !is_ours && self.is_used().await? {
                let why = format!(
                    "the schema {SCHEMA} of that database is another program's; name another --database"
                );
                return Err(Error::new(ErrorKind::InvalidConfig, why));
            }
            let sql = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"));
            self.connection.execute(sqlx::raw_sql(sql)).await.map_err(failed).map(drop)
        }
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

    /// There is none.
    pub(crate) enum Lock {}

    pub(crate) async fn lock(_: &SecretString) -> Result<Option<Lock>, Error> {
        unbuilt()
    }

    impl Lock {
        pub(crate) async fn is_used(&mut self) -> Result<bool, Error> {
            match *self {}
        }

        pub(crate) async fn clear(&mut self) -> Result<(), Error> {
            match *self {}
        }
    }
}

pub(crate) use open::{Lock, builder, lock};
