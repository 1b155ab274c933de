//! What became of each vote of one call.

use super::RequestView;
use crate::{
    approval::{Refusal, Request},
    error::{Error, ErrorKind, Problem, Result},
    model::RequestId,
};

/// What a vote on something else than is asked now comes to.
const OUTDATED: &str = "what was shown was a draft, or has changed since; what is asked now stands in \
                        `Decided::Outdated`, and `Hub::bundle` shows it: look at it again, and decide on that";

/// What became of one vote.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    /// It counts; more are needed.
    Counted,
    /// It counts, and agreement is complete.
    Approved,
    /// It counts, and closes the request.
    Closed,
    /// What was shown has changed: the vote doesn't count, and this is what is asked now.
    Outdated(Box<RequestView>),
    /// It isn't theirs to decide.
    NotYours {
        /// What stands against it.
        refusal: Refusal,
        /// The same for people: who decides, and with which call.
        why: String,
    },
    /// It can't be decided now.
    Refused {
        /// What stands against it.
        refusal: Refusal,
        /// The same for people: where the request stands, and which call is right there.
        why: String,
    },
    /// The tenant has no such request.
    Missing,
}

/// What is said of a request that isn't there.
const MISSING: &str = "there is no such request; `Hub::requests` lists those that there are";

impl Decided {
    /// A vote that doesn't count on `request` as it stands.
    pub(super) fn not_counted(refusal: Refusal, request: &Request) -> Self {
        let why = refusal.message(request);
        match refusal {
            Refusal::OwnRequest
            | Refusal::NotEligible
            | Refusal::NotTheirs
            | Refusal::NotConfirmer
            | Refusal::NotAMember
            | Refusal::NotAPerson
            | Refusal::AlreadyVoted => Self::NotYours { refusal, why },
            Refusal::WrongPhase
            | Refusal::Outdated
            | Refusal::NotAnAdmin
            | Refusal::NoVote
            | Refusal::TooLate
            | Refusal::TooEarly
            | Refusal::Touched
            | Refusal::WrongToken
            | Refusal::BadGrant
            | Refusal::ParentEnded
            | Refusal::AlreadyRecorded
            | Refusal::BadDeadline
            | Refusal::OtherPolicy => Self::Refused { refusal, why },
        }
    }

    /// What stands against the vote, where something of the request does; that what was shown has changed, among it.
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Counted | Self::Approved | Self::Closed | Self::Missing => None,
            Self::Outdated(_) => Some(Refusal::Outdated),
            Self::NotYours { refusal, .. } | Self::Refused { refusal, .. } => Some(*refusal),
        }
    }

    /// Whether the vote counts.
    pub const fn is_counted(&self) -> bool {
        matches!(self, Self::Counted | Self::Approved | Self::Closed)
    }
}

/// What became of each vote of one call, in the bundle's order.
#[must_use = "a vote that wasn't counted is told only here"]
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Request and outcome.
    pub items: Vec<(RequestId, Decided)>,
}

impl Decisions {
    /// Insists that every vote was counted.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] naming each that was not, and why.
    pub fn all(self) -> Result<()> {
        let problems: Vec<Problem> = self
            .items
            .iter()
            .filter_map(|(request, decided)| {
                let (code, message) = match decided {
                    Decided::Counted | Decided::Approved | Decided::Closed => return None,
                    Decided::Outdated(_) => ("outdated", OUTDATED),
                    Decided::NotYours { why, .. } => ("not_yours", why.as_str()),
                    Decided::Refused { why, .. } => ("refused", why.as_str()),
                    Decided::Missing => ("missing", MISSING),
                };
                Some(Problem::error(request.to_string(), code, message))
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Refused,
            format!("{} of {} votes were not counted", problems.len(), self.items.len()),
        )
        .with_problems(problems))
    }

    /// How many were counted.
    pub fn counted(&self) -> usize {
        self.items.iter().filter(|(_, decided)| decided.is_counted()).count()
    }
}
