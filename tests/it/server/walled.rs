//! The same day under row security, by a user who isn't the owner of the schema.

use super::{Schema, connection, run_last, selling::sells_all_day, settings, url};
use sqlx::{Executor as _, postgres::PgConnectOptions};
use std::str::FromStr as _;

/// The user goes behind the schema that it has rights in.
struct Walled {
    schema: Schema,
    user: User,
}

impl Walled {
    fn new() -> Self {
        let schema = Schema::new();
        Self { user: User(format!("{}_user", schema.0)), schema }
    }
}

struct User(String);

impl Drop for User {
    fn drop(&mut self) {
        run_last(format!("DROP ROLE IF EXISTS {}", self.0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_merchant_sells_all_day_under_row_security() {
    let walled = Walled::new();
    let Walled { schema, user: User(user) } = &walled;
    drop(settings(&url(), schema.name()).connect().await.unwrap());
    let sql =
        format!("CREATE ROLE {user} LOGIN PASSWORD '{user}'; SELECT fusion.enable_row_security('{user}')");
    connection().await.execute(sqlx::raw_sql(schema.sql(&sql))).await.unwrap();
    let options = PgConnectOptions::from_str(&url()).unwrap();
    let (host, port) = (options.get_host(), options.get_port());
    let database = options.get_database().unwrap_or("postgres");
    let url = format!("postgres://{user}:{user}@{host}:{port}/{database}");
    let settings = settings(&url, schema.name()).with_row_security();
    sells_all_day(async |clock| settings.clone().with_clock(clock).connect().await.unwrap()).await;
    // All of it is its tenant's.
    let sql = "SELECT count(*) FROM fusion.records";
    let as_user = |tenant: &str| {
        format!("SET ROLE {user}; SELECT set_config('fusion.tenant', '{tenant}', false); {sql}")
    };
    for (tenant, is_there) in [("acme", true), ("", false)] {
        let mut db = connection().await;
        let rows = db.fetch_all(sqlx::raw_sql(schema.sql(&as_user(tenant)))).await.unwrap();
        let count: i64 = sqlx::Row::get(rows.last().unwrap(), 0);
        assert_eq!(count > 0, is_there, "{tenant}: {count}");
    }
}
