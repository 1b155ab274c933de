//! The schema, and how it comes up to this release.

use super::{
    fault::Place,
    row_security::{self, RowSecurity},
};
use fusion_core::{clock::Timestamp, error::Result};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

/// One change of the schema.
struct Migration {
    /// The oldest release, by its newest migration, that may still write afterwards. A change expands first and
    /// leaves this as it was; what the older release needed goes when this has moved past it.
    schema_min: i64,
    sql: &'static [&'static str],
}

/// Every change, in order. What has been released is never edited: a function changes by a later migration.
const MIGRATIONS: &[Migration] = &[Migration {
    schema_min: 1,
    sql: &[
        include_str!("sql/tables.sql"),
        include_str!("sql/keys.sql"),
        include_str!("sql/parents.sql"),
        include_str!("sql/enqueue.sql"),
        include_str!("sql/embed.sql"),
        include_str!("sql/settle.sql"),
        include_str!("sql/claim.sql"),
        include_str!("sql/due.sql"),
        include_str!("sql/keeping.sql"),
        include_str!("sql/rescue.sql"),
        include_str!("sql/control.sql"),
        include_str!("sql/budgets.sql"),
        include_str!("sql/records.sql"),
        include_str!("sql/audit.sql"),
        include_str!("sql/commit.sql"),
        include_str!("sql/outbox.sql"),
        include_str!("sql/store.sql"),
        include_str!("sql/row_security.sql"),
    ],
}];

/// The oldest release of PostgreSQL that this was tried on.
const OLDEST_SERVER: i32 = 150_000;

/// What is found in a schema that is ready.
pub(super) struct Found {
    /// The server's time.
    pub(super) time: Timestamp,
    /// Whether commits have left errands to a queue that lives elsewhere.
    pub(super) has_errands: bool,
    /// Whether the schema's own queue has jobs that haven't ended.
    pub(super) has_jobs: bool,
}

/// Makes the schema, or brings one of ours up to this release; refuses any other untouched.
///
/// After an error the caller closes the connection, which undoes what was begun.
pub(super) async fn ready(
    connection: &mut PgConnection,
    place: &Place,
    row_security: RowSecurity,
) -> Result<Found> {
    let fault = |source| place.fault(source);
    // All of it, so that a pooler leaves it one session.
    connection.execute("BEGIN").await.map_err(fault)?;
    let (release, encoding): (i32, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')",
    )
    .persistent(false)
    .fetch_one(&mut *connection)
    .await
    .map_err(fault)?;
    if release < OLDEST_SERVER {
        return Err(place.unusable("needs PostgreSQL 15 or newer"));
    }
    if encoding != "UTF8" {
        return Err(place.unusable("needs a database whose encoding is UTF8"));
    }
    // Of several who start at once one makes the schema.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('fusion-queue ' || $1, 0))")
        .bind(place.schema().to_owned())
        .persistent(false)
        .execute(&mut *connection)
        .await
        .map_err(fault)?;
    migrate(connection, place, row_security).await?;
    if row_security == RowSecurity::Required {
        row_security::check(connection, place).await?;
    }
    let sql = place.of_schema(
        "SELECT fusion.now(NULL), EXISTS (SELECT FROM fusion.errands), EXISTS (SELECT FROM fusion.jobs)",
    );
    let (now, has_errands, has_jobs): (i64, bool, bool) = sqlx::query_as(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .map_err(fault)?;
    connection.execute("COMMIT").await.map_err(fault)?;
    Ok(Found { time: Timestamp::from_micros(now), has_errands, has_jobs })
}

async fn migrate(connection: &mut PgConnection, place: &Place, row_security: RowSecurity) -> Result<()> {
    let fault = |source| place.fault(source);
    let older = || place.unusable("isn't this release's; its owner connects once without row security");
    let (is_there, is_ours, is_empty): (bool, bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = $1),
            EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname = 'migrations'),
            NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1)",
    )
    .bind(place.schema().to_owned())
    .persistent(false)
    .fetch_one(&mut *connection)
    .await
    .map_err(fault)?;
    if !is_ours && !is_empty {
        return Err(place.unusable("belongs to another program; name another schema"));
    }
    if !is_ours && row_security == RowSecurity::Required {
        return Err(older());
    }
    // Not `IF NOT EXISTS`: that asks for the right to make schemas even where nothing is to be made.
    if !is_there {
        let sql = format!("CREATE SCHEMA {}", place.schema());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await.map_err(fault)?;
    }
    if !is_ours {
        run(connection, place, include_str!("sql/migrations.sql")).await?;
    }
    let sql = place
        .of_schema("SELECT coalesce(max(number), 0), coalesce(max(schema_min), 0) FROM fusion.migrations");
    let (applied, schema_min): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .map_err(fault)?;
    if schema_min > newest() {
        return Err(place.unusable("was written by a newer release; update this program"));
    }
    if applied < newest() && row_security == RowSecurity::Required {
        return Err(older());
    }
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > applied) {
        for sql in migration.sql {
            run(connection, place, sql).await?;
        }
        let sql = place.of_schema("INSERT INTO fusion.migrations (number, schema_min) VALUES ($1, $2)");
        sqlx::query(AssertSqlSafe(sql))
            .bind(number)
            .bind(migration.schema_min)
            .persistent(false)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, place: &Place, sql: &'static str) -> Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(place.of_schema(sql)));
    sql.execute(connection).await.map(drop).map_err(|source| place.fault(source))
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
