//! The tables, and how they come up to this release.

use super::fault::Place;
use fusion_core::error::Result;
use sqlx::{Executor as _, SqliteConnection};

/// Stands in the header of our files: "Fusn".
const APPLICATION: i64 = 0x4675_736E;

/// One change of the tables.
struct Migration {
    /// The oldest release, by its newest migration, that may still write afterwards. A change expands first and
    /// leaves this as it was; what the older release needed goes when this has moved past it.
    schema_min: i64,
    sql: &'static str,
}

/// Every change, in order. What has been released is never edited.
const MIGRATIONS: &[Migration] = &[
    Migration { schema_min: 1, sql: include_str!("tables.sql") },
    Migration { schema_min: 1, sql: include_str!("queue.sql") },
    // An older release would end parents and leave their children waiting.
    Migration { schema_min: 3, sql: include_str!("parents.sql") },
    // An older release would claim what is paused.
    Migration { schema_min: 4, sql: include_str!("pauses.sql") },
    // What an older release ends isn't forgotten by its age, but by the count of all.
    Migration { schema_min: 4, sql: include_str!("retention.sql") },
    Migration { schema_min: 4, sql: include_str!("slots.sql") },
    Migration { schema_min: 4, sql: include_str!("handled.sql") },
    // An older release doesn't know of dead heads that cancel the rest of their serial key.
    Migration { schema_min: 8, sql: include_str!("snoozed.sql") },
    // An older release looks in a job's body for whose it is.
    Migration { schema_min: 9, sql: include_str!("bodies.sql") },
    // What an older release takes would be forgotten at once.
    Migration { schema_min: 10, sql: include_str!("tokens.sql") },
];

/// Makes a new file ours, or an older one of ours as new as this release; refuses any other untouched.
///
/// After an error the caller closes the connection, which undoes what was begun.
pub(super) async fn ready(connection: &mut SqliteConnection, place: &Place) -> Result<()> {
    let fault = |source| place.fault(source);
    // Both looks of it at one moment: beside us somebody may be making the file.
    connection.execute("BEGIN").await.map_err(fault)?;
    refuse_foreign(connection, place).await?;
    connection.execute("COMMIT").await.map_err(fault)?;
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await.map_err(fault)?;
    if journal != "wal" {
        return Err(place.unusable("lies where files can't be shared between processes; use a local disk, or Memory for what needs no file"));
    }
    connection.execute("BEGIN IMMEDIATE").await.map_err(fault)?;
    migrate(connection, place).await?;
    connection.execute("COMMIT").await.map(drop).map_err(fault)
}

async fn refuse_foreign(connection: &mut SqliteConnection, place: &Place) -> Result<()> {
    let fault = |source| place.fault(source);
    let application: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(fault)?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(fault)?;
    if application == APPLICATION || (application == 0 && tables == 0) {
        return Ok(());
    }
    Err(place.unusable("belongs to another program; name another file"))
}

async fn migrate(connection: &mut SqliteConnection, place: &Place) -> Result<()> {
    let fault = |source| place.fault(source);
    // Since the first look somebody else may have made the file.
    refuse_foreign(connection, place).await?;
    sqlx::raw_sql(include_str!("migrations.sql")).execute(&mut *connection).await.map_err(fault)?;
    let (applied, schema_min): (i64, i64) = sqlx::query_as(
        "SELECT coalesce(max(number), 0), coalesce(max(schema_min), 0) FROM fusion_migrations",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(fault)?;
    if schema_min > newest() {
        return Err(place.unusable("was written by a newer release; update this program"));
    }
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > applied) {
        sqlx::raw_sql(migration.sql).execute(&mut *connection).await.map_err(fault)?;
        sqlx::query("INSERT INTO fusion_migrations (number, schema_min) VALUES (?, ?)")
            .bind(number)
            .bind(migration.schema_min)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    // 0x4675736E: a pragma takes no parameters.
    connection.execute("PRAGMA application_id = 1182102382").await.map_err(fault)?;
    Ok(())
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}
