//! The queue in a file of SQLite's.

use crate::{
    Result, enqueue,
    options::Options,
    processor,
    table::Table,
    timed,
    turns::{About, Seen, Wanted, in_turn},
    work::{Maker, Performed},
    yardstick,
};
use fusion_core::job::JobQueue as _;
use fusion_queue::{
    Sqlite, Worker,
    sqlite::{Durability, SqliteSettings},
};
use sqlx::sqlite::SqliteSynchronous;
use std::path::Path;

/// Jobs of one call before a drain.
const AT_ONCE: usize = 1_000;

pub(crate) async fn rows(options: &Options, table: &mut Table) -> Result<()> {
    if options.wants("sqlite-enqueue") {
        table.add(enqueues(options).await?);
    }
    if options.wants("sqlite-drain") {
        table.add(drains(options).await?);
    }
    Ok(())
}

async fn enqueues(options: &Options) -> Result<crate::table::Row> {
    let jobs = options.size(8_000, 40_000);
    let about = About {
        name: "sqlite-enqueue",
        work: format!("SQLite, FULL: {jobs} jobs from {} tasks", enqueue::TASKS),
        yardstick: "one statement for all that waits",
        unit: "jobs/s",
        wanted: Wanted::AtLeast(0.6),
    };
    let ours = async || {
        let folder = tempfile::tempdir()?;
        let queue = open(folder.path(), Durability::PowerLoss).await?;
        let before = processor::of_this();
        let span = enqueue::from_tasks(&queue, jobs).await?;
        Ok(Seen::rate(jobs, span).with_processor(processor::of_this() - before, jobs))
    };
    let theirs = async || {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("plain.db");
        let before = processor::of_this();
        let span = yardstick::sqlite::enqueue(&file, SqliteSynchronous::Full, jobs, enqueue::TASKS).await?;
        Ok(Seen::rate(jobs, span).with_processor(processor::of_this() - before, jobs))
    };
    in_turn(options, about, ours, theirs).await
}

async fn drains(options: &Options) -> Result<crate::table::Row> {
    let jobs = options.size(20_000, 100_000);
    let about = About {
        name: "sqlite-drain",
        work: format!("SQLite, NORMAL: a worker performs {jobs} jobs"),
        yardstick: "delete and claim 100",
        unit: "jobs/s",
        wanted: Wanted::AtLeast(0.35),
    };
    let ours = async || {
        let folder = tempfile::tempdir()?;
        let queue = open(folder.path(), Durability::ProcessEnd).await?;
        let (maker, performed) = (Maker::new()?, Performed::none_of(jobs));
        let mut coming = maker.jobs(jobs).into_iter();
        for _ in 0..jobs.div_ceil(AT_ONCE) {
            queue.enqueue(coming.by_ref().take(AT_ONCE).collect()).await?;
        }
        let worker = Worker::new(queue, performed.handlers()?);
        let before = processor::of_this();
        let (_, span) = timed(maker.clock(), async { Ok(worker.run_until_idle().await?) }).await?;
        let micros = processor::of_this() - before;
        performed.check()?;
        Ok(Seen::rate(jobs, span).with_processor(micros, jobs))
    };
    let theirs = async || {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("plain.db");
        yardstick::sqlite::drain(&file, SqliteSynchronous::Normal, jobs).await
    };
    in_turn(options, about, ours, theirs).await
}

async fn open(folder: &Path, durability: Durability) -> Result<Sqlite> {
    let file = folder.join("fusion.db");
    Ok(SqliteSettings::new(file).with_durability(durability).open_with_queue().await?)
}
