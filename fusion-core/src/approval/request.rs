//! A command on its way through approval.

use super::{Decision, Route, Seat};
use crate::{
    canonical::Hash,
    clock::Timestamp,
    error::Failure,
    model::{BundleId, GrantId, JobId, ListingId, OrderId, RequestId, StoreId},
    plugin::Watch,
    tenant::{PersonId, Signature},
    verb::{Operation, PlatformSlug},
};
use serde::{Deserialize, Serialize};

/// What a pending request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The requester's own confirmation; any member's for what the hub asks for by itself.
    Confirm,
    /// The people of this stage, counted from 1.
    Stage(u32),
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not submitted: its store hasn't been read yet, or it was sent back for changes.
    Draft,
    /// Waits for people.
    Pending(Waiting),
    /// Agreed; a job is under way or waits for its parent.
    Approved,
    /// A worker is at it, under this fencing token.
    Executing {
        /// The lease's token.
        token: u64,
    },
    /// The platform took it and decides later.
    Accepted,
    /// It took effect.
    Done,
    /// It ended without, or with only part of, its effect.
    Failed,
    /// Nobody knows yet whether it took effect.
    Unknown {
        /// The token of the attempt that was lost.
        token: u64,
        /// Whether look-ups have said all they can.
        needs_person: bool,
    },
    /// Enough people said no.
    Rejected,
    /// Taken back.
    Withdrawn,
    /// A deadline passed.
    Expired,
    /// An approval was taken back before it had an effect.
    Revoked,
    /// What it would overwrite had changed.
    Stale,
}

/// The three words that the outside asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// Not decided.
    Pending,
    /// Agreed, whatever became of it.
    Approved,
    /// Closed without agreement.
    Rejected,
}

impl Phase {
    /// What it is to the outside.
    pub const fn status(self) -> ApprovalStatus {
        match self {
            Self::Draft | Self::Pending(_) => ApprovalStatus::Pending,
            Self::Approved
            | Self::Executing { .. }
            | Self::Accepted
            | Self::Done
            | Self::Failed
            | Self::Unknown { .. } => ApprovalStatus::Approved,
            Self::Rejected | Self::Withdrawn | Self::Expired | Self::Revoked | Self::Stale => {
                ApprovalStatus::Rejected
            }
        }
    }

    /// Whether nothing can become of it any more, late answers of a platform aside.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Done
                | Self::Failed
                | Self::Rejected
                | Self::Withdrawn
                | Self::Expired
                | Self::Revoked
                | Self::Stale
        )
    }

    /// Its name without what it carries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending(_) => "pending",
            Self::Approved => "approved",
            Self::Executing { .. } => "executing",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Stale => "stale",
        }
    }
}

/// A command on its way through approval. The command itself, what was shown and each vote are records beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Which one.
    pub id: RequestId,
    /// The commands that are reviewed together with it.
    pub bundle: BundleId,
    /// Its place among them.
    pub position: u32,
    /// Who wants it.
    pub requester: Signature,
    /// Who has changed it since; they never vote on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editors: Vec<PersonId>,
    /// What is to be done.
    pub operation: Operation,
    /// Where; `None` for what concerns the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// On which platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformSlug>,
    /// On which listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// Of which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Where it stands.
    pub phase: Phase,
    /// The current revision; 0 while its store hasn't been read.
    pub revision: u32,
    /// The digest of the current revision: what every vote has to name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hash>,
    /// Who has to agree, under which policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// The votes that count for the current revision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Seat>,
    /// Until when people may decide.
    pub decide_by: Timestamp,
    /// Until when it may begin.
    pub execute_by: Timestamp,
    /// Its permit, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The job that carries it out; `None` before there is one, and again when the queue gave it up or it ended
    /// because only a person can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// How often a worker has begun it.
    #[serde(default)]
    pub attempt: u32,
    /// The token of the last claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
    /// Begins only when this one is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RequestId>,
    /// Those that wait for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<RequestId>,
    /// The caller's own key; unique in the tenant, so that submitting twice is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_key: Option<String>,
    /// What is watched while it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// Why it failed, went stale or was sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When it was made.
    pub created: Timestamp,
}

impl Request {
    /// Whether `person` wrote any part of it.
    pub fn is_author(&self, person: &PersonId) -> bool {
        self.requester.id == *person || self.editors.contains(person)
    }

    /// How many seats of `stage` hold `decision`.
    pub fn count(&self, stage: u32, decision: Decision) -> u32 {
        let seats = self.seats.iter().filter(|seat| seat.stage == stage && seat.decision == decision).count();
        u32::try_from(seats).unwrap_or(u32::MAX)
    }
}
