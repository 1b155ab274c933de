//! The journal of platform calls: one row before a call, one after it.

use super::{GrantId, JobId, RequestId, Sealed, StepId};
use crate::{
    clock::Timestamp,
    error::{Failure, Fate},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What makes a second sending of a step harmless, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// The platform takes a second call under the same key as the first.
    Idempotent,
    /// The platform compares a version or previous value.
    Conditional,
    /// Nothing does: an unanswered one is looked up, never sent again blindly.
    Once,
}

/// The idempotency key of a step: the same for every sending of the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(pub String);

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The row that is stored before a writing call leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepBegun {
    /// Which row.
    pub id: StepId,
    /// The request whose grant it works under; stock pushes have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The grant it works under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The job it belongs to.
    pub job: JobId,
    /// What is sent with the call.
    pub key: StepKey,
    /// The step's name, unique within the work.
    pub name: String,
    /// Counts up after a retryable refusal.
    pub n: u32,
    /// Counts the sendings under one key, from 0: an unanswered one may be sent again as it was.
    pub sending: u32,
    /// What makes a second sending harmless.
    pub repeat: Repeat,
    /// The job's attempt.
    pub attempt: u32,
    /// The fencing token it was sent under.
    pub token: u64,
    /// What is sent.
    pub request_sealed: Sealed,
    /// When it began.
    pub at: Timestamp,
}

/// The row that is stored when a call has ended, in every phase and from every token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEnded {
    /// Which row.
    pub id: StepId,
    /// The row that began it.
    pub begun: StepId,
    /// The grant it worked under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The job it belonged to.
    pub job: JobId,
    /// What became of it.
    pub fate: Fate,
    /// The platform's answer, for a later run that goes on from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Sealed>,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When it ended.
    pub at: Timestamp,
}

/// One row of the journal; append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Before a call.
    Begun(StepBegun),
    /// After it.
    Ended(StepEnded),
}

impl Step {
    /// Which row.
    pub const fn id(&self) -> StepId {
        match self {
            Self::Begun(begun) => begun.id,
            Self::Ended(ended) => ended.id,
        }
    }

    /// The grant it works under.
    pub const fn grant(&self) -> Option<GrantId> {
        match self {
            Self::Begun(begun) => begun.grant,
            Self::Ended(ended) => ended.grant,
        }
    }

    /// The job it belongs to.
    pub const fn job(&self) -> JobId {
        match self {
            Self::Begun(begun) => begun.job,
            Self::Ended(ended) => ended.job,
        }
    }
}
