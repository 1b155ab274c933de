//! One job for a worker that has nothing to do.

use crate::{
    Result,
    options::Options,
    server::Server,
    table::Table,
    turns::{About, Seen, Wanted, in_turn, quantile},
    work::{Maker, Notice},
    yardstick,
};
use fusion_core::{
    clock::{Cancel, Clock as _},
    job::{Finish, Handlers, JobQueue as _},
};
use fusion_queue::{TokioClock, Worker};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// The first ones find cold caches and statements that aren't prepared.
const LEFT_OUT: usize = 10;

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    if !options.wants("postgres-latency") {
        return Ok(());
    }
    let samples = options.size(150, 1_000);
    let about = About {
        name: "postgres-latency",
        work: format!("PostgreSQL: a job into an idle worker, p50 of {samples}"),
        yardstick: "insert, notify, claim",
        unit: "us",
        wanted: Wanted::AtMost(1.3),
    };
    let pauses = pauses(samples + LEFT_OUT);
    let ours = async || Ok(middle(waits(server, &pauses).await?));
    let theirs = async || Ok(middle(yardstick::postgres::latencies(server, &pauses).await?));
    table.add(in_turn(options, about, ours, theirs).await?);
    Ok(())
}

/// Between 5 and 30 milliseconds, so that nobody's rhythm is met.
fn pauses(many: usize) -> Vec<Duration> {
    (0..many as u64).map(|nth| Duration::from_micros(5_000 + nth * 7_919 % 25_000)).collect()
}

fn middle(waits: Vec<f64>) -> Seen {
    let mut waits: Vec<f64> = waits.into_iter().skip(LEFT_OUT).collect();
    Seen { value: quantile(&mut waits, 0.5) * 1e6, ..Seen::default() }
}

/// From just before a job is put in until its handler starts, in seconds.
async fn waits(server: &Server, pauses: &[Duration]) -> Result<Vec<f64>> {
    let (settings, schema) = server.fresh()?;
    let queue = settings.connect().await?;
    let (maker, clock) = (Maker::new()?, Arc::new(TokioClock::system()));
    let (to, mut from) = mpsc::unbounded_channel();
    let begun = clock.clone();
    let handlers = Handlers::default().on(move |notice: Notice, _| {
        let is_told = to.send((notice.number, begun.elapsed())).is_ok();
        async move { Finish::Done(is_told.into()) }
    })?;
    let stop = Cancel::default();
    let worker = Worker::of_queue(queue.clone(), clock.clone(), handlers);
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    let mut waits = Vec::with_capacity(pauses.len());
    for (number, pause) in pauses.iter().enumerate() {
        clock.sleep(*pause).await;
        let asked = clock.elapsed();
        queue.enqueue(vec![maker.job(number)]).await?;
        let (performed, at) = from.recv().await.ok_or("the worker has ended")?;
        if performed != number {
            return Err(format!("job {performed} ran in place of {number}").into());
        }
        waits.push(at.saturating_sub(asked).as_secs_f64());
    }
    stop.cancel();
    running.await??;
    drop(queue);
    server.clear(&schema).await?;
    Ok(waits)
}
