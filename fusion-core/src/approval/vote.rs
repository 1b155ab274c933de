//! What people said.

use super::PeopleVersion;
use crate::{
    canonical::Hash,
    clock::Timestamp,
    model::{RequestId, VoteId},
    tenant::PersonId,
};
use serde::{Deserialize, Serialize};

/// What a person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes, to exactly this.
    Approve,
    /// No.
    Reject,
    /// The requester's own yes; never a seat.
    Confirm,
    /// Not like this.
    RequestChanges,
}

/// A vote that counts: one person, one seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// In which stage, counted from 1.
    pub stage: u32,
    /// Whose.
    pub person: PersonId,
    /// What they said.
    pub decision: Decision,
    /// The record of it.
    pub vote: VoteId,
}

/// A vote as it is kept. Its row stays; what voids it is recorded beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Which one.
    pub id: VoteId,
    /// On what.
    pub request: RequestId,
    /// On which revision of it.
    pub revision: u32,
    /// In which stage, counted from 1; 0 for a confirmation.
    pub stage: u32,
    /// For which group.
    pub group: String,
    /// Who.
    pub person: PersonId,
    /// What they said.
    pub decision: Decision,
    /// The digest they were shown.
    pub digest: Hash,
    /// The policy it was counted under.
    pub policy: Hash,
    /// The state of the people by which they might vote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<PeopleVersion>,
    /// Their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether it has stopped to count.
    #[serde(default)]
    pub void: bool,
}
