//! What became of each vote of one call.

use super::RequestView;
use crate::{
    approval::Refusal,
    error::{Error, ErrorKind, Problem, Result},
    model::RequestId,
};

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
    NotYours(Refusal),
    /// It can't be decided now.
    Refused(Refusal),
}

impl Decided {
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
                    Decided::Outdated(_) => ("outdated", Refusal::Outdated.message()),
                    Decided::NotYours(refusal) => ("not_yours", refusal.message()),
                    Decided::Refused(refusal) => ("refused", refusal.message()),
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
