use crate::postgres::schema::{Schema, run_last};
use fusion_queue::PostgresSettings;
use sqlx::{Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};
use std::str::FromStr as _;

/// A schema with an owner of its own, opened to a user under row security; they go with their test.
pub(crate) struct Walled {
    pub(super) schema: Schema,
    _roles: Roles,
}

impl Walled {
    pub(crate) async fn new() -> Self {
        let schema = Schema::new();
        let roles = Roles { url: schema.url().to_owned(), schema: schema.name().to_owned() };
        let walled = Self { schema, _roles: roles };
        let (name, owner, user) = (walled.schema.name(), walled.owner(), walled.user());
        walled
            .run(&format!(
                "CREATE ROLE {owner} LOGIN PASSWORD '{owner}'; CREATE ROLE {user} LOGIN PASSWORD '{user}';
                CREATE SCHEMA {name} AUTHORIZATION {owner}"
            ))
            .await;
        drop(walled.settings_of(&owner).connect().await.unwrap());
        walled.enable().await;
        walled
    }

    pub(super) fn owner(&self) -> String {
        format!("{}_owner", self.schema.name())
    }

    pub(super) fn user(&self) -> String {
        format!("{}_user", self.schema.name())
    }

    /// As the operator does it: by the owner, who is no superuser.
    pub(super) async fn enable(&self) {
        let mut owner = self.connection(&self.owner()).await;
        let sql = format!("SET lock_timeout = '10s'; SELECT fusion.enable_row_security('{}')", self.user());
        owner.execute(sqlx::raw_sql(self.schema.sql(&sql))).await.unwrap();
    }

    pub(crate) fn settings(&self) -> PostgresSettings {
        self.settings_of(&self.user()).with_row_security()
    }

    /// For a role, which isn't asked about row security.
    pub(super) fn settings_of(&self, role: &str) -> PostgresSettings {
        PostgresSettings::new(self.url(role)).with_schema(self.schema.name()).with_connections(3)
    }

    pub(super) fn database(&self) -> String {
        let options = PgConnectOptions::from_str(self.schema.url()).unwrap();
        options.get_database().unwrap_or("postgres").to_owned()
    }

    pub(super) fn url(&self, role: &str) -> String {
        let options = PgConnectOptions::from_str(self.schema.url()).unwrap();
        format!("postgres://{role}:{role}@{}:{}/{}", options.get_host(), options.get_port(), self.database())
    }

    pub(super) async fn connection(&self, role: &str) -> PgConnection {
        PgConnection::connect(&self.url(role)).await.unwrap()
    }

    /// Statements of the tests' superuser; `fusion.` stands for the schema.
    pub(super) async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(self.schema.url()).await.unwrap();
        let sql = self.schema.sql(&format!("SET lock_timeout = '10s'; {sql}"));
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
    }
}

/// Goes behind the schema that its roles have rights in.
struct Roles {
    url: String,
    schema: String,
}

impl Drop for Roles {
    fn drop(&mut self) {
        run_last(&self.url, format!("DROP ROLE IF EXISTS {0}_owner, {0}_user, {0}_other", self.schema));
    }
}
