//! Drains beside what lies or happens on the server meanwhile.

use crate::{
    Result,
    drain::{self, Filled, STORES},
    options::Options,
    server::Server,
    table::Table,
    turns::{About, Seen, Wanted, in_turn},
    work::{Maker, Notice},
};
use fusion_core::job::NewJob;
use sqlx::{Connection as _, Executor as _, PgConnection};

/// Ended jobs of long ago, as a drain would have left them, but for their age.
const HISTORY: &str = "INSERT INTO fusion.ended (number, lane, id, ended_at, settled, attempt, crashes, band, status,
        background, granted, suspect, untold, holds, tenant, body, payload, result, parent_failed)
    SELECT -n, $2, lpad(to_hex(n), 32, '0')::uuid, fusion.now(NULL) - n, n, 1, 0, 1, 3, false, false, false, false,
        0, $3, $4, $5, 'null', 0
    FROM generate_series(1, $1::bigint) AS n";

const LANE: &str = "SELECT fusion.lane($1, '00000000-0000-0000-0000-000000000000', $2, $3)";

/// What an embedder does in a transaction of its own.
const EMBEDDED: &str = "SELECT fusion.enqueue(NULL, ARRAY[$1], ARRAY[$2], ARRAY[$3], ARRAY[1::smallint], ARRAY[0::bigint],
    ARRAY[true], ARRAY[false], ARRAY[false], ARRAY[NULL::uuid], ARRAY[NULL::bytea], ARRAY[NULL::bytea], ARRAY[false],
    ARRAY[0::smallint], ARRAY[NULL::text], ARRAY[0::smallint], ARRAY[$4], ARRAY[$5])";

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    let jobs = options.size(20_000, 100_000);
    let about =
        |name, work, yardstick| About { name, work, yardstick, unit: "jobs/s", wanted: Wanted::AtLeast(0.9) };
    if options.wants("postgres-history") {
        let ended = options.size(200_000, 5_000_000);
        eprintln!("postgres-history: {ended} ended jobs are made");
        let old = with_history(server, ended).await?;
        let work = format!("PostgreSQL: {jobs} jobs beside {ended} that have ended");
        let ours = async || {
            let again = old.again(Maker::new()?.jobs(jobs)).await?;
            again.drain(server).await
        };
        let theirs = async || drain::plain(server, jobs).await;
        table
            .add(in_turn(options, about("postgres-history", work, "ours without them"), ours, theirs).await?);
        old.clear(server).await?;
    }
    if options.wants("postgres-snapshot") {
        let work = format!("PostgreSQL: {jobs} jobs of {STORES} stores beside a pinned snapshot");
        let ours = async || {
            let mut reader = server.connection().await?;
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
            reader.execute("SELECT count(*) FROM pg_class").await?;
            let seen = drain::of_stores(server, jobs).await?;
            reader.close().await?;
            Ok(seen)
        };
        let theirs = async || drain::of_stores(server, jobs).await;
        table.add(in_turn(options, about("postgres-snapshot", work, "ours without it"), ours, theirs).await?);
    }
    if options.wants("postgres-embedder") {
        let work =
            format!("PostgreSQL: {jobs} jobs of {STORES} stores beside an embedder's open transaction");
        let ours = async || beside_embedder(server, jobs).await;
        let theirs = async || drain::of_stores(server, jobs).await;
        table.add(in_turn(options, about("postgres-embedder", work, "ours without it"), ours, theirs).await?);
    }
    Ok(())
}

async fn with_history(server: &Server, ended: usize) -> Result<Filled> {
    let filled = Filled::with(server, Vec::new()).await?;
    let mut connection = server.connection().await?;
    let (job, lane) = lane(&mut connection, &filled).await?;
    sqlx::query(filled.schema.sql(HISTORY))
        .bind(i64::try_from(ended)?)
        .bind(lane)
        .bind(job.tenant.as_str())
        .bind(serde_json::to_string(&job)?)
        .bind(Notice::new(0).text()?)
        .execute(&mut connection)
        .await?;
    // A server that has held them for long has done so by itself.
    connection.execute(filled.schema.sql("VACUUM (ANALYZE) fusion.ended")).await?;
    connection.close().await?;
    Ok(filled)
}

async fn beside_embedder(server: &Server, jobs: usize) -> Result<Seen> {
    let maker = Maker::new()?;
    let filled = Filled::with(server, maker.jobs_of_stores(jobs, &maker.stores(STORES))).await?;
    let mut embedder = server.connection().await?;
    let (job, lane) = lane(&mut embedder, &filled).await?;
    embedder.execute("BEGIN").await?;
    embedder.execute("CREATE TEMPORARY TABLE embedded AS SELECT 1 AS kept").await?;
    sqlx::query(filled.schema.sql(EMBEDDED))
        .bind(job.id.as_uuid())
        .bind(job.tenant.as_str())
        .bind(lane)
        .bind(serde_json::to_string(&job)?)
        .bind(Notice::new(0).text()?)
        .execute(&mut embedder)
        .await?;
    let seen = filled.drain(server).await?;
    embedder.execute("ROLLBACK").await?;
    embedder.close().await?;
    filled.clear(server).await?;
    Ok(seen)
}

/// A job as it is stored beside its payload, and the lane of such jobs.
async fn lane(connection: &mut PgConnection, filled: &Filled) -> Result<(NewJob, i64)> {
    let mut job = Maker::new()?.job(0);
    job.payload = serde_json::Value::Null;
    let lane = sqlx::query_scalar(filled.schema.sql(LANE))
        .bind(job.tenant.as_str())
        .bind(job.kind.as_str())
        .bind(job.begins_work)
        .fetch_one(connection)
        .await?;
    Ok((job, lane))
}
