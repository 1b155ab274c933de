//! PostgreSQL with one plain table, prepared statements and batches.

use crate::{
    Result,
    server::Server,
    timed,
    work::{Maker, Notice, Performed},
};
use fusion_core::clock::Clock as _;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _, postgres::PgListener};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

const TABLE: &str = "DROP TABLE IF EXISTS plain;
    CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, queue text NOT NULL,
        state smallint NOT NULL DEFAULT 0, priority smallint NOT NULL DEFAULT 0,
        due timestamptz NOT NULL DEFAULT now(), attempt smallint NOT NULL DEFAULT 0, payload jsonb NOT NULL,
        lease_ends timestamptz);
    CREATE INDEX plain_due ON plain (queue, priority, due, id) WHERE state = 0";

const PUT: &str = "INSERT INTO plain (queue, payload) SELECT 'bench', p::jsonb FROM unnest($1::text[]) p";

/// The end of one batch and the claim of the next, in one transaction and one round trip.
const NEXT: &str = "WITH ended AS (DELETE FROM plain WHERE id = ANY ($1))
    UPDATE plain SET state = 1, attempt = attempt + 1, lease_ends = now() + interval '1 minute'
    WHERE id = ANY (ARRAY(SELECT id FROM plain WHERE state = 0 AND queue = 'bench' AND due <= now()
        ORDER BY priority, due, id LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING id, payload::text";

/// Connections that drain, and jobs that each takes at once: more of either was no faster on two cores.
const CONNECTIONS: usize = 2;
const AT_ONCE: i64 = 500;

async fn fresh(server: &Server) -> Result<PgConnection> {
    let mut connection = server.connection().await?;
    connection.execute(sqlx::raw_sql(TABLE)).await?;
    Ok(connection)
}

async fn put(connection: &mut PgConnection, payloads: &[String]) -> Result<()> {
    sqlx::query(PUT).bind(payloads).execute(connection).await?;
    Ok(())
}

fn payloads(jobs: usize) -> Result<Vec<String>> {
    (0..jobs).map(|number| Notice::new(number).text()).collect()
}

/// Fills the table by statements of so many jobs each; how long that took, and the connection, whose costs are still
/// to be read.
pub(crate) async fn bulk(server: &Server, jobs: usize, at_once: usize) -> Result<(Duration, PgConnection)> {
    let (mut connection, payloads, maker) = (fresh(server).await?, payloads(jobs)?, Maker::new()?);
    let ((), span) = timed(maker.clock(), async {
        for part in payloads.chunks(at_once) {
            put(&mut connection, part).await?;
        }
        Ok(())
    })
    .await?;
    Ok((span, connection))
}

/// Each of several tasks puts in one job after the other; what waits goes in by one statement. Answers as [`bulk`].
pub(crate) async fn enqueue(server: &Server, jobs: usize, tasks: usize) -> Result<(Duration, PgConnection)> {
    let mut connection = fresh(server).await?;
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
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM plain").fetch_one(&mut connection).await?;
        Ok::<_, crate::Fault>((stored, connection))
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
    let (stored, connection) = writing.await??;
    if usize::try_from(stored)? != jobs {
        return Err("the plain table of PostgreSQL lacks a job".into());
    }
    Ok((span, connection))
}

/// Fills the table; then what drains it, with its connections open.
pub(crate) async fn filled(server: &Server, jobs: usize) -> Result<Drain> {
    let mut connection = fresh(server).await?;
    for part in payloads(jobs)?.chunks(5_000) {
        put(&mut connection, part).await?;
    }
    let mut connections = vec![connection];
    while connections.len() < CONNECTIONS {
        connections.push(server.connection().await?);
    }
    Ok(Drain { connections, performed: Performed::none_of(jobs) })
}

pub(crate) struct Drain {
    connections: Vec<PgConnection>,
    performed: Performed,
}

impl Drain {
    /// Ends and takes jobs until none is left.
    pub(crate) async fn run(&mut self) -> Result<Duration> {
        let maker = Maker::new()?;
        let connections = std::mem::take(&mut self.connections);
        let (back, span) = timed(maker.clock(), async {
            let mut draining = tokio::task::JoinSet::new();
            for connection in connections {
                draining.spawn(drain(connection, self.performed.clone()));
            }
            let mut back = Vec::new();
            while let Some(drained) = draining.join_next().await {
                back.push(drained??);
            }
            Ok(back)
        })
        .await?;
        // Open until what they have cost is read.
        self.connections = back;
        self.performed.check()?;
        Ok(span)
    }
}

async fn drain(mut connection: PgConnection, performed: Performed) -> Result<PgConnection> {
    let mut ended: Vec<i64> = Vec::new();
    loop {
        let rows = sqlx::query(NEXT).bind(&ended).bind(AT_ONCE).fetch_all(&mut connection).await?;
        if rows.is_empty() {
            return Ok(connection);
        }
        ended.clear();
        for row in rows {
            ended.push(row.try_get(0)?);
            let notice: Notice = serde_json::from_str(row.try_get(1)?)?;
            performed.note(notice.number);
        }
    }
}

/// From an insert that notifies to a claim by who listens, in seconds, again and again.
pub(crate) async fn latencies(server: &Server, pauses: &[Duration]) -> Result<Vec<f64>> {
    let (mut producer, mut consumer) = (fresh(server).await?, server.connection().await?);
    let mut listener = PgListener::connect(&server.address()?).await?;
    listener.listen("plain").await?;
    let maker = Maker::new()?;
    let mut waits = Vec::with_capacity(pauses.len());
    let (to, mut from) = mpsc::channel(1);
    let clock = std::sync::Arc::new(fusion_queue::TokioClock::system());
    let arrived = clock.clone();
    let claiming = tokio::spawn(async move {
        loop {
            listener.recv().await?;
            let none: Vec<i64> = Vec::new();
            let rows = sqlx::query(NEXT).bind(&none).bind(10_i64).fetch_all(&mut consumer).await?;
            if to.send(arrived.elapsed()).await.is_err() {
                return Ok::<_, crate::Fault>(());
            }
            let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
            sqlx::query("DELETE FROM plain WHERE id = ANY ($1)").bind(ids).execute(&mut consumer).await?;
        }
    });
    for (number, pause) in pauses.iter().enumerate() {
        maker.clock().sleep(*pause).await;
        let begun = clock.elapsed();
        sqlx::query(
            "WITH put AS (INSERT INTO plain (queue, payload) VALUES ('bench', $1::text::jsonb) RETURNING id)
             SELECT id, pg_notify('plain', '')::text FROM put",
        )
        .bind(Notice::new(number).text()?)
        .execute(&mut producer)
        .await?;
        let at = from.recv().await.ok_or("the plain loop of PostgreSQL has ended")?;
        waits.push(at.saturating_sub(begun).as_secs_f64());
    }
    claiming.abort();
    producer.close().await?;
    Ok(waits)
}
