//! The end of the line where the queue is.

use super::wire::{self, Answer, Request};
use fusion_core::{
    error::{Error, ErrorKind, Result, When},
    job::{ClaimRequest, Exchange, JobEnd, JobQueue, QueueControl, Settlement, SnoozeReason},
    plugin::BudgetLedger,
};
use serde::Serialize;
use serde_json::Value;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, BufStream},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};

/// Connections at once: some processes with as many as each of them opens. Who comes later is turned away, and comes
/// again.
const CONNECTIONS: usize = 128;

/// What is served.
pub(crate) trait Served: JobQueue + QueueControl + BudgetLedger + Clone + 'static {}

impl<T: JobQueue + QueueControl + BudgetLedger + Clone + 'static> Served for T {}

/// Serves `queue` to whoever connects, until the future is dropped. While `is_cut` says so nobody is heard, and every
/// connection ends, whatever it carries.
pub(crate) async fn serve(
    listener: TcpListener,
    queue: impl Served,
    is_cut: watch::Receiver<bool>,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let (stream, _) = listener.accept().await?;
        let Ok(permit) = room.clone().try_acquire_owned() else { continue };
        let (queue, mut is_cut) = (queue.clone(), is_cut.clone());
        tokio::spawn(async move {
            let _permit = permit;
            tokio::select! {
                biased;
                _ = is_cut.wait_for(|is_cut| *is_cut) => {}
                // Whoever broke it off knows; whoever sent nonsense finds the connection closed.
                _ended = converse(stream, &queue) => {}
            }
        });
    }
}

async fn converse(stream: TcpStream, queue: &impl Served) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufStream::new(stream);
    // A client may keep its connection idle; whoever has begun a line has to end it, and to take its answer.
    while !stream.fill_buf().await?.is_empty() {
        let Some(request) = wire::in_time(wire::read(&mut stream)).await? else { break };
        let answer: Answer = perform(queue, request).await.map_err(|error| error.to_failure());
        let line =
            wire::line(&answer).or_else(|error| wire::line(&Answer::Err(too_long(error).to_failure())))?;
        wire::in_time(wire::write(&mut stream, &line)).await?;
    }
    Ok(())
}

fn too_long(source: io::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, "so much can't be told at once; ask for less").with_source(source)
}

/// As the queue's own, but for jobs that don't fit on the answer's line: they go back, without an attempt. One that
/// doesn't fit by itself would come again for ever.
async fn exchange(
    queue: &impl Served,
    settlements: Vec<Settlement>,
    claim: ClaimRequest,
) -> Result<Exchange> {
    let mut exchange = queue.exchange(settlements, claim).await?;
    while let Err(error) = wire::line(&Answer::Ok(told(&exchange)?)) {
        if exchange.claimed.is_empty() {
            return Err(too_long(error));
        }
        let kept = exchange.claimed.len() / 2;
        let end = match kept {
            0 => JobEnd::Dead(too_long(error).to_failure()),
            _ => JobEnd::Snooze {
                after: When::In(Duration::ZERO),
                close_gate: false,
                why: SnoozeReason::GivenBack,
            },
        };
        let back = exchange.claimed.split_off(kept);
        let back = back.into_iter().map(|one| Settlement { lease: one.lease, end: end.clone() });
        let _verdicts = queue.settle(back.collect()).await?;
    }
    Ok(exchange)
}

fn told(answer: impl Serialize) -> Result<Value> {
    serde_json::to_value(answer)
        .map_err(|source| Error::new(ErrorKind::Internal, "an answer has no JSON form").with_source(source))
}

async fn perform(queue: &impl Served, request: Request) -> Result<Value> {
    match request {
        Request::Enqueue { jobs } => told(queue.enqueue(jobs).await?),
        Request::Exchange { settlements, claim } => told(exchange(queue, settlements, claim).await?),
        Request::Heartbeat { beats, lease_for } => told(queue.heartbeat(&beats, lease_for).await?),
        Request::Get { tenant, id } => told(queue.get(&tenant, id).await?),
        Request::Log { lines } => told(queue.log(lines).await?),
        Request::Wait { at_most } => {
            queue.wait(at_most).await;
            told(())
        }
        Request::Cancel { tenant, id } => told(queue.cancel(&tenant, id).await?),
        Request::Pause { tenant, store } => told(queue.pause(&tenant, store).await?),
        Request::Resume { tenant, store } => told(queue.resume(&tenant, store).await?),
        Request::PauseKind { tenant, kind } => told(queue.pause_kind(&tenant, kind.as_ref()).await?),
        Request::ResumeKind { tenant, kind } => told(queue.resume_kind(&tenant, kind.as_ref()).await?),
        Request::LimitGate { tenant, store, max_live } => {
            told(queue.limit_gate(&tenant, store, max_live).await?)
        }
        Request::OpenGate { tenant, store } => told(queue.open_gate(&tenant, store).await?),
        Request::Requeue { tenant, id } => told(queue.requeue(&tenant, id).await?),
        Request::GoOn { tenant, key } => told(queue.go_on(&tenant, &key).await?),
        Request::List { tenant, filter, after, limit } => {
            told(queue.list(&tenant, &filter, after, limit).await?)
        }
        Request::Stats { tenant } => told(queue.stats(&tenant).await?),
        Request::Explain { tenant, id } => told(queue.explain(&tenant, id).await?),
        Request::Lines { tenant, id } => told(queue.lines(&tenant, id).await?),
        Request::Forget { age, limit } => told(queue.forget(age, limit).await?),
        Request::LastSlot { tenant, schedule } => told(queue.last_slot(&tenant, &schedule).await?),
        Request::TakeSlot { slot, job } => told(queue.take_slot(&slot, job.map(|job| *job)).await?),
        Request::LiveKinds => told(queue.live_kinds().await?),
        Request::NextDue { kinds } => told(queue.next_due(&kinds).await?),
        Request::Rescue { kinds } => told(queue.rescue(&kinds).await?),
        Request::Told { jobs } => told(queue.told(&jobs).await?),
        Request::Reserve { draws, patience } => told(queue.reserve(&draws, patience).await?),
        Request::Correct { ticket, corrections } => told(queue.correct(ticket, &corrections).await?),
    }
}
