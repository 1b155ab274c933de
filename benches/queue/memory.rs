//! The queue in memory: jobs in, claimed and settled, without a worker.

use crate::{
    Result,
    options::Options,
    processor,
    table::Table,
    timed,
    turns::{About, Seen, Wanted, in_turn},
    work::{Maker, Performed},
    yardstick::channel,
};
use fusion_core::job::{ClaimRequest, JobEnd, JobQueue as _, NewJob, SettleVerdict, Settlement};
use fusion_queue::Memory;
use serde_json::Value;
use std::time::Duration;

/// Jobs of one call, as a busy worker has them.
const AT_ONCE: usize = 100;

pub(crate) async fn rows(options: &Options, table: &mut Table) -> Result<()> {
    if !options.wants("memory") {
        return Ok(());
    }
    let jobs = options.size(200_000, 1_000_000);
    let maker = Maker::new()?;
    let about = About {
        name: "memory",
        work: format!("memory: {jobs} jobs in, claimed, settled"),
        yardstick: "a bounded tokio channel",
        unit: "jobs/s",
        wanted: Wanted::AtLeast(0.2),
    };
    let row = in_turn(
        options,
        about,
        async || {
            let coming = maker.jobs(jobs);
            let before = processor::of_this();
            let (performed, span) = timed(maker.clock(), through(&maker, coming)).await?;
            let micros = processor::of_this() - before;
            performed.check()?;
            Ok(Seen::rate(jobs, span).with_processor(micros, jobs))
        },
        async || {
            let coming = maker.jobs(jobs);
            let before = processor::of_this();
            let (performed, span) = timed(maker.clock(), channel::through(coming)).await?;
            let micros = processor::of_this() - before;
            performed.check()?;
            Ok(Seen::rate(jobs, span).with_processor(micros, jobs))
        },
    );
    table.add(row.await?);
    Ok(())
}

/// Everything goes through the queue, part by part.
async fn through(maker: &Maker, coming: Vec<NewJob>) -> Result<Performed> {
    let (queue, performed) = (Memory::new(), Performed::none_of(coming.len()));
    let mut coming = coming.into_iter();
    let mut ended: Vec<Settlement> = Vec::new();
    loop {
        let part: Vec<NewJob> = coming.by_ref().take(AT_ONCE).collect();
        if !part.is_empty() {
            queue.enqueue(part).await?;
        }
        let claim = ClaimRequest {
            worker: "bench".to_owned(),
            limit: AT_ONCE,
            kinds: vec![maker.kind().clone()],
            lease_for: Duration::from_secs(60),
        };
        let exchange = queue.exchange(std::mem::take(&mut ended), claim).await?;
        if exchange.verdicts.iter().any(|verdict| *verdict != SettleVerdict::Accepted) {
            return Err("a settlement wasn't accepted".into());
        }
        if exchange.claimed.is_empty() {
            return Ok(performed);
        }
        for claimed in exchange.claimed {
            let number = claimed.job.payload.get("number").and_then(Value::as_u64).unwrap_or(u64::MAX);
            performed.note(usize::try_from(number)?);
            ended.push(Settlement { lease: claimed.lease, end: JobEnd::Completed(Value::Null) });
        }
    }
}
