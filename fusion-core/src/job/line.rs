//! What handlers write about their jobs.

use crate::{clock::Timestamp, model::JobId};
use serde::{Deserialize, Serialize};

/// Lines of one job that a queue keeps, the newest: what a person reads to see what an attempt did.
pub const MAX_LINES: usize = 200;

/// Bytes of one line: a sentence with its facts, no payload.
const MAX_BYTES: usize = 1_000;

/// One line that a handler wrote about its job; no secrets, no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobLine {
    /// About which job.
    pub job: JobId,
    /// When it was written.
    pub at: Timestamp,
    /// What was written; an ellipsis at its end stands for what was too long.
    pub text: String,
}

impl JobLine {
    /// A line of at most 1,000 bytes; a longer text is cut.
    pub fn new(job: JobId, at: Timestamp, text: &str) -> Self {
        const ELLIPSIS: &str = "…";
        if text.len() <= MAX_BYTES {
            return Self { job, at, text: text.to_owned() };
        }
        let end = text.floor_char_boundary(MAX_BYTES - ELLIPSIS.len());
        let (kept, _) = text.split_at(end);
        Self { job, at, text: format!("{kept}{ELLIPSIS}") }
    }
}
