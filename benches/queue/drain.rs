//! A worker performs all that waits on a PostgreSQL server.

use crate::{
    Result,
    options::Options,
    server::{Schema, Server},
    table::Table,
    timed,
    turns::{About, Seen, Wanted, in_turn},
    work::{Maker, Performed},
    yardstick,
};
use fusion_core::job::{JobQueue as _, NewJob};
use fusion_queue::{Postgres, TokioClock, Worker};
use std::sync::Arc;

/// Jobs of one call before a drain.
const AT_ONCE: usize = 1_000;

pub(crate) const STORES: usize = 1_000;

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    let jobs = options.size(20_000, 100_000);
    if options.wants("postgres-drain") {
        let about = About {
            name: "postgres-drain",
            work: format!("PostgreSQL: a worker performs {jobs} jobs, history written"),
            yardstick: "delete and claim, 2 connections of 500",
            unit: "jobs/s",
            wanted: Wanted::AtLeast(0.6),
        };
        let theirs = async || {
            let mut drain = yardstick::postgres::filled(server, jobs).await?;
            server.cost(jobs, drain.run()).await
        };
        table.add(in_turn(options, about, async || plain(server, jobs).await, theirs).await?);
    }
    if options.wants("postgres-stores") {
        let about = About {
            name: "postgres-stores",
            work: format!("the same of {STORES} stores, a tenth with serial keys"),
            yardstick: "ours without stores and keys",
            unit: "jobs/s",
            wanted: Wanted::AtLeast(0.85),
        };
        let ours = async || of_stores(server, jobs).await;
        table.add(in_turn(options, about, ours, async || plain(server, jobs).await).await?);
    }
    Ok(())
}

/// A drain of jobs without store or key.
pub(crate) async fn plain(server: &Server, jobs: usize) -> Result<Seen> {
    drained(server, Maker::new()?.jobs(jobs)).await
}

/// A drain of jobs as the hub makes them.
pub(crate) async fn of_stores(server: &Server, jobs: usize) -> Result<Seen> {
    let maker = Maker::new()?;
    drained(server, maker.jobs_of_stores(jobs, &maker.stores(STORES))).await
}

async fn drained(server: &Server, jobs: Vec<NewJob>) -> Result<Seen> {
    let filled = Filled::with(server, jobs).await?;
    let seen = filled.drain(server).await?;
    filled.clear(server).await?;
    Ok(seen)
}

/// A schema with jobs in it.
pub(crate) struct Filled {
    queue: Postgres,
    pub(crate) schema: Schema,
    jobs: usize,
}

impl Filled {
    pub(crate) async fn with(server: &Server, jobs: Vec<NewJob>) -> Result<Self> {
        let (settings, schema) = server.fresh()?;
        let queue = settings.connect().await?;
        Self { queue, schema, jobs: 0 }.again(jobs).await
    }

    /// The same schema with other jobs.
    pub(crate) async fn again(&self, jobs: Vec<NewJob>) -> Result<Self> {
        let many = jobs.len();
        put(&self.queue, jobs).await?;
        Ok(Self { queue: self.queue.clone(), schema: self.schema.clone(), jobs: many })
    }

    /// Has a worker perform all of it.
    pub(crate) async fn drain(&self, server: &Server) -> Result<Seen> {
        let (clock, performed) = (Arc::new(TokioClock::system()), Performed::none_of(self.jobs));
        let worker = Worker::of_queue(self.queue.clone(), clock.clone(), performed.handlers()?);
        let draining = async {
            let (ran, span) = timed(&clock, async { Ok(worker.run_until_idle().await?) }).await?;
            if ran.completed != self.jobs as u64 {
                return Err(format!("the worker counts otherwise: {ran:?}").into());
            }
            Ok(span)
        };
        let seen = server.cost(self.jobs, draining).await?;
        performed.check()?;
        Ok(seen)
    }

    pub(crate) async fn clear(self, server: &Server) -> Result<()> {
        drop(self.queue);
        server.clear(&self.schema).await
    }
}

pub(crate) async fn put(queue: &Postgres, jobs: Vec<NewJob>) -> Result<()> {
    let mut jobs = jobs.into_iter().peekable();
    while jobs.peek().is_some() {
        queue.enqueue(jobs.by_ref().take(AT_ONCE).collect()).await?;
    }
    Ok(())
}
