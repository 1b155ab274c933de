//! How long small stores wait beside one that has nearly everything.

use crate::{
    Result,
    drain::{STORES, put},
    options::Options,
    server::Server,
    table::Table,
    turns::{About, Seen, Wanted, in_turn, quantile},
    work::{Maker, Notice},
};
use fusion_core::{
    clock::Clock as _,
    job::{Finish, Handlers, QueueControl as _},
};
use fusion_queue::{TokioClock, Worker};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Jobs of the one store for each of all others together.
const SHARE: usize = 9;

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    if !options.wants("postgres-fairness") {
        return Ok(());
    }
    let others = options.size(2_000, 10_000);
    let about = About {
        name: "postgres-fairness",
        work: format!("p95 wait of {others} jobs of {STORES} stores, one closed, beside one with 90 %"),
        yardstick: "without that one",
        unit: "ms",
        wanted: Wanted::AtMost(1.5),
    };
    let ours = async || wait(server, others, others * SHARE).await;
    table.add(in_turn(options, about, ours, async || wait(server, others, 0).await).await?);
    Ok(())
}

/// How long the first jobs wait for their turn, which `big` others of one store are put in before.
async fn wait(server: &Server, others: usize, big: usize) -> Result<Seen> {
    let (settings, schema) = server.fresh()?;
    let (queue, maker) = (settings.connect().await?, Maker::new()?);
    let stores = maker.stores(STORES);
    let Some(([large, closed], open)) = stores.split_first_chunk() else {
        return Err("too few stores".into());
    };
    let mut jobs: Vec<_> = (others..others + big).map(|number| maker.job(number)).collect();
    jobs.iter_mut().for_each(|job| job.partition = Some(*large));
    let mut small = maker.jobs(others);
    small.iter_mut().zip(open.iter().cycle()).for_each(|(job, store)| job.partition = Some(*store));
    let mut shut = maker.jobs(others / STORES);
    shut.iter_mut().for_each(|job| job.partition = Some(*closed));
    jobs.extend(shut);
    jobs.extend(small);
    jobs.iter_mut().for_each(|job| job.begins_work = true);
    queue.pause(maker.tenant(), *closed).await?;
    put(&queue, jobs).await?;

    let clock = Arc::new(TokioClock::system());
    let waits = Arc::new(Mutex::new(vec![None; others + big]));
    let (noted, time) = (waits.clone(), clock.clone());
    let handlers = Handlers::default().on(move |notice: Notice, _| {
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = noted.get_mut(notice.number) {
            wait.get_or_insert(time.elapsed());
        }
        drop(noted);
        async { Finish::Done(Value::Null) }
    })?;
    let begun = clock.elapsed();
    let ran = Worker::of_queue(queue.clone(), clock, handlers).run_until_idle().await?;
    if ran.completed != (others + big) as u64 {
        return Err(format!("of {} jobs that may run: {ran:?}", others + big).into());
    }
    drop(queue);
    server.clear(&schema).await?;
    let waits = waits.lock().unwrap_or_else(PoisonError::into_inner);
    let waits: Option<Vec<Duration>> = waits.iter().take(others).copied().collect();
    let waits = waits.ok_or("a job was never performed")?;
    let mut waits: Vec<f64> = waits.iter().map(|at| at.saturating_sub(begun).as_secs_f64() * 1e3).collect();
    Ok(Seen { value: quantile(&mut waits, 0.95), ..Seen::default() })
}
