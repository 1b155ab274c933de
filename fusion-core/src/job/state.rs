//! Where a job stands.

use super::NewJob;
use crate::error::Failure;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for its time, its gate or its turn.
    Pending,
    /// In a worker's hands.
    Claimed,
    /// Its handler has started.
    Running,
    /// Done.
    Completed,
    /// A dead letter.
    Failed,
    /// Cancelled.
    Cancelled,
}

impl JobStatus {
    /// Whether the job has ended.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// What a queue tells about a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobState {
    /// The job.
    pub job: NewJob,
    /// Where it stands.
    pub status: JobStatus,
    /// Attempts so far.
    pub attempt: u32,
    /// How often a worker was lost while it had started it.
    pub crashes: u32,
    /// How far its handler is.
    pub progress: Option<(u64, Option<u64>)>,
    /// What came out, once it is completed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    pub result: Option<Value>,
    /// The last failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A result that is there, though it be JSON's `null`.
pub(super) fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}
