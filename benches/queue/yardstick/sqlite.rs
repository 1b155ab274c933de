//! SQLite with one plain table and one connection, many jobs in each statement.

use crate::{
    Result, processor, timed,
    turns::Seen,
    work::{Maker, Notice, Performed},
};
use sqlx::{
    Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::sync::{mpsc, oneshot};

const TABLE: &str = "CREATE TABLE jobs (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,
        priority INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,
        lease_ends INTEGER, payload TEXT NOT NULL);
    CREATE INDEX jobs_due ON jobs (queue, priority, due, id) WHERE state = 0";

/// The jobs of a JSON array.
const PUT: &str = "INSERT INTO jobs (queue, payload) SELECT 'bench', value FROM json_each(?)";

/// Jobs that one transaction ends and takes.
const AT_ONCE: i64 = 100;

/// One round trip to the connection's thread: the transaction, the end of one batch and the claim of the next.
const NEXT: &str = "BEGIN IMMEDIATE;
    DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?1));
    UPDATE jobs SET state = 1, attempt = attempt + 1, lease_ends = 60 WHERE id IN (SELECT id FROM jobs
        WHERE state = 0 AND queue = 'bench' AND due <= 1 ORDER BY priority, due, id LIMIT ?2) RETURNING id, payload;
    COMMIT";

async fn open(file: &Path, synchronous: SqliteSynchronous) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute(TABLE).await?;
    Ok(connection)
}

async fn put(connection: &mut SqliteConnection, payloads: &[String]) -> Result<()> {
    sqlx::query(PUT).bind(format!("[{}]", payloads.join(","))).execute(connection).await?;
    Ok(())
}

/// Each of 16 tasks puts in one job after the other; what waits goes in by one statement.
pub(crate) async fn enqueue(
    file: &Path,
    synchronous: SqliteSynchronous,
    jobs: usize,
    tasks: usize,
) -> Result<Duration> {
    let mut connection = open(file, synchronous).await?;
    let (to, mut from) = mpsc::channel::<(String, oneshot::Sender<()>)>(1_024);
    let writing = tokio::spawn(async move {
        let mut waiting = Vec::new();
        while from.recv_many(&mut waiting, 500).await > 0 {
            let (payloads, answers): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
            put(&mut connection, &payloads).await?;
            for answer in answers {
                answer.send(()).map_err(|()| "a task doesn't wait for its answer")?;
            }
        }
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok::<_, crate::Fault>(stored)
    });
    let maker = Maker::new()?;
    let ((), span) = timed(maker.clock(), async {
        let asking: Vec<_> = (0..tasks)
            .map(|task| {
                let to = to.clone();
                tokio::spawn(async move {
                    for number in (task..jobs).step_by(tasks) {
                        let (answer, told) = oneshot::channel();
                        to.send((Notice::new(number).text()?, answer)).await?;
                        told.await?;
                    }
                    Ok::<_, crate::Fault>(())
                })
            })
            .collect();
        for asking in asking {
            asking.await??;
        }
        Ok(())
    })
    .await?;
    drop(to);
    if usize::try_from(writing.await??)? != jobs {
        return Err("the plain table of SQLite lacks a job".into());
    }
    Ok(span)
}

/// Ends and takes jobs until none is left.
pub(crate) async fn drain(file: &Path, synchronous: SqliteSynchronous, jobs: usize) -> Result<Seen> {
    let mut connection = open(file, synchronous).await?;
    let payloads: Vec<String> = (0..jobs).map(|number| Notice::new(number).text()).collect::<Result<_>>()?;
    for part in payloads.chunks(1_000) {
        put(&mut connection, part).await?;
    }
    let (maker, performed, before) = (Maker::new()?, Performed::none_of(jobs), processor::of_this());
    let ((), span) = timed(maker.clock(), async {
        let mut ended = "[]".to_owned();
        loop {
            let rows = sqlx::query(NEXT).bind(&ended).bind(AT_ONCE).fetch_all(&mut connection).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut ids: Vec<i64> = Vec::with_capacity(rows.len());
            for row in rows {
                ids.push(row.try_get(0)?);
                let notice: Notice = serde_json::from_str(row.try_get(1)?)?;
                performed.note(notice.number);
            }
            ended = serde_json::to_string(&ids)?;
        }
    })
    .await?;
    let micros = processor::of_this() - before;
    connection.close().await?;
    performed.check()?;
    Ok(Seen::rate(jobs, span).with_processor(micros, jobs))
}
