//! What goes over the line.

use fusion_core::{
    error::Failure,
    job::{Beat, ClaimRequest, JobFilter, JobKind, JobLine, NewJob, Settlement, Slot},
    model::{JobId, StoreId},
    plugin::{Correction, Draw, Ticket},
    tenant::Tenant,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{io, time::Duration};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Bytes of one line: three of the largest payloads and much beside. Who would say or hear more at once is told to ask
/// for less, but for who claims jobs: those that don't fit go back.
const MAX_LINE_BYTES: usize = 64 << 20;

/// How long an answer may take before the queue counts as down, and one line before its sender does: no client waits
/// longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A call of one of the three traits, by its verb.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    Enqueue { jobs: Vec<NewJob> },
    Exchange { settlements: Vec<Settlement>, claim: ClaimRequest },
    Heartbeat { beats: Vec<Beat>, lease_for: Duration },
    Get { tenant: Tenant, id: JobId },
    Log { lines: Vec<JobLine> },
    Wait { at_most: Duration },

    Cancel { tenant: Tenant, id: JobId },
    Pause { tenant: Tenant, store: StoreId },
    Resume { tenant: Tenant, store: StoreId },
    PauseKind { tenant: Tenant, kind: Option<JobKind> },
    ResumeKind { tenant: Tenant, kind: Option<JobKind> },
    LimitGate { tenant: Tenant, store: Option<StoreId>, max_live: Option<u32> },
    OpenGate { tenant: Tenant, store: Option<StoreId> },
    Requeue { tenant: Tenant, id: JobId },
    GoOn { tenant: Tenant, key: String },
    List { tenant: Tenant, filter: JobFilter, after: Option<JobId>, limit: usize },
    Stats { tenant: Tenant },
    Explain { tenant: Tenant, id: JobId },
    Lines { tenant: Tenant, id: JobId },
    Forget { age: Duration, limit: usize },
    LastSlot { tenant: Tenant, schedule: String },
    TakeSlot { slot: Slot, job: Option<Box<NewJob>> },
    LiveKinds,
    NextDue { kinds: Vec<JobKind> },
    Rescue { kinds: Vec<JobKind> },
    Told { jobs: Vec<JobId> },

    Reserve { draws: Vec<Draw>, patience: Duration },
    Correct { ticket: Ticket, corrections: Vec<Correction> },
}

/// The JSON form of what the call gives, or why it was refused.
pub(super) type Answer = Result<Value, Failure>;

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line would be longer than 64 MiB")
}

/// A message as its line.
pub(super) fn line(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    if line.len() > MAX_LINE_BYTES { Err(too_long()) } else { Ok(line) }
}

pub(super) async fn in_time<T>(doing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, doing).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

pub(super) async fn write(stream: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> io::Result<()> {
    stream.write_all(line).await?;
    stream.flush().await
}

/// The next message; `None`: the other side has closed the connection.
pub(super) async fn read<T: DeserializeOwned>(
    stream: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    stream.take(MAX_LINE_BYTES as u64).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        Some(_) if line.len() == MAX_LINE_BYTES => Err(too_long()),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
