//! The yardstick: a program that makes the same durable commits, with the same rows, each by one statement.
//!
//! One table with the records' key and an index by time. Nothing is compared, looked up or claimed.

use crate::{Fault, Result, measure::timed, site::Site};
use fusion_core::{
    clock::Clock,
    storage::{ChangeSet, Entity as _},
    tenant::Tenant,
};
use fusion_queue::TokioClock;
use serde::Serialize;
use sqlx::{
    Connection as _, Executor as _, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{collections::BTreeMap, time::Duration};

/// Rows that one transaction writes: kind and id, and the text.
#[derive(Clone, Default)]
pub(crate) struct Commit {
    tenant: String,
    rows: BTreeMap<(&'static str, Vec<u8>), String>,
}

impl Commit {
    /// What a commit of the hub writes.
    pub(crate) fn of(clock: &dyn Clock, tenant: &Tenant, changes: &ChangeSet) -> Result<Self> {
        let mut commit = Self { tenant: tenant.as_str().to_owned(), rows: BTreeMap::new() };
        for write in &changes.writes {
            commit.add(write.key.kind(), write.key.id_bytes(), &write.record)?;
        }
        for step in changes.steps.iter().cloned().map(fusion_core::model::Step::wrap) {
            commit.add("step", step.key().id_bytes(), &step)?;
        }
        for job in &changes.jobs {
            commit.add("job", job.id.as_uuid().as_bytes().to_vec(), job)?;
        }
        for id in &changes.cancels {
            commit.add("job", id.as_uuid().as_bytes().to_vec(), id)?;
        }
        if let Some(settle) = &changes.settle {
            commit.add("job", settle.lease.job.as_uuid().as_bytes().to_vec(), settle)?;
        }
        for entry in &changes.audit {
            commit.add("audit", clock.entropy().to_vec(), entry)?;
        }
        Ok(commit)
    }

    /// What a worker's call writes about jobs.
    pub(crate) fn of_jobs(jobs: impl IntoIterator<Item = (Vec<u8>, String)>) -> Self {
        let rows = jobs.into_iter().map(|(id, text)| (("lease", id), text)).collect();
        Self { tenant: String::new(), rows }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn add(&mut self, kind: &'static str, id: Vec<u8>, row: &impl Serialize) -> Result<()> {
        self.rows.insert((kind, id), serde_json::to_string(row)?);
        Ok(())
    }
}

const ON_SERVER: &str = "DROP TABLE IF EXISTS plain;
    CREATE TABLE plain (tenant text NOT NULL, kind text NOT NULL, id bytea NOT NULL, at bigint NOT NULL,
        body text NOT NULL, PRIMARY KEY (tenant, kind, id));
    CREATE INDEX plain_at ON plain (tenant, kind, at)";

const TO_SERVER: &str = "INSERT INTO plain (tenant, kind, id, at, body)
    SELECT $1, kind, id, $2, body FROM unnest($3::text[], $4::bytea[], $5::text[]) AS new (kind, id, body)
    ON CONFLICT (tenant, kind, id) DO UPDATE SET at = excluded.at, body = excluded.body";

const IN_FILE: &str = "CREATE TABLE plain (tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
        at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, kind, id)) WITHOUT ROWID;
    CREATE INDEX plain_at ON plain (tenant, kind, at)";

const TO_FILE: &str = "INSERT INTO plain (tenant, kind, id, at, body)
    SELECT ?1, value ->> 0, value ->> 1, ?2, value ->> 2 FROM json_each(?3) WHERE true
    ON CONFLICT (tenant, kind, id) DO UPDATE SET at = excluded.at, body = excluded.body";

/// How long it takes to write `commits`: on a server by so many tasks, each with a connection of its own; in a file
/// one after the other.
pub(crate) async fn write(site: Site<'_>, commits: &[Commit], tasks: usize) -> Result<Duration> {
    let clock = TokioClock::system();
    let Site::Server(server) = site else { return write_file(&clock, commits).await };
    let mut first = server.connection().await?;
    first.execute(sqlx::raw_sql(ON_SERVER)).await?;
    let mut connections = vec![first];
    while connections.len() < tasks {
        connections.push(server.connection().await?);
    }
    let numbered: Vec<(i64, &Commit)> = (0..).zip(commits).collect();
    let part =
        |nth| numbered.iter().skip(nth).step_by(tasks).map(|(at, one)| (*at, (*one).clone())).collect();
    let parts: Vec<Vec<(i64, Commit)>> = (0..tasks).map(part).collect();
    let ((), span) = timed(&clock, async {
        let mut writing = tokio::task::JoinSet::new();
        for (connection, part) in connections.into_iter().zip(parts) {
            writing.spawn(write_part(connection, part));
        }
        while let Some(done) = writing.join_next().await {
            done??;
        }
        Ok(())
    })
    .await?;
    Ok(span)
}

async fn write_part(mut connection: PgConnection, part: Vec<(i64, Commit)>) -> Result<(), Fault> {
    for (nth, commit) in part {
        let (mut kinds, mut ids, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for ((kind, id), body) in commit.rows {
            kinds.push(kind);
            ids.push(id);
            bodies.push(body);
        }
        let statement =
            sqlx::query(TO_SERVER).bind(commit.tenant).bind(nth).bind(kinds).bind(ids).bind(bodies);
        statement.execute(&mut connection).await?;
    }
    Ok(())
}

async fn write_file(clock: &TokioClock, commits: &[Commit]) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("plain.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute(sqlx::raw_sql(IN_FILE)).await?;
    let ((), span) = timed(clock, async {
        for (nth, commit) in (0_i64..).zip(commits) {
            let row = |((kind, id), body): (&(&str, Vec<u8>), &String)| {
                let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
                (kind.to_string(), id, body.clone())
            };
            let rows: Vec<(String, String, String)> = commit.rows.iter().map(row).collect();
            let statement = sqlx::query(TO_FILE).bind(&commit.tenant).bind(nth);
            statement.bind(serde_json::to_string(&rows)?).execute(&mut connection).await?;
        }
        Ok(())
    })
    .await?;
    connection.close().await?;
    Ok(span)
}
