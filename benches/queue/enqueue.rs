//! Jobs come in: from many tasks one by one, and in bulk.

use crate::{
    Result,
    options::Options,
    server::Server,
    table::Table,
    timed,
    turns::{About, Seen, Wanted, in_turn},
    work::Maker,
    yardstick,
};
use fusion_core::job::{Enqueued, JobQueue, NewJob};
use sqlx::{PgConnection, Row as _};
use std::time::Duration;

/// Who puts in jobs at once, each waiting until its own is durable.
pub(crate) const TASKS: usize = 16;

/// Jobs of one call in bulk.
const AT_ONCE: usize = 1_000;

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    if options.wants("postgres-enqueue") {
        let jobs = options.size(8_000, 40_000);
        let about = About {
            name: "postgres-enqueue",
            work: format!("PostgreSQL: {jobs} jobs from {TASKS} tasks, each durable"),
            yardstick: "one statement for all that waits",
            unit: "jobs/s",
            wanted: Wanted::AtLeast(0.8),
        };
        let theirs = async || plain(server, jobs, yardstick::postgres::enqueue(server, jobs, TASKS)).await;
        table.add(in_turn(options, about, async || one_by_one(server, jobs).await, theirs).await?);
    }
    if options.wants("postgres-bulk") {
        let jobs = options.size(20_000, 100_000);
        let about = About {
            name: "postgres-bulk",
            work: format!("PostgreSQL: {jobs} jobs, {AT_ONCE} in each call"),
            yardstick: "insert of 1,000 from arrays",
            unit: "jobs/s",
            wanted: Wanted::AtLeast(0.8),
        };
        let theirs = async || plain(server, jobs, yardstick::postgres::bulk(server, jobs, AT_ONCE)).await;
        table.add(in_turn(options, about, async || bulk(server, jobs).await, theirs).await?);
    }
    Ok(())
}

/// What a plain loop costs, whose connection stays open until that is read.
async fn plain(
    server: &Server,
    jobs: usize,
    putting: impl Future<Output = Result<(Duration, PgConnection)>>,
) -> Result<Seen> {
    let mut open = None;
    let seen = server.cost(jobs, async {
        let (span, connection) = putting.await?;
        open = Some(connection);
        Ok(span)
    });
    let seen = seen.await?;
    drop(open);
    Ok(seen)
}

async fn one_by_one(server: &Server, jobs: usize) -> Result<Seen> {
    let (settings, schema) = server.fresh()?;
    let queue = settings.connect().await?;
    let seen = server.cost(jobs, from_tasks(&queue, jobs)).await?;
    let mut connection = server.connection().await?;
    let stored: i64 = sqlx::query(schema.sql("SELECT count(*) FROM fusion.jobs"))
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    if usize::try_from(stored)? != jobs {
        return Err(format!("of {jobs} jobs {stored} are in").into());
    }
    drop(queue);
    server.clear(&schema).await?;
    Ok(seen)
}

async fn bulk(server: &Server, jobs: usize) -> Result<Seen> {
    let (settings, schema) = server.fresh()?;
    let queue = settings.connect().await?;
    let maker = Maker::new()?;
    let parts: Vec<Vec<NewJob>> = maker.jobs(jobs).chunks(AT_ONCE).map(<[NewJob]>::to_vec).collect();
    let putting = async {
        let ((), span) = timed(maker.clock(), async {
            for part in parts {
                let answers = queue.enqueue(part).await?;
                if answers.iter().any(|answer| *answer != Enqueued::New) {
                    return Err("a job was known already".into());
                }
            }
            Ok(())
        })
        .await?;
        Ok(span)
    };
    let seen = server.cost(jobs, putting).await?;
    drop(queue);
    server.clear(&schema).await?;
    Ok(seen)
}

/// Each of several tasks puts in one job after the other.
pub(crate) async fn from_tasks<Q: JobQueue + Clone + 'static>(queue: &Q, jobs: usize) -> Result<Duration> {
    let maker = std::sync::Arc::new(Maker::new()?);
    let ((), span) = timed(maker.clock(), async {
        let asking: Vec<_> = (0..TASKS)
            .map(|task| {
                let (queue, maker) = (queue.clone(), maker.clone());
                tokio::spawn(async move {
                    for number in (task..jobs).step_by(TASKS) {
                        match queue.enqueue(vec![maker.job(number)]).await?.first() {
                            Some(Enqueued::New) => {}
                            other => return Err(format!("a new job was answered {other:?}").into()),
                        }
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
    Ok(span)
}
