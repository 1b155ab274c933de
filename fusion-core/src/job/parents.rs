//! Jobs that wait for the ends of others.

use super::{JobStatus, NewJob, state};
use crate::{
    error::{Error, ErrorKind, Failure, Fate, Result, Retry},
    model::JobId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Parents of one job: each is looked up when it is put in and when it is claimed. What fans in wider goes through
/// jobs in between.
pub const MAX_PARENTS: usize = 100;

/// What becomes of a job when one of its parents failed for good or was cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentFailed {
    /// It fails too, at once; so do its own children that say so.
    #[default]
    Fail,
    /// It runs all the same; [`Parent::status`] tells it.
    Run,
    /// It waits until the dead letter is requeued and ends well. A parent that can't be requeued, because it was
    /// cancelled or works under a grant, fails it: nothing waits for what never comes.
    Wait,
}

/// What the state of one parent means to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// The child waits on.
    Waits,
    /// The child needn't wait for this one.
    Free,
    /// The child fails.
    Fails,
}

impl ParentFailed {
    /// What a parent that stands at `status` means to a child with this policy.
    pub const fn judge(self, parent: &NewJob, status: JobStatus) -> Awaited {
        match (status, self) {
            (JobStatus::Pending | JobStatus::Claimed | JobStatus::Running, _) => Awaited::Waits,
            (JobStatus::Completed, _) | (JobStatus::Failed | JobStatus::Cancelled, Self::Run) => {
                Awaited::Free
            }
            (JobStatus::Failed, Self::Wait) if parent.grant.is_none() => Awaited::Waits,
            (JobStatus::Failed | JobStatus::Cancelled, Self::Wait | Self::Fail) => Awaited::Fails,
        }
    }

    /// Why a child fails that waited for `parent`.
    pub fn failure(parent: JobId) -> Failure {
        Error::new(ErrorKind::Refused, format!("job {parent}, for whose end it waited, did not end well"))
            .with_retry(Retry::AfterUserAction)
            .with_fate(Fate::NotSent)
            .to_failure()
    }
}

/// A parent as it stood when its child was claimed. One that was requeued meanwhile may be on its way again; one that
/// failed and is forgotten is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// Which job.
    pub id: JobId,
    /// Where it stood.
    pub status: JobStatus,
    /// What came out, if it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "state::there")]
    pub result: Option<Value>,
}

/// Checks the parents of jobs that are put in by one call; returns each child with a parent that the queue has to
/// know already, the others coming earlier in the call.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: a job names more than [`MAX_PARENTS`], or has a unique key or takes over a serial
/// key beside its parents.
pub fn parents_outside(jobs: &[NewJob]) -> Result<Vec<(&NewJob, JobId)>> {
    let mut outside = Vec::new();
    for (nth, child) in jobs.iter().enumerate().filter(|(_, job)| !job.parents.is_empty()) {
        if child.parents.len() > MAX_PARENTS {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("a job waits for at most {MAX_PARENTS} others; put jobs in between"),
            ));
        }
        if child.unique.is_some() || child.takes_key_of.is_some() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a job that waits for others can't have a unique key or take over a serial one",
            ));
        }
        // One with a unique key may join another job, and isn't known then.
        let comes_earlier = |parent: &JobId| {
            jobs.iter()
                .take(nth)
                .any(|job| job.id == *parent && job.tenant == child.tenant && job.unique.is_none())
        };
        let unknown = child.parents.iter().filter(|parent| !comes_earlier(parent));
        outside.extend(unknown.map(|parent| (child, *parent)));
    }
    Ok(outside)
}
