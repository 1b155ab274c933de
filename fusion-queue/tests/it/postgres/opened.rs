//! How a schema is made and found.

use super::{Schema, schema};
use crate::fixture::*;
use fusion_core::{error::ErrorKind, job::*};
use sqlx::Executor as _;

async fn refusal(schema: &Schema) -> ErrorKind {
    schema.settings().connect().await.unwrap_err().kind()
}

async fn run(schema: &Schema, sql: &str) {
    schema::connection().await.execute(sqlx::raw_sql(schema.sql(sql))).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_schema_of_another_program_or_of_a_newer_release_is_refused_untouched() {
    let foreign = Schema::new();
    let name = foreign.name();
    run(&foreign, &format!("CREATE SCHEMA {name}; CREATE TABLE fusion.theirs (id int)")).await;
    assert_eq!(refusal(&foreign).await, ErrorKind::InvalidConfig);
    let tables = format!("SELECT count(*) FROM pg_tables WHERE schemaname = '{name}'");
    assert_eq!(foreign.count(&tables).await, 1);

    let newer = Schema::new();
    drop(newer.settings().connect().await.unwrap());
    run(&newer, "INSERT INTO fusion.migrations (number, schema_min) VALUES (1000, 1)").await;
    assert!(newer.settings().connect().await.is_ok(), "an addition of a newer release is no hindrance");
    run(&newer, "UPDATE fusion.migrations SET schema_min = 1000 WHERE number = 1000").await;
    assert_eq!(refusal(&newer).await, ErrorKind::InvalidConfig);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_migration_that_fails_leaves_the_schema_as_it_was_and_the_next_start_makes_it() {
    let schema = Schema::new();
    let name = schema.name();
    // In the way of one of ours, and no table that would show whose the schema is.
    run(
        &schema,
        &format!(
            "CREATE SCHEMA {name}; CREATE FUNCTION fusion.forget_dropped(bigint) RETURNS void LANGUAGE sql AS ''"
        ),
    )
    .await;
    assert_eq!(refusal(&schema).await, ErrorKind::Internal);
    let made = format!("SELECT count(*) FROM pg_class c WHERE c.relnamespace = '{name}'::regnamespace");
    assert_eq!(schema.count(&made).await, 0);
    run(&schema, "DROP FUNCTION fusion.forget_dropped(bigint)").await;
    drop(schema.settings().connect().await.unwrap());
    assert_eq!(schema.count("SELECT count(*) FROM fusion.migrations").await, 1);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_name_that_isnt_a_plain_one_is_refused() {
    let schema = Schema::new();
    for name in ["", "1a", "a-b", "a\"; DROP TABLE x; --", &"a".repeat(41)] {
        let refused = schema.settings().with_schema(name).connect().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_several_who_start_at_once_one_makes_the_schema() {
    let schema = Schema::new();
    let starts = (0..6).map(|_| tokio::spawn(schema.settings().connect()));
    for one in starts.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    assert_eq!(schema.count("SELECT count(*) FROM fusion.migrations").await, 1);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_user_who_may_make_no_schema_uses_the_one_that_is_there() {
    let s = Schema::new();
    drop(s.settings().connect().await.unwrap());
    let name = s.name();
    run(
        &s,
        &format!(
            "CREATE ROLE {name}; GRANT USAGE ON SCHEMA {name} TO {name};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {name};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {name} TO {name}"
        ),
    )
    .await;
    let url = format!("{}?options=-c%20role%3D{name}", schema::url());
    let settings = fusion_queue::PostgresSettings::new(url).with_connections(2);
    let db = settings.clone().with_schema(name).connect().await.unwrap();
    let w = World::over(World::new().clock, db);
    let job = w.job();
    w.put(&job).await;
    let claimed = w.claim_one().await;
    assert_eq!(w.done(&claimed).await, SettleVerdict::Accepted);
    let refused = settings.with_schema(format!("{}2", &name[..20])).connect().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig, "{refused:?}");
    drop(w);
    run(&s, &format!("DROP OWNED BY {name}; DROP ROLE {name}")).await;
}
